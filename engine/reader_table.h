// ReaderTable: who reads, by label, and what each one holds: a record a pin. Kept by the readers,
// for the writer: to report who stalls, and to know what a reader that died may have held.
//
// A record's state is idle, entering or holding(slot). Its reader writes `entering` before it adds
// itself to the channel's current word and `holding(slot)` after that; and `idle` after it has
// returned the slot. So whatever stands between two of these writes, a reader that is inside of a
// slot is on record as holding it, or as entering.
//
//   release                                        acquire that it pairs with
//   B of the channel, behind entering (relaxed)    A of the channel: who entered a slot before it
//                                                  was replaced is on record from then on
//   R reader: state.store(holding, idle; release)  S: what the reader did in the slot that it held
//                                                  before is over, its return included
//   S writer: state.load(acquire)                  R; for reports, the label and held_since too
//
// Places are taken by compare-exchange, so readers of this process and (under a lock that dies with
// its owner) of others can share one table. Each reader has a generation of its own in `claim`:
// what speaks of one that is gone does not reach the one that has its place now.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

#include <quadrille/types.h>

#include "engine/frame_channel.h"

namespace quadrille {

enum class ReaderOwner : std::uint32_t { kNobody, kThisProcess, kOtherProcess };

inline constexpr std::size_t kLabelWords = 5;
using ReaderLabel = std::array<char, kLabelWords * 8>;  // ends with a zero

// 64 bytes. May lie in memory that several processes map.
struct alignas(kCacheLineBytes) ReaderRecord {
  std::atomic<std::uint32_t> claim{0};      // generation * 4 + ReaderOwner
  std::atomic<std::int32_t> process{0};     // its id; for reports, as all that follows but `state`
  std::atomic<std::uint64_t> state{0};      // slot * 4 + {0 idle, 1 entering, 2 holding}
  std::atomic<std::int64_t> held_since{0};  // of monotonic_ns(), while holding
  std::atomic<std::uint64_t> label[kLabelWords]{};
};
static_assert(sizeof(ReaderRecord) == kCacheLineBytes);

// A reader's place: what the reader itself writes, wait-free. One thread at a time.
class ReaderPlace {
 public:
  ReaderPlace() = default;
  ReaderPlace(ReaderRecord& record, std::uint32_t claim) : record_(&record), claim_(claim) {}

  // False: the reader was declared dead, and may write nothing any more; the place may be
  // another's.
  bool is_mine() const {
    return record_ != nullptr && record_->claim.load(std::memory_order_relaxed) == claim_;
  }
  std::uint32_t generation() const { return claim_ / 4; }

  void set_entering() { record_->state.store(kEntering, std::memory_order_relaxed); }
  void set_holding(FrameSlot slot, std::int64_t now_ns) {
    record_->held_since.store(now_ns, std::memory_order_relaxed);
    record_->state.store(std::uint64_t{slot} * 4 + kHolding, std::memory_order_release);  // R
  }
  void set_idle() { record_->state.store(kIdle, std::memory_order_release); }  // R
  // The reader leaves; it holds nothing. No effect on a place that is not its own any more.
  void give_back();

 private:
  friend class ReaderTable;
  static constexpr std::uint64_t kIdle = 0, kEntering = 1, kHolding = 2;

  ReaderRecord* record_ = nullptr;
  std::uint32_t claim_ = 0;
};

class ReaderTable {
 public:
  // `records` outlive this.
  ReaderTable(ReaderRecord* records, int capacity) : records_(records), capacity_(capacity) {}

  int capacity() const { return capacity_; }

  // Any thread. Takes place `index`; false: it is not free. `label` is cut to what ReaderLabel
  // holds. A reader of another process than the writer's must have the place's lock before.
  bool claim(int index, ReaderOwner owner, std::string_view label, std::int32_t process);
  // Of the place that the caller has claimed.
  ReaderPlace place(int index) const;

  // ---- the writer's thread ----
  ReaderOwner owner(int index) const;
  std::uint32_t generation(int index) const;
  std::int32_t process(int index) const;
  ReaderLabel label(int index) const;  // control characters replaced
  // kNoFrameSlot: none, or it is entering one.
  FrameSlot held_slot(int index) const;
  // A reader on record may be inside of `slot`. Asked after the writer's last acquire of the
  // current word has told how often the slot was entered.
  bool may_be_inside(FrameSlot slot) const;
  // The reader of that place is dead: the place is free. Under the place's lock, if it was another
  // process's.
  void retire(int index);

 private:
  ReaderRecord* records_;
  int capacity_;
};

}  // namespace quadrille
