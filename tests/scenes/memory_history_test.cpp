#include "scenes/memory_history.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <quadrille/types.h>

#include "engine/random.h"
#include "scenes/memory_grid.h"

namespace quadrille {
namespace {

constexpr std::int32_t kNone = MemoryHistory::kNoBlock;

// Labels are 0 "a", 1 "b", 2 "c", 3 "pool: free".
MemoryMap map_of(std::int64_t step, std::vector<MemoryBlock> blocks,
                 MemoryAreaKind kind = MemoryAreaKind::kArena) {
  MemoryMap map{.step = step};
  for (const char* label : {"a", "b", "c", "pool: free"}) map.labels.push_back({.label = label});
  MemoryArea area{.name = "pool", .kind = kind, .blocks = std::move(blocks), .section_begin = {0}};
  area.bytes = static_cast<std::int64_t>(area.blocks.size() * kBlockBytes);
  map.bytes = area.bytes;
  map.areas.push_back(std::move(area));
  return map;
}

// Runs of random states, each remembered.
struct RandomRun {
  std::map<std::int64_t, std::vector<MemoryBlock>> states;
  std::map<std::int64_t, std::int64_t> resets;  // the last reset's step, as of a step
  MemoryHistory history;

  RandomRun(std::int64_t steps, std::uint64_t seed) {
    Random random(seed);
    std::vector<MemoryBlock> blocks(40, {0, 0});
    std::int64_t reset_step = -1;
    for (std::int64_t step = 0; step <= steps; ++step) {
      if (step > 0) {
        for (int i = 0; i < 3; ++i) {
          blocks[random.next_below(static_cast<std::uint32_t>(blocks.size()))] = {
              static_cast<std::int32_t>(random.next_below(4)), step};
        }
        if (random.next_below(50) == 0) blocks.push_back({1, step});
        if (random.next_below(80) == 0 && blocks.size() > 30) blocks.pop_back();
        if (random.next_below(20) == 0) reset_step = step;
      }
      states[step] = blocks;
      resets[step] = reset_step;
      if (!history.wants(step) && step != steps) continue;
      MemoryMap map = map_of(step, blocks);
      map.areas[0].reset_step = reset_step;
      history.add(map);
    }
  }
};

// Every moment, replayed from the changes, is the state that was recorded; what it wrote is what
// was written since the moment before and is still there.
void expect_history_is_what_happened(const RandomRun& run) {
  std::vector<std::int32_t> now;
  std::int64_t last = 0;
  for (const MemoryMoment& moment : run.history.moments()) {
    for (const LabelChange& change : moment.changes) {
      const auto block = static_cast<std::size_t>(change.place.block);
      now.resize(std::max(now.size(), block + 1), kNone);
      now[block] = change.label;
    }
    const std::vector<MemoryBlock>& state = run.states.at(moment.step);
    for (std::size_t block = 0; block < now.size(); ++block) {
      const std::string name =
          now[block] == kNone ? ""
                              : run.history.labels()[static_cast<std::size_t>(now[block])].name;
      constexpr const char* kNames[] = {"a", "b", "c", "free"};
      ASSERT_EQ(name, block < state.size() ? kNames[state[block].label] : "")
          << "block " << block << " at step " << moment.step;
      const bool is_written = std::ranges::binary_search(
          moment.written, BlockPlace{0, static_cast<std::int32_t>(block)});
      const bool was_written = block < state.size() && state[block].written_step > last;
      ASSERT_TRUE(is_written || !was_written) << "block " << block << " at step " << moment.step;
    }
    ASSERT_EQ(!moment.emptied.empty(), run.resets.at(moment.step) > last);
    last = moment.step;
  }
}

TEST(MemoryHistory, OfAShortRunHoldsEachStep) {
  const RandomRun run(100, 1);
  ASSERT_EQ(run.history.moments().size(), 101U);
  EXPECT_EQ(run.history.steps_a_moment(), 1);
  expect_history_is_what_happened(run);
  for (std::size_t i = 1; i < run.history.moments().size(); ++i) {
    for (const BlockPlace& place : run.history.moments()[i].written) {
      const auto& state = run.states.at(static_cast<std::int64_t>(i));
      EXPECT_EQ(state[static_cast<std::size_t>(place.block)].written_step,
                static_cast<std::int64_t>(i));
    }
  }
}

TEST(MemoryHistory, OfALongRunHoldsAFewMomentsThatTellTheSame) {
  for (const std::int64_t steps : {160, 161, 162, 163, 1000, 5000, 5121}) {
    const RandomRun run(steps, 2);
    EXPECT_GE(run.history.moments().size(), 80U) << steps;
    EXPECT_LE(run.history.moments().size(), MemoryHistory::kMostMoments + 1) << steps;
    EXPECT_EQ(run.history.moments().front().step, 0);
    EXPECT_EQ(run.history.moments().back().step, steps);
    expect_history_is_what_happened(run);
    ASSERT_FALSE(HasFailure()) << steps;
  }
}

TEST(MemoryHistory, TheSameStepTwiceIsOneMoment) {
  MemoryHistory history;
  history.add(map_of(0, {{0, -1}}));
  EXPECT_FALSE(history.wants(0));
  history.add(map_of(0, {{1, -1}}));
  EXPECT_EQ(history.moments().size(), 1U);
}

TEST(MemoryHistory, AColumnsBlocksThatNoStepWroteAreToldApart) {
  MemoryHistory history;
  history.add(map_of(0, {{0, 0}, {0, 0}}, MemoryAreaKind::kFrameSlot));
  history.add(map_of(1, {{0, 1}, {0, 0}}, MemoryAreaKind::kFrameSlot));
  const auto& labels = history.labels();
  const std::vector<LabelChange>& first = history.moments()[0].changes;
  ASSERT_EQ(first.size(), 2U);
  const auto& unwritten = labels[static_cast<std::size_t>(first[0].label)];
  EXPECT_EQ(unwritten.name, "a");
  ASSERT_NE(unwritten.written_as, MemoryHistory::kNoLabel);
  const std::vector<LabelChange>& second = history.moments()[1].changes;
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].label, unwritten.written_as);
  EXPECT_EQ(second[0].place.block, 0);
}

