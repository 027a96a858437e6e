#define QUADRILLE_ISA_NAMESPACE sse42
#define QUADRILLE_ISA_ARCH xsimd::sse4_2
#define QUADRILLE_ISA_TABLE kSse42Table
#define QUADRILLE_ISA_NAME "sse4.2"
#include "kernels/isa/table-inl.h"
