// ComponentShape: class, diameter and centre of one component.
#pragma once

#include <span>

#include "kernels/placement.h"
#include "kernels/simple_graph.h"

namespace quadrille {

struct ComponentShape {
  EdgeOffset num_edges = 0;
  NodeID center = 0;
  Distance diameter = 0;
  ComponentClass kind = ComponentClass::kChain;
};

// As long as the component has nodes.
struct SweepScratch {
  std::span<Distance> distance;
  std::span<NodeID> queue;
};

// Of the component whose nodes are [begin, end): two breadth-first searches, the second one from
// the last node of the first; the centre is halfway back along the longest path.
ComponentShape measure_component(const SimpleGraph& graph, NodeID begin, NodeID end,
                                 const SweepScratch& scratch);

// Breadth-first from `root`, whose component begins at `begin`: fills `queue` and `distance`.
void search_component(const SimpleGraph& graph, NodeID root, NodeID begin,
                      const SweepScratch& scratch);

}  // namespace quadrille
