// What a call costs on one thread, while no other looks at the frames.
#pragma once

#include <cstdint>

#include "bench/frame_window.h"

namespace quadrille::program {

// ns each, of batches that last about a millisecond, nothing timed inside; on the writer's
// processor.
double bare_exchange_ns(const FrameWindows& windows);
double publish_alone_ns(const FramePeerEntry& peer, const FrameWindows& windows,
                        const FramePeerSetup& setup);
double read_alone_ns(const FramePeerEntry& peer, const FrameWindows& windows,
                     const FramePeerSetup& setup, FrameReading reading);

}  // namespace quadrille::program
