#include "engine/frame_channel.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "tests/engine/frame_ages.h"

namespace quadrille {
namespace {

TEST(FrameChannel, NothingIsNewestBeforeTheFirstPublication) {
  FrameChannel channel(2);
  EXPECT_EQ(channel.acquire(), kNoFrameSlot);
  EXPECT_EQ(channel.current(), kNoFrameSlot);
  EXPECT_FALSE(channel.publish_if_returned(1));
  EXPECT_TRUE(channel.is_free(0));
  EXPECT_TRUE(channel.is_free(1));
  channel.publish(1);
  EXPECT_EQ(channel.acquire(), 1u);
}

TEST(FrameChannel, TheCurrentSlotIsNeverFree) {
  FrameChannel channel(2);
  channel.publish(0);
  EXPECT_FALSE(channel.is_free(0));
  channel.publish(1);
  EXPECT_TRUE(channel.is_free(0));
  EXPECT_FALSE(channel.is_free(1));
}

TEST(FrameChannel, ASlotIsFreeOnlyWhenEveryReaderThatEnteredItReturned) {
  FrameChannel channel(3);
  channel.publish(0);
  EXPECT_EQ(channel.acquire(), 0u);
  EXPECT_EQ(channel.acquire(), 0u);
  channel.release(0);
  channel.publish(1);
  EXPECT_FALSE(channel.is_free(0));
  channel.release(0);
  EXPECT_TRUE(channel.is_free(0));
}

TEST(FrameChannel, TotalsCarryOverWhenASlotIsPublishedAgain) {
  FrameChannel channel(2);
  for (int round = 0; round < 1000; ++round) {
    channel.publish(0);
    for (int i = 0; i < round % 5; ++i) EXPECT_EQ(channel.acquire(), 0u);
    channel.publish(1);
    EXPECT_EQ(channel.is_free(0), round % 5 == 0);
    for (int i = 0; i < round % 5; ++i) channel.release(0);
    EXPECT_TRUE(channel.is_free(0));
  }
}

TEST(FrameChannel, APinIsNewestUntilTheNextPublication) {
  FrameChannel channel(2);
  channel.publish(0);
  const FrameSlot slot = channel.acquire();
  EXPECT_TRUE(channel.is_newest(slot));
  channel.publish(1);
  EXPECT_FALSE(channel.is_newest(slot));
}

TEST(FrameChannel, PublishIfReturnedNeverLeavesAPinnedSlotBehind) {
  FrameChannel channel(3);
  channel.publish(0);
  EXPECT_EQ(channel.acquire(), 0u);
  EXPECT_FALSE(channel.publish_if_returned(1));
  EXPECT_EQ(channel.current(), 0u);
  channel.release(0);
  EXPECT_TRUE(channel.publish_if_returned(1));
  EXPECT_EQ(channel.current(), 1u);
  EXPECT_TRUE(channel.is_free(0));
  EXPECT_EQ(channel.acquire(), 1u);
  channel.publish(2);
  EXPECT_FALSE(channel.is_free(1));  // the totals went on
}

// The word counts entries in 48 bits; a reader that polls a paused simulation comes round in weeks.
TEST(FrameChannel, PinsAreCountedWhenTheCountOfEntriesComesRound) {
  constexpr std::uint64_t kLastEntry = (std::uint64_t{1} << 48) - 1;
  ChannelWord word;
  std::array<ChannelSlot, 2> slots;
  FrameChannel channel({&word, slots.data()}, 2);
  channel.publish(0);
  word.current.store(kLastEntry << 16 | 0, std::memory_order_relaxed);  // as many came and went
  slots[0].returned.store(kLastEntry, std::memory_order_relaxed);
  const FrameSlot pinned = channel.acquire();
  EXPECT_EQ(pinned, 0u);
  EXPECT_TRUE(channel.is_newest(0));
  EXPECT_FALSE(channel.publish_if_returned(1));
  channel.publish(1);
  EXPECT_EQ(channel.pins(0), 1u);
  channel.release(pinned);
  EXPECT_TRUE(channel.is_free(0));
  channel.publish(0);
  EXPECT_TRUE(channel.publish_if_returned(1));
  EXPECT_TRUE(channel.is_free(0));
}

// Exactly at 0 the count alone would say that nobody entered: the slot, seen free before, would be
// filled while it is read.
TEST(FrameChannel, AFullTurnOfTheCountIsNotTakenForNoEntry) {
  constexpr std::uint64_t kLastEntry = (std::uint64_t{1} << 48) - 1;
  ChannelWord word;
  std::array<ChannelSlot, 2> slots;
  FrameChannel channel({&word, slots.data()}, 2);
  EXPECT_TRUE(channel.is_free(0));
  channel.publish(0);
  word.current.store(kLastEntry << 16 | 0, std::memory_order_relaxed);  // as many came and went
  slots[0].returned.store(kLastEntry, std::memory_order_relaxed);
  EXPECT_EQ(channel.acquire(), 0u);  // the 2^48th
  EXPECT_EQ(word.current.load(std::memory_order_relaxed), 0u);
  channel.publish(1);
  EXPECT_FALSE(channel.is_known_free(0));
  EXPECT_FALSE(channel.is_free(0));
  channel.release(0);
  EXPECT_TRUE(channel.is_free(0));
}

TEST(FrameChannel, ASlotSeenFreeIsKnownToBeFreeUntilSomebodyEntersIt) {
  FrameChannel channel(2);
  EXPECT_FALSE(channel.is_known_free(0));
  EXPECT_TRUE(channel.is_free(0));
  EXPECT_TRUE(channel.is_known_free(0));
  channel.publish(0);
  EXPECT_FALSE(channel.is_known_free(0));  // it is current
  channel.publish(1);
  EXPECT_TRUE(channel.is_known_free(0));  // nobody came
  channel.publish(0);
  channel.release(channel.acquire());
  channel.publish(1);
  EXPECT_FALSE(channel.is_known_free(0));
  EXPECT_TRUE(channel.is_free(0));
  EXPECT_TRUE(channel.is_known_free(0));
}

// ---- stress ----
// The writer fills a free slot and publishes it; readers check each frame that they pin. One more
// reader stalls for ever. The histogram of ages is printed by -V.

constexpr int kStressReaders = 4;

struct StressResult {
  FrameAges ages;
  std::int64_t reused = 0;  // times a slot was filled again
  std::int64_t stuck = 0;   // publications for which no slot was free
};

template <class Channel, class Word>
class Stress {
 public:
  static constexpr FrameSlot kSlots = kStressReaders + 1 + 2;  // one more reader: the stalled one

