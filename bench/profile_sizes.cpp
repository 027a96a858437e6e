// quadrille profile sizes: what graph kernels cost a node and an arc, from small graphs to large.
#include <algorithm>
#include <memory>
#include <utility>

#include <quadrille/generators.h>

#include "bench/format.h"
#include "bench/kernel_calls.h"
#include "bench/load.h"
#include "bench/machine.h"
#include "bench/progress.h"
#include "bench/scene_runner.h"
#include "bench/size_costs.h"
#include "bench/table.h"
#include "bench/verbs.h"
#include "kernels/dispatch.h"

namespace quadrille::program {
namespace {

constexpr std::int64_t kDegree = 16;  // edges a node, as the GAP suite's graphs have
// A small graph's runs are short: as many more of them as bring a size to this many arcs, at most.
constexpr std::int64_t kArcsASize = std::int64_t{1} << 28;
constexpr std::int64_t kMostRounds = 64;

struct SizeRow {
  std::string graph;
  std::int64_t nodes = 0, edges = 0, arcs = 0;
  std::size_t image_bytes = 0;
  std::vector<KernelCost> costs;
};

Result<Graph> make_graph(const ProfileSizesOptions& options, const std::string& text,
                         Parallel& parallel) {
  QUADRILLE_ASSIGN_OR_RETURN(const Generator generator, parse_generator(text));
  return generate_graph(
      generator, {.seed = options.seed, .weighted = true, .order = node_order(options.order)},
      parallel);
}

Result<KernelCost> measure_kernel(std::string_view kernel, const GraphView& graph,
                                  std::int64_t rounds, const ProfileSizesOptions& options,
                                  Parallel& parallel) {
  QUADRILLE_ASSIGN_OR_RETURN(KernelCalls calls,
                             KernelCalls::create(kernel, graph, parallel, options.machine.isa));
  const std::vector<NodeID> sources = random_sources(graph, rounds, options.seed);
  KernelCost cost{.kernel = kernel};
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
  for (const std::string_view kernel : asked_kernels(options, kKernelCallNames)) {
    progress.update(fmt::format("{}: {}", row.graph, kernel), 0, -1);
    QUADRILLE_ASSIGN_OR_RETURN(KernelCost cost,
                               measure_kernel(kernel, graph.view(), rounds, options, parallel));
    cost.memory_bytes = static_cast<std::int64_t>(row.image_bytes);
    row.costs.push_back(std::move(cost));
  }
  return row;
}

// ---- what is said of them ----

std::string table_of(const std::vector<SizeRow>& rows, std::size_t width) {
  std::vector<TableColumn> columns = {
      {.head = "graph", .left = true}, {.head = "nodes"}, {.head = "arcs"}, {.head = "memory"}};
  for (const KernelCost& cost : rows.front().costs) {
    columns.push_back({.head = std::string(cost.kernel)});
  }
  Table table(std::move(columns));
  for (const SizeRow& row : rows) {
    std::vector<std::string> cells = {row.graph, format_rate(static_cast<double>(row.nodes)),
                                      format_rate(static_cast<double>(row.arcs)),
                                      format_bytes(static_cast<double>(row.image_bytes))};
    for (const KernelCost& cost : row.costs) {
      cells.push_back(format_number(cost.median_ns() / static_cast<double>(row.arcs)));
    }
    table.add_row(std::move(cells));
  }
  return table.to_string(width);
}

SizeProfile graph_profile(const ProfileSizesOptions& options, const std::vector<SizeRow>& rows) {
  const auto panel = [&rows](std::string title, std::int64_t SizeRow::* elements) {
    return size_panel(rows, std::move(title), "nodes", LogUnit::kNanosecond,
                      [elements](const SizeRow& row, const KernelCost& cost) {
                        return cost.median_ns() / static_cast<double>(row.*elements);
                      });
  };
  SizeProfile profile;
  profile.text =
      fmt::format("{}\nUnder each kernel: nanoseconds an arc, of a whole run; medians.\n",
                  table_of(rows, output_width()));
  profile.title = "Quadrille: what size costs";
  profile.panels = {panel("A whole run, for each arc", &SizeRow::arcs),
                    panel("A whole run, for each node", &SizeRow::nodes)};
  profile.options = {{"family", options.family}, {"order", options.order}};
  for (const SizeRow& row : rows) {
    for (const KernelCost& cost : row.costs) {
      profile.results.push_back(
          size_result(cost, row.graph, row.nodes, static_cast<double>(row.arcs), "edges"));
      profile.results.back().edges = row.edges;
    }
  }
  return profile;
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
  for (int scale = options.from; scale <= last_scale(options); ++scale) {
    QUADRILLE_ASSIGN_OR_RETURN(SizeRow row, measure_size(options, scale, *parallel, progress));
    rows.push_back(std::move(row));
  }
  progress.clear();
  return tell_sizes(options, std::move(machine), parallel->num_workers(),
                    graph_profile(options, rows));
}

}  // namespace quadrille::program
