#define QUADRILLE_ISA_NAMESPACE avx512
#define QUADRILLE_ISA_ARCH xsimd::avx512bw
#define QUADRILLE_ISA_TABLE kAvx512Table
#define QUADRILLE_ISA_NAME "avx512"
#include "kernels/isa/table-inl.h"