TEST(MemoryGrid, ShowsManyBlocksAsFewerCellsWithTheLabelThatMostOfThemHave) {
  std::vector<MemoryBlock> blocks;
  for (int i = 0; i < 10'000; ++i) blocks.push_back({i % 4 == 0 ? 1 : 0, -1});
  MemoryHistory history;
  history.add(map_of(0, blocks));
  for (std::size_t i = 8; i < 12; ++i) blocks[i] = {3, -1};
  blocks[11] = {2, 1};  // one that is not free is enough
  for (std::size_t i = 12; i < 16; ++i) blocks[i] = {3, -1};
  history.add(map_of(1, blocks));
  const MemoryGrid grid(history, 0, 0);
  EXPECT_EQ(grid.blocks_a_cell(), 4);
  ASSERT_EQ(grid.cells().size(), 2500U);
  const auto label = [&](std::size_t cell, std::size_t change) {
    return history.labels()[static_cast<std::size_t>(grid.cells()[cell].labels.at(change).second)]
        .name;
  };
  EXPECT_EQ(label(0, 0), "a");
  EXPECT_EQ(label(2, 1), "c");
  EXPECT_EQ(label(3, 1), "free");
  EXPECT_EQ(grid.cells()[2].labels[1].first, 1);
  EXPECT_EQ(grid.written()[1], (std::vector<std::int32_t>{2}));
}

TEST(MemoryGrid, GivesEveryBlockAPlaceOfItsOwnInsideItsWidth) {
  MemoryHistory history;
  MemoryMap map{.step = 0};
  map.labels.push_back({.label = "a"});
  Random random(3);
  for (int i = 0; i < 12; ++i) {
    MemoryArea area{.name = std::to_string(i)};
    for (int section = 0; section < 5; ++section) {
      area.section_begin.push_back(area.blocks.size());
      area.blocks.resize(area.blocks.size() + random.next_below(60));
    }
    map.areas.push_back(area);
  }
  history.add(map);
  const MemoryGrid grid(history, 10, 20);
  std::set<std::pair<int, int>> places;
  for (const MemoryCell& cell : grid.cells()) {
    EXPECT_TRUE(places.insert({cell.x, cell.y}).second);
    EXPECT_GE(cell.x, 10);
    EXPECT_LE(cell.x + grid.pitch(), 10 + MemoryGrid::kWidth + grid.pitch());
    EXPECT_LT(cell.y, grid.bottom());
  }
  for (std::size_t i = 1; i < grid.areas().size(); ++i) {
    EXPECT_LE(grid.areas()[i - 1].cells_bottom, grid.areas()[i].top);
  }
}

}  // namespace
}  // namespace quadrille
