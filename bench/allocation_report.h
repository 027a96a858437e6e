// What `profile arena` writes: entries of a report, and a picture.
#pragma once

#include <string>
#include <vector>

#include <quadrille/status.h>

#include "bench/allocation_profile.h"
#include "bench/measurement.h"

namespace quadrille::program {

// For each peer: an entry a length of lists, one for its threads, one for its frames. Samples are a
// list each, or the median frame of a round.
std::vector<Measurement> allocation_results(const AllocationProfile& profile);

// A bar a peer: ns an object of the longest lists.
Status draw_allocation(const std::string& path, const AllocationProfile& profile,
                       const std::string& caption);

}  // namespace quadrille::program
