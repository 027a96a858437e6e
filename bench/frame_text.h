// How the tables, the report and the picture of `profile frames` name what they speak of.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "bench/frame_profile.h"

namespace quadrille::program {

inline constexpr std::size_t kPublishCall = 0, kAcquireCall = 1, kReleaseCall = 2, kRefreshCall = 3,
                             kLatencyCall = 4;  // of kFrameCalls

inline constexpr std::array<std::pair<std::string_view, double>, 4> kFramePercentiles = {
    {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}}};

std::string rate_text(double hz);                      // "full speed", "100 kHz", "60 Hz"
std::string readers_text(int readers);                 // "no reader", "1 reader", "4 readers"
std::string_view conduct_text(ReaderConduct conduct);  // "busy", "slow", "one stalls", "asleep"
// "channel, 2 readers, 100 kHz"; cells that are not busy say what their readers do.
std::string cell_name(const FrameCell& cell, const FrameCellPeer& peer);

}  // namespace quadrille::program
