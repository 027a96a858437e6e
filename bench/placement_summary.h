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

struct SearchTimes {  // medians of as many searches from the same sources, in turn
  double as_read_ns = 0, placed_ns = 0;
};

struct PlacementSummary {
  Placement placement;
  EdgeOffset cross_block_edges_before = 0;
  double order_ns = 0, move_ns = 0;
  bool is_timed = false;
  SearchTimes search;
};

// Places the graph, verifies that, and with `timed` runs breadth-first searches on both.
Result<PlacementSummary> summarize_placement(const Graph& graph, bool timed, Parallel& parallel,
                                             MemoryBudget* budget);

// Lines of `inspect`, each under its head.
std::string placement_lines(const PlacementSummary& summary);

}  // namespace quadrille::program
