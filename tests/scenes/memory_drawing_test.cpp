// What holds of the picture of any scene, and of histories that no scene has.
#include "scenes/memory_drawing.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "engine/random.h"
#include "scenes/memory_legend.h"
#include "tests/scenes/recorded_picture.h"
#include "tests/scenes/scene_inputs.h"

namespace quadrille {
namespace {

using test::Cell;
using test::recorded;
using test::SvgElement;
using test::tracked;
using Picture = test::RecordedPicture;

constexpr double kLegendLeft = 832;  // what stands left of it are the cells and their headings
constexpr std::int64_t kSize = 20'000, kSteps = 6;

// The scene of the parameter, before its first step.
class EveryScene : public testing::TestWithParam<std::string> {
 protected:
  SceneInput input() const { return test::input_for(scene_, kSize); }
  const SceneEntry& scene_ = *find_scene(GetParam());
  Simulation simulation_ = tracked(scene_.name, input(), {.size = kSize});
};

TEST_P(EveryScene, HasAWellFormedPictureWithoutScriptWhoseAnimationsRunTogether) {
  const Picture picture(recorded(simulation_, kSteps));
  std::set<std::string> durations;
  for (const SvgElement& element : picture.document().elements()) {
    EXPECT_NE(element.name, "script");
    EXPECT_NE(element.name, "foreignObject");
    for (const auto& [name, value] : element.attributes) {
      EXPECT_FALSE(name.starts_with("on")) << name;
      EXPECT_EQ(name.find("href"), std::string::npos) << name;
    }
    if (element.name != "animate") continue;
    durations.insert(element.get("dur"));
    EXPECT_EQ(element.get("repeatCount"), "indefinite");
    const std::vector<double> times = test::numbers_of(element.get("keyTimes"));
    EXPECT_TRUE(std::ranges::is_sorted(times)) << element.get("keyTimes");
    EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(element.get("values"), ';')) + 1,
              times.size());
    EXPECT_EQ(times.front(), 0);
    EXPECT_LE(times.back(), 1);
    if (element.get("calcMode") == "discrete") {
      EXPECT_EQ(std::ranges::adjacent_find(times), times.end()) << element.get("keyTimes");
    } else {
      EXPECT_EQ(times.back(), 1);
    }
  }
  EXPECT_EQ(durations.size(), 1U);
}

// A viewer that does not move anything shows one moment of the loop, whole.
TEST_P(EveryScene, StandsStillAtOneTimeOfTheLoop) {
  const Picture picture(recorded(simulation_, kSteps));
  std::int64_t still_step = -1;
  for (const SvgElement& element : picture.document().elements()) {
    if (!element.has("data-shows") || element.get("visibility") == "hidden") continue;
    EXPECT_EQ(still_step, -1) << "two steps at once";
    still_step = std::stoll(element.get("data-shows"));
  }
  ASSERT_GE(still_step, 0);
  const double share = picture.within(still_step, 0.4);
  for (const SvgElement& element : picture.document().elements()) {
    for (const std::string attribute : {"visibility", "opacity", "x"}) {
      if (picture.document().animation_of(element, attribute) == nullptr) continue;
      const std::string still =
          element.has(attribute) ? element.get(attribute) : std::string("visible");
      const std::string moving = picture.document().at(element, attribute, share);
      if (attribute == "visibility") {
        EXPECT_EQ(still, moving) << element.get("d");
      } else {
        EXPECT_NEAR(std::stod(still), std::stod(moving), attribute == "x" ? 0.1 : 0.02);
      }
    }
  }
}

// Cells of all labels together are the blocks of the memory map; what lies below them ("free") is
// there for each.
TEST_P(EveryScene, HasACellForEachBlockAndAColourForEachLabel) {
  const Picture picture(recorded(simulation_, kSteps));
  const MemoryMap map = simulation_.memory_map();
  std::size_t blocks = 0;
  for (const MemoryArea& area : map.areas) blocks += area.blocks.size();
  const double at_end = picture.within(map.step, 0.9);
  EXPECT_EQ(picture.cells("free", at_end).size(), blocks);

  std::map<std::string, std::string> label_of_colour;
  std::set<Cell> seen;
  for (const SvgElement& element : picture.document().elements()) {
    if (!element.has("data-label")) continue;
    const std::string label =
        element.get("data-label") + (element.has("data-unwritten") ? ", unwritten" : "");
    const auto known = label_of_colour.try_emplace(element.get("stroke"), label).first;
    EXPECT_EQ(known->second, label) << element.get("stroke");
    if (label == "free") continue;
    if (picture.document().at(element, "visibility", at_end) != "visible") continue;
    for (const Cell& cell : test::cells_of(element, picture.pitch()))
      EXPECT_TRUE(seen.insert(cell).second) << "a cell has two labels, one is " << label;
  }
  EXPECT_GT(label_of_colour.size(), 4U);
}

