// SimpleGraph: a graph's edges without direction, weights, loops and duplicates, in compact lists.
// What is asked of a graph's shape alone is asked of this.
#pragma once

#include <span>

#include <quadrille/arena.h>
#include <quadrille/graph.h>
#include <quadrille/status.h>
#include <quadrille/types.h>

namespace quadrille {

class Parallel;

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

// By internal id, each list ascending. `scratch` gives 8 bytes a node and 4 an arc. kOutOfMemory.
Result<SimpleGraph> make_simple_graph(const GraphView& graph, Parallel& parallel, Arena& scratch);

// The same graph with node order[i] called i. `new_id`, as long as `order`, is the way back. Lists
// keep their order, so they no longer ascend.
Result<SimpleGraph> renumber(const SimpleGraph& graph, std::span<const NodeID> order,
                             std::span<NodeID> new_id, Parallel& parallel, Arena& scratch);

}  // namespace quadrille
