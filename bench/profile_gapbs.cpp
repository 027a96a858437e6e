// quadrille profile gapbs: graph kernels beside those of the GAP benchmark suite, in pairs.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <utility>

#include <quadrille/input.h>

#include "bench/format.h"
#include "bench/gapbs_program.h"
#include "bench/kernel_calls.h"
#include "bench/load.h"
#include "bench/machine.h"
#include "bench/progress.h"
#include "bench/report.h"
#include "bench/scene_runner.h"
#include "bench/table.h"
#include "bench/verbs.h"
#include "kernels/dispatch.h"

namespace quadrille::program {
namespace {

constexpr std::int64_t kMostDelta = 1 << 16;
constexpr std::int64_t kDeltaSources = 3;  // that a delta is tried from
constexpr double kHopeless = 4;            // so many times the best time: wider ones are no better
// Pairs whose first run only warms caches and takes memory from the system, on both sides.
constexpr int kTrials = 4;

// A kernel of ours and the program of theirs that does the same.
struct Rival {
  std::string_view kernel, program;
  bool has_source, weighted;
};
constexpr Rival kRivals[] = {
    {"bfs", "bfs", true, false},        {"sssp", "sssp", true, true},
    {"components", "cc", false, false}, {"pagerank", "pr", false, false},
    {"triangles", "tc", false, false},  {"betweenness", "bc", true, false}};

struct GapbsPairs {
  std::string graph;
  std::string_view kernel;
  std::int64_t nodes = 0, edges = 0;
  std::int64_t delta = 0;              // theirs; 0: the kernel has none
  std::vector<double> ours, theirs;    // ns, a pair each
  std::vector<double> ratios() const;  // theirs over ours
};

std::vector<double> GapbsPairs::ratios() const {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < ours.size(); ++i) ratios.push_back(theirs[i] / ours[i]);
  return ratios;
}

// "kron.sg" -> "kron.wsg": the same graph with weights, as their converter writes both.
std::string file_for(const std::string& graph, const Rival& rival) {
  std::filesystem::path path = graph;
  return rival.weighted ? path.replace_extension(".wsg").string() : graph;
}

class Duel {
 public:
  Duel(const ProfileGapbsOptions& options, const Rival& rival, std::size_t i, Parallel& parallel)
      : options_(options), rival_(rival), parallel_(parallel),
        given_delta_(options.deltas.empty() ? 0 : options.deltas[i]) {
    const std::string& graph = options.graphs[i];
    theirs_.program = options.programs + "/" + std::string(rival.program);
    theirs_.graph = file_for(graph, rival);
    theirs_.threads = parallel.num_workers();
    theirs_.trials = kTrials;
    pairs_.graph = std::filesystem::path(graph).stem().string();
    pairs_.kernel = rival.kernel;
  }

  Result<GapbsPairs> run(Progress& progress);

 private:
  Status choose_delta(std::span<const NodeID> sources, Progress& progress);
  Result<double> time_theirs(NodeID source);
  double time_ours(KernelCalls& calls, NodeID source);
  void say(Progress& progress, std::string_view what) const;

