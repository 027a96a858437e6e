// A node's neighbours whichever way arcs lead.
#pragma once

#include <cstdint>

#include <quadrille/graph.h>

namespace quadrille {

// With loops, and twice where arcs lead both ways.
inline std::int64_t degree_both_ways(const GraphView& graph, NodeID v) {
  return graph.out_degree(v) + (graph.directed() ? graph.in_degree(v) : 0);
}

// visit(neighbour), as often as degree_both_ways() says.
template <class Visit>
void for_both_directions(const GraphView& graph, NodeID v, Visit visit) {
  for (const NodeID u : graph.out_neigh(v)) visit(u);
  if (!graph.directed()) return;
  for (const NodeID u : graph.in_neigh(v)) visit(u);
}

}  // namespace quadrille
