#include "engine/memory_ledger.h"

#include <gtest/gtest.h>
#include <quadrille/arena.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/memory_budget.h"
#include "engine/random.h"
#include "engine/region.h"
#include "tests/engine/sizes.h"

namespace quadrille {
namespace {

using test::kMegabyte;

struct Fixture {
  MemoryLedger ledger;
  MemoryBudget budget{{}, {}, &ledger};

  Arena arena(std::size_t capacity, Label name = {"scratch"}) {
    auto created = Arena::create({.capacity_bytes = capacity, .name = name, .budget = &budget});
    EXPECT_TRUE(created.is_ok()) << created.status().message();
    return std::move(created).value();
  }
  MemoryMap map() const { return ledger.list(0); }
  LabelUsage usage(const std::string& label) const {
    for (const LabelUsage& usage : map().labels) {
      if (usage.label == label) return usage;
    }
    return {};
  }
  std::int64_t held(const std::string& label) const { return usage(label).held_bytes; }

  // What must hold at any moment.
  void expect_the_books_balance() const {
    const MemoryMap now = map();
    const auto used = static_cast<std::int64_t>(budget.used());
    EXPECT_EQ(now.bytes, used);
    std::int64_t by_label = 0, by_area = 0;
    for (const LabelUsage& usage : now.labels) {
      by_label += usage.held_bytes;
      EXPECT_GE(usage.held_bytes, 0) << usage.label;
      EXPECT_GE(usage.peak_bytes, usage.held_bytes) << usage.label;
    }
    for (const MemoryArea& area : now.areas) by_area += area.bytes;
    EXPECT_EQ(by_label, used);
    EXPECT_EQ(by_area, used);
  }
};

const MemoryArea* find_area(const MemoryMap& map, const std::string& name) {
  const auto found = std::ranges::find(map.areas, name, &MemoryArea::name);
  return found == map.areas.end() ? nullptr : &*found;
}

TEST(MemoryLedger, AChargeWithoutALabelIsCalledUnlabelled) {
  Fixture f;
  ASSERT_TRUE(f.budget.charge(100).is_ok());
  ASSERT_TRUE(f.budget.charge(50, {"lists"}).is_ok());
  EXPECT_EQ(f.held("unlabelled"), 100);
  EXPECT_EQ(f.held("lists"), 50);
  f.expect_the_books_balance();
  f.budget.refund(50, {"lists"});
  EXPECT_EQ(f.held("lists"), 0);
  EXPECT_EQ(f.usage("lists").peak_bytes, 50);
  EXPECT_EQ(f.usage("lists").allocated_bytes, 50);
  f.expect_the_books_balance();
}

TEST(MemoryLedger, ARefusedChargeIsNotRecorded) {
  MemoryLedger ledger;
  MemoryBudget budget({.hard_bytes = 100}, {}, &ledger);
  EXPECT_FALSE(budget.charge(101, {"much"}).is_ok());
  EXPECT_TRUE(ledger.list(0).labels.empty());
  EXPECT_FALSE(budget.check(101).is_ok());
  EXPECT_TRUE(budget.check(100).is_ok());
  EXPECT_EQ(budget.used(), 0U);
}

TEST(MemoryLedger, ARegionIsItsOwnersFromItsFirstPageToItsLast) {
  Fixture f;
  {
    auto region = Region::reserve(10 * kMegabyte, {.budget = &f.budget, .label = {"slabs"}});
    ASSERT_TRUE(region.is_ok());
    ASSERT_TRUE(region.value().commit(3 * kMegabyte).is_ok());
    EXPECT_EQ(f.held("slabs"), static_cast<std::int64_t>(3 * kMegabyte));
    Region moved = std::move(region).value();
    ASSERT_TRUE(moved.commit(4 * kMegabyte).is_ok());
    f.expect_the_books_balance();
    moved.decommit_after(kMegabyte);
    EXPECT_EQ(f.held("slabs"), static_cast<std::int64_t>(kMegabyte));
    const MemoryMap map = f.map();
    ASSERT_EQ(map.areas.size(), 1U);
    EXPECT_EQ(map.areas[0].blocks.size(), kMegabyte / kBlockBytes);
    f.expect_the_books_balance();
  }
  EXPECT_EQ(f.budget.used(), 0U);
  EXPECT_TRUE(f.map().areas.empty());
  EXPECT_EQ(f.usage("slabs").allocations, 2);  // the two commits
  f.expect_the_books_balance();
}

TEST(MemoryLedger, SectionsHoldTheirBytesFromTheCommitToTheEnd) {
  Fixture f;
  const std::vector<std::int64_t> steps = {7, 9};
  {
    auto region = Region::reserve(kMegabyte, {.budget = &f.budget, .label = {"padding"}});
    ASSERT_TRUE(region.is_ok());
    f.ledger.describe(
        region.value().area(), MemoryAreaKind::kFrameSlot, "slot",
        {{"x", 2 * kBlockBytes, steps.data()}, {"none", 0, nullptr}, {"y", 100, nullptr}});
    EXPECT_EQ(f.held("x"), 0);
    ASSERT_TRUE(region.value().commit(kMegabyte).is_ok());
    EXPECT_EQ(f.held("x"), static_cast<std::int64_t>(2 * kBlockBytes));
    EXPECT_EQ(f.held("y"), 100);
    EXPECT_EQ(f.usage("padding").peak_bytes,
              static_cast<std::int64_t>(kMegabyte - 2 * kBlockBytes) - 100);
    f.expect_the_books_balance();
    const MemoryMap map = f.map();
    const MemoryArea* slot = find_area(map, "slot");
    ASSERT_NE(slot, nullptr);
    EXPECT_EQ(slot->kind, MemoryAreaKind::kFrameSlot);
    EXPECT_EQ(slot->section_begin, (std::vector<std::size_t>{0, 2, 3}));
    ASSERT_EQ(slot->blocks.size(),
              3 + (kMegabyte - 2 * kBlockBytes - 100 + kBlockBytes - 1) / kBlockBytes);
    EXPECT_EQ(slot->blocks[0].written_step, 7);
    EXPECT_EQ(slot->blocks[1].written_step, 9);
    EXPECT_EQ(slot->blocks[2].written_step, -1);
    EXPECT_EQ(map.labels[static_cast<std::size_t>(slot->blocks[2].label)].label, "y");
  }
  EXPECT_EQ(f.held("x") + f.held("y") + f.held("padding"), 0);
  f.expect_the_books_balance();
}

TEST(MemoryLedger, AnArenasAllocationsComeFromItsFreeBytesAndReturnThereOnReset) {
  Fixture f;
  Arena arena = f.arena(8 * kMegabyte);
  f.ledger.begin_step(3);
  ASSERT_NE(arena.try_allocate(100000, 64, {"buckets"}), nullptr);
  ASSERT_NE(arena.try_allocate(1, 16, {"flag"}), nullptr);
  EXPECT_EQ(f.held("buckets"), 100000);
  EXPECT_EQ(f.held("flag"), 16);  // a granule
  EXPECT_EQ(f.usage("flag").allocated_bytes, 1);
  const auto committed = static_cast<std::int64_t>(arena.statistics().committed);
  EXPECT_EQ(f.held("scratch: free"), committed - 100016);
  EXPECT_GT(f.held("release marks"), 0);
  f.expect_the_books_balance();
  EXPECT_EQ(find_area(f.map(), "scratch")->reset_step, -1);
  f.ledger.begin_step(4);
  arena.reset();
  EXPECT_EQ(f.held("buckets"), 0);
  EXPECT_EQ(f.held("scratch: free"), committed);
  EXPECT_EQ(f.usage("buckets").peak_bytes, 100000);
  EXPECT_EQ(find_area(f.map(), "scratch")->reset_step, 4);
  f.expect_the_books_balance();
}

TEST(MemoryLedger, ABlockHasTheLabelOfItsLargestShareAndTheStepOfItsNewest) {
  Fixture f;
  Arena arena = f.arena(kMegabyte);
  f.ledger.begin_step(1);
  (void)arena.try_allocate(20000, 16, {"small"});
  (void)arena.try_allocate(30000, 16, {"large"});
  f.ledger.begin_step(2);
  (void)arena.try_allocate(kBlockBytes, 16, {"over the edge"});
  const MemoryMap map = f.map();
  const MemoryArea* area = find_area(map, "scratch");
  ASSERT_NE(area, nullptr);
  const auto label = [&](std::size_t block) {
    return map.labels[static_cast<std::size_t>(area->blocks[block].label)].label;
  };
  ASSERT_EQ(area->blocks.size(), arena.statistics().committed / kBlockBytes);
  EXPECT_EQ(label(0), "large");
  EXPECT_EQ(label(1), "over the edge");
  EXPECT_EQ(label(2), "scratch: free");
  EXPECT_EQ(area->blocks[0].written_step, 2);
  EXPECT_EQ(area->blocks[1].written_step, 2);
  EXPECT_EQ(area->blocks[2].written_step, -1);
}

// What the arena is asked, done a second time granule by granule.
class Model {
 public:
  explicit Model(std::size_t bytes) : owner_(bytes / Arena::kGranule, -1) {}
  void allocate(std::size_t offset, std::size_t bytes, int label) { set(offset, bytes, label); }
  void release(std::size_t offset, std::size_t bytes) { set(offset, bytes, -1); }
  void reset() { std::ranges::fill(owner_, -1); }
  std::int64_t held(int label) const {
    return std::ranges::count(owner_, label) * static_cast<std::int64_t>(Arena::kGranule);
  }
  // -1: nobody; several with the same share: -2.
  int owner_of_block(std::size_t block) const {
    constexpr std::size_t kGranules = kBlockBytes / Arena::kGranule;
    std::map<int, std::size_t> shares;
    for (std::size_t g = block * kGranules; g < std::min((block + 1) * kGranules, owner_.size());
         ++g) {
      if (owner_[g] >= 0) ++shares[owner_[g]];
    }
    int best = -1;
    std::size_t most = 0;
    for (const auto& [label, share] : shares) {
      if (share == most) best = -2;
      if (share > most) best = label, most = share;
    }
    return best;
  }

