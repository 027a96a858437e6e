#include "kernels/verify.h"

#include <functional>

#include "kernels/bfs.h"
#include "kernels/path_search.h"
#include "tests/kernels/wave_graphs.h"

namespace quadrille {
namespace {

using testing::at;

template <class T>
struct Answer {
  std::vector<T> distance;
  std::vector<NodeID> parent;
};

Answer<Distance> bfs_answer(const GraphView& graph, NodeID source) {
  Answer<Distance> answer{std::vector<Distance>(at(graph.num_nodes())),
                          std::vector<NodeID>(at(graph.num_nodes()))};
  const BfsColumns columns{answer.distance, answer.parent, {}};
  const Status status = testing::Machine(1).run(run_bfs, graph, source, columns);
  EXPECT_TRUE(status.is_ok());
  return answer;
}

Answer<PathLength> sssp_answer(const GraphView& graph, NodeID source) {
  Answer<PathLength> answer{std::vector<PathLength>(at(graph.num_nodes())),
                            std::vector<NodeID>(at(graph.num_nodes()))};
  const SsspColumns columns{answer.distance, answer.parent, {}};
  const Status status = testing::Machine(1).run(run_sssp, graph, source, 0, columns);
  EXPECT_TRUE(status.is_ok());
  return answer;
}

TEST(Verify, RightPathsAreAccepted) {
  for (const auto& [name, image] : testing::wave_graphs()) {
    SCOPED_TRACE(name);
    const GraphView& graph = image.view();
    if (graph.num_nodes() == 0) continue;
    const NodeID source = graph.internal_id(graph.num_nodes() / 2);
    const auto bfs = bfs_answer(graph, graph.num_nodes() / 2);
    EXPECT_EQ(verify_bfs(graph, source, bfs.distance, bfs.parent).message(), "");
    const auto sssp = sssp_answer(graph, graph.num_nodes() / 2);
    EXPECT_EQ(verify_sssp(graph, source, sssp.distance, sssp.parent).message(), "");
  }
}

TEST(Verify, DistancesBeyondAllRangeAreNamedBeforeAnyIsAddedTo) {
  const Graph image = testing::chain_graph(5, 3, false);
  auto bfs = bfs_answer(image.view(), 0);
  bfs.distance[4] = 2147483647;
  EXPECT_EQ(verify_bfs(image.view(), 0, bfs.distance, bfs.parent).message(),
            "node 4: its distance is no number of hops");
  auto sssp = sssp_answer(image.view(), 0);
  sssp.distance[4] = 9223372036854775807;
  EXPECT_EQ(verify_sssp(image.view(), 0, sssp.distance, sssp.parent).message(),
            "node 4: its distance is no path's length");
}

// Whatever single element is changed to whatever near value, the verifier sees it.
TEST(Verify, EverySingleWrongDistanceOrParentOfBfsIsFound) {
  const Graph image = testing::random_graph({.nodes = 60, .edges = 70, .directed = true}, 9);
  const GraphView& graph = image.view();
  const auto right = bfs_answer(graph, 0);
  for (NodeID v = 0; v < graph.num_nodes(); ++v) {
    for (const Distance wrong : {-7, -1, 0, 1, 2, 3, 4, 5, 59, 60}) {
      auto answer = right;
      if (std::exchange(answer.distance[at(v)], wrong) == wrong) continue;
      EXPECT_FALSE(verify_bfs(graph, 0, answer.distance, answer.parent).is_ok())
          << v << " " << wrong;
    }
    for (NodeID wrong = -2; wrong <= graph.num_nodes(); ++wrong) {
      auto answer = right;
      if (std::exchange(answer.parent[at(v)], wrong) == wrong) continue;
      EXPECT_FALSE(verify_bfs(graph, 0, answer.distance, answer.parent).is_ok())
          << v << " " << wrong;
    }
  }
}

TEST(Verify, EverySingleWrongDistanceOrParentOfSsspIsFound) {
  const Graph image = testing::random_graph(
      {.nodes = 60, .edges = 110, .directed = true, .weighted = true, .max_weight = 2}, 4);
  const GraphView& graph = image.view();
  const auto right = sssp_answer(graph, 0);
  for (NodeID v = 0; v < graph.num_nodes(); ++v) {
    for (const PathLength wrong : {-7, -1, 0, 1, 2, 3, 4, 5, 59, 60}) {
      auto answer = right;
      if (std::exchange(answer.distance[at(v)], wrong) == wrong) continue;
      EXPECT_FALSE(verify_sssp(graph, 0, answer.distance, answer.parent).is_ok())
          << v << " " << wrong;
    }
    for (NodeID wrong = -2; wrong <= graph.num_nodes(); ++wrong) {
      auto answer = right;
      if (std::exchange(answer.parent[at(v)], wrong) == wrong) continue;
      EXPECT_FALSE(verify_sssp(graph, 0, answer.distance, answer.parent).is_ok())
          << v << " " << wrong;
    }
  }
}

TEST(Verify, ParentsInACircleOfZeroWeightsAreFound) {
  const std::vector<Edge> edges = {{0, 1, 5}, {1, 2, 0}, {2, 3, 0}, {3, 1, 0}, {4, 5, 0}};
  const Graph image = build_graph(edges, {.directed = true, .weighted = true}).value();
  const auto right = sssp_answer(image.view(), 0);
  EXPECT_EQ(right.parent, (std::vector<NodeID>{0, 0, 1, 2, -1, -1}));
  auto circle = right;
  circle.parent[1] = 3;
  EXPECT_FALSE(verify_sssp(image.view(), 0, circle.distance, circle.parent).is_ok());
  // A whole part that claims to be reached, each node by the other.
  const std::vector<Edge> apart = {{0, 1, 1}, {2, 3, 0}, {3, 2, 0}};
  const Graph island = build_graph(apart, {.directed = true, .weighted = true}).value();
  const std::vector<PathLength> distance = {0, 1, 7, 7};
  const std::vector<NodeID> parent = {0, 0, 3, 2};
  EXPECT_FALSE(verify_sssp(island.view(), 0, distance, parent).is_ok());
}

TEST(Verify, ALevelThatIsTooFarEverywhereIsFound) {
  const Graph image = testing::chain_graph(6, 1, false);
  const std::vector<Distance> distance = {0, 2, 3, 4, 5, 6};
  const std::vector<NodeID> parent = {0, 0, 1, 2, 3, 4};
  EXPECT_FALSE(verify_bfs(image.view(), 0, distance, parent).is_ok());
}

// Two components: {0, 1, 2, 3} and {4, 5}; 6 stands alone.
Graph three_components() {
  const std::vector<Edge> edges = {{0, 1, 1}, {2, 1, 1}, {2, 3, 1}, {5, 4, 1}};
  return build_graph(edges, {.directed = true, .num_nodes = 7}).value();
}

TEST(Verify, ComponentsAreAcceptedOnlyWithTheSmallestIdOfEach) {
  const Graph image = three_components();
  const std::vector<NodeID> right = {0, 0, 0, 0, 4, 4, 6};
  EXPECT_EQ(verify_components(image.view(), right).message(), "");
  for (std::size_t v = 0; v < right.size(); ++v) {
    for (NodeID wrong = -1; wrong <= 7; ++wrong) {
      auto label = right;
      if (std::exchange(label[v], wrong) == wrong) continue;
      EXPECT_FALSE(verify_components(image.view(), label).is_ok()) << v << " " << wrong;
    }
  }
  for (const std::vector<NodeID>& label : {std::vector<NodeID>{0, 0, 2, 2, 4, 4, 6},
                                           {0, 0, 0, 0, 0, 0, 6},
                                           {0, 0, 0, 0, 5, 5, 6},
                                           {0, 1, 2, 3, 4, 5, 6}}) {
    EXPECT_FALSE(verify_components(image.view(), label).is_ok());
  }
}

TEST(Verify, LabelsAreAcceptedOnlyWhereTheMostFrequentNeighbourWins) {
  const Graph image = three_components();
  const std::vector<NodeID> right = {0, 0, 0, 0, 4, 4, 6};
  EXPECT_EQ(verify_labels(image.view(), right, true).message(), "");
  for (std::size_t v = 0; v < right.size(); ++v) {
    auto label = right;
    label[v] = v == 3 ? 4 : 3;
    EXPECT_FALSE(verify_labels(image.view(), label, true).is_ok()) << v;
  }
  // Not settled: any label that could have come along edges.
  const std::vector<NodeID> underway = {0, 2, 1, 3, 5, 4, 6};
  EXPECT_TRUE(verify_labels(image.view(), underway, false).is_ok());
  EXPECT_FALSE(verify_labels(image.view(), underway, true).is_ok());
  const std::vector<NodeID> foreign = {0, 2, 1, 3, 5, 4, 0};
  EXPECT_FALSE(verify_labels(image.view(), foreign, false).is_ok());
}

TEST(Verify, AColumnOfAnotherSizeIsRefused) {
  const Graph image = three_components();
  const std::vector<NodeID> shorter(6, 0);
  EXPECT_EQ(verify_components(image.view(), shorter).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(verify_labels(image.view(), shorter, true).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(verify_bfs(image.view(), 0, shorter, shorter).code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace quadrille
