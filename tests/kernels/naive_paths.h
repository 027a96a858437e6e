// Shortest paths as an oracle has them: slow, and by other means than the kernels.
#pragma once

#include <queue>
#include <utility>
#include <vector>

#include <quadrille/graph.h>

#include "tests/kernels/wave_graphs.h"

namespace quadrille::testing {

inline Weight weight_of(const GraphView& graph, NodeID u, std::size_t i) {
  return graph.weighted() ? graph.out_weights(u)[i] : 1;
}

// Dijkstra with a heap.
inline std::vector<PathLength> naive_distances(const GraphView& graph, NodeID source) {
  std::vector<PathLength> distance(at(graph.num_nodes()), kPathInf);
  using Item = std::pair<PathLength, NodeID>;
  std::priority_queue<Item, std::vector<Item>, std::greater<>> heap;
  heap.push({0, source});
  while (!heap.empty()) {
    const auto [d, u] = heap.top();
    heap.pop();
    if (distance[at(u)] != kPathInf) continue;
    distance[at(u)] = d;
    for (std::size_t i = 0; i < graph.out_neigh(u).size(); ++i) {
      heap.push({d + weight_of(graph, u, i), graph.out_neigh(u)[i]});
    }
  }
  return distance;
}

// The rule read aloud, without care for time: rounds over all arcs until no layer changes.
inline std::vector<NodeID> naive_parents(const GraphView& graph, NodeID source,
                                         const std::vector<PathLength>& distance) {
  constexpr NodeID kNoLayer = 1 << 30;
  const auto nodes = at(graph.num_nodes());
  std::vector<NodeID> parent(nodes, kNoParent), layer(nodes, kNoLayer);
  layer[at(source)] = 0;
  const auto for_tight = [&](auto visit) {
    for (NodeID u = 0; u < graph.num_nodes(); ++u) {
      if (distance[at(u)] == kPathInf) continue;
      for (std::size_t i = 0; i < graph.out_neigh(u).size(); ++i) {
        const NodeID v = graph.out_neigh(u)[i];
        if (distance[at(u)] + weight_of(graph, u, i) == distance[at(v)]) visit(u, v);
      }
    }
  };
  for_tight([&](NodeID u, NodeID v) {
    if (distance[at(u)] < distance[at(v)]) layer[at(v)] = 0;
  });
  for (bool changed = true; changed;) {
    changed = false;
    for_tight([&](NodeID u, NodeID v) {
      if (distance[at(u)] != distance[at(v)] || layer[at(u)] + 1 >= layer[at(v)]) return;
      layer[at(v)] = layer[at(u)] + 1;
      changed = true;
    });
  }
  for_tight([&](NodeID u, NodeID v) {  // u ascends: the first is the lowest
    const bool nearer = distance[at(u)] < distance[at(v)];
    const bool fits = layer[at(v)] == 0 ? nearer : !nearer && layer[at(u)] + 1 == layer[at(v)];
    if (fits && parent[at(v)] == kNoParent) parent[at(v)] = u;
  });
  parent[at(source)] = source;
  return parent;
}

}  // namespace quadrille::testing
