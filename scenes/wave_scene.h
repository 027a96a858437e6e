// What the graph waves (bfs, sssp, components, labels) share: they work on a graph, run until
// nothing changes, count arcs as their work, and tell the frame what a step changed.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include <quadrille/scene.h>

#include "engine/time_stepper.h"

namespace quadrille {

class WaveScene : public Scene {
 public:
  std::int64_t default_steps() const override { return -1; }
  std::string_view work_unit() const override { return "edges"; }
  bool positions(const Frame& frame, std::span<const float>& x,
                 std::span<const float>& y) const override;
  Status verify(const Frame& last) const override;

 protected:
  virtual Status verify_finished(const Frame& last) const = 0;

  // The internal id of the source. The default one of an empty graph is kNoParent: there is no
  // wave, and that is no error.
  Result<NodeID> choose_source(const SceneContext& context) const;

  // A column of one element a node, changed in place.
  ColumnSpec node_column(std::string name, ColumnType type) const;
  // An average over the steps done so far: `bytes` for all of them.
  std::int64_t bytes_a_step(std::int64_t bytes) const;

  GraphView graph_;
  std::int64_t steps_ = 0;
};

// Says which nodes a step changed: those named, or all of the given columns.
void mark_step(FrameWriter& frame, bool sparse, std::span<const NodeID> changed,
               std::initializer_list<ColumnID> columns);

// Reached nodes, the farthest one's distance, the sum of distances.
template <class T>
std::vector<SceneFact> distance_facts(std::span<const T> distance, const std::string& unit) {
  T farthest = 0;
  double reached = 0, sum = 0;  // sums stay exact: below 2^53 for any graph that fits a machine
  for (const T d : distance) {
    if (d < 0) continue;
    ++reached;
    sum += static_cast<double>(d);
    farthest = d > farthest ? d : farthest;
  }
  return {{"reached", reached, "nodes"},
          {"eccentricity", static_cast<double>(farthest), unit},
          {"sum", sum, unit}};
}

// How many labels there are, called `name`, and how many nodes have the most frequent one.
std::vector<SceneFact> class_facts(std::span<const NodeID> label, const std::string& name);

}  // namespace quadrille
