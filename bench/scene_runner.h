// measure_scene: one scene on one input, run as often as asked and timed. Both `run` and `bench`
// measure by this.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <quadrille/simulation.h>

#include "bench/measurement.h"
#include "bench/options.h"

namespace quadrille::program {

struct SceneJob {
  std::string name;  // of the measurement
  std::string scene;
  SimulationOptions options;
  std::int64_t steps = -1;  // -1: the scene's default
  std::int64_t repeat = 1;
  std::vector<NodeID>
      sources;  // user ids, a run each, and each `repeat` times; empty: the one of `options`
  int readers = 0;
  bool verify = false;  // each run, after its last step
  // After each step; `total` < 0: not known.
  std::function<void(std::int64_t done, std::int64_t total)> on_step;
  // Of the last run: before its first step and after each.
  std::function<Status(const Simulation&)> watch_last;
  std::function<bool()> is_stopped;  // asked after each step: true ends the run there
  // After the simulation is built, before its first step; and after the last step of the last run.
  std::function<Status(const Simulation&)> before_first, after_last;
};

// Takes `input` and gives it back (not where it fails: then it is gone).
Result<Measurement> measure_scene(const SceneJob& job, SceneInput& input);

SimulationOptions simulation_options(const MachineOptions& machine, std::uint64_t seed);
// Of what a run computes and who computes it, not of what is seen of it.
SimulationOptions simulation_options(const RunOptions& run);

// `count` random nodes with an edge, by user id; a node may come twice. Any node where none has an
// edge.
std::vector<NodeID> random_sources(const GraphView& graph, std::int64_t count, std::uint64_t seed);
// As a run's options ask for them, by default the lowest id that leads to another; empty: its scene
// has none.
// kInvalidArgument: the graph has no such node.
Result<std::vector<NodeID>> sources_of(const RunOptions& run, const SceneInput& input);

}  // namespace quadrille::program
