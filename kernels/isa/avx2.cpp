#define QUADRILLE_ISA_NAMESPACE avx2
#define QUADRILLE_ISA_ARCH xsimd::avx2
#define QUADRILLE_ISA_TABLE kAvx2Table
#define QUADRILLE_ISA_NAME "avx2"
#include "kernels/isa/table-inl.h"
