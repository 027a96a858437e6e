// FrameChannel: one writer publishes complete frames, any number of readers pin them.
//   acquire(), release(), is_newest(),       wait-free, any thread of any process: one atomic
//   look()                                   operation each.
//   publish(), publish_if_returned(),        wait-free, the writer's thread: one atomic exchange
//   publish_if_abandoned()                   (or one compare-exchange, never tried again here).
//   is_free(), current()                     wait-free, the writer's thread.
// (Wait-free where fetch_add is one instruction; lock-free where it is a loop.)
//
// Who writes what. The current word packs {entered: 48, slot: 16}: which slot is the newest, and
// how often readers have entered it since it became so; the writer replaces it, readers add to it.
// A slot's `returned` is the running total of its releases; readers add to it. Its `entered` is the
// running total of its acquires, taken from each word that is replaced: the writer's own. `worn` is
// set by readers, once the newest slot has been entered half as often as the word can count.
//
//   release                                        acquire that it pairs with
//   A writer: current_.exchange(.., acq_rel)       B: the frame's bytes come before any read
//   B reader: current_.fetch_add(.., acq_rel)      A: what a reader returned before it entered this
//                                                  slot is seen by the writer: the bound, see 5
//   C reader: slot.returned.fetch_add(.., release) D: every read comes before the slot is refilled
//   D writer: slot.returned.load(acquire)
// Adds continue a release sequence, so B pairs with A, and D with C, behind other readers too.
//
// Why it holds. Of a slot let E be how often it was entered, R how often it was returned so far; a
// reader returns what it entered, once and later, so R <= E.
//  1 Only the current slot is entered: the add that enters is an add to the word that names it. A
//    takes the word with every entry in it, and no later entry finds it. So while a slot is not
//    current E stands still, and `entered` = E.
//  2 A free slot stays free until it is published. is_free() says: not current, and a value of
//    `returned` = E. That value is at most R, and R <= E: so everyone returned, and by 1 nobody
//    enters. An old value of `returned` can only make a free slot look pinned.
//  3 No frame is torn. Fill, A, B, read: in this order by A-B. Read, C, D, refill: the value E is
//    the last C's, whose release sequence holds every other C of the slot. By 2 nobody enters
//    between D and the next A. So a frame never changes while it is pinned.
//  4 No reader goes back. All entries and publications are in the one order of the word's changes:
//    a later pin names the same publication or a later one.
//  5 The bound. If the writer has seen an entry of a reader, it sees by B-A what that reader had
//    returned before; so what it takes for pinned by that reader is what the reader held at that
//    moment, at most k slots. So of k R + 2 slots at most k R look pinned, one is current and one
//    remains: the writer can go on after every publication. publish_rule.h sees to that with fewer
//    slots too, and needs one slot more where it is to leave two.
//  6 Counts that come round change nothing: only differences modulo 2^48 are looked at, and there
//    are never so many pins.
//  7 What the writer saw free and nobody entered since is free, and need not be looked at: this
//    spares it the line that a reader wrote last. Nobody entered if the word that A took counts 0
//    entries and `worn` is 0. For had the count come round to 0, each of its last 2^47 entries
//    would have been followed by setting `worn`; one reader would have made two of them (there are
//    fewer readers), the second behind setting it, and by B-A the writer would see that.
// B's release and A's acquire serve 5 and 7 alone: without them steps are skipped, and frames are
// safe until a count has come round.
//
// 1 to 7 are searched for counterexamples, and so is each of a list of mistakes: tests/model/run.
//
// The writer trusts its own record of which slot is current, and of the shared counters no more
// than their numbers: who spoils them in shared memory can have slots seem pinned or free, and
// nothing else. What to do about a reader that died is reader_reclaim.h's.
//
// Which part to use: FrameChannel, the writer's, owns or borrows a ChannelMemory; ChannelReader is
// all that a reader needs, also over memory that another process maps. Both take the orders and the
// type of the counters as a parameter, so that a test can weaken one order at a time and see it
// caught, and a checker can supply its own counters, which come round sooner.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include <quadrille/types.h>

