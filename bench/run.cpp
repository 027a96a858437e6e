// quadrille run: load or generate, step to the end, say what was found; then dumps, the picture,
// the report.
#include <algorithm>
#include <optional>

#include <quadrille/memory_picture.h>
#include <quadrille/parallel.h>
#include <quadrille/picture.h>

#include "bench/dump.h"
#include "bench/format.h"
#include "bench/gather_rate.h"
#include "bench/hot_spots.h"
#include "bench/interrupt.h"
#include "bench/load.h"
#include "bench/option_checks.h"
#include "bench/progress.h"
#include "bench/report.h"
#include "bench/run_summary.h"
#include "bench/scene_runner.h"
#include "bench/table.h"
#include "bench/trace_options.h"
#include "bench/verbs.h"
#include "engine/memory_budget.h"
#include "kernels/dispatch.h"

namespace quadrille::program {
namespace {

void warn(void*, LogLevel level, std::string_view message) {
  if (level == LogLevel::kWarning) fmt::print(stderr, "quadrille: warning: {}\n", message);
}

SimulationOptions options_of(const RunOptions& run) {
  SimulationOptions options = simulation_options(run);
  options.publish = run.publish.mode;
  options.publish_interval = run.publish.interval;
  options.publish_period_s = run.publish.period_s;
  options.readers = run.readers;
  options.when_pinned = run.when_pinned.policy;
  options.wait_s = run.when_pinned.wait_s;
  options.max_slots = run.when_pinned.max_slots;
  options.share = run.share;
  if (!run.quiet) options.hooks.log.write = warn;
  options.soft_limit_bytes = run.soft_limit_bytes;
  options.hard_limit_bytes = run.hard_limit_bytes;
  options.track_memory = run.hot_spots || !run.memory_picture.empty();
  return options;
}

const GraphView* graph_of(const SceneInput& input) {
  return input.has_graph ? &input.graph.view() : nullptr;
}

Status check_dumps(const RunOptions& run, const Simulation& simulation) {
  for (const DumpOption& dump : run.dumps) {
    QUADRILLE_RETURN_IF_ERROR(check_dump(simulation.last_completed().schema(), dump));
  }
  return Status::ok();
}

Status draw(const std::string& path, const std::string& title, const Simulation& simulation) {
  const std::string caption =
      fmt::format("step {}", format_count(simulation.last_completed().step()));
  return write_picture(path, simulation, {.title = title, .caption = caption});
}

Status write_outputs(const RunOptions& run, const std::string& title, MemoryRecorder& memory,
                     const Simulation& simulation) {
  for (const DumpOption& dump : run.dumps) {
    QUADRILLE_RETURN_IF_ERROR(
        write_dump(simulation.last_completed(), graph_of(simulation.input()), dump));
  }
  if (!run.trace.file.empty()) {
    QUADRILLE_RETURN_IF_ERROR(simulation.trace()->write(run.trace.file));
  }
  if (!run.memory_picture.empty()) {
    QUADRILLE_RETURN_IF_ERROR(memory.write(run.memory_picture, simulation, title));
  }
  return run.picture.empty() ? Status::ok() : draw(run.picture, title, simulation);
}

Status watch(const RunOptions& run, const std::string& title, MemoryRecorder& memory,
             const Simulation& simulation) {
  if (!run.memory_picture.empty()) memory.record(simulation);
  const std::int64_t step = simulation.last_completed().step();
  if (run.picture_every == 0 || step % run.picture_every != 0) return Status::ok();
  return draw(numbered_path(run.picture, step), title, simulation);
}

// Then a scene may go to its end in one step.
bool wants_no_frame_between(const RunOptions& run) {
  return run.publish.mode == PublishMode::kNever && run.steps < 0 && run.readers == 0 &&
         run.share.empty() && run.trace.file.empty() && run.trace.flight_recorder.empty() &&
         run.memory_picture.empty() && run.picture_every == 0;
}

// `interrupt`: null, or what may ask the run to stop.
Result<Measurement> measure(const RunOptions& run, const Interrupt* interrupt,
                            LoadedInput& loaded) {
  Progress progress(run.quiet);
  SceneJob job;
  job.name = loaded.name.empty() ? run.scene : run.scene + " " + loaded.name;
  job.scene = run.scene;
  job.options = options_of(run);
  job.options.share_title = job.name;
  set_trace_options(run.trace, job.name, job.options);
  job.options.scene.whole_run = wants_no_frame_between(run);
  job.steps = run.steps;
  job.repeat = run.repeat;
  QUADRILLE_ASSIGN_OR_RETURN(job.sources, sources_of(run, loaded.input));
  job.readers = run.readers;
  job.verify = run.verify;
  job.on_step = [&](std::int64_t done, std::int64_t total) {
    progress.update(run.scene, done, total);
  };
  if (interrupt != nullptr) job.is_stopped = [interrupt] { return interrupt->was_asked(); };
  job.before_first = [&](const Simulation& simulation) { return check_dumps(run, simulation); };
  MemoryRecorder memory;
  if (!run.memory_picture.empty() || run.picture_every > 0) {
    job.watch_last = [&](const Simulation& simulation) {
      return watch(run, job.name, memory, simulation);
    };
  }
  job.after_last = [&](const Simulation& simulation) {
    progress.clear();
    return write_outputs(run, job.name, memory, simulation);
  };
  QUADRILLE_ASSIGN_OR_RETURN(Measurement result, measure_scene(job, loaded.input));
  QUADRILLE_RETURN_IF_ERROR(result.flight.status);
  result.input = loaded.facts;
  return result;
}

std::vector<std::pair<std::string, std::string>> option_list(const RunOptions& run) {
  std::vector<std::pair<std::string, std::string>> list = {{"scene", run.scene}};
  const auto add = [&list](const char* name, const std::string& value) {
    if (!value.empty()) list.emplace_back(name, value);
  };
  add("graph", run.input.graph);
  add("points", run.input.points);
  add("generate", run.input.generate);
  add("directed", run.input.directed ? "true" : "false");
  add("ids", run.input.ids);
  add("order", run.input.order);
  if (run.input.symmetrize) add("symmetrize", "true");
  if (run.input.drop_loops) add("drop_loops", "true");
  if (run.input.largest_component) add("largest_component", "true");
  if (takes_source(run.scene)) {
    if (run.num_sources > 0)
      add("sources", std::to_string(run.num_sources));
    else
      add("source", run.source);
  }
  add("steps", run.steps < 0 ? "default" : std::to_string(run.steps));
  add("repeat", std::to_string(run.repeat));
  add("publish", to_string(run.publish));
  add("readers", std::to_string(run.readers));
  add("when_pinned", to_string(run.when_pinned));
  add("share", run.share);
  add("delta", std::to_string(run.delta));
  add("damping", fmt::format("{}", run.damping));
  add("tolerance", fmt::format("{}", run.tolerance));
  add("iterations", std::to_string(run.iterations));
  add("samples", std::to_string(run.samples));
  if (run.theta >= 0) add("theta", fmt::format("{}", run.theta));
  if (run.multipole_order > 0) add("multipole_order", std::to_string(run.multipole_order));
  if (run.force_error > 0) add("force_error", fmt::format("{}", run.force_error));
  if (run.dt > 0) add("dt", fmt::format("{}", run.dt));
  if (run.softening >= 0) add("softening", fmt::format("{}", run.softening));
  add("time_steps", run.time_steps);
  add("box", run.box);
  add("law", run.law);
  if (run.friction >= 0) add("friction", fmt::format("{}", run.friction));
  if (run.restitution >= 0) add("restitution", fmt::format("{}", run.restitution));
  if (run.gravity >= 0) add("gravity", fmt::format("{}", run.gravity));
  if (run.rolling > 0) add("rolling", fmt::format("{}", run.rolling));
  if (run.sub_steps > 0) add("sub_steps", std::to_string(run.sub_steps));
  add("size", std::to_string(run.size));
  add("algorithm", run.algorithm);
  add("updates", run.updates);
  if (run.batch > 0) add("batch", std::to_string(run.batch));
  return list;
}

// The bandwidth is measured after the run, when its memory is free again: the probe must not add to
// the peak.
Status report(const RunOptions& run, Measurement result) {
  Report report;
  report.verb = "run";
  report.options = option_list(run);
  report.seed = run.seed;
  report.peak_resident_bytes = result.peak_resident_bytes;
  report.machine = describe_machine(result.isa);
  QUADRILLE_ASSIGN_OR_RETURN(const std::unique_ptr<Parallel> parallel,
                             create_parallel(run.machine));
  report.machine.bandwidth = measure_bandwidth(*parallel, report.machine.last_level_cache_bytes);
  report.results.push_back(std::move(result));
  return write_report(run.report, report);
}

// After the run, whose peak of memory is known by now.
void measure_limit(const RunOptions& run, const SceneInput& input, Measurement& result) {
  if (run.report.empty() || result.state_bytes == 0) return;
  const auto parallel = create_parallel(run.machine);
  if (!parallel.is_ok()) return;  // not measured, which is no reason to lose what was
  result.gather_ns = measure_gather_ns(input.graph.view(), result.state_bytes, *parallel.value());
}

// Loads, measures and lets the input go. `interrupt` is there from when something has to be cleaned
// up before the process may end: what is shared has a name, which is to go with the run.
Result<Measurement> load_and_measure(const RunOptions& run, std::optional<Interrupt>& interrupt) {
  MemoryBudget budget({.soft_bytes = run.soft_limit_bytes, .hard_bytes = run.hard_limit_bytes});
  LoadedInput loaded;
  {
    QUADRILLE_ASSIGN_OR_RETURN(const std::unique_ptr<Parallel> parallel,
                               create_parallel(run.machine));
    QUADRILLE_ASSIGN_OR_RETURN(
        loaded, load_input(run.input, *find_scene(run.scene), run.seed, *parallel, &budget));
  }
  if (!run.share.empty()) interrupt.emplace();
  QUADRILLE_ASSIGN_OR_RETURN(Measurement result,
                             measure(run, interrupt.has_value() ? &*interrupt : nullptr, loaded));
  measure_limit(run, loaded.input, result);
  if (!run.quiet) fmt::print("{}{}", run_summary(result, loaded), trace_summary(run.trace, result));
  if (!run.quiet && run.hot_spots) {
    fmt::print("\n{}", hot_spot_table(result.hot_spots, output_width()));
  }
  return result;
}

}  // namespace

Status run_scene(const RunOptions& options) {
  // Before minutes of reading: an instruction set that this processor lacks.
  QUADRILLE_RETURN_IF_ERROR(choose_kernel_table(options.machine.isa).status());
  std::optional<Interrupt> interrupt;
  QUADRILLE_ASSIGN_OR_RETURN(Measurement result, load_and_measure(options, interrupt));
  return options.report.empty() ? Status::ok() : report(options, std::move(result));
}

}  // namespace quadrille::program
