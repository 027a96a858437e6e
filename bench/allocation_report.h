// What `profile arena` writes: entries of a report, and a picture.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <quadrille/status.h>

#include "bench/allocation_profile.h"
#include "bench/hdr_log.h"
#include "bench/measurement.h"

namespace quadrille::program {

// For each peer: an entry a length of lists, one for its threads, one for its frames. Samples are a
// list each, or the median frame of a round.
std::vector<Measurement> allocation_results(const AllocationProfile& profile);

// The frames of each peer, as an HDR log.
Status write_frame_log(const std::string& path, const AllocationProfile& profile, HdrLogTime time,
                       std::string_view comment);

// Two charts on logarithmic axes: objects by length of list, and frames from median to longest.
Status draw_allocation(const std::string& path, const AllocationProfile& profile,
                       const std::string& caption);

}  // namespace quadrille::program
