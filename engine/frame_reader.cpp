#include <quadrille/frame_reader.h>

#include "engine/clock.h"
#include "engine/frame_pool.h"

namespace quadrille {
PinnedFrame& PinnedFrame::operator=(PinnedFrame&& other) noexcept {
  if (this != &other) {
    release();
    pool_ = std::exchange(other.pool_, nullptr);
    slot_ = other.slot_;
    frame_ = std::exchange(other.frame_, Frame());
  }
  return *this;
}

const GraphView* PinnedFrame::topology() const {
  return pool_ == nullptr ? nullptr : pool_->topology(slot_);
}

void PinnedFrame::release() {
  if (pool_ == nullptr) return;
  std::exchange(pool_, nullptr)->unpin(slot_);
  frame_ = Frame();
}

PinnedFrame FrameReader::latest() const {
  const FrameSlot slot = pool_->pin();
  if (slot == kNoFrameSlot) return {};
  return {pool_, slot, pool_->frame(slot)};
}

bool FrameReader::is_latest(const PinnedFrame& pinned) const {
  return pinned.pool_ == pool_ && pool_ != nullptr && pool_->channel().is_newest(pinned.slot_);
}

bool FrameReader::refresh(PinnedFrame& pinned) const {
  if (is_latest(pinned)) return false;
  // Before the new pin, not after: a reader that refreshes never holds more than it did.
  pinned.release();
  pinned = latest();
  return static_cast<bool>(pinned);
}

bool FrameReader::wait_next(PinnedFrame& pinned,
                            std::chrono::steady_clock::time_point deadline) const {
  if (refresh(pinned)) return true;
  // Pinned, the slot cannot be filled again: while it is current there is no newer frame.
  const auto is_superseded = [&] { return !pool_->channel().look(pinned.slot_); };
  return pool_->waiting().wait(to_monotonic_ns(deadline), is_superseded) && refresh(pinned);
}

PinnedFrame FrameReader::wait_newer(std::int64_t step,
                                    std::chrono::steady_clock::time_point deadline) const {
  PinnedFrame pinned;
  const auto pins_newer = [&] {
    pinned = latest();
    if (pinned && pinned->step() > step) return true;
    pinned.release();
    return false;
  };
  if (!pins_newer()) pool_->waiting().wait(to_monotonic_ns(deadline), pins_newer);
  return pinned;
}

}  // namespace quadrille
