// PinTrace: pins and releases of frames in a trace, as instants whose value is the frame's step, on
// the threads that pin and release. Any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <quadrille/trace.h>

#include "engine/frame_channel.h"

namespace quadrille {

class FramePool;

class PinTrace {
 public:
  // Both outlive this.
  PinTrace(Trace& trace, const FramePool& pool) : PinTrace(trace, pool, "") {}
  // Of one reader on record, whose label its events bear.
  std::unique_ptr<const PinTrace> with_label(std::string_view label) const;

  void on_pin(FrameSlot slot) const;      // straight after: its step may be read
  void on_release(FrameSlot slot) const;  // just before: it still may

 private:
  PinTrace(Trace& trace, const FramePool& pool, const std::string& suffix);
  void record(TraceName name, FrameSlot slot) const;

  Trace& trace_;
  const FramePool& pool_;
  TraceName pin_, release_;
};

}  // namespace quadrille
