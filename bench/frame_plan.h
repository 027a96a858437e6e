// Which windows `profile frames` runs: the options, and what stands for those that were not given.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "bench/frame_window.h"
#include "bench/options.h"

namespace quadrille::program {

// As --parts takes them.
inline constexpr std::array<std::string_view, 6> kFrameParts = {"alone",   "busy",   "slow",
                                                                "stalled", "asleep", "stopped"};

inline constexpr std::size_t kMostFrameBytes = std::size_t{64} << 10;

struct FramePlan {
  std::vector<const FramePeerEntry*> peers;  // that were built
  std::vector<std::string> not_built;
  std::vector<FrameWindow> cells;
  int rounds = 0;
  bool alone = false;
  int stops = 0;  // of each peer's reader; 0: none
  std::size_t frame_lines = 1;
  bool samples = false;  // single calls are kept too
};

// `options` has passed check_options().
FramePlan plan_frames(const ProfileFramesOptions& options);

}  // namespace quadrille::program
