// A reader that is stopped wherever it is: what then becomes of the writer.
#pragma once

#include <cstdint>

#include "bench/frame_window.h"

namespace quadrille::program {

struct FrameStopCounts {
  int stops = 0;
  int blocked = 0;        // stops during which the writer published nothing until they ended
  std::int64_t kept = 0;  // frames that had a buffer at the end of a stop, at most
};

// One reader at full speed, stopped by a signal `stops` times at moments that it does not choose,
// so also inside of a call; each stop lasts until the writer has published a few frames, or 20 ms.
FrameStopCounts stop_reader(const FramePeerEntry& peer, const FrameWindows& windows,
                            std::size_t frame_lines, int stops);

}  // namespace quadrille::program
