// The engine's own frame_channel.h and publish_rule.h under Relacy, which runs every interleaving
// of a short run, and lets each load see an older value wherever C++'s memory orders allow one. In
// an exhaustive search that is the value before the newest; Spin's models, which know no weaker
// orders, are without a bound on rounds.
//
// Each order is weakened in turn. Two things may break: frames (a read and a refill are not
// ordered: a data race), and the bound on slots (the writer is left without a slot, or a step is
// skipped, though each reader has one pin and there are R + keep + 1 slots).
#include <array>

#include "engine/publish_rule.h"

#include "tests/model/relacy_search.h"  // last: it gives other meanings to new and delete

namespace quadrille {
namespace {

struct Orders : ChannelOrders {
  using Counter = RelacyCounter;
};
struct PublishWithoutRelease : Orders {
  static constexpr auto kPublish = std::memory_order::acquire;
};
struct PublishWithoutAcquire : Orders {
  static constexpr auto kPublish = std::memory_order::release;
  static constexpr auto kPeek = std::memory_order::relaxed;
};
struct PeekRelaxed : Orders {
  static constexpr auto kPeek = std::memory_order::relaxed;
};
struct EnterWithoutAcquire : Orders {
  static constexpr auto kEnter = std::memory_order::release;
};
struct EnterWithoutRelease : Orders {
  static constexpr auto kEnter = std::memory_order::acquire;
};
struct ReturnRelaxed : Orders {
  static constexpr auto kReturn = std::memory_order::relaxed;
};
struct ReuseRelaxed : Orders {
  static constexpr auto kReuse = std::memory_order::relaxed;
};

// A count of entries that comes round after four.
struct TwoBits : Orders {
  static constexpr int kSlotBits = 62;
};
struct TwoBitsEnterWithoutRelease : TwoBits {
  static constexpr auto kEnter = std::memory_order::acquire;
};

enum class Claim { kFrames, kBound };

// One writer and kReaders readers, each of kRounds pins. `frames` is plain memory to Relacy.
template <class Orders, Claim kClaim, int kReaders, int kRounds, int kFrames, int kKeep = 1>
struct Swap
    : rl::test_suite<Swap<Orders, kClaim, kReaders, kRounds, kFrames, kKeep>, kReaders + 1> {
  static constexpr FrameSlot kSlots = kReaders + kKeep + 1;
  BasicFrameChannel<Orders> channel{kSlots};
  rl::var<int> frames[kSlots];
  std::array<FrameSlot, kSlots> slots;

  void before() {
    for (FrameSlot slot = 0; slot < kSlots; ++slot) slots[slot] = slot;
    frames[0]($) = 1;
    channel.publish(0);
  }
  void thread(unsigned index) { index == 0 ? write() : read(); }

  void claim(bool bound) { RL_ASSERT(kClaim != Claim::kBound || bound); }

  void write() {
    FrameSlot mine = kNoFrameSlot;  // of a step that was skipped
    for (int frame = 2; frame < kFrames + 2; ++frame) {
      for (FrameSlot slot = 0; slot < kSlots && mine == kNoFrameSlot; ++slot) {
        if (channel.is_free(slot)) mine = slot;
      }
      claim(mine != kNoFrameSlot);
      if (mine == kNoFrameSlot) continue;
      frames[mine]($) = frame;
      const bool published = publish_keeping(channel, slots, mine, kKeep);
      claim(published);
      if (published) mine = kNoFrameSlot;
    }
  }

  void read() {
    int newest = 0;
    for (int round = 0; round < kRounds; ++round) {
      const FrameSlot slot = channel.acquire();
      const int frame = frames[slot]($);
      RL_ASSERT(frame >= newest);
      newest = frame;
      channel.release(slot);
    }
  }
};

constexpr rl::test_result_e kRace = rl::test_result_data_race;
constexpr rl::test_result_e kBoundLost = rl::test_result_user_assert_failed;

template <class Weak>
using Frames = Swap<Weak, Claim::kFrames, 1, 2, 3>;
template <class Weak>
using Bound = Swap<Weak, Claim::kBound, 1, 2, 3>;

int run() {
  using enum Claim;
  expect<Swap<Orders, kBound, 1, 3, 3>>(kHolds, "1 reader, 3 pins, 3 publications");
  expect<Swap<Orders, kBound, 2, 1, 2>>(kHolds, "2 readers, 1 pin, 2 publications");
  expect<Swap<Orders, kBound, 2, 2, 3>>(kHolds, "2 readers, 2 pins, 3 publications, 3 preemptions",
                                        3);
  expect<Swap<Orders, kBound, 1, 2, 3, 2>>(kHolds, "1 reader, 2 pins, rewritten columns");
  expect<Swap<TwoBits, kBound, 1, 4, 3>>(kHolds, "entries come round after 4, 2 preemptions", 2);
  expect<Frames<PublishWithoutRelease>>(kRace, "A without release: a read races with the fill");
  expect<Frames<EnterWithoutAcquire>>(kRace, "B without acquire: a read races with the fill");
  expect<Frames<ReturnRelaxed>>(kRace, "C relaxed: the refill races with a read");
  expect<Frames<ReuseRelaxed>>(kRace, "D relaxed: the refill races with a read");
  expect<Bound<PublishWithoutAcquire>>(kBoundLost, "A without acquire: a step is skipped");
  expect<Bound<PeekRelaxed>>(kBoundLost, "A's load before a compare-exchange relaxed: the same");
  expect<Bound<EnterWithoutRelease>>(kBoundLost, "B without release: a step is skipped");
  expect<Swap<TwoBitsEnterWithoutRelease, kFrames, 1, 4, 3>>(
      kRace, "B without release, entries come round: a refill races", 2);
  expect<Frames<PublishWithoutAcquire>>(kHolds, "A without acquire: frames are safe");
  expect<Frames<EnterWithoutRelease>>(kHolds, "B without release: frames are safe");
  return wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace quadrille

int main() { return quadrille::run(); }
