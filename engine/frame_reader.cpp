#include <quadrille/frame_reader.h>

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

void PinnedFrame::release() {
  if (pool_ == nullptr) return;
  std::exchange(pool_, nullptr)->channel().release(slot_);
  frame_ = Frame();
}

PinnedFrame FrameReader::latest() const {
  const FrameSlot slot = pool_->channel().acquire();
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

}  // namespace quadrille
