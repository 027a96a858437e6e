// The tables that isa/*.cpp define.
#pragma once

#include "kernels/kernel_table.h"

namespace quadrille::isa {

extern const KernelTable kPortableTable;
#if defined(__x86_64__)
extern const KernelTable kSse42Table;
extern const KernelTable kAvx2Table;
extern const KernelTable kAvx512Table;
#endif

}  // namespace quadrille::isa
