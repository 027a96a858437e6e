#include "engine/frame_pool.h"

#include <gtest/gtest.h>
#include <quadrille/frame_reader.h>

#include <atomic>
#include <cstdlib>
#include <set>
#include <thread>
#include <vector>

namespace quadrille {
namespace {

FrameLayout column_layout() {
  FrameSchema schema;
  schema.add({"x", ColumnType::kInt32, ColumnMode::kUpdated, 1000, 1});
  return FrameLayout(schema);
}

class FramePoolTest : public testing::Test {
 protected:
  std::unique_ptr<FramePool> pool(int slots, int max_slots = 0) {
    auto created =
        FramePool::create(layout, {.num_slots = slots, .max_slots = max_slots}, &budget, {});
    EXPECT_TRUE(created.is_ok()) << created.status().message();
    return std::move(created).value();
  }
  FrameLayout layout = column_layout();
  MemoryBudget budget;
};

TEST_F(FramePoolTest, TheSlotThatWasFilledLastIsTakenFirst) {
  const auto frames = pool(5);
  EXPECT_EQ(frames->find_free(kNoFrameSlot), 0u);
  for (const FrameSlot slot : {3u, 1u, 4u}) frames->filling(slot);
  EXPECT_EQ(frames->find_free(kNoFrameSlot), 4u);
  EXPECT_EQ(frames->find_free(4), 1u);
  ASSERT_TRUE(frames->publish(4, 1));
  EXPECT_EQ(frames->find_free(1), 3u);  // 4 is current
}

TEST_F(FramePoolTest, SlotsLieOnCacheLinesAtDifferentPlacesOfAPage) {
  const auto frames = pool(16);
  std::set<std::uintptr_t> places;
  for (FrameSlot slot = 0; slot < 16; ++slot) {
    const auto address = reinterpret_cast<std::uintptr_t>(frames->data(slot));
    EXPECT_EQ(address % kCacheLineBytes, 0u);
    places.insert(address % 4096);
  }
  EXPECT_EQ(places.size(), 16u);
}

TEST_F(FramePoolTest, TheBudgetKnowsEverySlotAndGetsItBack) {
  {
    const auto frames = pool(3, 5);
    const std::size_t three = budget.used();
    EXPECT_GE(three, 3 * layout.frame_bytes());
    ASSERT_TRUE(frames->grow().is_ok());
    EXPECT_EQ(budget.used(), three / 3 * 4);
    ASSERT_TRUE(frames->grow().is_ok());
    EXPECT_EQ(frames->grow().message(), "the frame pool has its 5 slots already");
  }
  EXPECT_EQ(budget.used(), 0u);
}

TEST_F(FramePoolTest, ASlotOverTheHardLimitIsRefusedAndNothingChanges) {
  std::size_t one = 0;
  {
    const auto frames = pool(1);
    one = budget.used();
  }
  MemoryBudget tight({.hard_bytes = 2 * one});
  EXPECT_EQ(FramePool::create(layout, {.num_slots = 3, .max_slots = 3}, &tight, {}).status().code(),
            StatusCode::kBudgetExceeded);
  EXPECT_EQ(tight.used(), 0u);
  auto fits = FramePool::create(layout, {.num_slots = 2, .max_slots = 3}, &tight, {});
  ASSERT_TRUE(fits.is_ok());
  EXPECT_EQ(fits.value()->grow().code(), StatusCode::kBudgetExceeded);
  EXPECT_EQ(fits.value()->num_slots(), 2);
}

TEST_F(FramePoolTest, NoSpareSlotIsAddedOverTheSoftLimit) {
  MemoryBudget tight({.soft_bytes = 1});
  auto created = FramePool::create(layout, {.num_slots = 2, .max_slots = 3}, &tight, {});
  ASSERT_TRUE(created.is_ok());  // what is needed is given
  EXPECT_EQ(created.value()->grow().message(), "the soft limit is passed: no frame slot is added");
  EXPECT_EQ(created.value()->num_slots(), 2);
}

TEST_F(FramePoolTest, SlotsComeFromTheAllocationHook) {
  struct Counts {
    int allocated = 0, released = 0;
  } counts;
  AllocationHook hook;
  hook.context = &counts;
  hook.allocate = [](void* context, std::size_t bytes, std::size_t alignment) {
    ++static_cast<Counts*>(context)->allocated;
    void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    std::fill_n(static_cast<std::byte*>(memory), bytes, std::byte{0});
    return memory;
  };
  hook.release = [](void* context, void* memory, std::size_t) {
    ++static_cast<Counts*>(context)->released;
    std::free(memory);
  };
  {
    ASSERT_TRUE(FramePool::create(layout, {.num_slots = 3, .max_slots = 3}, nullptr, hook).is_ok());
  }
  EXPECT_EQ(counts.allocated, 3);
  EXPECT_EQ(counts.released, 3);
}

TEST_F(FramePoolTest, APublicationLeavesTheWriterTheSlotsItKeeps) {
  const auto frames = pool(4);
  FrameChannel& channel = frames->channel();
  ASSERT_TRUE(frames->publish(0, 2));
  channel.acquire();
  ASSERT_TRUE(frames->publish(1, 2));   // 2 and 3 are free
  EXPECT_FALSE(frames->publish(2, 3));  // 0 is pinned: 1 and 3 would be free
  EXPECT_TRUE(frames->publish(2, 2));   // 1 becomes free by it
  channel.acquire();
  EXPECT_FALSE(frames->publish(3, 2));  // 0 and 2 are pinned
  EXPECT_TRUE(frames->publish(3, 1));
}

// One pin for each reader, R + keep + 1 slots: no publication is ever refused, however readers
// move.
TEST_F(FramePoolTest, ReadersThatKeepTheirPromiseNeverMakeAPublicationFail) {
  constexpr int kReaders = 4;
#if defined(QUADRILLE_SANITIZED)
  constexpr int kFrames = 5000;
#else
  constexpr int kFrames = 100000;
#endif
  for (const int keep : {1, 2}) {
    const auto frames = pool(kReaders + keep + 1);
    ASSERT_TRUE(frames->publish(0, keep));
    std::atomic<bool> done{false};
    std::atomic<int> started{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < kReaders; ++i) {
      readers.emplace_back([&] {
        const FrameReader reader(frames.get());
        PinnedFrame pin = reader.latest();
        started.fetch_add(1, std::memory_order_relaxed);
        while (!done.load(std::memory_order_relaxed)) reader.refresh(pin);
      });
    }
    while (started.load(std::memory_order_relaxed) < kReaders) std::this_thread::yield();
    int refused = 0;
    for (int i = 0; i < kFrames; ++i) {
      const FrameSlot slot = frames->find_free(kNoFrameSlot);
      ASSERT_NE(slot, kNoFrameSlot);
      frames->filling(slot);
      refused += frames->publish(slot, keep) ? 0 : 1;
    }
    done.store(true, std::memory_order_relaxed);
    for (std::thread& reader : readers) reader.join();
    EXPECT_EQ(refused, 0) << "keep " << keep;
  }
}

// ---- what readers hold ----

TEST_F(FramePoolTest, APinnedFrameKeepsItsSlotUntilReleased) {
  const auto frames = pool(3);
  const FrameReader reader(frames.get());
  EXPECT_FALSE(reader.latest()) << "nothing is published";
  ASSERT_TRUE(frames->publish(0, 1));
  PinnedFrame pin = reader.latest();
  ASSERT_TRUE(pin);
  EXPECT_TRUE(reader.is_latest(pin));
  EXPECT_FALSE(reader.refresh(pin));
  ASSERT_TRUE(frames->publish(1, 1));
  EXPECT_FALSE(reader.is_latest(pin));
  EXPECT_FALSE(frames->channel().is_free(0));
  EXPECT_TRUE(reader.refresh(pin));
  EXPECT_TRUE(frames->channel().is_free(0));
  pin.release();
  pin.release();  // once is enough, twice does no harm
  EXPECT_FALSE(pin);
  EXPECT_FALSE(reader.is_latest(pin));
  EXPECT_FALSE(reader.is_latest(PinnedFrame()));
}

TEST_F(FramePoolTest, MovingAPinMovesItsReleaseToo) {
  const auto frames = pool(3);
  const FrameReader reader(frames.get());
  ASSERT_TRUE(frames->publish(0, 1));
  PinnedFrame first = reader.latest();
  PinnedFrame second(std::move(first));
  EXPECT_TRUE(second);
  ASSERT_TRUE(frames->publish(1, 1));
  second = reader.latest();  // returns slot 0
  EXPECT_TRUE(frames->channel().is_free(0));
  std::thread([moved = std::move(second)]() mutable { moved.release(); }).join();
  ASSERT_TRUE(frames->publish(2, 1));
  EXPECT_TRUE(frames->channel().is_free(1));
}

}  // namespace
}  // namespace quadrille