  const ProfileGapbsOptions& options_;
  const Rival& rival_;
  Parallel& parallel_;
  std::int64_t given_delta_;  // 0: none
  GapbsCall theirs_;
  GapbsPairs pairs_;
};

void Duel::say(Progress& progress, std::string_view what) const {
  progress.update(fmt::format("{} {}: {}", pairs_.kernel, pairs_.graph, what), 0, -1);
}

Result<double> Duel::time_theirs(NodeID source) {
  theirs_.source = rival_.has_source ? source : -1;
  QUADRILLE_ASSIGN_OR_RETURN(const std::vector<double> trials_ns, run_gapbs(theirs_));
  return trials_ns.back();
}

double Duel::time_ours(KernelCalls& calls, NodeID source) {
  for (int warm_up = 1; warm_up < kTrials; ++warm_up) calls.run(source);
  return calls.run(source);
}

// The one given, or the best of all powers of two: a user of theirs would look for it, too.
Status Duel::choose_delta(std::span<const NodeID> sources, Progress& progress) {
  double best_ns = 0;
  theirs_.delta = pairs_.delta = given_delta_;
  for (std::int64_t delta = 1; given_delta_ == 0 && delta <= kMostDelta; delta *= 2) {
    say(progress, fmt::format("their delta {}", delta));
    theirs_.delta = delta;
    double sum_ns = 0;
    for (const NodeID source :
         sources.first(std::min<std::size_t>(sources.size(), kDeltaSources))) {
      QUADRILLE_ASSIGN_OR_RETURN(const double ns, time_theirs(source));
      sum_ns += ns;
    }
    if (pairs_.delta != 0 && sum_ns > kHopeless * best_ns) break;
    if (pairs_.delta != 0 && sum_ns >= best_ns) continue;
    best_ns = sum_ns;
    pairs_.delta = delta;
  }
  theirs_.delta = pairs_.delta;
  return Status::ok();
}

Result<GapbsPairs> Duel::run(Progress& progress) {
  say(progress, "reading");
  QUADRILLE_ASSIGN_OR_RETURN(
      const ReadGraph read,
      read_graph(theirs_.graph,
                 {.weights = rival_.weighted ? WeightKind::kInteger : WeightKind::kIgnore,
                  .order = node_order(options_.order)},
                 parallel_));
  const GraphView& graph = read.graph.view();
  pairs_.nodes = graph.num_nodes();
  pairs_.edges = graph.num_edges();
  QUADRILLE_ASSIGN_OR_RETURN(KernelCalls calls, KernelCalls::create(rival_.kernel, graph, parallel_,
                                                                    options_.machine.isa));
  const std::vector<NodeID> sources =
      random_sources(graph, options_.quick ? 2 : options_.num_sources, options_.seed);
  if (rival_.weighted) QUADRILLE_RETURN_IF_ERROR(choose_delta(sources, progress));
  const std::int64_t rounds = options_.quick ? 1 : options_.repeat;
  for (std::int64_t i = 0; i < rounds * static_cast<std::int64_t>(sources.size()); ++i) {
    say(progress, fmt::format("pair {}", i + 1));
    const NodeID source = sources[static_cast<std::size_t>(i) % sources.size()];
    if (i % 2 == 0) pairs_.ours.push_back(time_ours(calls, source));
    QUADRILLE_ASSIGN_OR_RETURN(const double ns, time_theirs(source));
    pairs_.theirs.push_back(ns);
    if (i % 2 != 0) pairs_.ours.push_back(time_ours(calls, source));
    if (i == 0) QUADRILLE_RETURN_IF_ERROR(calls.verify(source));
  }
  return std::move(pairs_);
}

// ---- what is said of them ----

std::string graph_row_name(const GapbsPairs& pairs) {
  return pairs.delta == 0 ? pairs.graph : fmt::format("{} (delta {})", pairs.graph, pairs.delta);
}

// The geometric mean of the medians, and the lowest of the intervals' lower ends.
void add_mean(Table& table, std::string_view kernel, std::span<const GapbsPairs> graphs) {
  double logs = 0, lowest = 0;
  for (const GapbsPairs& pairs : graphs) {
    const MedianInterval interval = median_interval(pairs.ratios());
    logs += std::log(interval.median);
    lowest = &pairs == graphs.data() ? interval.low : std::min(lowest, interval.low);
  }
  table.add_row({std::string(kernel), "geometric mean", "", "",
                 fmt::format("{:.2f}", std::exp(logs / static_cast<double>(graphs.size()))),
                 fmt::format("lowest {:.2f}", lowest)});
}

std::string table_of(const std::vector<GapbsPairs>& all, std::size_t width) {
  Table table({{.head = "kernel", .left = true},
               {.head = "graph", .left = true},
               {.head = "quadrille"},
               {.head = "GAPBS"},
               {.head = "ratio"},
               {.head = "95 %"}});
  for (std::size_t i = 0; i < all.size();) {
    const std::size_t first = i;
    for (; i < all.size() && all[i].kernel == all[first].kernel; ++i) {
      const MedianInterval ratio = median_interval(all[i].ratios());
      table.add_row({std::string(all[i].kernel), graph_row_name(all[i]),
                     format_duration(summarize(all[i].ours).median),
                     format_duration(summarize(all[i].theirs).median),
                     fmt::format("{:.2f}", ratio.median),
                     fmt::format("{:.2f} to {:.2f}", ratio.low, ratio.high)});
    }
    if (i - first > 1) add_mean(table, all[first].kernel, std::span(all).subspan(first, i - first));
    if (i < all.size()) table.add_rule();
  }
  return table.to_string(width);
}

Report report_of(const ProfileGapbsOptions& options, Machine machine,
                 const std::vector<GapbsPairs>& all, int threads) {
  Report report;
  report.verb = "profile gapbs";
  report.options = {{"repeat", std::to_string(options.repeat)},
                    {"sources", std::to_string(options.num_sources)},
                    {"order", options.order},
                    {"quick", options.quick ? "true" : "false"}};
  report.seed = options.seed;
  report.machine = std::move(machine);
  report.peak_resident_bytes = peak_resident_bytes();
  for (const GapbsPairs& pairs : all) {
    const MedianInterval ratio = median_interval(pairs.ratios());
    for (const bool ours : {true, false}) {
      Measurement entry;
      entry.name = fmt::format("{} {}{}", pairs.kernel, pairs.graph, ours ? "" : ", GAPBS");
      entry.nodes = pairs.nodes;
      entry.edges = pairs.edges;
      entry.samples_ns = ours ? pairs.ours : pairs.theirs;
      entry.work = static_cast<double>(entry.samples_ns.size());
      entry.work_unit = "runs";
      entry.threads = threads;
      if (ours) {
        entry.facts = {{"GAPBS's time over ours", ratio.median, ""},
                       {"95 % from", ratio.low, ""},
                       {"95 % to", ratio.high, ""}};
      } else if (pairs.delta != 0) {
        entry.facts = {{"delta", static_cast<double>(pairs.delta), ""}};
      }
      report.results.push_back(std::move(entry));
    }
  }
  return report;
}

}  // namespace

