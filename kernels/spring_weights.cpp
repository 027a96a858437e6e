#include "kernels/spring_weights.h"

#include <cstddef>
#include <numeric>

#include "engine/integers.h"

namespace quadrille {
namespace {

// Halves the way on it.
NodeID root_of(std::span<NodeID> parent, NodeID v) {
  while (parent[at(v)] != v) {
    parent[at(v)] = parent[at(parent[at(v)])];
    v = parent[at(v)];
  }
  return v;
}

}  // namespace

SpringWeights read_spring_weights(const GraphView& graph) {
  SpringWeights weights;
  if (!graph.weighted()) return weights;
  double sum = 0, count = 0;
  for_edges(graph, [&](NodeID, NodeID, EdgeOffset e) {
    const Weight w = graph.out().weights[e];
    sum += graph.real_weights() ? double{std::bit_cast<float>(w)} : static_cast<double>(w);
    ++count;
    weights.some_are_zero |= w == 0;  // a float's bits too: there is no -0 in a graph
  });
  weights.scale = sum > 0 ? count / sum : 0;
  return weights;
}

bool springs_connect(const GraphView& graph, std::span<NodeID> parent) {
  std::iota(parent.begin(), parent.end(), NodeID{0});
  NodeID parts = graph.num_nodes();
  for_edges(graph, [&](NodeID u, NodeID v, EdgeOffset e) {
    if (graph.weighted() && graph.out().weights[e] == 0) return;
    const NodeID a = root_of(parent, u), b = root_of(parent, v);
    if (a == b) return;
    parent[at(a < b ? b : a)] = a < b ? a : b;
    --parts;
  });
  return parts <= 1;
}

}  // namespace quadrille
