#include "bench/placement_summary.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <quadrille/parallel.h>

#include "bench/format.h"
#include "bench/machine.h"
#include "bench/scene_runner.h"
#include "bench/statistics.h"
#include "kernels/bfs.h"
#include "kernels/dispatch.h"
#include "kernels/verify.h"

namespace quadrille::program {
namespace {

constexpr std::int64_t kSearches = 9;
constexpr std::string_view kClassNames[kNumComponentClasses] = {"dense mesh", "mesh", "deep tree",
                                                                "shallow tree", "chain"};

// Searches on one graph, with memory that is touched before the first one counts.
class Searcher {
 public:
  static Result<Searcher> create(const GraphView& graph, Parallel& parallel, MemoryBudget* budget) {
    const auto nodes = static_cast<std::size_t>(graph.num_nodes());
    ArenaOptions options;
    options.capacity_bytes = 16 * nodes + (std::size_t{1} << 20);
    options.budget = budget;
    options.name = {"search"};
    QUADRILLE_ASSIGN_OR_RETURN(Arena scratch, Arena::create(options));
    QUADRILLE_ASSIGN_OR_RETURN(const KernelTable* kernels, choose_kernel_table({}));
    QUADRILLE_ASSIGN_OR_RETURN(Bfs bfs, Bfs::create(graph, parallel, *kernels, scratch));
    return Searcher(graph, std::move(scratch), std::move(bfs));
  }
  double run(NodeID user) {
    const BfsColumns columns{distance_, parent_, {}};
    const std::int64_t begin = now_ns();
    bfs_.start(graph_.internal_id(user), columns);
    while (!bfs_.finished()) bfs_.step(columns);
    return static_cast<double>(now_ns() - begin);
  }

 private:
  Searcher(const GraphView& graph, Arena scratch, Bfs bfs)
      : graph_(graph), scratch_(std::move(scratch)), bfs_(std::move(bfs)),
        distance_(static_cast<std::size_t>(graph.num_nodes())), parent_(distance_.size()) {}
  GraphView graph_;
  Arena scratch_;
  Bfs bfs_;
  std::vector<Distance> distance_;
  std::vector<NodeID> parent_;
};

Result<SearchTimes> time_searches(const GraphView& as_read, const GraphView& placed,
                                  Parallel& parallel, MemoryBudget* budget) {
  QUADRILLE_ASSIGN_OR_RETURN(Searcher before, Searcher::create(as_read, parallel, budget));
  QUADRILLE_ASSIGN_OR_RETURN(Searcher after, Searcher::create(placed, parallel, budget));
  std::vector<double> before_ns, after_ns;
  const std::vector<NodeID> sources = random_sources(as_read, kSearches, 1);
  for (const NodeID source : sources) {
    if (before_ns.empty()) {
      before.run(source);
      after.run(source);
    }
    before_ns.push_back(before.run(source));
    after_ns.push_back(after.run(source));
  }
  return SearchTimes{summarize(before_ns).median, summarize(after_ns).median};
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

std::string search_line(const PlacementSummary& summary) {
  const double saved_ns = summary.search.as_read_ns - summary.search.placed_ns;
  std::string text = fmt::format(
      "{} as read, {} placed ({}x); medians of {} searches",
      format_duration(summary.search.as_read_ns), format_duration(summary.search.placed_ns),
      format_number(summary.search.as_read_ns / summary.search.placed_ns), kSearches);
  if (saved_ns <= 0) return line("bfs", text);
  const double runs = (summary.order_ns + summary.move_ns) / saved_ns;
  return line("bfs", text + fmt::format("; pays back in {} of them", format_number(runs)));
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
  QUADRILLE_ASSIGN_OR_RETURN(const KernelTable* kernels, choose_kernel_table({}));
  const std::int64_t begin = now_ns();
  QUADRILLE_ASSIGN_OR_RETURN(summary.placement, place_nodes(view, {}, parallel, *kernels, budget));
  const std::int64_t found = now_ns();
  QUADRILLE_ASSIGN_OR_RETURN(const Graph placed,
                             reorder_graph(view, summary.placement.order, parallel, budget));
  summary.move_ns = static_cast<double>(now_ns() - found);
  summary.order_ns = static_cast<double>(found - begin);
  QUADRILLE_RETURN_IF_ERROR(verify_placement(view, summary.placement));
  summary.cross_block_edges_before = count_cross_block_edges(view, parallel);
  summary.is_timed = timed && view.num_nodes() > 0;
  if (summary.is_timed) {
    QUADRILLE_ASSIGN_OR_RETURN(summary.search,
                               time_searches(view, placed.view(), parallel, budget));
  }
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
  return summary.is_timed ? text + search_line(summary) : text;
}

}  // namespace quadrille::program
