// What `inspect` says of a graph's placement in node blocks.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <quadrille/graph.h>
#include <quadrille/status.h>

#include "kernels/placement.h"

namespace quadrille {
class MemoryBudget;
class Parallel;
}  // namespace quadrille

namespace quadrille::program {

struct ClassSummary {
  std::int64_t components = 0, nodes = 0, edges = 0;
  std::int64_t largest = 0;  // nodes
  Distance diameter = 0;     // the longest
};

// By ComponentClass.
std::array<ClassSummary, kNumComponentClasses> summarize_components(const Placement& placement);

// Of as many searches on both graphs from the same sources, in turn.
struct SearchTimes {
  bool is_timed = false;
  double as_read_ns = 0, placed_ns = 0;  // means
  double speedup = 0;                    // median of the pairs
};

struct PlacementSummary {
  Placement placement;
  EdgeOffset cross_block_edges_before = 0;
  double order_ns = 0, move_ns = 0;  // medians where searches are timed
  SearchTimes bfs;
  SearchTimes sssp;  // only of graphs that it takes
};

// Places the graph, verifies that, and with `timed` searches both graphs breadth-first and, where
// they have whole weights, for shortest paths.
Result<PlacementSummary> summarize_placement(const Graph& graph, bool timed, Parallel& parallel,
                                             MemoryBudget* budget);

// Lines of `inspect`, each under its head.
std::string placement_lines(const PlacementSummary& summary);

}  // namespace quadrille::program
