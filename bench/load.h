// load_input: a scene's graph or points, from a file or a generator, with what was found in it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <quadrille/input.h>
#include <quadrille/scene.h>

#include "bench/options.h"

namespace quadrille {
class MemoryBudget;
class Parallel;
}  // namespace quadrille

namespace quadrille::program {

struct LoadedInput {
  SceneInput input;
  std::string name;              // "kron:20:16", "roads.gr"
  std::vector<SceneFact> facts;  // "self loops", "duplicate edges", ...
  double elapsed_ns = 0;
};

// What `scene` needs of its input: weights are read and generated only where it looks at them. The
// graph's memory is charged to `budget`, which must outlive it.
Result<LoadedInput> load_input(const InputOptions& options, const SceneEntry& scene,
                               std::uint64_t seed, Parallel& parallel, MemoryBudget* budget);

NodeOrder node_order(std::string_view name);  // as --order takes it
ReadOptions read_options(const ReadingOptions& reading, WeightKind weights);

Result<std::unique_ptr<Parallel>> create_parallel(const MachineOptions& machine);

// What cleaning and reading counted, without what was counted as zero.
std::vector<SceneFact> input_facts(const InputReport& report);

// Whether a file, to be read like that, holds points rather than a graph.
Result<bool> holds_points(const std::string& path, const ReadingOptions& reading);

}  // namespace quadrille::program
