#include "kernels/broad_phase.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "tests/kernels/bodies_fixture.h"

namespace quadrille {
namespace {

using test::Discs;

std::vector<BodyPair> brute_force(const Discs& discs) {
  std::vector<BodyPair> pairs;
  for (std::size_t i = 0; i < discs.x.size(); ++i) {
    for (std::size_t j = i + 1; j < discs.x.size(); ++j) {
      const float dx = discs.x[j] - discs.x[i], dy = discs.y[j] - discs.y[i];
      const float reach = discs.radius[j] + discs.radius[i];
      if (dx * dx + dy * dy < reach * reach)
        pairs.push_back({static_cast<BodyID>(i), static_cast<BodyID>(j)});
    }
  }
  return pairs;
}

struct Found {
  BroadPhaseOutcome outcome;
  std::int64_t num_pairs;
  std::vector<BodyPair> pairs;
  std::vector<BodyID> order;
  std::vector<std::int64_t> first;
  std::vector<std::int32_t> neighbors;
};

Found find(const Discs& discs, std::int64_t max_pairs, const KernelTable& kernels,
           Parallel& parallel) {
  Arena arena = test::scratch_arena();
  BroadPhase phase = BroadPhase::create({.num_bodies = discs.size(), .max_pairs = max_pairs},
                                        kernels, parallel, arena)
                         .value();
  Found found;
  found.outcome = phase.update(discs.columns());
  found.num_pairs = phase.num_pairs();
  found.pairs.resize(static_cast<std::size_t>(found.num_pairs));
  found.pairs.resize(static_cast<std::size_t>(phase.write_pairs(found.pairs)));
  found.order.assign(phase.order().begin(), phase.order().end());
  found.first.assign(phase.first().begin(), phase.first().end());
  const auto listed = static_cast<std::size_t>(found.first.back());
  found.neighbors.assign(phase.neighbors().begin(),
                         phase.neighbors().begin() + static_cast<std::ptrdiff_t>(listed));
  return found;
}

void expect_brute_force(const Discs& discs, const std::string& name) {
  const auto parallel = test::with_threads(2);
  const auto expected = brute_force(discs);
  Found found = find(discs, static_cast<std::int64_t>(expected.size()), *test::tables_here().back(),
                     *parallel);
  EXPECT_EQ(found.outcome, BroadPhaseOutcome::kComplete) << name;
  EXPECT_EQ(found.num_pairs, static_cast<std::int64_t>(expected.size())) << name;
  std::ranges::sort(found.pairs);
  EXPECT_EQ(found.pairs, expected) << name;
}

Discs mixed_radii(int count) {  // three decades; the largest reach over a third of the square
  Discs discs = test::equal_discs(test::uniform(count, 9), 0.2f);
  Random random(10);
  for (float& radius : discs.radius) {
    const float u = test::unit(random);
    radius = 1e-4f / (1e-3f + u * u);
  }
  return discs;
}

TEST(BroadPhase, FindsExactlyThePairsThatOverlap) {
  for (const int count : {0, 1, 2, 3, 15, 16, 17, 100, 3000}) {
    for (const float share : {0.05f, 0.6f, 5.0f})
      expect_brute_force(test::equal_discs(test::uniform(count), share), std::to_string(count));
  }
}

TEST(BroadPhase, FindsExactlyThePairsOfDiscsOfVeryDifferentSizes) {
  expect_brute_force(mixed_radii(3000), "mixed");
}

TEST(BroadPhase, FindsExactlyThePairsOfShapesThatBreakGrids) {
  for (test::Shape shape : {test::clusters(3000), test::one_far_point(3000, 1e-3f),
                            test::coincident(300), test::line(2000), test::coarse(2000),
                            test::signed_zeros(200), test::denormal(1000), test::staircase(1000)}) {
    Discs discs = test::equal_discs(shape, 0.5f);
    expect_brute_force(discs, shape.name);
    std::ranges::fill(discs.radius, 1e-3f);
    expect_brute_force(discs, shape.name + " of 1e-3");
  }
}

// Lists are staged in blocks; the crowd's are longer than all blocks that there are.
TEST(BroadPhase, FindsExactlyThePairsOfACrowdAmongOthers) {
  Discs discs = test::equal_discs(test::uniform(5000), 0.5f);
  for (std::size_t i = 0; i < 800; ++i) discs.x[3 * i] = discs.y[3 * i] = 0.5f;
  expect_brute_force(discs, "crowd");
}

// From no pair beyond the crowd's to more than the blocks hold: one task ends wherever in a block,
// the last one among them, which has no successor.
TEST(BroadPhase, FindsExactlyThePairsWhereverTheStagedBlocksEnd) {
  const auto parallel = test::with_threads(1);
  for (std::size_t more = 0; more < 220; more += 1) {
    Discs discs = test::equal_discs(test::line(512), 0.1f);
    std::ranges::fill(discs.radius, 0.5f);
    for (std::size_t i = 0; i < 512; ++i) {  // 64 in a crowd, pairs above them, the rest alone
      const std::size_t above = i - 64;
      discs.x[i] = static_cast<float>(i < 64 ? 0.001 * static_cast<double>(i)
                                             : 4 + 2 * static_cast<double>(above / 2));
      discs.y[i] = i < 64 || above < 2 * more ? 0.0f : 20.0f + 2 * static_cast<float>(above % 2);
      if (i >= 64) discs.x[i] += above % 2 == 0 ? 0.0f : 0.3f;
    }
    const auto expected = brute_force(discs);
    for (const KernelTable* kernels : test::tables_here()) {
      Found found = find(discs, 6 * 512 + 4096, *kernels, *parallel);
      ASSERT_EQ(found.outcome, BroadPhaseOutcome::kComplete);
      std::ranges::sort(found.pairs);
      ASSERT_EQ(found.pairs, expected) << more << ' ' << kernels->name;
    }
  }
}

// Edges between cells err by more than a cell there.
TEST(BroadPhase, FindsExactlyThePairsOfDiscsFarFromTheOriginOfAFineGrid) {
  Discs discs = test::equal_discs(test::line(3000), 0.5f);
  for (std::size_t i = 0; i < discs.x.size(); ++i) discs.x[i] = 1e6f + 40 * discs.x[i];
  std::ranges::fill(discs.radius, 0.04f);
  expect_brute_force(discs, "far");
  std::ranges::fill(discs.radius, 1e-3f);
  expect_brute_force(discs, "far and fine");
}

TEST(BroadPhase, DiscsOfNoSizeOverlapNothing) {
  Discs discs = test::equal_discs(test::uniform(1000), 0.0f);
  const auto parallel = test::with_threads(1);
  EXPECT_EQ(find(discs, 10, *test::tables_here().back(), *parallel).num_pairs, 0);
}

TEST(BroadPhase, ListsAscendAndHoldLaterPlacesOnly) {
  const Discs discs = mixed_radii(2000);
  const auto parallel = test::with_threads(2);
  const Found found = find(discs, 1000000, *test::tables_here().back(), *parallel);
  for (std::size_t place = 0; place + 1 < found.first.size(); ++place) {
    const auto begin = found.neighbors.begin() + found.first[place];
    const auto end = found.neighbors.begin() + found.first[place + 1];
    EXPECT_TRUE(std::is_sorted(begin, end));
    if (begin != end) {
      EXPECT_GT(*begin, static_cast<std::int32_t>(place));
    }
  }
}

TEST(BroadPhase, FewerDiscsThanThereIsRoomForAreFoundAsWell) {
  const Discs many = test::equal_discs(test::uniform(3000), 0.6f);
  Discs few = test::equal_discs(test::uniform(700, 5), 0.6f);
  const auto parallel = test::with_threads(2);
  Arena arena = test::scratch_arena();
  BroadPhase phase = BroadPhase::create({.num_bodies = 3000, .max_pairs = 20000},
                                        *test::tables_here().back(), *parallel, arena)
                         .value();
  for (const Discs& discs : {many, few, Discs{}, many, few}) {
    ASSERT_EQ(phase.update(discs.columns()), BroadPhaseOutcome::kComplete);
    EXPECT_EQ(phase.num_pairs(), static_cast<std::int64_t>(brute_force(discs).size()));
    EXPECT_EQ(static_cast<std::int64_t>(phase.order().size()), discs.size());
  }
}

TEST(BroadPhase, SameListsOnEveryInstructionSetAndThreadCount) {
  // More discs than one chunk of the sort holds.
  const Discs discs = test::equal_discs(test::uniform(150000), 0.5f);
  const auto parallel = test::with_threads(1);
  const Found expected = find(discs, 400000, *test::tables_here().front(), *parallel);
  EXPECT_GT(expected.num_pairs, 50000);
  test::on_every_backend([&](const KernelTable& table, Parallel& threads, const std::string& name) {
    const Found found = find(discs, 400000, table, threads);
    EXPECT_EQ(found.order, expected.order) << name;
    EXPECT_EQ(found.first, expected.first) << name;
    EXPECT_EQ(found.neighbors, expected.neighbors) << name;
  });
}

TEST(BroadPhase, OneLargeDiscAmongManySmallOnesKeepsTheCellsSmall) {
  Discs discs = test::equal_discs(test::uniform(20000), 0.3f);
  discs.radius[777] = 0.4f;
  const auto parallel = test::with_threads(2);
  Arena arena = test::scratch_arena();
  BroadPhase phase = BroadPhase::create({.num_bodies = 20000, .max_pairs = 100000},
                                        *test::tables_here().back(), *parallel, arena)
                         .value();
  EXPECT_EQ(phase.update(discs.columns()), BroadPhaseOutcome::kComplete);
  EXPECT_EQ(phase.levels().front().num_discs, 1);
  EXPECT_EQ(phase.levels().back().num_discs, 19999);
  EXPECT_LT(phase.levels().back().cell, 8 * discs.radius[0]);
}

TEST(BroadPhase, OneDiscLargerThanTheWholeKeepsTheCellsSmall) {
  Discs discs = test::equal_discs(test::uniform(5000), 0.3f);
  discs.radius[777] = 1e6f;
  const auto parallel = test::with_threads(2);
  Arena arena = test::scratch_arena();
  BroadPhase phase = BroadPhase::create({.num_bodies = 5000, .max_pairs = 100000},
                                        *test::tables_here().back(), *parallel, arena)
                         .value();
  EXPECT_EQ(phase.update(discs.columns()), BroadPhaseOutcome::kComplete);
  EXPECT_LT(phase.levels().back().cell, 8 * discs.radius[0]);
  expect_brute_force(discs, "one disc of 1e6");
}

// A solver that overflows hands such places on.
TEST(BroadPhase, DiscsThatHaveLostTheirPlaceOverlapNothing) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float lost : {std::numeric_limits<float>::quiet_NaN(), kInfinity, -kInfinity}) {
    for (const std::size_t disc : {std::size_t{0}, std::size_t{77}}) {
      Discs discs = test::equal_discs(test::uniform(500), 0.3f);
      discs.x[disc] = lost;
      expect_brute_force(discs, "one lost to " + std::to_string(lost));
      discs.y[disc] = lost;
      discs.radius[disc + 1] = kInfinity;
      expect_brute_force(discs, "one without end, one lost to " + std::to_string(lost));
    }
  }
  const std::vector<float> lost(10, std::numeric_limits<float>::quiet_NaN());
  expect_brute_force({lost, lost, lost}, "all lost");
}

