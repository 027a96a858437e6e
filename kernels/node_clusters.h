// Clusters: connected groups of about 64 nodes. The grain that placement cuts large components by.
#pragma once

#include <span>

#include <quadrille/arena.h>
#include <quadrille/status.h>

#include "kernels/simple_graph.h"

namespace quadrille {

class Parallel;

struct NodeRange {
  NodeID begin, end;
};

// Of some components, which follow one another.
struct NodeClusters {
  std::span<NodeID> order;      // nodes cluster after cluster
  std::span<NodeID> first;      // place of cluster c's first node; one more than there are clusters
  std::span<NodeID> cluster;    // of a node; only nodes of these components have one
  std::span<NodeID> component;  // first cluster of component k; one more than there are components

  NodeID num_clusters() const { return static_cast<NodeID>(first.size()) - 1; }
};

// As long as the graph has nodes; what it holds is lost.
struct GrowthSpace {
  std::span<NodeID> sequence;  // nodes in the order in which they were taken
  std::span<NodeID> size;      // of a cluster, from its component's first place on
  std::span<NodeID> pending;   // taken nodes that may have neighbours without cluster
};

// Breadth-first from a component's first node until a cluster is full; the next seed is a neighbour
// of the oldest node that still has one without cluster. What cannot grow to a quarter of a full
// cluster joins a neighbour that has room, or others like it. A thread a component, because who
// takes a node depends on all that were taken before. `scratch` gives 8 bytes a node.
Result<NodeClusters> grow_clusters(const SimpleGraph& graph, std::span<const NodeRange> components,
                                   const GrowthSpace& space, Parallel& parallel, Arena& scratch);

}  // namespace quadrille
