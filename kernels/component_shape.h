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

struct SweepScratch {
  std::span<Distance> distance;  // as long as the component has nodes
  std::span<NodeID> queue;       // one longer
};

// Of the component whose nodes are [begin, end), numbered by a breadth-first search: the first of a
// double sweep. The second one starts at the last node; the centre is halfway back along the path
// to its own last one.
ComponentShape measure_component(const SimpleGraph& graph, NodeID begin, NodeID end,
                                 const SweepScratch& scratch);

// Breadth-first from `root`, whose component begins at `begin`: fills `queue` and `distance`.
void search_component(const SimpleGraph& graph, NodeID root, NodeID begin,
                      const SweepScratch& scratch);

}  // namespace quadrille
