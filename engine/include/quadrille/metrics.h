// What one step cost, by part, what the frames of a simulation came to, and what readers hold. All
// times are monotonic nanoseconds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

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
  std::int64_t stalled = 0;    // frames that were held for longer than is thought normal
  std::int64_t longest_stall_ns = 0;  // of these, after a newer one came; seen every 0.1 s
  std::int64_t lost_readers = 0;      // registered readers that died
  std::int64_t reclaimed = 0;         // slots taken back from them
  std::int64_t catch_up_bytes = 0;
  std::int32_t slots = 0;
  std::int64_t frame_bytes = 0;  // of one slot
};

inline constexpr std::size_t kHolderTextBytes = 128;

// A frame that readers hold.
struct PinnedSlot {
  std::int32_t slot = 0;
  std::int64_t step = 0;
  std::int64_t pins = 0;        // how many hold it
  std::int64_t age_frames = 0;  // published since; 0: it is the newest
  std::int64_t age_ns = 0;      // since it stopped being the newest
  std::array<char, kHolderTextBytes> holder_text{};
  // The labels of registered readers, and the number of the others: "plotter, 2 anonymous".
  std::string_view holders() const { return holder_text.data(); }
};

}  // namespace quadrille
