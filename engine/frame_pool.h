// FramePool: the slots in which frames live, and the rule by which one may be published.
//
// A slot is a region of its own, of one frame, or a part of what other processes share. The one
// that was filled last is taken first (LIFO): its bytes are the warmest and lag the least behind
// the last completed step. Readers use pin(), unpin(), register_reader(), channel(), waiting(),
// frame(); everything else is the writer's thread's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <quadrille/hooks.h>
#include <quadrille/registered_reader.h>
#include <quadrille/status.h>
#include <quadrille/trace.h>

#include "engine/anonymous_pins.h"
#include "engine/frame_channel.h"
#include "engine/frame_layout.h"
#include "engine/frame_waiting.h"
#include "engine/memory_budget.h"
#include "engine/pin_trace.h"
#include "engine/publish_rule.h"
#include "engine/reader_table.h"
#include "engine/recorded_reader.h"
#include "engine/region.h"
#include "engine/shared_frames.h"
#include "engine/topology_version.h"

namespace quadrille {

struct FramePoolOptions {
  int num_slots = 3;
  int max_slots = 0;         // what grow() stops at; num_slots, where that is more
  int max_registered = 0;    // readers on record
  bool reclaimable = false;  // slots of readers that died are taken back: counts anonymous pins too
  ShareOptions share;        // a name: with other processes, and reclaimable. Not with a hook
  Trace* trace = nullptr;    // of pins and releases; outlives the pool. Null: they are not recorded
};

class FramePool {
 public:
  // `layout`, `budget` (may be null) and the hook outlive the pool.
  static Result<std::unique_ptr<FramePool>> create(const FrameLayout& layout,
                                                   const FramePoolOptions& options,
                                                   MemoryBudget* budget,
                                                   const AllocationHook& hook);

  ~FramePool();
  FramePool(const FramePool&) = delete;
  FramePool& operator=(const FramePool&) = delete;

  FrameChannel& channel() { return channel_; }
  const FrameWaiting& waiting() const { return waiting_; }
  Frame frame(FrameSlot slot) const { return {&layout_, bases_[slot]}; }

  // An anonymous reader's pin and its return. Any thread, wait-free.
  FrameSlot pin() { return is_watched_ ? watched_pin() : channel_.acquire(); }
  void unpin(FrameSlot slot) { is_watched_ ? watched_unpin(slot) : channel_.release(slot); }
  // A reader on record. Any thread; allocates. kUnsupported: all places are taken.
  Result<std::unique_ptr<RecordedReader>> register_reader(std::string_view label, ReaderID* id);

  int num_slots() const { return num_slots_; }
  int max_slots() const { return static_cast<int>(bases_.size()); }
  std::byte* data(FrameSlot slot) { return bases_[slot]; }

  // The free slot that was filled last, other than `except`; kNoFrameSlot: every one is pinned.
  FrameSlot find_free(FrameSlot except) const;
  // For when find_free() finds none. That happens only if another process has spoilt the shared
  // counters, and then this is a slot that is not current, as if it were free. kNoFrameSlot:
  // nothing is shared.
  FrameSlot seize(FrameSlot except);
  // The slot is about to be filled: it comes first from now on.
  void filling(FrameSlot slot);
  // Publishes `slot` if at least `keep` other slots are then free for the writer to go on in, as
  // publish_keeping() does. False: nothing changed. Wakes who waits for it.
  bool publish(FrameSlot slot, int keep);
  // The same for the first one: every other slot is free, and nobody waits.
  void publish_first(FrameSlot slot);
  SharedFrames* shared() { return shared_.get(); }  // null: nothing is shared

  // ---- readers that died: see reader_reclaim.h ----
  bool is_reclaimable() const { return anonymous_ != nullptr; }
  ReaderTable& readers() { return readers_; }
  // No reader that lives is inside of `slot`.
  bool nobody_holds(FrameSlot slot) const {
    return !readers_.may_be_inside(slot) && anonymous_ != nullptr &&
           !anonymous_->may_be_inside(slot);
  }
  // As publish(), where the free slot that it lacks is the current one, and only the dead hold
  // that.
  bool publish_if_abandoned(FrameSlot slot, int keep);

  // ---- the graph of each frame, where it changes ----
  // The slot's frame was computed on that version, which lives as long as the frame may be read.
  // Before the slot is published.
  void set_topology(FrameSlot slot, const TopologyVersion& version) {
    topologies_[slot] = version;
    has_topologies_ = true;
  }
  // A reader's that holds the slot, or the writer's; null: its graph does not change.
  const GraphView* topology(FrameSlot slot) const {
    return topologies_[slot] ? &topologies_[slot].view() : nullptr;
  }
  // Lets go of the versions of frames that nobody reads any more, nor can; `last` stays.
  void drop_topologies(FrameSlot last);

  // One slot more. Allocates. kUnsupported at max_slots; kBudgetExceeded over the hard limit, and,
  // once the pool has been created, over the soft one: a spare frame is what is given up first.
  Status grow();

 private:
  Status charge_shared(std::size_t bytes);
  Status add_slot();
  Result<std::byte*> make_slot(FrameSlot slot);
  void stamp_shared(FrameSlot slot);
  FrameSlot watched_pin();
  void watched_unpin(FrameSlot slot);
  FramePool(const FrameLayout& layout, const FramePoolOptions& options, MemoryBudget* budget,
            const AllocationHook& hook, std::unique_ptr<SharedFrames> shared);

  const FrameLayout& layout_;
  MemoryBudget* budget_;
  AllocationHook hook_;
  std::unique_ptr<SharedFrames> shared_;
  std::size_t shared_bytes_ = 0;  // charged to the budget
  // All entries stand from the start and a slot's is written before the slot is first published:
  // readers may read theirs while the pool grows.
  std::vector<std::byte*> bases_;
  std::vector<Region> regions_;  // none, where they are shared
  std::vector<TopologyVersion> topologies_;
  bool has_topologies_ = false;
  int num_slots_ = 0;
  std::vector<FrameSlot> latest_first_;  // by last filling; the first num_slots_ entries
  FrameChannel channel_;
  std::unique_ptr<AnonymousPins> anonymous_;   // null: readers cannot die
  std::unique_ptr<const PinTrace> pin_trace_;  // null: pins are not traced
  bool is_watched_;  // either of them is there: the one thing that a pin asks elsewhere
  std::unique_ptr<ReaderRecord[]> records_;  // null: they are shared
  ReaderTable readers_;
  WakeWord wake_word_;  // unused, where one is shared
  FrameWaiting waiting_;
};

inline FrameSlot FramePool::find_free(FrameSlot except) const {
  for (const FrameSlot slot : latest_first_) {
    if (slot != except && channel_.is_free(slot)) return slot;
  }
  return kNoFrameSlot;
}

inline void FramePool::filling(FrameSlot slot) {
  // In one pass, since the place is nearly always among the first: each slot before it moves back
  // by one.
  FrameSlot moved = slot;
  for (FrameSlot& place : latest_first_) {
    std::swap(place, moved);
    if (moved == slot) return;
  }
}

inline bool FramePool::publish(FrameSlot slot, int keep) {
  if (shared_ != nullptr) stamp_shared(slot);
  if (!publish_keeping(channel_, latest_first_, slot, keep)) return false;
  waiting_.notify();
  return true;
}

}  // namespace quadrille
