// What `profile frames` leaves in files: entries of the report, single calls, histograms.
#pragma once

#include <string>
#include <vector>

#include <quadrille/status.h>

#include "bench/frame_profile.h"
#include "bench/hdr_log.h"
#include "bench/measurement.h"

namespace quadrille::program {

// "publish, channel, 2 readers, 100 kHz": unique in a report; cells that are not busy say what
// their readers do.
std::string call_name(const FrameCell& cell, const FrameCellPeer& peer, std::size_t call);

// An entry a call and a cell, with its histogram; an entry a cost of one thread alone.
std::vector<Measurement> frame_results(const FrameProfile& profile);

// CSV with a header: call, at_ns (from the profile's start), ns.
Status write_frame_samples(const std::string& path, const FrameProfile& profile,
                           const TickClock& clock);

Status write_frame_histograms(const std::string& path, const FrameProfile& profile, HdrLogTime time,
                              std::string_view comment);

}  // namespace quadrille::program