  StressResult run(std::int64_t frames, bool stop_when_broken) {
    using Reader = CheckingReader<Channel, StampedFrame<Word>>;
    publish(0, 1);
    StressResult result;
    Reader stalled(channel_, frames_.data(), announced_, result.ages);
    const auto pin = stalled.pin();
    std::vector<std::thread> readers;
    for (FrameAges& ages : ages_) readers.emplace_back([this, &ages] { read(ages); });
    while (started_.load(std::memory_order_relaxed) < kStressReaders) std::this_thread::yield();
    for (std::uint64_t stamp = 2; stamp < static_cast<std::uint64_t>(frames) + 2; ++stamp) {
      if (stop_when_broken && broken_.load(std::memory_order_relaxed)) break;
      write(stamp, result);
    }
    done_.store(true, std::memory_order_relaxed);
    for (std::thread& reader : readers) reader.join();
    stalled.give_back(pin);
    for (const FrameAges& ages : ages_) result.ages.add(ages);
    std::printf("%s\n", result.ages.text().c_str());
    return result;
  }

 private:
  void publish(FrameSlot slot, std::uint64_t stamp) {
    frames_[slot].fill(stamp);
    channel_.publish(slot);
    announced_.store(stamp, std::memory_order_release);
  }

  void write(std::uint64_t stamp, StressResult& result) {
    for (FrameSlot slot = 0; slot < kSlots; ++slot) {
      if (!channel_.is_free(slot)) continue;
      result.reused += frames_[slot].stamp() != 0 ? 1 : 0;
      return publish(slot, stamp);
    }
    ++result.stuck;
  }

