#include "kernels/triangles.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "kernels/verify.h"
#include "tests/kernels/wave_graphs.h"

namespace quadrille {
namespace {

using testing::at;
using testing::Machine;
using testing::NamedGraph;
using testing::wave_graphs;

// Every pair of neighbours of every node.
std::vector<std::int64_t> naive_triangles(const GraphView& graph) {
  std::vector<std::set<NodeID>> neighbours(at(graph.num_nodes()));
  for (NodeID u = 0; u < graph.num_nodes(); ++u) {
    for (const NodeID v : graph.out_neigh(u)) {
      if (u == v) continue;
      neighbours[at(u)].insert(v);
      neighbours[at(v)].insert(u);
    }
  }
  std::vector<std::int64_t> triangles(neighbours.size(), 0);
  for (std::size_t u = 0; u < neighbours.size(); ++u) {
    for (const NodeID v : neighbours[u]) {
      for (const NodeID w : neighbours[u]) {
        triangles[u] += v < w && neighbours[at(v)].count(w) != 0 ? 1 : 0;
      }
    }
  }
  return triangles;
}

struct TriangleVectors {
  explicit TriangleVectors(NodeID nodes)
      : triangles(at(nodes), 77), active(at(bit_words(nodes)), 77) {}
  TriangleColumns spans() { return {triangles, active}; }
  bool is_active(NodeID v) const { return (active[at(v >> 6)] & bit_of(v)) != 0; }
  friend bool operator==(const TriangleVectors&, const TriangleVectors&) = default;
  std::vector<std::int64_t> triangles;
  std::vector<std::uint64_t> active;
};

TEST(Triangles, AreThoseOfAllPairsAfterTheSameStepsOnAnyNumberOfThreads) {
  for (const NamedGraph& named : wave_graphs()) {
    SCOPED_TRACE(named.name);
    const GraphView& graph = named.graph.view();
    const std::vector<std::int64_t> expected = naive_triangles(graph);
    const std::int64_t all = std::accumulate(expected.begin(), expected.end(), std::int64_t{0}) / 3;
    std::vector<TriangleVectors> steps;
    for (const int threads : {1, 2, 3, 8}) {
      SCOPED_TRACE(threads);
      Machine machine(threads);
      EXPECT_EQ(count_triangles(graph, machine.parallel, machine.scratch).value(), all);
      TriangleVectors columns(graph.num_nodes());
      Triangles kernel = Triangles::create(graph, machine.parallel, machine.scratch).value();
      kernel.start(columns.spans());
      for (std::size_t step = 0; !kernel.finished(); ++step) {
        const TriangleVectors before = columns;
        kernel.step(columns.spans());
        if (step == steps.size()) steps.push_back(columns);
        ASSERT_TRUE(columns == steps[step]) << "step " << step;
        for (NodeID v = 0; v < graph.num_nodes(); ++v)
          ASSERT_EQ(columns.is_active(v), columns.triangles[at(v)] != before.triangles[at(v)]);
      }
      EXPECT_EQ(columns.triangles, expected);
      EXPECT_EQ(kernel.count(), all);
    }
    EXPECT_EQ(verify_triangles(graph, expected).message(), "");
  }
}

// Both with places by degree (the star makes them differ) and with ids as they are.
TEST(Triangles, OfACompleteGraphWithAndWithoutAStarAreBinomial) {
  for (const NodeID leaves : {0, 500}) {
    std::vector<Edge> edges;
    for (NodeID u = 0; u < 12; ++u) {
      for (NodeID v = 0; v <= u; ++v) edges.push_back({u, v, 1});
    }
    for (NodeID leaf = 0; leaf < leaves; ++leaf) edges.push_back({3, 12 + leaf, 1});
    const Graph graph = build_graph(edges, {}).value();
    Machine machine(2);
    TriangleVectors columns(12 + leaves);
    ASSERT_TRUE(
        run_triangles(graph.view(), columns.spans(), machine.parallel, machine.scratch).is_ok());
    for (NodeID v = 0; v < 12 + leaves; ++v) {
      EXPECT_EQ(columns.triangles[at(v)], v < 12 ? 11 * 10 / 2 : 0) << v;
      EXPECT_EQ(num_neighbours(graph.view(), v), v >= 12 ? 1 : v == 3 ? 11 + leaves : 11);
    }
  }
}

TEST(Triangles, FullScratchMemoryIsAnError) {
  const Graph graph = testing::random_graph({.nodes = 5000, .edges = 30000, .hubs = true}, 5);
  Machine machine(1);
  Arena small = Arena::create({.capacity_bytes = 65536}).value();
  EXPECT_EQ(count_triangles(graph.view(), machine.parallel, small).status().code(),
            StatusCode::kOutOfMemory);
}

TEST(Verify, TrianglesAreAcceptedOnlyIfEachNumberIsRight) {
  const Graph graph = testing::random_graph({.nodes = 60, .edges = 600, .directed = true}, 6);
  const std::vector<std::int64_t> right = naive_triangles(graph.view());
  for (std::size_t v = 0; v < right.size(); ++v) {
    for (const int by : {-1, 1}) {
      std::vector<std::int64_t> wrong = right;
      wrong[v] += by;
      EXPECT_NE(
          verify_triangles(graph.view(), wrong).message().find("node " + std::to_string(v) + ": "),
          std::string::npos);
    }
  }
  EXPECT_EQ(verify_triangles(graph.view(), std::vector<std::int64_t>(59)).code(),
            StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace quadrille
