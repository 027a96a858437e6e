#include <gtest/gtest.h>
#include <quadrille/arena.h>

#include <cstring>
#include <list>
#include <memory_resource>
#include <new>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/memory_budget.h"
#include "tests/engine/sizes.h"

namespace quadrille {
namespace {

using test::kMegabyte;

Arena make_arena(std::size_t capacity, MemoryBudget* budget = nullptr) {
  ArenaOptions options;
  options.capacity_bytes = capacity;
  options.budget = budget;
  auto created = Arena::create(options);
  EXPECT_TRUE(created.is_ok()) << created.status().message();
  return std::move(created).value();
}

std::uintptr_t address(const void* memory) { return reinterpret_cast<std::uintptr_t>(memory); }

TEST(Arena, AllocationsAreAlignedDisjointAndInside) {
  Arena arena = make_arena(4 * kMegabyte);
  std::uintptr_t end = address(arena.base());
  for (const std::size_t alignment : {1U, 8U, 16U, 64U, 4096U, 65536U}) {
    for (const std::size_t bytes : {0U, 1U, 15U, 16U, 17U, 100000U}) {
      void* memory = arena.try_allocate(bytes, alignment);
      ASSERT_NE(memory, nullptr);
      EXPECT_EQ(address(memory) % std::max<std::size_t>(alignment, 16), 0U);
      EXPECT_GE(address(memory), end);
      std::memset(memory, 0xff, bytes);
      end = address(memory) + std::max<std::size_t>(bytes, 1);
    }
  }
  EXPECT_LE(end, address(arena.base()) + 4 * kMegabyte);
}

TEST(Arena, AFullArenaAnswersNullAndStaysUsable) {
  Arena arena = make_arena(1000);  // 1008: whole granules
  EXPECT_EQ(arena.try_allocate(1009), nullptr);
  EXPECT_NE(arena.try_allocate(992), nullptr);
  EXPECT_EQ(arena.try_allocate(17), nullptr);
  EXPECT_NE(arena.try_allocate(16), nullptr);
  EXPECT_EQ(arena.try_allocate(0), nullptr);
  EXPECT_EQ(arena.try_allocate(1), nullptr);
  Arena empty = make_arena(0);
  EXPECT_EQ(empty.try_allocate(0), nullptr);
  EXPECT_EQ(empty.try_allocate(1), nullptr);
}

TEST(Arena, AbsurdSizesAndAlignmentsAreNullNotAnOverflow) {
  Arena arena = make_arena(kMegabyte);
  for (const std::size_t bytes : {SIZE_MAX, SIZE_MAX - 14, SIZE_MAX - 15, SIZE_MAX / 2}) {
    EXPECT_EQ(arena.try_allocate(bytes), nullptr);
    EXPECT_EQ(arena.try_allocate(bytes, 4096), nullptr);
  }
  EXPECT_EQ(arena.try_allocate(16, ~(SIZE_MAX / 2)), nullptr);
  EXPECT_TRUE(arena.try_allocate_array<std::uint64_t>(SIZE_MAX / 4, {"too many"}).empty());
  EXPECT_FALSE(arena.try_allocate_array<std::uint64_t>(10, {"few"}).empty());
  ArenaOptions options;
  options.capacity_bytes = SIZE_MAX;
  EXPECT_EQ(Arena::create(options).status().code(), StatusCode::kOutOfMemory);
}

TEST(Arena, ALargeArenaCommitsLittleMoreThanIsUsed) {
  Arena arena = make_arena(std::size_t{1} << 34);
  for (int i = 0; i < 40; ++i) {
    ASSERT_NE(arena.try_allocate(10 * kMegabyte), nullptr);
    const ArenaStatistics statistics = arena.statistics();
    EXPECT_LE(statistics.committed, statistics.used + statistics.used / 8 + 34 * kMegabyte) << i;
  }
}

TEST(Arena, ResetGivesTheSameMemoryAgainAndKeepsThePages) {
  Arena arena = make_arena(16 * kMegabyte);
  void* const first = arena.try_allocate(10 * kMegabyte);
  const std::size_t committed = arena.statistics().committed;
  arena.reset();
  arena.reset();
  EXPECT_EQ(arena.statistics().used, 0U);
  EXPECT_EQ(arena.statistics().committed, committed);
  EXPECT_EQ(arena.statistics().high_water, 10 * kMegabyte);
  EXPECT_EQ(arena.try_allocate(64), first);
}

TEST(Arena, ReleasedPartsAreMarkedAndCounted) {
  Arena arena = make_arena(kMegabyte);
  std::byte* a = static_cast<std::byte*>(arena.try_allocate(1600));
  std::byte* b = static_cast<std::byte*>(arena.try_allocate(10000));
  arena.release(a + 160, 320);
  arena.release(b, 10000);
  for (std::size_t i = 0; i < 1600; i += 16)
    EXPECT_EQ(arena.is_released(a + i), i >= 160 && i < 480);
  EXPECT_TRUE(arena.is_released(b + 9999));
  const ArenaStatistics statistics = arena.statistics();
  EXPECT_EQ(statistics.used, 11600U);
  EXPECT_EQ(statistics.in_use, 1280U);
  EXPECT_DOUBLE_EQ(statistics.fragmentation, 10320.0 / 11600.0);
}

TEST(Arena, AResetForgetsEveryReleaseWithoutTouchingTheBitmap) {
  Arena arena = make_arena(8 * kMegabyte);
  for (int round = 0; round < 3; ++round) {
    auto* all = static_cast<std::byte*>(arena.try_allocate(4 * kMegabyte));
    for (std::size_t i = 0; i < 4 * kMegabyte; i += 4096) ASSERT_FALSE(arena.is_released(all + i));
    arena.release(all + 3 * kMegabyte,
                  kMegabyte);  // late first: the words before it are stale until cleared
    for (std::size_t i = 0; i < 3 * kMegabyte; i += 4096) ASSERT_FALSE(arena.is_released(all + i));
    arena.release(all, kMegabyte);
    EXPECT_EQ(arena.statistics().in_use, 2 * kMegabyte);
    arena.reset();
  }
}

TEST(Arena, TheBudgetStopsGrowthBeforeTheReservationEnds) {
  MemoryBudget budget({.soft_bytes = SIZE_MAX, .hard_bytes = 600 * 1024});
  Arena arena = make_arena(64 * kMegabyte, &budget);
  std::size_t got = 0;
  while (void* memory = arena.try_allocate(4096)) {
    std::memset(memory, 1, 4096);
    got += 4096;
  }
  EXPECT_GT(got, 500U * 1024);
  EXPECT_LE(budget.used(), 600U * 1024);
  arena.release(arena.base(), got);  // the bitmap is there for all of it
}

class Recorder final : public ArenaTracker {
 public:
  void on_allocate(const ArenaAllocation& made) override {
    log += std::string("+") + made.label.name + "@" + std::to_string(made.offset) + ":" +
           std::to_string(made.bytes) + " ";
    EXPECT_GE(made.elapsed_ns, 0);
  }
  void on_release(std::size_t offset, std::size_t bytes) override {
    log += "-" + std::to_string(offset) + ":" + std::to_string(bytes) + " ";
  }
  void on_reset() override { log += "0 "; }
  std::string log;
};

TEST(Arena, TrackersSeeEveryAllocationReleaseAndReset) {
  Arena arena = make_arena(kMegabyte);
  Recorder recorder;
  (void)arena.try_allocate(16, 16, {"unseen"});
  arena.add_tracker(&recorder);
  void* memory = arena.try_allocate(24, 16, {"keys"});
  ArenaThread thread(arena);
  (void)thread.try_allocate(40000, 16, {"large"});
  (void)thread.try_allocate(8, 16, {"small"});
  arena.release(memory, 24);
  arena.reset();
  arena.remove_tracker(&recorder);
  (void)arena.try_allocate(16, 16, {"unseen"});
  EXPECT_EQ(recorder.log, "+keys@16:24 +large@48:40000 +small@40064:8 -16:24 0 ");
}

TEST(Arena, AMovedArenaKeepsItsAllocations) {
  Arena first = make_arena(kMegabyte);
  auto* memory = static_cast<int*>(first.try_allocate(sizeof(int)));
  *memory = 42;
  Arena second = std::move(first);
  EXPECT_EQ(second.base(), reinterpret_cast<std::byte*>(memory));
  second = make_arena(kMegabyte);
  EXPECT_EQ(second.statistics().used, 0U);
}

TEST(ArenaThread, ManyThreadsNeverShareAByte) {
  Arena arena = make_arena(64 * kMegabyte);  // grows while they allocate
  constexpr int kThreads = 4, kObjects = 30000;
  std::vector<std::vector<std::uint32_t*>> mine(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      ArenaThread thread(arena);
      for (int i = 0; i < kObjects; ++i) {
        const std::size_t bytes = i % 1000 == 0 ? 50000 : 16;
        auto* object = static_cast<std::uint32_t*>(thread.try_allocate(bytes));
        ASSERT_NE(object, nullptr);
        *object = static_cast<std::uint32_t>(t * kObjects + i);
        mine[static_cast<std::size_t>(t)].push_back(object);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int t = 0; t < kThreads; ++t) {
    for (int i = 0; i < kObjects; ++i) {
      ASSERT_EQ(*mine[static_cast<std::size_t>(t)][static_cast<std::size_t>(i)],
                static_cast<std::uint32_t>(t * kObjects + i));
    }
  }
}

TEST(ArenaThread, TheLastRestOfAnArenaIsStillUsed) {
  Arena arena = make_arena(Arena::kThreadChunk + 1024);
  ArenaThread thread(arena);
  std::size_t objects = 0;
  while (thread.try_allocate(64) != nullptr) ++objects;
  EXPECT_EQ(objects, (Arena::kThreadChunk + 1024) / 64);
  arena.reset();
  thread.reset();
  EXPECT_NE(thread.try_allocate(64, 16384), nullptr);
}

TEST(ArenaResource, StandardContainersLiveInAnArena) {
  Arena arena = make_arena(kMegabyte);
  ArenaResource resource(arena, {"list"});
  {
    std::pmr::list<int> list(&resource);
    for (int i = 0; i < 100; ++i) list.push_back(i);
    EXPECT_GE(address(&list.front()), address(arena.base()));
    EXPECT_LT(address(&list.back()), address(arena.base()) + kMegabyte);
  }
  EXPECT_EQ(arena.statistics().in_use, 0U);  // the list released all it took
  EXPECT_THROW((void)resource.allocate(2 * kMegabyte), std::bad_alloc);
}

#if defined(QUADRILLE_ASSERTS) || !defined(NDEBUG)
int assertions = 0;
TEST(Arena, ReleasingTwiceOrForeignMemoryIsAsserted) {
  set_assert_handler([](const char*, const char*, int) { ++assertions; });
  Arena arena = make_arena(kMegabyte);
  void* memory = arena.try_allocate(64);
  arena.release(memory, 64);
  EXPECT_EQ(assertions, 0);
  arena.release(memory, 16);
  EXPECT_EQ(assertions, 1);
  int foreign = 0;
  arena.release(&foreign, sizeof(foreign));
  arena.release(memory, 128);  // more than was allocated
  EXPECT_EQ(assertions, 3);
  set_assert_handler(nullptr);
}
#endif

}  // namespace
}  // namespace quadrille
