// FrameChannel: one writer publishes complete frames, any number of readers pin them.
//   acquire(), release(), is_newest()        wait-free, any thread: one atomic operation each.
//   publish(), publish_if_returned()         wait-free, the writer's thread: one atomic exchange
//                                            (or one compare-exchange, never tried again here).
//   is_free(), current()                     wait-free, the writer's thread.
// (Wait-free where fetch_add is one instruction; lock-free where it is a loop.)
//
// Who writes what. The current word packs {entered: 48, slot: 16}: which slot is the newest, and
// how often readers have entered it since it became so; the writer replaces it, readers add to it.
// A slot's `returned` is the running total of its releases; readers add to it. Its `entered` is the
// running total of its acquires, taken from each word that is replaced: the writer's own.
//
// Invariant: a slot is free only when it is not current and every reader that entered it returned.
// Nobody can enter a slot that is not current, so a free slot stays free until it is published.
//
//   release                                        acquire that it pairs with
//   A writer: current_.exchange(.., acq_rel)       B: the frame's bytes come before any read
//   B reader: current_.fetch_add(.., acq_rel)      A: what a reader returned before it entered this
//                                                  slot is seen by the writer. With weaker orders
//                                                  frames are safe, but a reader could seem to hold
//                                                  both slots: the bound on slots would be lost.
//   C reader: slot.returned.fetch_add(.., release) D: every read comes before the slot is refilled
//   D writer: slot.returned.load(acquire)
// Readers' adds continue the release sequence that A heads, so B pairs with A behind other readers
// too.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include <quadrille/types.h>

namespace quadrille {

using FrameSlot = std::uint32_t;
inline constexpr FrameSlot kNoFrameSlot = 0xffff;  // 16 bits, all set

class FrameChannel {
 public:
  // Nothing is current yet. At most kNoFrameSlot slots.
  explicit FrameChannel(FrameSlot num_slots)
      : slots_(std::make_unique<Slot[]>(num_slots)),
        entered_(std::make_unique<std::uint64_t[]>(num_slots)) {}

  // ---- readers: any thread ----

  // Pins the newest frame's slot until it is released. kNoFrameSlot (not to be released): none yet.
  FrameSlot acquire() {
    return slot_of(current_.fetch_add(kOneReader, std::memory_order_acq_rel));  // B
  }

  // The caller's last read of the slot is over. Any thread that the pin was handed to may say so.
  void release(FrameSlot slot) {
    slots_[slot].returned.fetch_add(1, std::memory_order_release);  // C
  }

  // Only for a slot that the caller has pinned: it cannot be filled again meanwhile, so the same
  // slot is the same frame. Relaxed: it only says whether to look again; acquire() orders what
  // follows.
  bool is_newest(FrameSlot slot) const {
    return slot_of(current_.load(std::memory_order_relaxed)) == slot;
  }

  // ---- the writer's thread ----

  void publish(FrameSlot slot) {
    leave(current_.exchange(slot, std::memory_order_acq_rel), slot);  // A
  }

  // Publishes only if the slot that is current now becomes free by it: for a writer that would have
  // no other slot to go on in. False, and nothing changed, if a reader is in it or enters
  // meanwhile; whatever readers in it had returned before they entered is visible to is_free()
  // afterwards.
  bool publish_if_returned(FrameSlot slot) {
    std::uint64_t word = current_.load(std::memory_order_acquire);  // as A, for what B released
    const FrameSlot outgoing = slot_of(word);
    if (outgoing == kNoFrameSlot) return false;
    const std::uint64_t entered = entered_[outgoing] + entries_of(word);
    if (slots_[outgoing].returned.load(std::memory_order_acquire) != entered) return false;  // D
    // A, when it succeeds; when it fails, the acquire of A alone.
    if (!current_.compare_exchange_strong(word, slot, std::memory_order_acq_rel,
                                          std::memory_order_acquire)) {
      return false;
    }
    leave(word, slot);
    return true;
  }

  bool is_free(FrameSlot slot) const {
    return slot != current_slot_ &&
           slots_[slot].returned.load(std::memory_order_acquire) == entered_[slot];  // D
  }

  FrameSlot current() const { return current_slot_; }

 private:
  static constexpr int kSlotBits = 16;
  static constexpr std::uint64_t kOneReader = std::uint64_t{1} << kSlotBits;
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

  // A line each: readers that leave different frames do not take the line from one another, and the
  // writer, which looks at all of them, disturbs only those that it looks at.
  struct alignas(kCacheLineBytes) Slot {
    std::atomic<std::uint64_t> returned{0};
  };

  static FrameSlot slot_of(std::uint64_t word) { return static_cast<FrameSlot>(word & 0xffff); }
  static std::uint64_t entries_of(std::uint64_t word) { return word >> kSlotBits; }

  // `outgoing` is no longer current: its entries are final, and counted.
  void leave(std::uint64_t outgoing, FrameSlot incoming) {
    if (slot_of(outgoing) != kNoFrameSlot) entered_[slot_of(outgoing)] += entries_of(outgoing);
    current_slot_ = incoming;
  }

  // Alone on its line: every acquire writes it, and nobody else should pay for that.
  alignas(kCacheLineBytes) std::atomic<std::uint64_t> current_{kNoFrameSlot};
  // Read by all and never written after construction: apart from the word, so that the word's
  // traffic does not take it away.
  alignas(kCacheLineBytes) std::unique_ptr<Slot[]> slots_;
  // The writer's own, on a line that no reader touches.
  alignas(kCacheLineBytes) std::unique_ptr<std::uint64_t[]> entered_;
  FrameSlot current_slot_ = kNoFrameSlot;
};

}  // namespace quadrille
