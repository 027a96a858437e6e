// build_graph: from edges in any order, each as often as it likes, to a Graph.
//
// Edges come from an EdgeSource that can be read again, so that none has to be held as it is. Most
// undirected graphs are read once, their edges kept in 4 bytes each (8 with a weight); others are
// read twice, to be counted and to be put into their buckets of nodes. Buckets are then sorted, and
// duplicates squeezed out (the least weight stays). The bytes depend on the edges alone, not on
// their order or the threads.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/graph.h>
#include <quadrille/node_names.h>
#include <quadrille/status.h>
#include <quadrille/types.h>

namespace quadrille {

class MemoryBudget;
class Parallel;

// 12 bytes. `w` holds the bits of a float where the weights are real; it is not looked at where
// there are none.
struct Edge {
  NodeID u, v;
  Weight w;
};

inline Edge real_edge(NodeID u, NodeID v, float w) { return {u, v, __builtin_bit_cast(Weight, w)}; }

class EdgeSink {
 public:
  virtual ~EdgeSink() = default;
  // A failure is to be returned from EdgeSource::read at once.
  virtual Status take(std::span<const Edge> edges) = 0;
};

// Edges in a fixed number of chunks. Chunks are read on any worker, at the same time, and more than
// once; a chunk must yield the same edges each time (a source that does not, say a file that
// changes meanwhile, fails the build).
class EdgeSource {
 public:
  virtual ~EdgeSource() = default;
  virtual std::int64_t num_chunks() const = 0;
  virtual Status read(std::int64_t chunk, EdgeSink& sink) = 0;
  // After each complete reading, by one thread: counts that a header promised can be checked here.
  virtual Status finish() { return Status::ok(); }
};

// Which internal ids nodes get. What goes in and what comes out bears the user's ids in any case.
enum class NodeOrder : std::uint8_t {
  kFile,    // the user's
  kMorton,  // along the Morton order of the coordinates; the user's, where there are none
  kDegree,  // by falling degree, ties by the user's id; of out-arcs, each time that one is named
  kPlaced,  // by place_graph
};

struct BuildOptions {
  bool directed = false;        // else an edge stands in both lists, a self loop once
  bool weighted = false;        // else all weigh 1 and there is no weight slab
  bool real_weights = false;    // weights are float bits; implies weighted
  bool both_arcs = false;       // undirected, and the source names each edge from both of its ends
  std::int64_t num_nodes = -1;  // -1: the largest id + 1, or as many as there are coordinates
  bool drop_self_loops = false;
  std::span<const float> x{}, y{};  // by user id, one for each node; empty: none
  NodeNames names{};                // by user id, one for each node; empty: none
  NodeOrder order = NodeOrder::kFile;
  // With kFile, an order of one's own: by internal id the user id that stands there; empty: none.
  std::span<const NodeID> user_ids{};
  std::uint64_t version = 0;  // GraphView::version()
};

// What to change of a graph that is read: all but this stays as it is.
struct GraphChanges {
  bool symmetrize = false;  // arcs of a directed graph become edges
  bool drop_self_loops = false;
  bool largest_component = false;  // without the others (weak ones; of two, that of the lowest id)

  bool any() const { return symmetrize || drop_self_loops || largest_component; }
};

// Edges are counted without direction, loops and duplicates.
struct PlacementReport {
  std::int64_t num_edges = 0;
  std::int64_t cross_block_edges_before = 0;  // whose ends stand in two node blocks
  std::int64_t cross_block_edges = 0;         // after
  std::int64_t order_ns = 0;                  // to find the order
  std::int64_t move_ns = 0;                   // to write the graph in it
};

// Each edge of the input is counted in one place: as a loop that was dropped, else as the duplicate
// of another (arcs being edges by then, if they are symmetrised), else as dropped with its
// component, else it is the graph's. The same edges give the same counts whatever they are read
// from; a graph image has each once.
struct BuildReport {
  std::int64_t edges_in_input = 0;  // an undirected edge that is named from both ends counts once
  std::int64_t self_loops = 0;      // in the input
  std::int64_t dropped_loops = 0;   // all of these, if they were to be dropped
  std::int64_t duplicate_edges = 0;
  std::int64_t arcs_symmetrized = 0;  // of a directed input, taken as edges
  std::int64_t components = 0;        // where the largest is kept: how many there were,
  std::int64_t dropped_nodes = 0;     // and what was in the others
  std::int64_t dropped_edges = 0;
  std::int64_t isolated_nodes = 0;  // nodes without any edge, not even a self loop
  std::int64_t max_out_degree = 0;
  PlacementReport placement;  // of NodeOrder::kPlaced
};

// kInvalidInput: an id or a weight below 0 or an id out of range, a source that changed; where
// several chunks fail, the first one's answer. kBudgetExceeded, kOutOfMemory, kUnsupported (more
// than 2^32 arcs in a block of 4,096 nodes).
Result<Graph> build_graph(EdgeSource& source, const BuildOptions& options, Parallel& parallel,
                          MemoryBudget* budget = nullptr, BuildReport* report = nullptr);
Result<Graph> build_graph(std::span<const Edge> edges, const BuildOptions& options,
                          Parallel& parallel, MemoryBudget* budget = nullptr,
                          BuildReport* report = nullptr);
// On the calling thread.
Result<Graph> build_graph(std::span<const Edge> edges, const BuildOptions& options = {},
                          BuildReport* report = nullptr);

// The graph with these changes, in that order of nodes; `report`, which is the graph's, is told
// what was done. With kFile nodes that stay do so in the order that they stand in. The user's names
// of nodes stay: where nodes go that are not the last ones, users' ids become names. Given back as
// it is where there is nothing to change. Meanwhile there are two graphs in memory.
// kOutOfMemory, kBudgetExceeded, kUnsupported as above.
Result<Graph> change_graph(Graph graph, const GraphChanges& changes, NodeOrder order,
                           Parallel& parallel, MemoryBudget* budget, BuildReport& report);

// The same graph with internal ids by place: components whole in a node block where they fit, large
// ones cut so that few edges lead from block to block. Users' ids, and results by them, stay. The
// bytes depend on the graph alone. Meanwhile there are two graphs in memory, and scratch of about
// 12 bytes an edge and 120 a node. kOutOfMemory, kBudgetExceeded, kUnsupported as above.
Result<Graph> place_graph(const Graph& graph, Parallel& parallel, MemoryBudget* budget = nullptr,
                          PlacementReport* report = nullptr);

}  // namespace quadrille
