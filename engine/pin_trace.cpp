#include "engine/pin_trace.h"

#include "engine/frame_pool.h"

namespace quadrille {

PinTrace::PinTrace(Trace& trace, const FramePool& pool, const std::string& suffix)
    : trace_(trace), pool_(pool), pin_(trace.name("pin" + suffix, "reader", "step")),
      release_(trace.name("release" + suffix, "reader", "step")) {}

std::unique_ptr<const PinTrace> PinTrace::with_label(std::string_view label) const {
  return std::unique_ptr<const PinTrace>(new PinTrace(trace_, pool_, ": " + std::string(label)));
}

void PinTrace::on_pin(FrameSlot slot) const { record(pin_, slot); }
void PinTrace::on_release(FrameSlot slot) const { record(release_, slot); }

void PinTrace::record(TraceName name, FrameSlot slot) const {
  TraceTrack* track = trace_.this_thread("reader", Trace::kNextNumber);
  if (track != nullptr) track->instant(name, pool_.frame(slot).step());
}

}  // namespace quadrille
