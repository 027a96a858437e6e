// Which instruction set to run on: asked for by name, or the best that this processor has.
#pragma once

#include <span>
#include <string_view>

#include <quadrille/status.h>

#include "kernels/kernel_table.h"

namespace quadrille {

// All tables of this build, slowest first: portable, sse4.2, avx2, avx512 (where compiled).
std::span<const KernelTable* const> all_kernel_tables();
bool processor_supports(const KernelTable& table);

// `name` empty: the best that the processor supports (avx512 only when asked for by name).
// kUnsupported: the processor lacks it; kInvalidArgument: no such name.
Result<const KernelTable*> choose_kernel_table(std::string_view name);

}  // namespace quadrille
