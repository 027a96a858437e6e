// Scenes that run two ways, to see what one of them adds: what `profile publish` and `profile
// trace` have in common.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <quadrille/status.h>

#include "bench/measurement.h"
#include "bench/options.h"
#include "bench/progress.h"
#include "bench/scene_runner.h"
#include "bench/table.h"

namespace quadrille::program {

// One way to run a scene.
struct SceneWay {
  const char* name;  // "traced": in the report behind the scene's
  void (*set)(SimulationOptions& options);
};

struct ScenePairs {
  Measurement plain, changed;  // of all runs, as often each
  std::vector<double> ratios;  // a pair each: time of the changed run's steps over the plain one's
};

// What a profile runs where no scene is named: waves, bodies and a sort, of a million elements.
std::vector<RunOptions> profiled_scenes(bool quick, const MachineOptions& machine,
                                        std::uint64_t seed);

// Loads the input once, then runs in pairs whose order alternates.
Result<ScenePairs> measure_scene_pairs(const RunOptions& run, const SceneWay& plain,
                                       const SceneWay& changed, std::int64_t pairs,
                                       Progress& progress);

// ---- what is said of them: scene, steps, times, ratios ----

std::vector<TableColumn> pair_columns(const char* plain_head, const char* changed_head);
std::vector<std::string> pair_cells(const ScenePairs& scene);
// What the columns mean: "a run `with a trace` over those of one `without`".
std::string pair_legend(const char* changed_does, const char* plain_does, std::int64_t pairs);
// `what`: "traced over not traced".
std::vector<SceneFact> pair_facts(const ScenePairs& scene, const std::string& what);

}  // namespace quadrille::program
