// AnonymousPins: where readers may die, those of this process that have no record are counted a
// second time, in memory of its own: the counters of the channel cannot tell the pins of the living
// from those of the dead, and these can, since what is counted here dies with the writer only.
// Costs a reader three more atomic adds to pin and one to return. Elsewhere it is left out.
//
//   release                                           acquire that it pairs with
//   B of the channel, after entering.add(relaxed)     A of the channel: who entered a slot before
//                                                     it was replaced is entering, or later
//   F entering_.fetch_sub(release)                    G: who is past entering is in pins_
//   G writer: entering_.load(acquire)                 F
//   H pins_[slot].fetch_sub(release)                  I: its reads and its return are over
//   I writer: pins_[slot].load(acquire)               H
// Adds of other readers in between continue each release sequence.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "engine/frame_channel.h"

namespace quadrille {

class AnonymousPins {
 public:
  explicit AnonymousPins(FrameSlot num_slots)
      : num_slots_(num_slots), pins_(std::make_unique<Line[]>(num_slots)) {}

  // Any thread, wait-free. kNoFrameSlot too where another process has spoilt the word, so that it
  // names no slot.
  FrameSlot acquire(const ChannelReader& channel) {
    entering_.count.fetch_add(1, std::memory_order_relaxed);  // E
    FrameSlot slot = channel.acquire();
    if (slot >= num_slots_) slot = kNoFrameSlot;
    if (slot != kNoFrameSlot) pins_[slot].count.fetch_add(1, std::memory_order_relaxed);
    entering_.count.fetch_sub(1, std::memory_order_release);  // F
    return slot;
  }
  void release(const ChannelReader& channel, FrameSlot slot) {
    channel.release(slot);
    pins_[slot].count.fetch_sub(1, std::memory_order_release);  // H
  }

  // The writer's thread. As ReaderTable::may_be_inside().
  bool may_be_inside(FrameSlot slot) const {
    constexpr int kEntryAttempts = 64;  // entering lasts nanoseconds
    for (int i = 0; i < kEntryAttempts; ++i) {
      if (entering_.count.load(std::memory_order_acquire) != 0) continue;  // G
      return pins_[slot].count.load(std::memory_order_acquire) != 0;       // I
    }
    return true;
  }

 private:
  struct alignas(kCacheLineBytes) Line {
    std::atomic<std::int64_t> count{0};
  };
  FrameSlot num_slots_;
  Line entering_;
  std::unique_ptr<Line[]> pins_;
};

}  // namespace quadrille