namespace quadrille {

using FrameSlot = std::uint32_t;
inline constexpr FrameSlot kNoFrameSlot = 0xffff;  // 16 bits, all set

// A slot's line of its own: readers that leave different frames do not take the line from one
// another, and the writer, which looks at all of them, disturbs only those that it looks at.
template <class Counter>
struct alignas(kCacheLineBytes) BasicChannelSlot {
  Counter returned{0};
};

// Two lines. The first is alone: every acquire writes it, and nobody else should pay for that. The
// second is read by the writer, and hardly ever written.
template <class Counter>
struct alignas(kCacheLineBytes) BasicChannelWord {
  Counter current{kNoFrameSlot};
  alignas(kCacheLineBytes) Counter worn{0};
};

// What writer and readers share. No pointer inside of what they point to: it may lie in memory that
// several processes map, at different addresses. Constructed by the writer.
template <class Counter>
struct BasicChannelMemory {
  BasicChannelWord<Counter>* word = nullptr;
  BasicChannelSlot<Counter>* slots = nullptr;
};

struct ChannelOrders {
  using Counter = std::atomic<std::uint64_t>;
  static constexpr int kSlotBits = 16;  // of the word; the others count entries
  static constexpr std::memory_order kPublish = std::memory_order_acq_rel;  // A
  static constexpr std::memory_order kPeek = std::memory_order_acquire;     // A without publishing
  static constexpr std::memory_order kEnter = std::memory_order_acq_rel;    // B
  static constexpr std::memory_order kReturn = std::memory_order_release;   // C
  static constexpr std::memory_order kReuse = std::memory_order_acquire;    // D
};

using ChannelSlot = BasicChannelSlot<ChannelOrders::Counter>;
using ChannelWord = BasicChannelWord<ChannelOrders::Counter>;
using ChannelMemory = BasicChannelMemory<ChannelOrders::Counter>;

// Any thread; a copy is as good as the original.
template <class Orders = ChannelOrders>
class BasicChannelReader {
 public:
  using Memory = BasicChannelMemory<typename Orders::Counter>;

  BasicChannelReader() = default;
  explicit BasicChannelReader(const Memory& memory) : memory_(memory) {}

  // Pins the newest frame's slot until it is released. kNoFrameSlot (not to be released): none yet.
  FrameSlot acquire() const {
    const std::uint64_t word = memory_.word->current.fetch_add(kOneReader, Orders::kEnter);  // B
    if (word >= kHalfCounted) [[unlikely]]
      memory_.word->worn.store(1, std::memory_order_relaxed);
    return slot_of(word);
  }

  // The caller's last read of the slot is over. Any thread that the pin was handed to may say so.
  void release(FrameSlot slot) const {
    memory_.slots[slot].returned.fetch_add(1, Orders::kReturn);  // C
  }

  // Only for a slot that the caller has pinned: it cannot be filled again meanwhile, so the same
  // slot is the same frame. Relaxed: it only says whether to look again; acquire() orders what
  // follows.
  bool is_newest(FrameSlot slot) const {
    return slot_of(memory_.word->current.load(std::memory_order_relaxed)) == slot;
  }

  // As is_newest(), and in one order with the writer's exchanges: what the caller wrote before is
  // visible to the writer after its next publication, unless the caller sees that publication.
  // Who goes to sleep until the next frame needs that.
  bool look(FrameSlot slot) const {
    return slot_of(memory_.word->current.fetch_add(0, Orders::kEnter)) == slot;  // B
  }

 protected:
  static constexpr int kSlotBits = Orders::kSlotBits;
  static constexpr std::uint64_t kOneReader = std::uint64_t{1} << kSlotBits;
  static constexpr std::uint64_t kHalfCounted = std::uint64_t{1} << 63;  // 2^47 entries
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

  static FrameSlot slot_of(std::uint64_t word) {
    return static_cast<FrameSlot>(word & (kOneReader - 1));
  }
  static std::uint64_t entries_of(std::uint64_t word) { return word >> kSlotBits; }
  // The word counts modulo 2^48 (a reader that polls a paused simulation gets there in two weeks),
  // so totals are compared modulo 2^48 too.
  static std::uint64_t pins_of(std::uint64_t entered, std::uint64_t returned) {
    return ((entered - returned) << kSlotBits) >> kSlotBits;
  }

  // Read by all and never written after construction: apart from the word, so that the word's
  // traffic does not take it away.
  Memory memory_;
};

// One writer. What is not named in BasicChannelReader is the writer's thread's.
template <class Orders = ChannelOrders>
class BasicFrameChannel : public BasicChannelReader<Orders> {
 public:
  using typename BasicChannelReader<Orders>::Memory;

  // Nothing is current yet. At most kNoFrameSlot slots.
  explicit BasicFrameChannel(FrameSlot num_slots)
      : word_(std::make_unique<Word>()), slots_(std::make_unique<Slot[]>(num_slots)),
        records_(std::make_unique<Record[]>(num_slots)) {
    memory_ = {word_.get(), slots_.get()};
  }
  // In freshly constructed memory, of `num_slots` slots, that outlives the channel.
  BasicFrameChannel(const Memory& memory, FrameSlot num_slots)
      : BasicChannelReader<Orders>(memory), records_(std::make_unique<Record[]>(num_slots)) {}

