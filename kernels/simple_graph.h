// SimpleGraph: a graph's edges without direction, weights, loops and duplicates, in compact lists.
// What is asked of a graph's shape alone is asked of this.
#pragma once

#include <span>

#include <quadrille/types.h>

namespace quadrille {

// An edge stands in the lists of both of its ends.
struct SimpleGraph {
  NodeID num_nodes = 0;
  std::span<EdgeOffset> first;  // num_nodes + 1 places in `targets`
  std::span<NodeID> targets;

  EdgeOffset num_arcs() const { return static_cast<EdgeOffset>(targets.size()); }
  EdgeOffset degree(NodeID v) const { return first.data()[v + 1] - first.data()[v]; }
  std::span<const NodeID> neigh(NodeID v) const {
    return {targets.data() + first.data()[v], static_cast<std::size_t>(degree(v))};
  }
};

}  // namespace quadrille
