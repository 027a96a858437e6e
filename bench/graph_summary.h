// What `inspect` says of a graph beyond its counts.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <quadrille/graph.h>
#include <quadrille/quadtree.h>

namespace quadrille::program {

struct GraphSummary {
  // Nodes by out-degree: [0] none, [1] one, [2] two and three, [k] from 2^(k-1) below 2^k.
  std::array<std::int64_t, 33> degrees{};
  std::int64_t max_degree = 0;
  double min_weight = 0, max_weight = 0;  // zeros: not weighted, or no edge
  Box bounds{};                           // of the coordinates; zeros: none
};

GraphSummary summarize_graph(const GraphView& graph);

// A line a class of degrees: its range, how many nodes, their share, and a bar; classes beyond the
// largest are left out.
std::string degree_histogram(const GraphSummary& summary);

}  // namespace quadrille::program
