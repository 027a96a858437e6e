// Each scene on an input that suits it. Scenes that share an input run one after the other on the
// same one.
#include <memory>

#include "bench/gather_rate.h"
#include "bench/load.h"
#include "bench/option_checks.h"
#include "bench/scene_runner.h"
#include "bench/suite.h"

namespace quadrille::program {
namespace {

struct SuiteScene {
  const char* scene;
  std::string generate = {};  // of its input; empty: none
  std::int64_t steps = -1;
  std::int64_t size = 0;  // sort
};

std::vector<SuiteScene> suite_scenes(const SuiteSize& size) {
  return {{.scene = "bfs", .generate = size.kron},
          {.scene = "components", .generate = size.kron},
          {.scene = "labels", .generate = size.kron},
          {.scene = "pagerank", .generate = size.kron},
          {.scene = "bfs", .generate = size.grid},
          {.scene = "sssp", .generate = size.grid},
          {.scene = "layout", .generate = size.grid, .steps = size.body_steps},
          {.scene = "nbody", .generate = size.bodies, .steps = size.body_steps},
          {.scene = "collide", .generate = size.points, .steps = size.body_steps},
          {.scene = "sort", .size = size.sort_elements}};
}

Result<Measurement> measure(const SuiteContext& context, const SuiteScene& scene,
                            LoadedInput& loaded) {
  SceneJob job;
  job.scene = scene.scene;
  job.name = loaded.name.empty() ? job.scene : job.scene + " " + loaded.name;
  job.options = simulation_options(context.options.machine, context.options.seed);
  job.options.scene.size = scene.size;
  job.steps = scene.steps;
  if (takes_source(job.scene)) {
    job.sources =
        random_sources(loaded.input.graph.view(), context.size.num_sources, context.options.seed);
  }
  job.verify = true;
  job.on_step = [&](std::int64_t done, std::int64_t total) {
    context.progress.update(job.name, done, total);
  };
  QUADRILLE_ASSIGN_OR_RETURN(Measurement result, measure_scene(job, loaded.input));
  result.input = loaded.facts;
  if (result.state_bytes > 0) {
    result.gather_ns =
        measure_gather_ns(loaded.input.graph.view(), result.state_bytes, context.parallel);
  }
  return result;
}

}  // namespace

Status run_suite_scenes(const SuiteContext& context) {
  LoadedInput loaded;
  for (const SuiteScene& scene : suite_scenes(context.size)) {
    const SceneEntry* entry = find_scene(scene.scene);
    if (entry == nullptr) continue;
    // sssp needs weights that the other waves must not pay for.
    const bool same_input =
        loaded.name == scene.generate && entry->name != "sssp" && entry->name != "layout";
    if (!same_input) {
      loaded = {};  // gives its memory back before the next one is made
      InputOptions input;
      input.generate = scene.generate;
      QUADRILLE_ASSIGN_OR_RETURN(
          loaded, load_input(input, *entry, context.options.seed, context.parallel, nullptr));
    }
    QUADRILLE_ASSIGN_OR_RETURN(Measurement result, measure(context, scene, loaded));
    context.results.push_back(std::move(result));
  }
  return Status::ok();
}

}  // namespace quadrille::program
