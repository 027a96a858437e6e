// A run's memory picture, for tests: written to a file, read back, and seen as someone sees it who
// looks at one time.
#pragma once

#include <quadrille/memory_picture.h>
#include <quadrille/simulation.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/folder.h"
#include "tests/scenes/svg_reader.h"

namespace quadrille::test {

inline Simulation tracked(std::string_view scene, SceneInput input,
                          SceneOptions scene_options = {}) {
  SimulationOptions options;
  options.track_memory = true;
  options.num_threads = 2;
  options.readers = 0;
  options.scene = scene_options;
  auto created = Simulation::create(scene, std::move(input), options);
  EXPECT_TRUE(created.is_ok()) << created.status().message();
  return std::move(created).value();
}

// Steps to the end, or as often as said; `watch` sees each step.
template <class Watch>
std::string recorded(Simulation& simulation, std::int64_t steps, Watch watch) {
  const Folder folder;
  MemoryRecorder recorder;
  recorder.record(simulation);
  for (std::int64_t i = 0; i < steps && !simulation.finished(); ++i) {
    EXPECT_TRUE(simulation.step().is_ok());
    recorder.record(simulation);
    watch(simulation);
  }
  const std::string path = folder / "memory.svg";
  const Status written = recorder.write(path, simulation, "a <test> & more");
  EXPECT_TRUE(written.is_ok()) << written.message();
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}
inline std::string recorded(Simulation& simulation, std::int64_t steps) {
  return recorded(simulation, steps, [](const Simulation&) {});
}

// A picture as someone sees it who looks at one time.
class RecordedPicture {
 public:
  explicit RecordedPicture(const std::string& text) : document_(text) {
    for (const SvgElement& element : document_.elements()) {
      if (element.name == "style") {
        EXPECT_EQ(std::sscanf(element.text.c_str(), ".c{fill:none;stroke-width:%d;", &pitch_), 1);
        pitch_ += 2;
      }
    }
  }
  const SvgDocument& document() const { return document_; }
  int pitch() const { return pitch_; }

  // Shares of the loop in which the counter names the step.
  std::pair<double, double> shown(std::int64_t step) const {
    for (const SvgElement& element : document_.elements()) {
      if (element.get("data-shows") != std::to_string(step)) continue;
      const SvgElement* animation = document_.animation_of(element, "visibility");
      if (animation == nullptr) return {0, 1};
      const std::vector<double> times = numbers_of(animation->get("keyTimes"));
      const bool at_once = animation->get("values").starts_with("visible");
      const std::size_t begin = at_once ? 0 : 1;
      return {times[begin], begin + 1 < times.size() ? times[begin + 1] : 1};
    }
    ADD_FAILURE() << "step " << step << " is never shown";
    return {0, 1};
  }
  double within(std::int64_t step, double part) const {
    const auto [begin, end] = shown(step);
    return begin + part * (std::min(end, begin + moment()) - begin);
  }
  // The first step's share: what every moment but the last has.
  double moment() const { return shown(0).second - shown(0).first; }

  std::set<Cell> cells(const std::string& label, double share) const {
    std::set<Cell> cells;
    for (const SvgElement& element : document_.elements()) {
      if (element.get("data-label") != label) continue;
      if (document_.at(element, "visibility", share) != "visible") continue;
      cells.merge(cells_of(element, pitch_));
    }
    return cells;
  }
  std::set<Cell> written(std::int64_t step) const {
    std::set<Cell> cells;
    for (const SvgElement& element : document_.elements()) {
      if (element.get("data-step") == std::to_string(step)) cells.merge(cells_of(element, pitch_));
    }
    return cells;
  }

 private:
  SvgDocument document_;
  int pitch_ = 0;
};

}  // namespace quadrille::test