TEST(BroadPhase, OneFarDiscDoesNotCollectTheOthersInOneCell) {
  const Discs discs = [] {
    Discs all = test::equal_discs(test::one_far_point(20000, 1e-3f), 0.0f);
    std::ranges::fill(all.radius, 2e-6f);
    return all;
  }();
  const auto parallel = test::with_threads(2);
  Arena arena = test::scratch_arena();
  BroadPhase phase = BroadPhase::create({.num_bodies = discs.size(), .max_pairs = 100000},
                                        *test::tables_here().back(), *parallel, arena)
                         .value();
  EXPECT_EQ(phase.update(discs.columns()), BroadPhaseOutcome::kComplete);
  EXPECT_LT(phase.levels().back().cell, 1e-3f);
}

TEST(BroadPhase, OverflowIsCountedAndLeavesNoList) {
  const Discs discs = test::equal_discs(test::uniform(2000), 1.0f);
  const auto expected = static_cast<std::int64_t>(brute_force(discs).size());
  const auto parallel = test::with_threads(2);
  for (const std::int64_t room : {std::int64_t{0}, std::int64_t{1}, expected - 1}) {
    const Found found = find(discs, room, *test::tables_here().back(), *parallel);
    EXPECT_EQ(found.outcome, BroadPhaseOutcome::kOverflow);
    EXPECT_EQ(found.num_pairs, expected);
    EXPECT_TRUE(found.pairs.empty());
  }
  EXPECT_EQ(find(discs, expected, *test::tables_here().back(), *parallel).outcome,
            BroadPhaseOutcome::kComplete);
}

}  // namespace
}  // namespace quadrille
