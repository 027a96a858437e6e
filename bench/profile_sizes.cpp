// quadrille profile sizes: what graph kernels cost a node and an arc, from small graphs to large.
#include <algorithm>
#include <memory>
#include <utility>

#include <quadrille/generators.h>

#include "bench/format.h"
#include "bench/kernel_calls.h"
#include "bench/load.h"
#include "bench/log_chart.h"
#include "bench/machine.h"
#include "bench/progress.h"
#include "bench/report.h"
#include "bench/scene_runner.h"
#include "bench/table.h"
#include "bench/verbs.h"
#include "kernels/dispatch.h"

namespace quadrille::program {
namespace {

constexpr std::int64_t kDegree = 16;  // edges a node, as the GAP suite's graphs have
// A small graph's runs are short: as many more of them as bring a size to this many arcs, at most.
constexpr std::int64_t kArcsASize = std::int64_t{1} << 28;
constexpr std::int64_t kMostRounds = 64;

// One kernel on one size.
struct SizeCost {
  std::string_view kernel;
  std::vector<double> runs_ns;
  double median_ns() const { return summarize(runs_ns).median; }
};

struct SizeRow {
  std::string graph;
  std::int64_t nodes = 0, edges = 0, arcs = 0;
  std::size_t image_bytes = 0;
  std::vector<SizeCost> costs;
};

std::vector<std::string_view> kernels_of(const ProfileSizesOptions& options) {
  std::vector<std::string_view> kernels(options.kernels.begin(), options.kernels.end());
  if (kernels.empty()) kernels.assign(std::begin(kKernelCallNames), std::end(kKernelCallNames));
  return kernels;
}

Result<Graph> make_graph(const ProfileSizesOptions& options, const std::string& text,
                         Parallel& parallel) {
  QUADRILLE_ASSIGN_OR_RETURN(const Generator generator, parse_generator(text));
  return generate_graph(
      generator, {.seed = options.seed, .weighted = true, .order = node_order(options.order)},
      parallel);
}

Result<SizeCost> measure_kernel(std::string_view kernel, const GraphView& graph,
                                std::int64_t rounds, const ProfileSizesOptions& options,
                                Parallel& parallel) {
  QUADRILLE_ASSIGN_OR_RETURN(KernelCalls calls,
                             KernelCalls::create(kernel, graph, parallel, options.machine.isa));
  const std::vector<NodeID> sources = random_sources(graph, rounds, options.seed);
  SizeCost cost{.kernel = kernel};
  calls.run(sources[0]);  // takes memory from the system
  QUADRILLE_RETURN_IF_ERROR(calls.verify(sources[0]));
  for (const NodeID source : sources) cost.runs_ns.push_back(calls.run(source));
  return cost;
}

Result<SizeRow> measure_size(const ProfileSizesOptions& options, int scale, Parallel& parallel,
                             Progress& progress) {
  SizeRow row;
  row.graph = fmt::format("{}:{}:{}", options.family, scale, kDegree);
  progress.update(row.graph + ": generating", 0, -1);
  QUADRILLE_ASSIGN_OR_RETURN(const Graph graph, make_graph(options, row.graph, parallel));
  row.nodes = graph.view().num_nodes();
  row.edges = graph.view().num_edges();
  row.arcs = graph.view().num_arcs();
  row.image_bytes = graph.image_bytes();
  const std::int64_t rounds =
      std::clamp(kArcsASize / std::max<std::int64_t>(row.arcs, 1), options.repeat, kMostRounds);
  for (const std::string_view kernel : kernels_of(options)) {
    progress.update(fmt::format("{}: {}", row.graph, kernel), 0, -1);
    QUADRILLE_ASSIGN_OR_RETURN(SizeCost cost,
                               measure_kernel(kernel, graph.view(), rounds, options, parallel));
    row.costs.push_back(std::move(cost));
  }
  return row;
}

// ---- what is said of them ----

std::string table_of(const std::vector<SizeRow>& rows, std::size_t width) {
  std::vector<TableColumn> columns = {
      {.head = "graph", .left = true}, {.head = "nodes"}, {.head = "arcs"}, {.head = "memory"}};
  for (const SizeCost& cost : rows.front().costs) {
    columns.push_back({.head = std::string(cost.kernel)});
  }
  Table table(std::move(columns));
  for (const SizeRow& row : rows) {
    std::vector<std::string> cells = {row.graph, format_rate(static_cast<double>(row.nodes)),
                                      format_rate(static_cast<double>(row.arcs)),
                                      format_bytes(static_cast<double>(row.image_bytes))};
    for (const SizeCost& cost : row.costs) {
      cells.push_back(format_number(cost.median_ns() / static_cast<double>(row.arcs)));
    }
    table.add_row(std::move(cells));
  }
  return table.to_string(width);
}

LogPanel panel_of(const std::vector<SizeRow>& rows, std::string title,
                  std::int64_t SizeRow::* elements) {
  LogPanel panel = {.title = std::move(title)};
  for (const SizeCost& cost : rows.front().costs) panel.series.emplace_back(cost.kernel);
  for (const SizeRow& row : rows) {
    LogRow dots = {.label = format_rate(static_cast<double>(row.nodes)) + " nodes"};
    for (const SizeCost& cost : row.costs) {
      dots.values.push_back(cost.median_ns() / static_cast<double>(row.*elements));
    }
    panel.rows.push_back(std::move(dots));
  }
  return panel;
}

Report report_of(const ProfileSizesOptions& options, Machine machine,
                 const std::vector<SizeRow>& rows, int threads) {
  Report report;
  report.verb = "profile sizes";
  report.options = {{"family", options.family}, {"order", options.order}};
  report.seed = options.seed;
  report.machine = std::move(machine);
  report.peak_resident_bytes = peak_resident_bytes();
  for (const SizeRow& row : rows) {
    for (const SizeCost& cost : row.costs) {
      Measurement entry;
      entry.name = fmt::format("{} {}", cost.kernel, row.graph);
      entry.nodes = row.nodes;
      entry.edges = row.edges;
      entry.memory_bytes = static_cast<std::int64_t>(row.image_bytes);
      entry.samples_ns = cost.runs_ns;
      entry.work = static_cast<double>(row.arcs) * static_cast<double>(cost.runs_ns.size());
      entry.work_unit = "edges";
      entry.threads = threads;
      entry.verified = true;
      report.results.push_back(std::move(entry));
    }
  }
  return report;
}

}  // namespace

Status run_profile_sizes(const ProfileSizesOptions& options) {
  if (is_of_bodies(options)) return run_profile_body_sizes(options);
  QUADRILLE_RETURN_IF_ERROR(choose_kernel_table(options.machine.isa).status());
  Machine machine = describe_machine("");
  QUADRILLE_ASSIGN_OR_RETURN(const std::unique_ptr<Parallel> parallel,
                             create_parallel(options.machine));
  Progress progress(options.quiet);
  std::vector<SizeRow> rows;
  for (int scale = options.from; scale <= (options.quick ? options.from + 2 : options.to);
       ++scale) {
    QUADRILLE_ASSIGN_OR_RETURN(SizeRow row, measure_size(options, scale, *parallel, progress));
    rows.push_back(std::move(row));
  }
  progress.clear();
  const std::string line = machine_line(machine, parallel->num_workers());
  if (!options.quiet) {
    fmt::print("{}\n\n{}\nUnder each kernel: nanoseconds an arc, of a whole run; medians.\n", line,
               table_of(rows, output_width()));
  }
  if (!options.picture.empty()) {
    QUADRILLE_RETURN_IF_ERROR(
        write_log_chart(options.picture,
                        std::vector{panel_of(rows, "A whole run, for each arc", &SizeRow::arcs),
                                    panel_of(rows, "A whole run, for each node", &SizeRow::nodes)},
                        {.title = "Quadrille: what size costs", .caption = line}));
  }
  if (options.report.empty()) return Status::ok();
  return write_report(options.report,
                      report_of(options, std::move(machine), rows, parallel->num_workers()));
}

}  // namespace quadrille::program
