// Every committed byte of every scene has an owner with a name.
#include <quadrille/simulation.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "tests/scenes/scene_inputs.h"

namespace quadrille {
namespace {

constexpr std::int64_t kElements = 50'000;

Simulation tracked(const SceneEntry& scene, SimulationOptions options = {}) {
  options.track_memory = true;
  options.scene.size = kElements;
  auto created = Simulation::create(scene.name, test::input_for(scene, kElements), options);
  EXPECT_TRUE(created.is_ok()) << created.status().message();
  return std::move(created).value();
}

// The sums of labels and of areas are what the budget counts, and nothing is without a label.
void expect_every_byte_has_an_owner(const Simulation& simulation) {
  const MemoryMap map = simulation.memory_map();
  const auto used = static_cast<std::int64_t>(simulation.memory_used());
  EXPECT_EQ(map.bytes, used);
  std::int64_t by_label = 0, by_area = 0, blocks = 0;
  for (const LabelUsage& usage : map.labels) {
    by_label += usage.held_bytes;
    for (const char* nobody : {"unlabelled", "region", "arena: free"}) {
      EXPECT_NE(usage.label, nobody) << usage.allocated_bytes << " bytes";
    }
  }
  for (const MemoryArea& area : map.areas) {
    by_area += area.bytes;
    blocks += static_cast<std::int64_t>(area.blocks.size());
    EXPECT_GE(area.blocks.size() * kBlockBytes, static_cast<std::size_t>(area.bytes)) << area.name;
  }
  EXPECT_EQ(by_label, used);
  EXPECT_EQ(by_area, used);
  EXPECT_GT(blocks, used / static_cast<std::int64_t>(kBlockBytes));
}

class MemoryMapOf : public testing::TestWithParam<std::string> {};

TEST_P(MemoryMapOf, SumsToTheBudgetBeforeDuringAndAfterARun) {
  Simulation simulation = tracked(*find_scene(GetParam()));
  expect_every_byte_has_an_owner(simulation);
  for (int i = 0; i < 8 && !simulation.finished(); ++i) {
    ASSERT_TRUE(simulation.step().is_ok());
    expect_every_byte_has_an_owner(simulation);
  }
}

TEST_P(MemoryMapOf, SumsToTheBudgetInMemoryOfTheIntegratorToo) {
  SimulationOptions options;
  options.hooks.allocation.allocate = [](void*, std::size_t bytes, std::size_t alignment) {
    void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    return memory == nullptr ? nullptr : std::memset(memory, 0, bytes);
  };
  options.hooks.allocation.release = [](void*, void* memory, std::size_t) { std::free(memory); };
  Simulation simulation = tracked(*find_scene(GetParam()), options);
  ASSERT_TRUE(simulation.step().is_ok());
  expect_every_byte_has_an_owner(simulation);
}

// Each column of each slot: the blocks of the slot that holds the newest step say what the frame
// says, and no other slot's block was written in that step.
TEST_P(MemoryMapOf, BlocksOfASlotSayWhichStepWroteThem) {
  Simulation simulation = tracked(*find_scene(GetParam()));
  for (int i = 0; i < 5 && !simulation.finished(); ++i) {
    ASSERT_TRUE(simulation.step().is_ok());
    const Frame& frame = simulation.last_completed();
    const MemoryMap map = simulation.memory_map();
    int newest_slots = 0;
    for (const MemoryArea& area : map.areas) {
      if (area.kind != MemoryAreaKind::kFrameSlot) continue;
      bool is_newest = true;
      std::int64_t written = 0;
      for (ColumnID column = 0; column < static_cast<ColumnID>(frame.schema().columns().size());
           ++column) {
        const auto steps = frame.last_written_step(column);
        const std::size_t first = area.section_begin[static_cast<std::size_t>(column)];
        for (std::size_t block = 0; block < steps.size(); ++block) {
          const MemoryBlock& listed = area.blocks[first + block];
          is_newest = is_newest && listed.written_step == steps[block];
          written += listed.written_step == frame.step() ? 1 : 0;
          EXPECT_EQ(map.labels[static_cast<std::size_t>(listed.label)].label,
                    "frame: " + frame.schema()[column].name);
        }
      }
      newest_slots += is_newest ? 1 : 0;
      EXPECT_TRUE(is_newest || written == 0) << area.name;
    }
    EXPECT_EQ(newest_slots, 1) << "step " << frame.step();
  }
}

INSTANTIATE_TEST_SUITE_P(Scenes, MemoryMapOf, testing::ValuesIn(test::scene_names()),
                         [](const auto& scene) { return scene.param; });

TEST(MemoryMap, IsEmptyWhereNobodyAskedForIt) {
  SimulationOptions options;
  options.scene.size = 1000;
  auto simulation = Simulation::create("sort", {}, options);
  ASSERT_TRUE(simulation.is_ok());
  const MemoryMap map = simulation.value().memory_map();
  EXPECT_TRUE(map.labels.empty());
  EXPECT_TRUE(map.areas.empty());
  EXPECT_EQ(map.bytes, 0);
}

TEST(MemoryMap, KeepsWhatWasTakenForAMoment) {
  SimulationOptions options;
  options.track_memory = true;  // and no coordinates: the first drawing is to be made
  auto simulation =
      Simulation::create("layout", test::random_graph(static_cast<NodeID>(kElements), 4), options);
  ASSERT_TRUE(simulation.is_ok()) << simulation.status().message();
  const MemoryMap map = simulation.value().memory_map();
  const auto drawing = std::ranges::find(map.labels, "pivot nearest", &LabelUsage::label);
  ASSERT_NE(drawing, map.labels.end());
  EXPECT_EQ(drawing->held_bytes, 0);
  EXPECT_EQ(drawing->peak_bytes, kElements * 4);
  EXPECT_EQ(drawing->allocations, 1);
}

// The buckets of a radix pass stand in an arena that each step empties.
TEST(MemoryMap, FollowsTheBuffersOfSort) {
  Simulation simulation = tracked(*find_scene("sort"));
  for (std::int64_t step = 1; step <= 3; ++step) {
    ASSERT_TRUE(simulation.step().is_ok());
    const MemoryMap map = simulation.memory_map();
    const auto arena = std::ranges::find(map.areas, "sort buffers", &MemoryArea::name);
    ASSERT_NE(arena, map.areas.end());
    EXPECT_EQ(arena->reset_step, step);
    EXPECT_EQ(arena->blocks[0].written_step, step);
    const auto buckets = std::ranges::find(map.labels, "sort: buckets", &LabelUsage::label);
    ASSERT_NE(buckets, map.labels.end());
    EXPECT_EQ(buckets->allocations, step);
    EXPECT_EQ(buckets->held_bytes, buckets->peak_bytes);
    EXPECT_EQ(map.labels[static_cast<std::size_t>(arena->blocks[0].label)].label, "sort: buckets");
  }
}

}  // namespace
}  // namespace quadrille
