// quadrille profile trace: what an event costs, and what a trace adds to the steps of scenes.
#include <algorithm>
#include <utility>

#include "bench/format.h"
#include "bench/machine.h"
#include "bench/report.h"
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

// Of one run, in milliseconds: waves have steps too unlike for a median to say anything.
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
    for (const RunRecord& run : scene.runs) least = std::min(least, run.steps[step].total_ns);
    sum += static_cast<double>(least);
  }
  return sum;
}

std::string scene_table(const std::vector<TracedScene>& scenes, std::size_t width) {
  Table table({{.head = "scene", .left = true},
               {.head = "steps"},
               {.head = "ms/step"},
               {.head = "traced"},
               {.head = "ratio"},
               {.head = "+-"},
               {.head = "least"},
               {.head = "most"},
               {.head = "at best"},
               {.head = "events/step", .optional = true}});
  for (const TracedScene& scene : scenes) {
    const Summary ratio = summarize(scene.ratios);
    const std::string& name = scene.plain.name;
    table.add_row({name.substr(0, name.find(',')), format_count(scene.plain.steps_a_run()),
                   a_step_ms(scene.plain), a_step_ms(scene.traced),
                   fmt::format("{:.3f}", ratio.median), fmt::format("{:.1f}%", ratio.spread * 100),
                   fmt::format("{:.3f}", ratio.min), fmt::format("{:.3f}", ratio.max),
                   fmt::format("{:.3f}", least_ns(scene.traced) / least_ns(scene.plain)),
                   format_number(scene.events_a_step)});
  }
  return table.to_string(width);
}

Report report_of(const ProfileTraceOptions& options, Machine machine, EventCosts costs,
                 std::vector<TracedScene> scenes) {
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
  for (TracedScene& scene : scenes) {
    const Summary ratio = summarize(scene.ratios);
    scene.traced.facts.push_back({"traced over not traced, median", ratio.median, ""});
    scene.traced.facts.push_back({"traced over not traced, least", ratio.min, ""});
    scene.traced.facts.push_back({"traced over not traced, most", ratio.max, ""});
    scene.traced.facts.push_back(
        {"traced over not traced, at best", least_ns(scene.traced) / least_ns(scene.plain), ""});
    report.results.push_back(std::move(scene.plain));
    report.results.push_back(std::move(scene.traced));
  }
  return report;
}

void print_events(const EventCosts& costs, const Machine& machine, const TickClock& clock,
                  std::int64_t rounds) {
  fmt::print("{}, {} cores, {}, {}\n", one_line(machine.cpu), machine.cores, machine.kernel,
             machine.compiler);
  fmt::print(
      "Each event reads the clock once, here the {}.\n"
      "Medians of {}, every second one backwards; +- is half of their\n"
      "interquartile range. The {:.2f} ns of the loop itself are subtracted.\n\n{}\n",
      clock.name(), plural(rounds, "round"), ns_an_event(costs.loop),
      event_table(costs, output_width()));
  std::fflush(stdout);
}

void print_scenes(const std::vector<TracedScene>& scenes, std::int64_t pairs) {
  fmt::print(
      "{}\nratio: all steps of a run with a trace over those of a run without one, in pairs\n"
      "whose order alternates; median, spread, least and most of {}. at best: the\n"
      "same of each step's least time of all runs, which disturbances reach least.\n",
      scene_table(scenes, output_width()), plural(pairs, "pair"));
}

}  // namespace

Status run_profile_trace(const ProfileTraceOptions& options) {
  const TickClock clock = TickClock::calibrate();
  Machine machine = describe_machine("");
  QUADRILLE_ASSIGN_OR_RETURN(EventCosts costs, measure_events(options, clock));
  if (!options.quiet) print_events(costs, machine, clock, options.repeat);
  Progress progress(options.quiet);
  QUADRILLE_ASSIGN_OR_RETURN(std::vector<TracedScene> scenes,
                             measure_traced_scenes(options, progress));
  progress.clear();
  if (!options.quiet) print_scenes(scenes, options.repeat);
  if (options.report.empty()) return Status::ok();
  return write_report(options.report,
                      report_of(options, std::move(machine), std::move(costs), std::move(scenes)));
}

}  // namespace quadrille::program
