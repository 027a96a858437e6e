// Which instruction set kernels run on. The bytes of their results are the same on each.
#pragma once

#include <string_view>

#include <quadrille/status.h>

namespace quadrille {

struct KernelTable;  // the inner loops for one of them; lives as long as the program

// Named "portable", "sse4.2", "avx2" or "avx512"; empty: the best that this processor has (avx512
// only where asked for). Any thread. kUnsupported: the processor lacks it; kInvalidArgument: there
// is none of that name.
Result<const KernelTable*> choose_kernel_table(std::string_view name);

}  // namespace quadrille
