// Nodes component after component, each along the Morton order of its coordinates.
#pragma once

#include <span>

#include <quadrille/arena.h>
#include <quadrille/graph.h>
#include <quadrille/status.h>

#include "kernels/component_walk.h"

namespace quadrille {

class Parallel;
struct KernelTable;

// Local ids; component k stands where it stands in `walk`. Of a graph with nodes and coordinates.
// `scratch` gives 44 bytes a node. kOutOfMemory.
Result<std::span<NodeID>> order_by_coordinates(const GraphView& graph, const ComponentWalk& walk,
                                               Parallel& parallel, const KernelTable& kernels,
                                               Arena& scratch);

}  // namespace quadrille
