// Frames as the peers hand them over: cache lines that all bear one stamp, so that a frame which
// was written to while a reader read it is found out.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <quadrille/types.h>

namespace quadrille::program {

// 64 bytes.
struct alignas(kCacheLineBytes) FrameLine {
  std::uint64_t stamp = 0;      // the frame's number, from 1; the same in every line
  std::int64_t began = 0;       // ticks, just before publication; only in the first line
  std::uint64_t reserved[6]{};  // zero
};
static_assert(sizeof(FrameLine) == kCacheLineBytes);

inline void write_frame(std::span<FrameLine> frame, std::uint64_t stamp) {
  for (FrameLine& line : frame) line.stamp = stamp;
}

struct FrameStamp {
  std::uint64_t stamp = 0;
  std::int64_t began = 0;
  bool torn = false;  // lines of two frames
};

inline FrameStamp read_frame(std::span<const FrameLine> frame) {
  FrameStamp first{frame.front().stamp, frame.front().began};
  for (const FrameLine& line : frame) first.torn = first.torn || line.stamp != first.stamp;
  return first;
}

// What a run of a peer is made for.
struct FramePeerSetup {
  int num_readers = 1;
  std::size_t frame_lines = 1;
};

// So many that a reader of one pin each, the writer, and the newest frame have one.
inline int buffers_for(const FramePeerSetup& setup) { return setup.num_readers + 2; }

// Buffers of one size, each on lines of its own.
class FrameBuffers {
 public:
  FrameBuffers(int count, std::size_t frame_lines)
      : frame_lines_(frame_lines), lines_(static_cast<std::size_t>(count) * frame_lines) {}
  std::span<FrameLine> operator[](std::size_t buffer) {
    return {lines_.data() + buffer * frame_lines_, frame_lines_};
  }

 private:
  std::size_t frame_lines_;
  std::vector<FrameLine> lines_;
};

}  // namespace quadrille::program
