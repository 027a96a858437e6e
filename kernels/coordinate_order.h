// CoordinateOrder: nodes component after component, each along the Morton order of its coordinates.
#pragma once

#include <span>
#include <vector>

#include <quadrille/arena.h>
#include <quadrille/graph.h>
#include <quadrille/status.h>

namespace quadrille {

class Parallel;
struct KernelTable;

struct CoordinateOrder {
  std::span<NodeID> order;        // internal id by place
  std::vector<NodeID> component;  // first place of component k; one more than there are components
};

// Of a graph with nodes and coordinates. `scratch` gives 56 bytes a node. kOutOfMemory.
Result<CoordinateOrder> order_by_coordinates(const GraphView& graph, Parallel& parallel,
                                             const KernelTable& kernels, Arena& scratch);

}  // namespace quadrille