  void read(FrameAges& ages) {
    CheckingReader<Channel, StampedFrame<Word>> reader(channel_, frames_.data(), announced_, ages);
    started_.fetch_add(1, std::memory_order_relaxed);
    while (!done_.load(std::memory_order_relaxed)) {
      reader.give_back(reader.pin());
      if (ages.broken() > 0) broken_.store(true, std::memory_order_relaxed);
    }
  }

  Channel channel_{kSlots};
  std::array<StampedFrame<Word>, kSlots> frames_{};
  std::array<FrameAges, kStressReaders> ages_;
  std::atomic<std::uint64_t> announced_{0};
  std::atomic<int> started_{0};
  std::atomic<bool> done_{false}, broken_{false};
};

#if defined(QUADRILLE_SANITIZED)
constexpr std::int64_t kStressFrames = 20000;
#else
constexpr std::int64_t kStressFrames = 500000;
#endif

TEST(FrameChannel, ReadersNeverSeeAFramePastItsPromisedAgeWhileOneStallsForever) {
  const auto stress = std::make_unique<Stress<FrameChannel, PlainWord>>();
  const StressResult result = stress->run(kStressFrames, false);
  EXPECT_EQ(result.ages.torn, 0);
  EXPECT_EQ(result.ages.late, 0);
  EXPECT_EQ(result.ages.again, 0);
  EXPECT_EQ(result.stuck, 0) << "R readers with one pin each need R + 2 slots";
  EXPECT_GT(result.reused, kStressFrames / 2);
  EXPECT_GT(result.ages.frames(), kStressReaders);
}

// A writer with two slots only can use them both only by publish_if_returned().
TEST(FrameChannel, PublishIfReturnedNeverHandsOutASlotThatAReaderEntered) {
  FrameChannel channel(2);
  std::array<std::array<PlainWord, 64>, 2> slots{};
  channel.publish(0);
  std::atomic<bool> done{false};
  std::atomic<std::int64_t> torn{0}, seen{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!done.load(std::memory_order_relaxed)) {
        const FrameSlot slot = channel.acquire();
        const std::uint64_t stamp = slots[slot][0].get();
        for (const PlainWord& word : slots[slot]) torn += word.get() != stamp ? 1 : 0;
        // Now and then the writer runs while a reader is inside, mostly while none is.
        if (seen.fetch_add(1, std::memory_order_relaxed) % 8 == 0) std::this_thread::yield();
        channel.release(slot);
        std::this_thread::yield();
      }
    });
  }
  while (seen.load(std::memory_order_relaxed) < 100) std::this_thread::yield();
  std::int64_t published = 0, refused = 0;
  FrameSlot mine = 1;
  for (std::uint64_t stamp = 1; stamp < kStressFrames / 10 || published < 100 || refused < 10;
       ++stamp) {
    for (PlainWord& word : slots[mine]) word.set(stamp);
    if (!channel.publish_if_returned(mine)) {
      ++refused;
      std::this_thread::yield();  // a reader that was preempted in its pin must get on
      continue;                   // it stays private, and is filled again
    }
    mine = 1 - mine;
    EXPECT_TRUE(channel.is_free(mine));
    ++published;
  }
  done.store(true, std::memory_order_relaxed);
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(torn.load(), 0);
}

// ---- planted bugs: the same stress must catch each ----

// Looks at the current slot, then counts itself in: a writer may reuse the slot in between.
class CountsAfterLooking {
 public:
  explicit CountsAfterLooking(FrameSlot slots) : pins_(slots) {}
  FrameSlot acquire() {
    const FrameSlot slot = current_.load(std::memory_order_acquire);
    std::this_thread::yield();  // the window, held open
    pins_[slot].fetch_add(1, std::memory_order_acq_rel);
    return slot;
  }
  void release(FrameSlot slot) { pins_[slot].fetch_sub(1, std::memory_order_release); }
  void publish(FrameSlot slot) { current_.store(slot, std::memory_order_release); }
  bool is_free(FrameSlot slot) const {
    return slot != current_.load(std::memory_order_relaxed) &&
           pins_[slot].load(std::memory_order_acquire) == 0;
  }

 private:
  std::atomic<FrameSlot> current_{0};
  std::vector<std::atomic<std::int64_t>> pins_;
};

