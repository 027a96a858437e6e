#include "kernels/component_shape.h"

#include <algorithm>

namespace quadrille {
namespace {

constexpr Distance kShallowDepth = 8;
constexpr std::size_t kQueuedAhead = 8;  // nodes whose list is fetched before its turn

// Half of the way from the last node of a search back to its root; of the neighbours one hop nearer
// the lowest.
NodeID halfway(const SimpleGraph& graph, NodeID begin, const SweepScratch& scratch) {
  NodeID v = scratch.queue[scratch.distance.size() - 1];
  const auto distance = [&](NodeID u) { return scratch.distance.data()[u - begin]; };
  for (const Distance half = distance(v) / 2; distance(v) > half;) {
    NodeID nearer = graph.num_nodes;
    for (const NodeID u : graph.neigh(v)) {
      if (distance(u) == distance(v) - 1) nearer = std::min(nearer, u);
    }
    v = nearer;
  }
  return v;
}

ComponentClass class_of(const ComponentShape& shape, EdgeOffset nodes, EdgeOffset max_degree) {
  if (shape.num_edges == nodes - 1 && max_degree > 2) {
    return (shape.diameter + 1) / 2 <= kShallowDepth ? ComponentClass::kShallowTree
                                                     : ComponentClass::kDeepTree;
  }
  if (shape.num_edges <= nodes) return ComponentClass::kChain;
  return 2 * shape.num_edges >= 5 * nodes ? ComponentClass::kDenseMesh : ComponentClass::kMesh;
}

}  // namespace

void search_component(const SimpleGraph& graph, NodeID root, NodeID begin,
                      const SweepScratch& scratch) {
  std::fill(scratch.distance.begin(), scratch.distance.end(), kDistInf);
  Distance* const distance = scratch.distance.data() - begin;
  NodeID* const queue = scratch.queue.data();
  std::size_t end = 0;
  queue[end++] = root;
  distance[root] = 0;
  for (std::size_t next = 0; next < end; ++next) {
    if (next + 2 * kQueuedAhead < end)
      __builtin_prefetch(graph.first.data() + queue[next + 2 * kQueuedAhead]);
    if (next + kQueuedAhead < end)
      __builtin_prefetch(graph.neigh(queue[next + kQueuedAhead]).data());
    const NodeID u = queue[next];
    const Distance nearer = distance[u];
    for (const NodeID v : graph.neigh(u)) {  // without a guess: a node too many is written over
      const bool is_new = distance[v] == kDistInf;
      queue[end] = v;
      distance[v] = is_new ? nearer + 1 : distance[v];
      end += is_new;
    }
  }
}

ComponentShape measure_component(const SimpleGraph& graph, NodeID begin, NodeID end,
                                 const SweepScratch& scratch) {
  ComponentShape shape;
  EdgeOffset max_degree = 0;
  for (NodeID v = begin; v < end; ++v) max_degree = std::max(max_degree, graph.degree(v));
  shape.num_edges = (graph.first.data()[end] - graph.first.data()[begin]) / 2;
  shape.center = begin;
  if (end - begin > 1) {
    search_component(graph, end - 1, begin, scratch);
    shape.diameter = *std::max_element(scratch.distance.begin(), scratch.distance.end());
    shape.center = halfway(graph, begin, scratch);
  }
  shape.kind = class_of(shape, end - begin, max_degree);
  return shape;
}

}  // namespace quadrille
