#include "bench/placement_summary.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <quadrille/parallel.h>

#include "bench/format.h"
#include "bench/kernel_calls.h"
#include "bench/machine.h"
#include "bench/scene_runner.h"
#include "bench/statistics.h"
#include "kernels/dispatch.h"
#include "kernels/verify.h"

namespace quadrille::program {
namespace {

constexpr std::int64_t kSearches = 16;
constexpr int kPlacements = 5;
constexpr std::string_view kClassNames[kNumComponentClasses] = {"dense mesh", "mesh", "deep tree",
                                                                "shallow tree", "chain"};

// Both prepared once; sources take turns.
Result<SearchTimes> time_searches(const GraphView& as_read, const GraphView& placed,
                                  std::string_view kernel, Parallel& parallel) {
  QUADRILLE_ASSIGN_OR_RETURN(KernelCalls before,
                             KernelCalls::create(kernel, as_read, parallel, ""));
  QUADRILLE_ASSIGN_OR_RETURN(KernelCalls after, KernelCalls::create(kernel, placed, parallel, ""));
  std::vector<double> before_ns, after_ns, speedups;
  std::vector<NodeID> sources = random_sources(as_read, kSearches, 1);
  sources.insert(sources.begin(), sources.front());  // does not count
  for (const NodeID source : sources) {
    const double as_read_ns = before.run(source);
    const double placed_ns = after.run(source);
    before_ns.push_back(as_read_ns);
    after_ns.push_back(placed_ns);
    speedups.push_back(as_read_ns / placed_ns);
  }
  const auto counted = [](const std::vector<double>& values) {
    return summarize(std::span<const double>(values).subspan(1));
  };
  return SearchTimes{.is_timed = true,
                     .as_read_ns = counted(before_ns).total / kSearches,
                     .placed_ns = counted(after_ns).total / kSearches,
                     .speedup = counted(speedups).median};
}

double share(EdgeOffset part, EdgeOffset all) {
  return all == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(all);
}

std::string line(std::string_view head, const std::string& text) {
  return fmt::format("  {:<12}{}\n", head, text);
}

// A row a class that there is; `largest` is in nodes.
std::string class_lines(const Placement& placement) {
  constexpr std::string_view kRow = "  {:<12}{:>10} {:>13} {:>13} {:>13} {:>9}\n";
  std::string text =
      fmt::format(kRow, "class", "components", "nodes", "edges", "largest", "diameter");
  const auto classes = summarize_components(placement);
  for (std::size_t kind = 0; kind < classes.size(); ++kind) {
    const ClassSummary& of = classes[kind];
    if (of.components == 0) continue;
    text +=
        fmt::format(kRow, kClassNames[kind], format_count(of.components), format_count(of.nodes),
                    format_count(of.edges), format_count(of.largest), format_count(of.diameter));
  }
  return text;
}

// What a search costs on both, and by how many of them the placement is paid.
std::string search_line(std::string_view name, const SearchTimes& times, double cost_ns) {
  if (!times.is_timed) return "";
  std::string text = fmt::format(
      "{} as read, {} placed ({}x), {} searches; placing costs {} of them",
      format_duration(times.as_read_ns), format_duration(times.placed_ns),
      format_number(times.speedup), kSearches, format_number(cost_ns / times.as_read_ns));
  const double saved_ns = times.as_read_ns - times.placed_ns;
  if (saved_ns > 0) text += fmt::format(", saved after {}", format_number(cost_ns / saved_ns));
  return line(name, text);
}

struct PlacedGraph {
  Placement placement;
  Graph graph;
  double order_ns = 0, move_ns = 0;
};

Result<PlacedGraph> place(const GraphView& view, Parallel& parallel, MemoryBudget* budget) {
  QUADRILLE_ASSIGN_OR_RETURN(const KernelTable* kernels, choose_kernel_table({}));
  PlacedGraph placed;
  const std::int64_t begin = now_ns();
  QUADRILLE_ASSIGN_OR_RETURN(placed.placement, place_nodes(view, {}, parallel, *kernels, budget));
  const std::int64_t found = now_ns();
  QUADRILLE_ASSIGN_OR_RETURN(placed.graph,
                             reorder_graph(view, placed.placement.order, parallel, budget));
  placed.move_ns = static_cast<double>(now_ns() - found);
  placed.order_ns = static_cast<double>(found - begin);
  return placed;
}

}  // namespace

std::array<ClassSummary, kNumComponentClasses> summarize_components(const Placement& placement) {
  std::array<ClassSummary, kNumComponentClasses> classes{};
  for (const PlacedComponent& component : placement.components) {
    ClassSummary& of = classes[static_cast<std::size_t>(component.kind)];
    ++of.components;
    of.nodes += component.num_nodes;
    of.edges += component.num_edges;
    of.largest = std::max<std::int64_t>(of.largest, component.num_nodes);
    of.diameter = std::max(of.diameter, component.diameter);
  }
  return classes;
}

Result<PlacementSummary> summarize_placement(const Graph& graph, bool timed, Parallel& parallel,
                                             MemoryBudget* budget) {
  PlacementSummary summary;
  const GraphView& view = graph.view();
  std::vector<double> order_ns, move_ns;
  PlacedGraph placed;
  for (int i = 0; i < (timed ? kPlacements : 1); ++i) {
    placed = PlacedGraph();  // gives its memory back before the next one
    QUADRILLE_ASSIGN_OR_RETURN(placed, place(view, parallel, budget));
    order_ns.push_back(placed.order_ns);
    move_ns.push_back(placed.move_ns);
  }
  summary.order_ns = summarize(order_ns).median;
  summary.move_ns = summarize(move_ns).median;
  QUADRILLE_RETURN_IF_ERROR(verify_placement(view, placed.placement));
  summary.placement = std::move(placed.placement);
  summary.cross_block_edges_before = count_cross_block_edges(view, parallel);
  if (!timed || view.num_nodes() == 0) return summary;
  const auto time = [&](std::string_view kernel) {
    return time_searches(view, placed.graph.view(), kernel, parallel);
  };
  QUADRILLE_ASSIGN_OR_RETURN(summary.bfs, time("bfs"));
  if (!view.weighted() || view.real_weights()) return summary;
  QUADRILLE_ASSIGN_OR_RETURN(summary.sssp, time("sssp"));
  return summary;
}

std::string placement_lines(const PlacementSummary& summary) {
  const Placement& placement = summary.placement;
  if (placement.order.empty()) return "";
  const auto blocks =
      (static_cast<std::int64_t>(placement.order.size()) + kNodeBlockSize - 1) / kNodeBlockSize;
  std::string text = class_lines(placement);
  text += line("blocks",
               fmt::format("{} of {} nodes", format_count(blocks), format_count(kNodeBlockSize)));
  text +=
      line("cross-block", fmt::format("{:.2f} % of the edges as read, {:.2f} % placed{}, verified",
                                      share(summary.cross_block_edges_before, placement.num_edges),
                                      share(placement.cross_block_edges, placement.num_edges),
                                      placement.by_coordinates ? " by the coordinates" : ""));
  text += line("placement",
               fmt::format("{} for the order, {} to move the graph",
                           format_duration(summary.order_ns), format_duration(summary.move_ns)));
  const double cost_ns = summary.order_ns + summary.move_ns;
  return text + search_line("bfs", summary.bfs, cost_ns) +
         search_line("sssp", summary.sssp, cost_ns);
}

}  // namespace quadrille::program