  void publish(FrameSlot slot) {
    leave(memory_.word->current.exchange(slot, Orders::kPublish));  // A
    current_slot_ = slot;
  }

  // Publishes only if the slot that is current now becomes free by it: for a writer that would have
  // no other slot to go on in. False, and nothing changed, if a reader is in it or enters
  // meanwhile; whatever readers in it had returned before they entered is visible to is_free()
  // afterwards.
  bool publish_if_returned(FrameSlot slot) {
    return publish_if(slot, [this](std::uint64_t entered) {
      const std::uint64_t returned =
          memory_.slots[current_slot_].returned.load(Orders::kReuse);  // D
      return this->pins_of(entered, returned) == 0;
    });
  }

  // The same for a slot that is current and whose pins are all of readers that died, which
  // `nobody_holds(slot)` says after it is known who has entered: it becomes free, with those pins
  // forgotten.
  template <class NobodyHolds>
  bool publish_if_abandoned(FrameSlot slot, NobodyHolds nobody_holds) {
    const FrameSlot outgoing = current_slot_;
    if (!publish_if(slot, [&](std::uint64_t) { return nobody_holds(outgoing); })) return false;
    forget_pins(outgoing);
    return true;
  }

  // Nobody that lives holds `slot`, which is not current: it is free. Relaxed: whoever adds to
  // `returned` next has entered the slot before, and so comes behind its next publication.
  void forget_pins(FrameSlot slot) {
    memory_.slots[slot].returned.store(records_[slot].entered, std::memory_order_relaxed);
  }

  // Remembers a slot that it saw free: while nobody enters it, it is not looked at again.
  bool is_free(FrameSlot slot) const {
    if (slot == current_slot_) return false;
    bool& seen_free = records_[slot].seen_free;
    if (!seen_free) seen_free = pins(slot) == 0;
    return seen_free;
  }

  // is_free() would not look: false may be free, too. Costs no line that readers write.
  bool is_known_free(FrameSlot slot) const {
    return slot != current_slot_ && records_[slot].seen_free;
  }

  // Of a slot that is not current: how often it was entered and not returned.
  std::uint64_t pins(FrameSlot slot) const {
    const std::uint64_t returned = memory_.slots[slot].returned.load(Orders::kReuse);  // D
    return this->pins_of(records_[slot].entered, returned);
  }

  // The same of any slot, as of now. For reports: readers enter and leave meanwhile.
  std::uint64_t pins_now(FrameSlot slot) const {
    if (slot != current_slot_) return pins(slot);
    const std::uint64_t word = memory_.word->current.load(std::memory_order_relaxed);
    return this->pins_of(pins(slot) + this->entries_of(word), 0);
  }

  FrameSlot current() const { return current_slot_; }

 private:
  using Word = BasicChannelWord<typename Orders::Counter>;
  using Slot = BasicChannelSlot<typename Orders::Counter>;
  using BasicChannelReader<Orders>::memory_;

  // `returned(entered)` says whether the current slot would be free, had readers entered it so
  // often.
  template <class Returned>
  bool publish_if(FrameSlot slot, Returned returned) {
    if (current_slot_ == kNoFrameSlot) return false;
    auto& current = memory_.word->current;
    std::uint64_t word = current.load(Orders::kPeek);  // as A, for what B released
    if (!returned(records_[current_slot_].entered + this->entries_of(word))) return false;
    // A, when it succeeds; when it fails, the acquire of A alone.
    if (!current.compare_exchange_strong(word, slot, Orders::kPublish, Orders::kPeek)) return false;
    leave(word);
    current_slot_ = slot;
    return true;
  }

  // The current slot is no longer current: its entries are final, and counted.
  void leave(std::uint64_t word) {
    if (current_slot_ == kNoFrameSlot) return;
    const std::uint64_t entries = this->entries_of(word);
    Record& record = records_[current_slot_];
    record.entered += entries;
    if (entries != 0 || memory_.word->worn.load(std::memory_order_relaxed) != 0) {
      record.seen_free = false;
    }
  }

  struct Record {
    std::uint64_t entered = 0;
    bool seen_free = false;  // and not entered since
  };

  std::unique_ptr<Word> word_;  // null where the memory is borrowed
  std::unique_ptr<Slot[]> slots_;
  // The writer's own, on a line that no reader touches.
  alignas(kCacheLineBytes) std::unique_ptr<Record[]> records_;
  FrameSlot current_slot_ = kNoFrameSlot;
};

using ChannelReader = BasicChannelReader<>;
using FrameChannel = BasicFrameChannel<>;

}  // namespace quadrille
