#include "engine/frame_channel.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

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

// ---- stress ----
// The writer stamps every word of a free slot with the step and publishes it; readers check that a
// pinned slot holds one stamp while they hold it, and that stamps never go back. Planted bugs race
// by design, so their words are atomic: what is proved is that the check sees them, not that they
// race.

constexpr std::size_t kWords = 64;
constexpr int kReaders = 4;

struct PlainWord {
  std::uint64_t value = 0;
  void set(std::uint64_t stamp) { value = stamp; }
  std::uint64_t get() const { return value; }
};
struct AtomicWord {
  std::atomic<std::uint64_t> value{0};
  void set(std::uint64_t stamp) { value.store(stamp, std::memory_order_relaxed); }
  std::uint64_t get() const { return value.load(std::memory_order_relaxed); }
};

struct StressResult {
  std::int64_t torn = 0;      // a frame that changed, or held two stamps
  std::int64_t backward = 0;  // a frame older than one that the same reader saw before
  std::int64_t seen = 0;      // frames that were checked
  std::int64_t reused = 0;    // times a slot was filled again
  std::int64_t stuck = 0;     // publications for which no slot was free
};

template <class Channel, class Word>
class Stress {
 public:
  static constexpr FrameSlot kSlots = kReaders + 1 + 2;  // one more reader: the stalled one

  StressResult run(std::int64_t frames, bool stop_at_first_error) {
    fill(0, 1);
    channel_.publish(0);
    const FrameSlot stalled = channel_.acquire();
    const std::uint64_t stalled_stamp = slots_[stalled][0].get();
    std::vector<std::thread> readers;
    for (int i = 0; i < kReaders; ++i) readers.emplace_back([this] { read(); });
    while (seen_.load(std::memory_order_relaxed) < kReaders) std::this_thread::yield();
    StressResult result;
    for (std::uint64_t stamp = 2; stamp < static_cast<std::uint64_t>(frames) + 2; ++stamp) {
      if (stop_at_first_error && torn_.load(std::memory_order_relaxed) > 0) break;
      write(stamp, result);
    }
    done_.store(true, std::memory_order_relaxed);
    for (std::thread& reader : readers) reader.join();
    if (!holds(stalled, stalled_stamp)) torn_.fetch_add(1, std::memory_order_relaxed);
    result.torn = torn_.load(std::memory_order_relaxed);
    result.backward = backward_.load(std::memory_order_relaxed);
    result.seen = seen_.load(std::memory_order_relaxed);
    return result;
  }

 private:
  void fill(FrameSlot slot, std::uint64_t stamp) {
    for (Word& word : slots_[slot]) word.set(stamp);
  }
  bool holds(FrameSlot slot, std::uint64_t stamp) const {
    bool all = true;
    for (const Word& word : slots_[slot]) all = all && word.get() == stamp;
    return all;
  }

  void write(std::uint64_t stamp, StressResult& result) {
    for (FrameSlot slot = 0; slot < kSlots; ++slot) {
      if (!channel_.is_free(slot)) continue;
      result.reused += slots_[slot][0].get() != 0 ? 1 : 0;
      fill(slot, stamp);
      channel_.publish(slot);
      return;
    }
    ++result.stuck;
  }

  void read() {
    std::uint64_t newest = 0;
    while (!done_.load(std::memory_order_relaxed)) {
      const FrameSlot slot = channel_.acquire();
      const std::uint64_t stamp = slots_[slot][0].get();
      if (stamp < newest) backward_.fetch_add(1, std::memory_order_relaxed);
      newest = stamp;
      if (!holds(slot, stamp) || !holds(slot, stamp)) torn_.fetch_add(1, std::memory_order_relaxed);
      seen_.fetch_add(1, std::memory_order_relaxed);
      channel_.release(slot);
    }
  }

  Channel channel_{kSlots};
  std::array<std::array<Word, kWords>, kSlots> slots_{};
  std::atomic<bool> done_{false};
  std::atomic<std::int64_t> torn_{0}, backward_{0}, seen_{0};
};

#if defined(QUADRILLE_SANITIZED)
constexpr std::int64_t kFrames = 20000;
#else
constexpr std::int64_t kFrames = 500000;
#endif

TEST(FrameChannel, ReadersNeverSeeHalfAFrameWhileOneStallsForever) {
  const auto stress = std::make_unique<Stress<FrameChannel, PlainWord>>();
  const StressResult result = stress->run(kFrames, false);
  EXPECT_EQ(result.torn, 0);
  EXPECT_EQ(result.backward, 0);
  EXPECT_EQ(result.stuck, 0) << "R readers with one pin each need R + 2 slots";
  EXPECT_GT(result.reused, kFrames / 2);
  EXPECT_GT(result.seen, 0);
}

// A writer with two slots only can use them both only by publish_if_returned().
TEST(FrameChannel, PublishIfReturnedNeverHandsOutASlotThatAReaderEntered) {
  FrameChannel channel(2);
  std::array<std::array<PlainWord, kWords>, 2> slots{};
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
  for (std::uint64_t stamp = 1; stamp < kFrames / 10 || published < 100 || refused < 10; ++stamp) {
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

TEST(FrameChannel, TheStressCatchesAReaderThatCountsAfterLooking) {
  const auto stress = std::make_unique<Stress<CountsAfterLooking, AtomicWord>>();
  const StressResult result = stress->run(100 * kFrames, true);
  EXPECT_GT(result.torn + result.backward, 0);
}

TEST(FrameChannel, TheStressCatchesAWriterThatForgetsWhoEntered) {
  const auto stress = std::make_unique<Stress<ForgetsEntries, AtomicWord>>();
  EXPECT_GT(stress->run(kFrames, true).torn, 0);
}

}  // namespace
}  // namespace quadrille
