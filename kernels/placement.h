// Placement: an order of a graph's nodes in which edges mostly stay inside a node block, and what
// it says of the graph: its components, their classes, diameters and centres, and how many edges
// cross blocks nevertheless.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <quadrille/graph.h>
#include <quadrille/status.h>
#include <quadrille/types.h>

namespace quadrille {

class MemoryBudget;
class Parallel;
struct KernelTable;

// The node block of a placed id.
inline NodeID block_of(NodeID place) { return place >> kNodeBlockShift; }

// By a component's edges without direction, loops and duplicates.
enum class ComponentClass : std::uint8_t {
  kDenseMesh,    // mean degree 5 or more
  kMesh,         // the rest
  kDeepTree,     // edges = nodes - 1, and a node of more than two neighbours
  kShallowTree,  // the same, no node farther than 8 hops from the centre
  kChain,        // mean degree <= 2: paths, rings, rings with branches, single nodes
};
inline constexpr int kNumComponentClasses = 5;

// A weak component. Its nodes stand together.
struct PlacedComponent {
  NodeID first;  // placed ids
  NodeID num_nodes;
  EdgeOffset num_edges;  // without direction, loops and duplicates
  NodeID center;         // placed id; halfway between the ends of the longest path that was found
  Distance diameter;     // by double sweep: exact for trees, elsewhere at least half of it
  ComponentClass kind;
};

struct Placement {
  std::vector<NodeID> order;                // internal id of the node with that placed id
  std::vector<PlacedComponent> components;  // ascending by `first`
  std::vector<std::uint64_t> boundary;      // bit: the node has an edge that leaves its block
  EdgeOffset num_edges = 0;                 // of all components
  EdgeOffset cross_block_edges = 0;         // of which the ends stand in two blocks
  bool by_coordinates = false;              // large components stand in Morton order
};

struct PlacementOptions {
  bool use_coordinates = true;  // where there are some, and they leave no more edges crossing than
                                // kCrossBlockGoal or an order without them
};

// At most this share of the edges is to cross blocks.
inline constexpr double kCrossBlockGoal = 0.05;

// Components of at most a block's nodes are packed like with like, from the largest to the
// smallest, their centres first. One is cut by a block's end only where none that is left fills the
// room; then one of diameter above 4, where there is one. Larger ones stand before them, in Morton
// order or cut by the graph alone, and their centre is the first node of its block. The same bytes
// on any number of threads. Takes about 12 bytes an edge and 120 a node meanwhile. kOutOfMemory,
// kBudgetExceeded.
Result<Placement> place_nodes(const GraphView& graph, const PlacementOptions& options,
                              Parallel& parallel, const KernelTable& kernels,
                              MemoryBudget* budget = nullptr);

// The same graph with node order[i] called i inside; users' ids stay. `order` is a permutation.
// kOutOfMemory, kBudgetExceeded, kUnsupported (more than 2^32 arcs in a block).
Result<Graph> reorder_graph(const GraphView& graph, std::span<const NodeID> order,
                            Parallel& parallel, MemoryBudget* budget = nullptr);

// Edges, without direction, loops and duplicates, whose ends stand in two blocks as the graph is.
EdgeOffset count_cross_block_edges(const GraphView& graph, Parallel& parallel);

}  // namespace quadrille
