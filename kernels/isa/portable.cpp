#define QUADRILLE_ISA_NAMESPACE portable
#define QUADRILLE_ISA_ARCH Scalar
#define QUADRILLE_ISA_TABLE kPortableTable
#define QUADRILLE_ISA_NAME "portable"
#include "kernels/isa/table-inl.h"
