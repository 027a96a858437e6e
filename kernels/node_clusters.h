// Clusters: connected groups of about 64 nodes, found in one walk over the graph, which finds the
// components as well. The grain that placement cuts large components by.
#pragma once

#include <span>

#include "kernels/simple_graph.h"

namespace quadrille {

// Nodes stand cluster after cluster, component after component.
struct NodeClusters {
  std::span<NodeID> order;      // a node by its place
  std::span<NodeID> first;      // place of cluster c's first node; one more than there are clusters
  std::span<NodeID> component;  // first cluster of component k; one more than there are components
};

// Breadth-first from a seed until a cluster is full; the next seed is a neighbour of the oldest
// node that still has one without cluster. What cannot grow to a quarter of a full cluster joins a
// neighbour that has room, or others like it. One thread, because who takes a node depends on
// all that were taken before. `scratch` gives 32 bytes a node.
Result<NodeClusters> grow_clusters(const SimpleGraph& graph, Arena& scratch);

}  // namespace quadrille
