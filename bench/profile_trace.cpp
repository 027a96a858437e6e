// quadrille profile trace: what an event costs, and what a trace adds to the steps of scenes.
#include <algorithm>
#include <iterator>
#include <utility>

#include "bench/format.h"
#include "bench/machine.h"
#include "bench/report.h"
#include "bench/scene_pairs.h"
#include "bench/table.h"
#include "bench/trace_cost.h"
#include "bench/verbs.h"
#include "engine/clock.h"

namespace quadrille::program {
namespace {

std::string ns(double value) { return fmt::format("{:.2f}", std::max(0.0, value)); }
std::string spread(double share) { return fmt::format("{:.0f}%", share * 100); }

std::string event_table(const EventCosts& costs, std::size_t width) {
  Table table({{.head = "event", .left = true},
               {.head = "ns each"},
               {.head = "+-"},
               {.head = "the clock"},
               {.head = "the rest"},
               {.head = "no trace"}});
  const double clock = ns_an_event(costs.clock), loop = ns_an_event(costs.loop);
  for (const EventCost& event : costs.events) {
    const double each = ns_an_event(event.on) - loop;
    table.add_row({event.name, ns(each), spread(event.on.summary().spread), ns(clock - loop),
                   ns(each - (clock - loop)), ns(ns_an_event(event.off) - loop)});
  }
  return table.to_string(width);
}

constexpr SceneWay kNotTraced = {"not traced", [](SimulationOptions&) {}};
constexpr SceneWay kTraced = {"traced",
                              [](SimulationOptions& options) { options.trace.enabled = true; }};

std::string scene_table(const std::vector<ScenePairs>& scenes, std::size_t width) {
  std::vector<TableColumn> columns = pair_columns("ms/step", "traced");
  columns.push_back({.head = "events/step", .optional = true});
  Table table(std::move(columns));
  for (const ScenePairs& scene : scenes) {
    std::vector<std::string> cells = pair_cells(scene);
    const auto events = static_cast<double>(scene.changed.trace.events);
    const auto steps = std::max<std::int64_t>(1, scene.changed.steps_a_run());
    cells.push_back(format_number(events / static_cast<double>(steps)));
    table.add_row(std::move(cells));
  }
  return table.to_string(width);
}

Report report_of(const ProfileTraceOptions& options, Machine machine, EventCosts costs,
                 std::vector<ScenePairs> scenes) {
  Report report;
  report.verb = "profile trace";
  report.options = {{"repeat", std::to_string(options.repeat)},
                    {"quick", options.quick ? "true" : "false"}};
  report.seed = options.seed;
  report.machine = std::move(machine);
  report.peak_resident_bytes = peak_resident_bytes();
  for (EventCost& event : costs.events) {
    report.results.push_back(std::move(event.on));
    report.results.push_back(std::move(event.off));
  }
  report.results.push_back(std::move(costs.clock));
  report.results.push_back(std::move(costs.loop));
  for (ScenePairs& scene : scenes) {
    std::ranges::move(pair_facts(scene, "traced over not traced"),
                      std::back_inserter(scene.changed.facts));
    report.results.push_back(std::move(scene.plain));
    report.results.push_back(std::move(scene.changed));
  }
  return report;
}

void print_events(const EventCosts& costs, const Machine& machine, const TickClock& clock,
                  std::int64_t rounds) {
  fmt::print("{}, {}, {}, {}\n", one_line(machine.cpu), plural(machine.cores, "core"),
             machine.kernel, machine.compiler);
  fmt::print(
      "Each event reads the clock once, here the {}.\n"
      "Medians of {}, every second one backwards; +- is half of their\n"
      "interquartile range. The {:.2f} ns of the loop itself are subtracted.\n\n{}\n",
      clock.name(), plural(rounds, "round"), ns_an_event(costs.loop),
      event_table(costs, output_width()));
  std::fflush(stdout);
}

void print_scenes(const std::vector<ScenePairs>& scenes, std::int64_t pairs) {
  fmt::print("{}\n{}", scene_table(scenes, output_width()),
             pair_legend("with a trace", "without", pairs));
}

}  // namespace

Status run_profile_trace(const ProfileTraceOptions& options) {
  const TickClock clock = TickClock::calibrate();
  Machine machine = describe_machine("");
  QUADRILLE_ASSIGN_OR_RETURN(EventCosts costs, measure_events(options, clock));
  if (!options.quiet) print_events(costs, machine, clock, options.repeat);
  Progress progress(options.quiet);
  std::vector<ScenePairs> scenes;
  for (const RunOptions& run : profiled_scenes(options.quick, options.machine, options.seed)) {
    QUADRILLE_ASSIGN_OR_RETURN(
        ScenePairs pairs, measure_scene_pairs(run, kNotTraced, kTraced, options.repeat, progress));
    scenes.push_back(std::move(pairs));
  }
  progress.clear();
  if (!options.quiet) print_scenes(scenes, options.repeat);
  if (options.report.empty()) return Status::ok();
  return write_report(options.report,
                      report_of(options, std::move(machine), std::move(costs), std::move(scenes)));
}

}  // namespace quadrille::program