// The legend: each label of a cell, and figures that are those of the memory map.
TEST_P(EveryScene, ExplainsEachColourWithCountBytesAndShare) {
  const Picture picture(recorded(simulation_, kSteps));
  std::map<std::string, std::vector<std::string>> rows;  // by the label, the texts after it
  std::vector<std::string>* row = nullptr;
  std::set<std::string> labels;
  for (const SvgElement& element : picture.document().elements()) {
    if (element.has("data-label")) labels.insert(element.get("data-label"));
    if (element.name != "text" || std::stod(element.get("x")) < kLegendLeft) continue;
    if (element.get("text-anchor") == "start") row = &rows[element.text];
    if (element.get("text-anchor") == "end" && row != nullptr) row->push_back(element.text);
  }
  const MemoryMap map = simulation_.memory_map();
  std::int64_t allocations = 0;
  for (const LabelUsage& usage : map.labels) {
    allocations += usage.allocations;
    if (!labels.contains(usage.label)) continue;
    ASSERT_TRUE(rows.contains(usage.label)) << usage.label;
    const std::vector<std::string>& texts = rows[usage.label];
    ASSERT_GE(texts.size(), 2U) << usage.label;
    if (usage.allocations > 0) {
      EXPECT_EQ(texts[0], count_text(usage.allocations)) << usage.label;
    }
    if (usage.peak_bytes == usage.held_bytes) {
      EXPECT_EQ(texts[texts.size() - 2], byte_text(usage.held_bytes)) << usage.label;
    }
    EXPECT_TRUE(texts.back().ends_with('%')) << usage.label << ": " << texts.back();
  }
  const std::vector<std::string> all = rows["all labels"];
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0], count_text(allocations));
  EXPECT_EQ(all[2], "100.0%");
}

TEST_P(EveryScene, ComputesTheSameWithAPicture) {
  SimulationOptions options;
  options.num_threads = 2;
  options.scene.size = kSize;
  auto plain = Simulation::create(scene_.name, input(), options);
  ASSERT_TRUE(plain.is_ok()) << plain.status().message();
  recorded(simulation_, kSteps, [&](const Simulation& drawn) {
    ASSERT_TRUE(plain.value().step().is_ok());
    const Frame& other = plain.value().last_completed();
    EXPECT_EQ(drawn.last_completed().state_hash().to_string(), other.state_hash().to_string())
        << other.step();
  });
}

INSTANTIATE_TEST_SUITE_P(MemoryPicture, EveryScene, testing::ValuesIn(test::scene_names()),
                         [](const auto& scene) { return scene.param; });

// Each block changes at each moment, every second one is written: as bad as can be.
TEST(MemoryDrawing, OfTheWorstRunIsOfBoundedSize) {
  MemoryHistory history;
  MemoryMap map{.bytes = 1000 * kBlockBytes};
  for (const char* label : {"a", "b", "c", "d"}) map.labels.push_back({.label = label});
  map.areas.push_back({.name = "pool", .kind = MemoryAreaKind::kArena, .section_begin = {0}});
  map.areas[0].blocks.resize(1000);
  Random random(1);
  for (; map.step < 161; ++map.step) {
    for (MemoryBlock& block : map.areas[0].blocks) {
      block.label = static_cast<std::int32_t>(random.next_below(4));
      if (random.next_below(2) == 0) block.written_step = map.step;
    }
    map.areas[0].reset_step = map.step;
    if (history.wants(map.step)) history.add(map);
  }
  const std::string svg = draw_memory(history, "the worst");
  EXPECT_LE(svg.size(), kMostPictureBytes);
  std::size_t shown = 0;
  for (std::size_t at = 0; (at = svg.find("data-shows", at)) != std::string::npos; ++at) ++shown;
  EXPECT_LT(shown, history.moments().size()) << "or it was not bad enough";
  EXPECT_GT(shown, 10U);
}

// Labels of an integrator may say anything.
TEST(MemoryDrawing, OfHostileLabelsIsWellFormed) {
  MemoryHistory history;
  MemoryMap map{.bytes = 4 * kBlockBytes};
  const char* const labels[] = {"</path><script>alert(1)</script>", "\" onload=\"alert(1)",
                                "\x01\x1b[0m", ""};
  for (const char* label : labels)
    map.labels.push_back({.label = label, .held_bytes = kBlockBytes});
  MemoryArea area{.name = "<&\"'>", .kind = MemoryAreaKind::kArena, .section_begin = {0}};
  for (std::int32_t label = 0; label < 4; ++label) area.blocks.push_back({.label = label});
  map.areas.push_back(area);
  history.add(map);
  map.step = 1;
  map.areas[0].reset_step = 1;
  history.add(map);
  const Picture picture(draw_memory(history, "]]></svg>"));
  EXPECT_EQ(picture.cells(labels[0], 0.4).size(), 1U);
  EXPECT_EQ(picture.cells(labels[1], 0.4).size(), 1U);
  for (const SvgElement& element : picture.document().elements()) {
    EXPECT_NE(element.name, "script");
    EXPECT_FALSE(element.has("onload"));
  }
}

}  // namespace
}  // namespace quadrille
