// The tables of `profile arena`.
#pragma once

#include <string>

#include "bench/allocation_profile.h"

namespace quadrille::program {

// Lists of nodes, then frames, each with what its columns mean.
std::string allocation_tables(const AllocationProfile& profile, std::size_t width);
// "10k", "1M", "2.5M".
std::string short_count(std::int64_t count);

}  // namespace quadrille::program
