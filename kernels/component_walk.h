// ComponentWalk: a graph's nodes in breadth-first order, component after component, and the graph
// in that order. The one look at a graph whose nodes may stand in any order: whatever follows reads
// memory almost in order.
#pragma once

#include <vector>

#include <quadrille/arena.h>
#include <quadrille/graph.h>
#include <quadrille/status.h>

#include "kernels/simple_graph.h"

namespace quadrille {

class Parallel;

// "Local" ids are places in `order`.
struct ComponentWalk {
  std::span<const NodeID> order;  // internal id by local id
  std::span<NodeID> place;        // local id by internal id
  std::vector<NodeID> first;      // first local id of component k; one more than there are
  SimpleGraph local;              // by local ids; each list in the order of internal ids

  std::size_t num_components() const { return first.size() - 1; }
  NodeID size(std::size_t k) const { return first[k + 1] - first[k]; }
};

// Every component is searched from its node of the lowest internal id, so the last of its local
// ids is as far from the first as any. One thread, because the next node's list is known only when
// those before it were read; it asks for memory far ahead instead. `scratch` gives 16 bytes a node
// and 4 an arc. kOutOfMemory.
Result<ComponentWalk> walk_components(const GraphView& graph, Parallel& parallel, Arena& scratch);

// Every list of arcs out is the list of arcs in: an undirected graph's, and that of a file which
// names each edge in both directions and is read as directed.
bool has_symmetric_arcs(const GraphView& graph, Parallel& parallel);

// The same of weights, of a graph whose arcs are symmetric.
bool has_symmetric_weights(const GraphView& graph, Parallel& parallel);

}  // namespace quadrille
