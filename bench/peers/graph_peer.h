// GraphPeer: one library's way through a graph, as `quadrille_graph_peers` runs them side by side.
// All get the same undirected graph and answer by the same internal ids.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <quadrille/graph.h>
#include <quadrille/status.h>

namespace quadrille {
class Parallel;
}  // namespace quadrille

namespace quadrille::program {

enum class GraphKernel : std::uint8_t { kBfs, kSssp, kComponents, kPageRank, kTriangles };

// What a kernel found, in a form that all can be compared in; which field, its kernel says.
struct GraphAnswer {
  std::vector<std::int64_t> distance;   // kBfs, kSssp: -1 where unreached
  std::vector<std::int64_t> component;  // kComponents: alike where connected
  std::vector<double> rank;             // kPageRank: up to a common factor
  std::int64_t triangles = 0;           // kTriangles
};

class GraphPeer {
 public:
  virtual ~GraphPeer() = default;
  virtual std::string name() const = 0;  // with its version
  virtual bool can(GraphKernel kernel) const = 0;
  // The nanoseconds that the library's call took, without what brings its answer into our form.
  // `source`, an internal id, is of kBfs and kSssp.
  virtual Result<double> run(GraphKernel kernel, NodeID source, GraphAnswer& answer) = 0;
};

// The damping and the tolerance of PageRank are those of the GAP benchmark suite, whose limit of 20
// steps ends before that on road maps: answers would then depend on where each library starts.
inline constexpr double kDamping = 0.85;
inline constexpr double kRankTolerance = 1e-4;  // the sum of all changes of a step
inline constexpr int kMostRankSteps = 100;

// `graph` outlives its peer.
std::unique_ptr<GraphPeer> quadrille_graph_peer(const GraphView& graph, Parallel& parallel);
std::unique_ptr<GraphPeer> boost_graph_peer(const GraphView& graph);
std::unique_ptr<GraphPeer> igraph_peer(const GraphView& graph);
std::unique_ptr<GraphPeer> graphblas_peer(const GraphView& graph, int threads);

// Nodes part after part, of METIS's k-way partition into parts of a node block.
Result<std::vector<NodeID>> metis_order(const GraphView& graph);

}  // namespace quadrille::program
