#include <quadrille/memory_picture.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <quadrille/arena.h>
#include <quadrille/parallel.h>

#include "kernels/sort_passes.h"
#include "tests/scenes/recorded_picture.h"
#include "tests/scenes/scene_inputs.h"

namespace quadrille {
namespace {

using test::Cell;
using test::recorded;
using test::SvgElement;
using test::tracked;
using Picture = test::RecordedPicture;

struct SlotCell {
  std::size_t slot;
  std::string label;
  std::size_t block;
  friend auto operator<=>(const SlotCell&, const SlotCell&) = default;
};

// Which block of which column of which slot each cell of the frame slots is: slots stand one below
// the other, and a column's blocks in reading order.
std::map<Cell, SlotCell> slot_cells(const Picture& picture, const Frame& frame, std::size_t slots) {
  std::map<Cell, SlotCell> places;
  for (ColumnID column = 0; column < static_cast<int>(frame.schema().columns().size()); ++column) {
    const std::string label = "frame: " + frame.schema()[column].name;
    const std::set<Cell> cells = picture.cells(label, 0);
    const std::size_t blocks = frame.last_written_step(column).size();
    EXPECT_EQ(cells.size(), blocks * slots) << label;
    std::size_t next = 0;
    for (const Cell& cell : cells) {
      places[cell] = {next / blocks, label, next % blocks};
      ++next;
    }
  }
  return places;
}

TEST(MemoryPicture, OfBfsLightsExactlyTheBlocksThatAStepWrote) {
  Simulation simulation = tracked("bfs", test::grid_graph(512));
  std::map<std::int64_t, std::set<SlotCell>> expected;  // slot 0 throughout: it is found out below
  const std::string svg = recorded(simulation, 150, [&](const Simulation& now) {
    const Frame& frame = now.last_completed();
    for (ColumnID column = 0; column < static_cast<int>(frame.schema().columns().size());
         ++column) {
      const auto steps = frame.last_written_step(column);
      for (std::size_t block = 0; block < steps.size(); ++block) {
        if (steps[block] == frame.step())
          expected[frame.step()].insert({0, "frame: " + frame.schema()[column].name, block});
      }
    }
  });
  const Picture picture(svg);
  const auto places = slot_cells(picture, simulation.last_completed(), 2);
  std::size_t last_slot = 9;
  for (std::int64_t step = 1; step <= 150; ++step) {
    std::set<SlotCell> lit;
    std::set<std::size_t> slots;
    for (const Cell& cell : picture.written(step)) {
      ASSERT_TRUE(places.contains(cell)) << "step " << step;
      SlotCell place = places.at(cell);
      slots.insert(std::exchange(place.slot, 0));
      lit.insert(place);
    }
    EXPECT_EQ(lit, expected[step]) << "step " << step;
    ASSERT_EQ(slots.size(), 1U) << "step " << step;
    EXPECT_NE(*slots.begin(), last_slot) << "every step was published: slots take turns";
    last_slot = *slots.begin();
  }
  EXPECT_GT(expected[150].size(), expected[10].size());
}

TEST(MemoryPicture, OfBfsLightsUpInItsTimeAndFades) {
  Simulation simulation = tracked("bfs", test::grid_graph(512));
  const Picture picture(recorded(simulation, 40));
  for (const SvgElement& element : picture.document().elements()) {
    if (!element.has("data-step")) continue;
    const std::int64_t step = std::stoll(element.get("data-step"));
    const auto opacity = [&](double share) {
      return picture.document().number_at(element, "opacity", share);
    };
    const auto [begin, end] = picture.shown(step);
    EXPECT_EQ(opacity(begin - 1e-4), 0);
    EXPECT_GT(opacity(begin + 1e-4), 0.5);
    EXPECT_GT(opacity(begin + 0.2 * picture.moment()), 0.5);
    EXPECT_LT(opacity(begin + 2 * picture.moment()), 0.01);
  }
}

// Blocks of a column are dim until a step has written them: the frontier eats the columns.
TEST(MemoryPicture, OfBfsShowsHowFarTheFrontierHasEatenTheColumns) {
  Simulation simulation = tracked("bfs", test::grid_graph(512));
  std::map<std::int64_t, std::size_t> eaten;  // blocks of the distances, in the newest slot
  const std::string svg = recorded(simulation, 150, [&](const Simulation& now) {
    const Frame& frame = now.last_completed();
    const auto steps = frame.last_written_step(frame.schema().find("distance"));
    eaten[frame.step()] =
        static_cast<std::size_t>(std::ranges::count_if(steps, [](auto s) { return s > 0; }));
  });
  const Picture picture(svg);
  const auto bright = [&](std::int64_t step) {
    std::size_t cells = 0;
    for (const SvgElement& element : picture.document().elements()) {
      if (element.get("data-label") != "frame: distance" || element.has("data-unwritten")) continue;
      if (picture.document().at(element, "visibility", picture.within(step, 0.5)) == "visible")
        cells += test::cells_of(element, picture.pitch()).size();
    }
    return cells;
  };
  for (const std::int64_t step : {2, 30, 80, 149}) {
    EXPECT_EQ(bright(step), eaten[step] + eaten[step - 1]) << "step " << step;  // both slots
  }
  EXPECT_GT(eaten[149], eaten[2]);
}

// What the arena of a quicksort is told in each round, by its own tracker.
class Rounds final : public ArenaTracker {
 public:
  void on_allocate(const ArenaAllocation& made) override {
    taken[made.label.name].push_back({made.offset, made.bytes});
  }
  void on_release(std::size_t, std::size_t) override { ADD_FAILURE(); }
  void on_reset() override { taken.clear(), ++resets; }
  std::map<std::string, std::vector<std::pair<std::size_t, std::size_t>>> taken;
  int resets = 0;
};

TEST(MemoryPicture, OfSortShowsThePartitionBuffersComeAndGo) {
  SceneOptions options;
  options.size = 400'000;
  options.algorithm = "quick";
  Simulation simulation = tracked("sort", {}, options);
  const auto first = simulation.last_completed().column<std::uint32_t>(0);
  std::vector<std::uint32_t> from(first.begin(), first.end()), to(from.size());
  const Picture picture(recorded(simulation, 1000));

  // The same rounds again, in an arena of our own.
  auto parallel = Parallel::create({.num_threads = 2});
  ASSERT_TRUE(parallel.is_ok());
  Arena segments = Arena::create({.capacity_bytes = 64 << 20}).value();
  Arena buffers = Arena::create({.capacity_bytes = 64 << 20}).value();
  Rounds rounds;
  buffers.add_tracker(&rounds);
  PartitionRounds quick;
  ASSERT_TRUE(quick.prepare(options.size, segments).is_ok());
  std::size_t fewest = SIZE_MAX, most = 0;
  std::set<Cell> before;
  for (std::int64_t step = 1; !quick.finished(); ++step) {
    buffers.reset();
    ASSERT_TRUE(quick.round(from, to, *parallel.value(), buffers).is_ok());
    std::swap(from, to);
    ASSERT_EQ(rounds.taken.size(), 1U);
    const auto [offset, bytes] = rounds.taken.at("sort: partition tasks").front();
    ASSERT_EQ(offset, 0U);
    const std::size_t blocks = (bytes + kBlockBytes - 1) / kBlockBytes;
    fewest = std::min(fewest, blocks), most = std::max(most, blocks);
    const std::set<Cell> cells = picture.cells("sort: partition tasks", picture.within(step, 0.9));
    EXPECT_EQ(cells.size(), blocks) << "step " << step;
    EXPECT_TRUE(picture.cells("sort: partition tasks", picture.within(step, 0.2)).empty())
        << "step " << step << ": the arena was emptied first";
    const std::set<Cell> lit = picture.written(step);
    EXPECT_TRUE(std::ranges::includes(lit, cells)) << "step " << step;
    before = cells;
  }
  EXPECT_EQ(rounds.resets, simulation.last_completed().step());
  EXPECT_LT(fewest, most) << "or nothing would be seen to come and go";
}

TEST(MemoryPicture, PulsesWhenAnArenaIsEmptied) {
  SceneOptions options;
  options.size = 100'000;
  Simulation simulation = tracked("sort", {}, options);
  const Picture picture(recorded(simulation, 1000));
  int rings = 0;
  for (const SvgElement& element : picture.document().elements()) {
    if (!element.has("data-emptied")) continue;
    ++rings;
    EXPECT_EQ(element.get("data-emptied"), "sort buffers");
    const auto opacity = [&](double share) {
      return picture.document().number_at(element, "opacity", share);
    };
    EXPECT_EQ(opacity(picture.within(0, 0.5)), 0) << "nothing was emptied before the first step";
    for (std::int64_t step = 1; step <= simulation.last_completed().step(); ++step) {
      EXPECT_GT(opacity(picture.within(step, 0.05)), 0.8);
      EXPECT_LT(opacity(picture.within(step, 0.9)), 0.01);
    }
  }
  EXPECT_EQ(rings, 1);
}

TEST(MemoryPicture, CountsEveryStepOfAShortRunAndShowsOneAtATime) {
  Simulation simulation = tracked("bfs", test::grid_graph(64));
  const Picture picture(recorded(simulation, 1000));
  double last_end = 0;
  for (std::int64_t step = 0; step <= simulation.last_completed().step(); ++step) {
    const auto [begin, end] = picture.shown(step);
    EXPECT_NEAR(begin, last_end, 1e-6);
    EXPECT_GT(end, begin);
    last_end = end;
  }
  EXPECT_NEAR(last_end, 1, 1e-6);
}

TEST(MemoryPicture, OfALongRunStaysSmallAndEndsWithTheLastStep) {
  Simulation simulation = tracked("bfs", test::grid_graph(300));
  const std::string svg = recorded(simulation, 10'000);
  EXPECT_LT(svg.size(), 1'000'000U);
  const Picture picture(svg);
  std::vector<std::int64_t> steps;
  for (const SvgElement& element : picture.document().elements()) {
    if (element.has("data-shows")) steps.push_back(std::stoll(element.get("data-shows")));
  }
  EXPECT_TRUE(std::ranges::is_sorted(steps));
  EXPECT_EQ(steps.front(), 0);
  EXPECT_EQ(steps.back(), simulation.last_completed().step());
  EXPECT_GE(steps.size(), 75U);
  EXPECT_LE(steps.size(), 165U);
}

TEST(MemoryPicture, OfTheSameRunIsTheSameBytes) {
  const auto draw = [] {
    SceneOptions options;
    options.size = 50'000;
    options.algorithm = "merge";
    Simulation simulation = tracked("sort", {}, options);
    return recorded(simulation, 1000);
  };
  EXPECT_EQ(draw(), draw());
}

TEST(MemoryPicture, NeedsNoStepAndNamesItsTitleAsItIs) {
  Simulation simulation = tracked("bfs", test::grid_graph(20));
  const Picture picture(recorded(simulation, 0));
  bool is_titled = false;
  for (const SvgElement& element : picture.document().elements()) {
    EXPECT_NE(element.name, "animate");
    is_titled |= element.text == "Memory of a <test> & more";
  }
  EXPECT_TRUE(is_titled);
}

TEST(MemoryPicture, IsAnSvgOrNothing) {
  Simulation simulation = tracked("bfs", test::grid_graph(20));
  MemoryRecorder recorder;
  recorder.record(simulation);
  const Status status = recorder.write("memory.png", simulation);
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find("memory.png"), std::string::npos);
  EXPECT_FALSE(recorder.write("/nowhere/memory.svg", simulation).is_ok());
}

TEST(MemoryPicture, OfMemoryThatIsNotTrackedIsAnErrorWithASentence) {
  auto created = Simulation::create("bfs", test::grid_graph(20), {});
  ASSERT_TRUE(created.is_ok());
  MemoryRecorder recorder;
  recorder.record(created.value());
  const Status status = recorder.write("memory.svg", created.value());
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find("track_memory"), std::string::npos) << status.message();
}

}  // namespace
}  // namespace quadrille
