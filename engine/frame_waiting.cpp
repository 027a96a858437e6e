#include "engine/frame_waiting.h"

namespace quadrille {

void FrameWaiting::wake() const {
  word_->asked.store(0, std::memory_order_relaxed);      // c
  word_->epoch.fetch_add(1, std::memory_order_release);  // d
  futex_wake_all(word_->epoch, scope_);                  // e
}

}  // namespace quadrille