// Forgets the entries of the word that a publication replaces.
class ForgetsEntries {
 public:
  explicit ForgetsEntries(FrameSlot slots) : returned_(slots) {}
  FrameSlot acquire() {
    return static_cast<FrameSlot>(current_.fetch_add(1 << 16, std::memory_order_acq_rel) & 0xffff);
  }
  void release(FrameSlot slot) { returned_[slot].fetch_add(1, std::memory_order_release); }
  void publish(FrameSlot slot) {
    const std::uint64_t old = current_.exchange(slot, std::memory_order_acq_rel);
    returned_[old & 0xffff].store(0, std::memory_order_relaxed);
    newest_ = slot;
  }
  bool is_free(FrameSlot slot) const {
    return slot != newest_ && returned_[slot].load(std::memory_order_acquire) == 0;
  }

 private:
  std::atomic<std::uint64_t> current_{0};
  std::vector<std::atomic<std::uint64_t>> returned_;
  FrameSlot newest_ = 0;
};

// Pins the next frame when it returns one, so as to have it at hand: safe, and late.
class PinsAhead {
 public:
  explicit PinsAhead(FrameSlot slots) : channel_(slots) { ahead_ = kNoFrameSlot; }
  FrameSlot acquire() {
    const FrameSlot ahead = std::exchange(ahead_, kNoFrameSlot);
    return ahead == kNoFrameSlot ? channel_.acquire() : ahead;
  }
  void release(FrameSlot slot) {
    channel_.release(slot);
    ahead_ = channel_.acquire();
  }
  void publish(FrameSlot slot) { channel_.publish(slot); }
  bool is_free(FrameSlot slot) const { return channel_.is_free(slot); }

 private:
  FrameChannel channel_;
  static thread_local FrameSlot ahead_;
};
thread_local FrameSlot PinsAhead::ahead_ = kNoFrameSlot;

TEST(FrameChannel, TheStressCatchesAReaderThatCountsAfterLooking) {
  const auto stress = std::make_unique<Stress<CountsAfterLooking, AtomicWord>>();
  EXPECT_GT(stress->run(100 * kStressFrames, true).ages.broken(), 0);
}

TEST(FrameChannel, TheStressCatchesAWriterThatForgetsWhoEntered) {
  const auto stress = std::make_unique<Stress<ForgetsEntries, AtomicWord>>();
  EXPECT_GT(stress->run(kStressFrames, true).ages.torn, 0);
}

TEST(FrameChannel, TheStressCatchesAReaderThatPinsAheadOfItsTime) {
  const auto stress = std::make_unique<Stress<PinsAhead, AtomicWord>>();
  const FrameAges ages = stress->run(100 * kStressFrames, true).ages;
  EXPECT_GT(ages.late, 0);
  EXPECT_EQ(ages.torn, 0);
}

TEST(FrameAges, EachFrameFallsIntoTheBucketOfItsAge) {
  FrameChannel channel(3);
  std::array<StampedFrame<PlainWord>, 3> frames{};
  std::atomic<std::uint64_t> announced{1};
  FrameAges ages;
  CheckingReader reader(channel, frames.data(), announced, ages);
  for (const std::uint64_t age : {0u, 1u, 3u, 4u}) {
    announced.store(10 + age, std::memory_order_relaxed);
    frames[0].fill(10 + age);
    channel.publish(0);
    const auto pin = reader.pin();
    announced.store(10 + age + age, std::memory_order_relaxed);
    reader.give_back(pin);
  }
  EXPECT_EQ(ages.text(), "ages 0: 1 | 1: 1 | 2-3: 1 | 4-7: 1 | late 0 | torn 0 | again 0");
  announced.store(20, std::memory_order_relaxed);
  const auto late = reader.pin();
  frames[0].lines[63].word.set(1);
  reader.give_back(late);
  EXPECT_EQ(ages.late, 1);
  EXPECT_EQ(ages.torn, 1);
  frames[0].fill(5);
  announced.store(5, std::memory_order_relaxed);
  reader.give_back(reader.pin());
  EXPECT_EQ(ages.again, 1);
}

}  // namespace
}  // namespace quadrille
