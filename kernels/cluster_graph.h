// ClusterGraph: clusters as nodes, and how many edges join each two of them.
#pragma once

#include <span>

#include "kernels/node_clusters.h"

namespace quadrille {

struct ClusterGraph {
  struct Arc {
    NodeID target;  // a cluster
    NodeID edges;   // of the graph
  };
  std::span<NodeID> size;       // nodes of a cluster
  std::span<EdgeOffset> first;  // place of a cluster's arcs; one more than there are clusters
  std::span<Arc> arcs;

  NodeID num_clusters() const { return static_cast<NodeID>(size.size()); }
  std::span<const Arc> neigh(NodeID c) const {
    const EdgeOffset* const place = first.data() + c;
    return {arcs.data() + place[0], static_cast<std::size_t>(place[1] - place[0])};
  }
};

// Clusters of a component have no arcs where they would have more than 64 on average. `scratch`
// gives 12 bytes a cluster and 8 an arc between clusters.
Result<ClusterGraph> make_cluster_graph(const SimpleGraph& graph, const NodeClusters& clusters,
                                        Parallel& parallel, Arena& scratch);

}  // namespace quadrille
