// How much memory a run may use where nobody said.
#pragma once

#include <cstddef>

namespace quadrille::program {

// Seven eighths of what the machine (or the container that this process is in) has. A run that
// needs more is refused with a sentence; without a limit the system would kill it half-way.
std::size_t default_hard_limit();

}  // namespace quadrille::program
