// quadrille profile publish: what a scene pays for a frame a step.
#include <algorithm>
#include <iterator>
#include <utility>

#include "bench/format.h"
#include "bench/machine.h"
#include "bench/report.h"
#include "bench/scene_pairs.h"
#include "bench/table.h"
#include "bench/verbs.h"
#include "kernels/dispatch.h"

namespace quadrille::program {
namespace {

constexpr SceneWay kNever = {
    "published never", [](SimulationOptions& options) { options.publish = PublishMode::kNever; }};
constexpr SceneWay kEvery = {"published every step", [](SimulationOptions& options) {
                               options.publish = PublishMode::kEvery;
                             }};

double copied_a_step(const Measurement& scene) {
  return static_cast<double>(scene.frames.catch_up_bytes) /
         static_cast<double>(std::max<std::int64_t>(1, scene.frames.completed));
}

std::string table_of(const std::vector<ScenePairs>& scenes, std::size_t width) {
  std::vector<TableColumn> columns = pair_columns("ms/step", "published");
  columns.push_back({.head = "copied"});
  columns.push_back({.head = "a step", .optional = true});
  columns.push_back({.head = "a frame", .optional = true});
  Table table(std::move(columns));
  for (const ScenePairs& scene : scenes) {
    const FrameStatistics& frames = scene.changed.frames;
    std::vector<std::string> cells = pair_cells(scene);
    cells.push_back(format_bytes(static_cast<double>(frames.catch_up_bytes)));
    cells.push_back(format_bytes(copied_a_step(scene.changed)));
    cells.push_back(format_bytes(static_cast<double>(frames.frame_bytes)));
    table.add_row(std::move(cells));
  }
  return table.to_string(width);
}

void print_scenes(const std::vector<ScenePairs>& scenes, const Machine& machine,
                  std::int64_t pairs) {
  fmt::print("{}, {}, {}, {}\n", one_line(machine.cpu), plural(machine.cores, "core"),
             machine.kernel, machine.compiler);
  fmt::print(
      "Steps with nothing published, and with a frame each.\n\n{}\n{}"
      "copied: what a run copies to bring its frames up to date.\n",
      table_of(scenes, output_width()), pair_legend("that publishes", "that does not", pairs));
}

std::vector<std::pair<std::string, std::string>> option_list(const ProfilePublishOptions& options) {
  const RunOptions& run = options.run;
  std::vector<std::pair<std::string, std::string>> list = {
      {"repeat", std::to_string(options.repeat)}, {"quick", options.quick ? "true" : "false"}};
  if (!run.scene.empty()) {
    list.emplace_back("scene", run.scene);
    list.emplace_back("input", run.input.graph + run.input.points + run.input.generate);
    list.emplace_back("source", run.source);
  }
  return list;
}

Report report_of(const ProfilePublishOptions& options, Machine machine,
                 std::vector<ScenePairs> scenes) {
  Report report;
  report.verb = "profile publish";
  report.options = option_list(options);
  report.seed = options.run.seed;
  report.machine = std::move(machine);
  report.peak_resident_bytes = peak_resident_bytes();
  for (ScenePairs& scene : scenes) {
    std::ranges::move(pair_facts(scene, "published over not published"),
                      std::back_inserter(scene.changed.facts));
    report.results.push_back(std::move(scene.plain));
    report.results.push_back(std::move(scene.changed));
  }
  return report;
}

}  // namespace

Status run_profile_publish(const ProfilePublishOptions& options) {
  const RunOptions& run = options.run;
  QUADRILLE_RETURN_IF_ERROR(choose_kernel_table(run.machine.isa).status());
  Machine machine = describe_machine("");
  std::vector<RunOptions> runs = {run};
  if (run.scene.empty()) runs = profiled_scenes(options.quick, run.machine, run.seed);
  Progress progress(options.quiet);
  std::vector<ScenePairs> scenes;
  for (const RunOptions& one : runs) {
    QUADRILLE_ASSIGN_OR_RETURN(ScenePairs pairs,
                               measure_scene_pairs(one, kNever, kEvery, options.repeat, progress));
    scenes.push_back(std::move(pairs));
  }
  progress.clear();
  if (!options.quiet) print_scenes(scenes, machine, options.repeat);
  if (options.report.empty()) return Status::ok();
  return write_report(options.report, report_of(options, std::move(machine), std::move(scenes)));
}

}  // namespace quadrille::program