 private:
  void set(std::size_t offset, std::size_t bytes, int label) {
    const std::size_t granules = (std::max<std::size_t>(bytes, 1) + 15) / 16;
    std::fill_n(owner_.begin() + static_cast<std::ptrdiff_t>(offset / 16), granules, label);
  }
  std::vector<int> owner_;
};

constexpr std::array kNames = {"a", "b", "c", "d"};

void expect_like(const Model& model, const Fixture& f) {
  const MemoryMap map = f.map();
  const MemoryArea* area = find_area(map, "scratch");
  ASSERT_NE(area, nullptr);
  for (std::size_t label = 0; label < kNames.size(); ++label) {
    ASSERT_EQ(f.held(kNames[label]), model.held(static_cast<int>(label))) << kNames[label];
  }
  for (std::size_t block = 0; block < area->blocks.size(); ++block) {
    const int owner = model.owner_of_block(block);
    if (owner == -2) continue;
    ASSERT_EQ(map.labels[static_cast<std::size_t>(area->blocks[block].label)].label,
              owner < 0 ? "scratch: free" : kNames[static_cast<std::size_t>(owner)])
        << "block " << block;
  }
}

TEST(MemoryLedger, AThousandRandomAllocationsReleasesAndResetsAreBookedToTheGranule) {
  constexpr std::size_t kCapacity = 4 * kMegabyte;
  Fixture f;
  Arena arena = f.arena(kCapacity);
  Model model(kCapacity);
  Random random(7);
  struct Piece {
    std::byte* memory;
    std::size_t bytes;
  };
  std::vector<Piece> pieces;
  for (int i = 0; i < 1000; ++i) {
    const std::uint32_t what = random.next_below(20);
    if (what == 0 && i % 3 == 0) {
      arena.reset();
      model.reset();
      pieces.clear();
    } else if (what < 8 && !pieces.empty()) {  // a part from the middle, on granules
      const std::size_t which = random.next_below(static_cast<std::uint32_t>(pieces.size()));
      const Piece piece = pieces[which];
      pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(which));
      const std::size_t granules = (piece.bytes + 15) / 16;
      const std::size_t from = random.next_below(static_cast<std::uint32_t>(granules));
      const std::size_t count = 1 + random.next_below(static_cast<std::uint32_t>(granules - from));
      arena.release(piece.memory + 16 * from, 16 * count);
      model.release(static_cast<std::size_t>(piece.memory - arena.base()) + 16 * from, 16 * count);
    } else {
      const std::size_t bytes = 1 + random.next_below(what < 18 ? 9000 : 200000);
      const std::size_t label = random.next_below(4);
      auto* memory = static_cast<std::byte*>(arena.try_allocate(bytes, 16, {kNames[label]}));
      if (memory == nullptr) continue;
      model.allocate(static_cast<std::size_t>(memory - arena.base()), bytes,
                     static_cast<int>(label));
      pieces.push_back({memory, bytes});
    }
    if (i % 10 == 0) {
      expect_like(model, f);
      f.expect_the_books_balance();
      ASSERT_FALSE(testing::Test::HasFailure()) << "after operation " << i;
    }
  }
}

TEST(MemoryLedger, ThreadsThatShareAnArenaAreCountedToTheLastAllocation) {
  Fixture f;
  Arena arena = f.arena(64 * kMegabyte);
  constexpr int kThreads = 4, kObjects = 5000;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&arena, t] {
      ArenaThread thread(arena);
      for (int i = 0; i < kObjects; ++i) {
        (void)thread.try_allocate(48, 16, {kNames[static_cast<std::size_t>(t)]});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const char* name : kNames) {
    EXPECT_EQ(f.usage(name).allocations, kObjects);
    EXPECT_EQ(f.held(name), kObjects * 48);
  }
  f.expect_the_books_balance();
}

TEST(MemoryLedger, AnArenaOfTheIntegratorsMemoryIsFreeFromTheStart) {
  Fixture f;
  AllocationHook hook;
  hook.allocate = [](void*, std::size_t bytes, std::size_t alignment) {
    return std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  };
  hook.release = [](void*, void* memory, std::size_t) { std::free(memory); };
  {
    auto arena = Arena::create(
        {.capacity_bytes = kMegabyte, .name = {"scratch"}, .budget = &f.budget, .hook = hook});
    ASSERT_TRUE(arena.is_ok());
    EXPECT_EQ(f.held("scratch: free"), static_cast<std::int64_t>(kMegabyte));
    EXPECT_EQ(f.held("scratch"), 0);
    ASSERT_NE(arena.value().try_allocate(1000, 16, {"mine"}), nullptr);
    f.expect_the_books_balance();
  }
  f.expect_the_books_balance();
  EXPECT_EQ(f.budget.used(), 0U);
}

TEST(MemoryLedger, WithoutOneNoArenaHasATracker) {
  MemoryBudget budget;
  auto arena = Arena::create({.capacity_bytes = kMegabyte, .budget = &budget});
  ASSERT_TRUE(arena.is_ok());
  EXPECT_FALSE(arena.value().is_tracked());
  Fixture f;
  EXPECT_TRUE(f.arena(kMegabyte).is_tracked());
}

}  // namespace
}  // namespace quadrille
