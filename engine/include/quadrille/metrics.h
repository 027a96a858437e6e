// What one step cost, by part, and what the frames of a simulation came to. All times are monotonic
// nanoseconds.
#pragma once

#include <array>
#include <cstdint>

namespace quadrille {

inline constexpr int kMaxPasses = 16;

struct StepTiming {
  std::int64_t step = 0;
  std::int64_t total_ns = 0;  // begin to publish, all of step()
  std::int64_t catch_up_ns = 0;
  std::int64_t publish_ns = 0;
  std::int64_t catch_up_bytes = 0;
  int num_passes = 0;
  std::array<std::int64_t, kMaxPasses> pass_ns{};  // in the order of Simulation::passes()
};

struct FrameStatistics {
  std::int64_t completed = 0;  // steps that ran
  std::int64_t published = 0;  // of these; step 0 is published too, and not counted
  std::int64_t skipped = 0;    // wanted published, not published: every other slot was pinned
  std::int64_t waited = 0;     // publications that had to wait for a reader
  std::int64_t grown = 0;      // slots added by the policy
  std::int64_t reused = 0;     // times a slot was filled again
  std::int64_t catch_up_bytes = 0;
  std::int32_t slots = 0;
  std::int64_t frame_bytes = 0;  // of one slot
};

}  // namespace quadrille
