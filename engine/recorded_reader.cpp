#include "engine/recorded_reader.h"

#include "engine/clock.h"

namespace quadrille {

bool RecordedReader::refresh() {
  if (!place_.is_mine()) {
    slot_ = kNoFrameSlot;  // it was taken back
    return false;
  }
  if (slot_ != kNoFrameSlot && channel_.is_newest(slot_)) return false;
  release();
  const std::int64_t now = monotonic_ns();  // before: entering should be short
  place_.set_entering();
  const FrameSlot slot = channel_.acquire();
  if (slot >= num_slots_) {  // none was published yet
    place_.set_idle();
    return false;
  }
  place_.set_holding(slot, now);
  slot_ = slot;
  if (trace_ != nullptr) trace_->on_pin(slot);
  return true;
}

void RecordedReader::release() {
  if (slot_ == kNoFrameSlot) return;
  if (place_.is_mine()) {
    if (trace_ != nullptr) trace_->on_release(slot_);
    channel_.release(slot_);
    place_.set_idle();
  }
  slot_ = kNoFrameSlot;
}

}  // namespace quadrille
