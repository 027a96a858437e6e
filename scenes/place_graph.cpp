#include <quadrille/graph_builder.h>

#include <quadrille/parallel.h>

#include "engine/clock.h"
#include "kernels/dispatch.h"
#include "kernels/placement.h"

namespace quadrille {

Result<Graph> place_graph(const Graph& graph, Parallel& parallel, MemoryBudget* budget,
                          PlacementReport* report) {
  QUADRILLE_ASSIGN_OR_RETURN(const KernelTable* kernels, choose_kernel_table({}));
  const std::int64_t begin = monotonic_ns();
  QUADRILLE_ASSIGN_OR_RETURN(const Placement placement,
                             place_nodes(graph.view(), {}, parallel, *kernels, budget));
  const std::int64_t found = monotonic_ns();
  QUADRILLE_ASSIGN_OR_RETURN(Graph placed,
                             reorder_graph(graph.view(), placement.order, parallel, budget));
  if (report == nullptr) return placed;
  report->order_ns = found - begin;
  report->move_ns = monotonic_ns() - found;
  report->num_edges = placement.num_edges;
  report->cross_block_edges_before = count_cross_block_edges(graph.view(), parallel);
  report->cross_block_edges = placement.cross_block_edges;
  return placed;
}

}  // namespace quadrille
