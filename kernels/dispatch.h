// Which instruction set to run on: asked for by name, or the best that this processor has.
#pragma once

#include <span>
#include <string_view>

#include <quadrille/kernels.h>

#include "kernels/kernel_table.h"

namespace quadrille {

// All tables of this build, slowest first: portable, sse4.2, avx2, avx512 (where compiled).
std::span<const KernelTable* const> all_kernel_tables();
bool processor_supports(const KernelTable& table);

}  // namespace quadrille
