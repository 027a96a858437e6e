#include "kernels/closeness.h"

#include "kernels/sources.h"
#include "kernels/verify.h"
#include "tests/kernels/wave_graphs.h"

namespace quadrille {
namespace {

using testing::at;
using testing::Machine;
using testing::NamedGraph;
using testing::wave_graphs;

struct ClosenessVectors {
  explicit ClosenessVectors(NodeID nodes)
      : closeness(at(nodes), 77), distance_sum(at(nodes), 77), reached_by(at(nodes), 77),
        farthest(at(nodes), 77), active(at(bit_words(nodes)), 77) {}
  ClosenessColumns spans() { return {closeness, distance_sum, reached_by, farthest, active}; }
  ClosenessAnswer answer() const { return {closeness, distance_sum, reached_by, farthest}; }
  friend bool operator==(const ClosenessVectors&, const ClosenessVectors&) = default;
  std::vector<float> closeness;
  std::vector<std::int64_t> distance_sum;
  std::vector<std::int32_t> reached_by;
  std::vector<Distance> farthest;
  std::vector<std::uint64_t> active;
};

ClosenessVectors closeness_of(const GraphView& graph, std::span<const NodeID> sources,
                              int threads) {
  Machine machine(threads);
  ClosenessVectors columns(graph.num_nodes());
  EXPECT_EQ(run_closeness(graph, sources, columns.spans(), machine.parallel, machine.kernels,
                          machine.scratch)
                .message(),
            "");
  return columns;
}

TEST(Closeness, IsThatOfSingleSearchesOnAnyNumberOfThreads) {
  for (const NamedGraph& named : wave_graphs()) {
    SCOPED_TRACE(named.name);
    const GraphView& graph = named.graph.view();
    const std::vector<NodeID> sources =
        sample_sources(graph, graph.num_nodes() > 3000 ? 5 : 130, 3);
    const ClosenessVectors columns = closeness_of(graph, sources, 1);
    EXPECT_EQ(verify_closeness(graph, sources, columns.answer()).message(), "");
    EXPECT_TRUE(closeness_of(graph, sources, 3) == columns);
  }
}

// By hand, as networkx gives them; a node that is no source of arcs may be named, too.
TEST(Closeness, OfAllSourcesIsExact) {
  const Graph chain = testing::chain_graph(4, 1, true);
  const std::vector<NodeID> all = {2, 0, 3, 1};
  const ClosenessVectors columns = closeness_of(chain.view(), all, 2);
  EXPECT_EQ(columns.closeness, (std::vector<float>{0, 1.0f / 3, 4.0f / 9, 0.5f}));
  EXPECT_EQ(columns.farthest, (std::vector<Distance>{0, 1, 2, 3}));
  EXPECT_EQ(columns.reached_by, (std::vector<std::int32_t>{1, 2, 3, 4}));
  EXPECT_EQ(verify_closeness(chain.view(), all, columns.answer()).message(), "");
}

TEST(Closeness, RefusesSourcesThatAreNoNodesOrNamedTwice) {
  const Graph graph = testing::chain_graph(10, 1, false);
  Machine machine(1);
  ClosenessVectors columns(10);
  const auto message = [&](const std::vector<NodeID>& sources) {
    return run_closeness(graph.view(), sources, columns.spans(), machine.parallel, machine.kernels,
                         machine.scratch)
        .message();
  };
  EXPECT_EQ(message({-1}), "source -1 is out of range: the graph has 10 nodes");
  EXPECT_EQ(message({3, 2, 3}), "source 3 is named twice");
}

TEST(Verify, ClosenessIsAcceptedOnlyIfEveryColumnIsRight) {
  const Graph graph = testing::random_graph({.nodes = 60, .edges = 100, .directed = true}, 6);
  const std::vector<NodeID> sources = sample_sources(graph.view(), 20, 1);
  const ClosenessVectors right = closeness_of(graph.view(), sources, 1);
  for (std::size_t v = 0; v < 60; ++v) {
    for (int column = 0; column < 4; ++column) {
      ClosenessVectors wrong = right;
      if (column == 0) wrong.closeness[v] += 1e-4f;
      if (column == 1) ++wrong.distance_sum[v];
      if (column == 2) --wrong.reached_by[v];
      if (column == 3) ++wrong.farthest[v];
      EXPECT_NE(verify_closeness(graph.view(), sources, wrong.answer())
                    .message()
                    .find("node " + std::to_string(v) + ": "),
                std::string::npos);
    }
  }
  EXPECT_EQ(verify_closeness(graph.view(), sources, ClosenessVectors(59).answer()).code(),
            StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace quadrille