Status run_profile_gapbs(const ProfileGapbsOptions& options) {
  if (!options.deltas.empty() && options.deltas.size() != options.graphs.size()) {
    return {StatusCode::kInvalidArgument,
            fmt::format("--gapbs-delta has {} for {}; it takes one a graph",
                        plural(static_cast<std::int64_t>(options.deltas.size()), "number"),
                        plural(static_cast<std::int64_t>(options.graphs.size()), "graph"))};
  }
  QUADRILLE_RETURN_IF_ERROR(choose_kernel_table(options.machine.isa).status());
  Machine machine = describe_machine("");
  QUADRILLE_ASSIGN_OR_RETURN(const std::unique_ptr<Parallel> parallel,
                             create_parallel(options.machine));
  Progress progress(options.quiet);
  std::vector<GapbsPairs> all;
  for (const Rival& rival : kRivals) {
    const auto& wanted = options.kernels;
    if (!wanted.empty() && std::ranges::find(wanted, rival.kernel) == wanted.end()) continue;
    for (std::size_t i = 0; i < options.graphs.size(); ++i) {
      QUADRILLE_ASSIGN_OR_RETURN(GapbsPairs pairs,
                                 Duel(options, rival, i, *parallel).run(progress));
      all.push_back(std::move(pairs));
    }
  }
  progress.clear();
  if (!options.quiet) {
    fmt::print(
        "{}, {}, {}, {}\n\n{}\nratio: GAPBS's time over quadrille's, of runs in pairs: the\n"
        "median and its 95 % interval.\n",
        one_line(machine.cpu), plural(parallel->num_workers(), "thread"), machine.kernel,
        machine.compiler, table_of(all, output_width()));
  }
  if (options.report.empty()) return Status::ok();
  return write_report(options.report,
                      report_of(options, std::move(machine), all, parallel->num_workers()));
}

}  // namespace quadrille::program
