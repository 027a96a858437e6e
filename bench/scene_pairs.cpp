#include "bench/scene_pairs.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include <quadrille/parallel.h>

#include "bench/format.h"
#include "bench/load.h"
#include "bench/suite.h"

namespace quadrille::program {
namespace {

// Adds one run to what is known of the scene so far.
void add_run(Measurement& all, Measurement run) {
  if (all.runs.empty()) {
    all = std::move(run);
    return;
  }
  all.work += run.work;
  all.moved_bytes += run.moved_bytes;
  std::ranges::move(run.runs, std::back_inserter(all.runs));
}

class PairsOfRuns {
 public:
  PairsOfRuns(const RunOptions& run, const SceneWay& plain, const SceneWay& changed,
              LoadedInput& loaded)
      : run_(run), ways_{&plain, &changed}, loaded_(loaded) {}

  Result<Measurement> run_once(bool changed) {
    const SceneWay& way = *ways_[changed ? 1 : 0];
    SceneJob job;
    job.scene = run_.scene;
    job.name = job.scene + (loaded_.name.empty() ? "" : " " + loaded_.name) + ", " + way.name;
    job.options = simulation_options(run_);
    way.set(job.options);
    job.steps = run_.steps;
    QUADRILLE_ASSIGN_OR_RETURN(job.sources, sources_of(run_, loaded_.input));
    return measure_scene(job, loaded_.input);
  }

  Status add_pair(bool changed_first, ScenePairs& result) {
    QUADRILLE_ASSIGN_OR_RETURN(Measurement first, run_once(changed_first));
    QUADRILLE_ASSIGN_OR_RETURN(Measurement second, run_once(!changed_first));
    if (changed_first) std::swap(first, second);
    result.ratios.push_back(second.summary().total / first.summary().total);
    add_run(result.plain, std::move(first));
    add_run(result.changed, std::move(second));
    return Status::ok();
  }

 private:
  const RunOptions& run_;
  const SceneWay* ways_[2];
  LoadedInput& loaded_;
};

Result<LoadedInput> load(const RunOptions& run) {
  QUADRILLE_ASSIGN_OR_RETURN(const std::unique_ptr<Parallel> parallel,
                             create_parallel(run.machine));
  return load_input(run.input, *find_scene(run.scene), run.seed, *parallel, nullptr);
}

// The mean of all steps: waves have steps too unlike for a median to say anything.
std::string a_step_ms(const Measurement& result) {
  const Summary summary = result.summary();
  const double ms = summary.total / static_cast<double>(std::max<std::int64_t>(1, summary.count));
  return fmt::format("{:.4g}", ms / 1e6);
}

// Each step in the run in which it took least.
double least_ns(const Measurement& scene) {
  double sum = 0;
  for (std::size_t step = 0; step < scene.runs.front().steps.size(); ++step) {
    std::int64_t least = scene.runs.front().steps[step].total_ns;
    for (const RunRecord& run : scene.runs) {
      if (step < run.steps.size()) least = std::min(least, run.steps[step].total_ns);
    }
    sum += static_cast<double>(least);
  }
  return sum;
}

double ratio_at_best(const ScenePairs& scene) {
  return least_ns(scene.changed) / std::max(1.0, least_ns(scene.plain));
}

}  // namespace

std::vector<RunOptions> profiled_scenes(bool quick, const MachineOptions& machine,
                                        std::uint64_t seed) {
  const SuiteSize size = suite_size(quick);
  RunOptions any;
  any.machine = machine;
  any.seed = seed;
  RunOptions bfs = any, collide = any, nbody = any, sort = any;
  bfs.scene = "bfs";
  bfs.input.generate = size.grid;
  collide.scene = "collide";
  collide.input.generate = size.points;
  nbody.scene = "nbody";
  nbody.input.generate = size.bodies;
  collide.steps = nbody.steps = size.body_steps;
  sort.scene = "sort";
  sort.size = size.sort_elements;
  return {bfs, collide, nbody, sort};
}

Result<ScenePairs> measure_scene_pairs(const RunOptions& run, const SceneWay& plain,
                                       const SceneWay& changed, std::int64_t pairs,
                                       Progress& progress) {
  QUADRILLE_ASSIGN_OR_RETURN(LoadedInput loaded, load(run));
  PairsOfRuns runs(run, plain, changed, loaded);
  // Not counted: the first run of a process pays for its pages and caches.
  QUADRILLE_RETURN_IF_ERROR(runs.run_once(false).status());
  ScenePairs result;
  for (std::int64_t pair = 0; pair < pairs; ++pair) {
    progress.update(run.scene, pair, pairs);
    QUADRILLE_RETURN_IF_ERROR(runs.add_pair(pair % 2 == 1, result));
  }
  return result;
}

std::vector<TableColumn> pair_columns(const char* plain_head, const char* changed_head) {
  return {{.head = "scene", .left = true},
          {.head = "steps"},
          {.head = plain_head},
          {.head = changed_head},
          {.head = "ratio"},
          {.head = "+-"},
          {.head = "at best"},
          {.head = "least", .optional = true},
          {.head = "most", .optional = true}};
}

std::vector<std::string> pair_cells(const ScenePairs& scene) {
  const Summary ratio = summarize(scene.ratios);
  const std::string& name = scene.plain.name;
  return {name.substr(0, name.rfind(',')),
          format_count(scene.plain.steps_a_run()),
          a_step_ms(scene.plain),
          a_step_ms(scene.changed),
          fmt::format("{:.3f}", ratio.median),
          fmt::format("{:.1f}%", ratio.spread * 100),
          fmt::format("{:.3f}", ratio_at_best(scene)),
          fmt::format("{:.3f}", ratio.min),
          fmt::format("{:.3f}", ratio.max)};
}

std::string pair_legend(const char* changed_does, const char* plain_does, std::int64_t pairs) {
  return fmt::format(
      "ratio: the steps of a run {} over those of one {}:\n"
      "median and spread of {} of runs whose order alternates; least and most are\n"
      "the extremes. at best: the same of each step's least time of all runs, which\n"
      "disturbances reach least.\n",
      changed_does, plain_does, plural(pairs, "pair"));
}

std::vector<SceneFact> pair_facts(const ScenePairs& scene, const std::string& what) {
  const Summary ratio = summarize(scene.ratios);
  return {{what + ", median", ratio.median, ""},
          {what + ", least", ratio.min, ""},
          {what + ", most", ratio.max, ""},
          {what + ", at best", ratio_at_best(scene), ""}};
}

}  // namespace quadrille::program
