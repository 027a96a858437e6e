#include "kernels/spring_weights.h"

#include <gtest/gtest.h>

#include <quadrille/graph_builder.h>

#include <limits>
#include <vector>

namespace quadrille {
namespace {

constexpr float kLargest = std::numeric_limits<float>::max();
constexpr float kSmallest = std::numeric_limits<float>::denorm_min();

Graph graph_of(std::vector<Edge> edges, BuildOptions options) {
  return build_graph(edges, options).value();
}

std::vector<float> pulls_of(const Graph& graph) {
  std::vector<float> pulls;
  with_pulls(graph.view(), read_spring_weights(graph.view()).scale, [&](auto pull) {
    for_edges(graph.view(),
              [&](NodeID, NodeID, EdgeOffset e) { pulls.push_back(pull(graph.view().out(), e)); });
  });
  return pulls;
}

TEST(SpringWeights, AreRelativeToTheMeanOfEdgesThatAreNoLoops) {
  for (const bool directed : {false, true}) {
    const Graph whole = graph_of({{0, 1, 1}, {1, 2, 3}, {2, 3, 8}, {1, 1, 1000}},
                                 {.directed = directed, .weighted = true});
    EXPECT_EQ(pulls_of(whole), (std::vector<float>{0.25f, 0.75f, 2.0f}));
    const Graph real = graph_of({real_edge(0, 1, 0.25f), real_edge(1, 2, 0.75f)},
                                {.directed = directed, .real_weights = true});
    EXPECT_EQ(pulls_of(real), (std::vector<float>{0.5f, 1.5f}));
  }
}

TEST(SpringWeights, AreOneWhereThereAreNone) {
  const Graph graph = graph_of({{0, 1, 7}, {1, 2, 9}}, {});
  EXPECT_EQ(pulls_of(graph), (std::vector<float>{1, 1}));
  EXPECT_FALSE(read_spring_weights(graph.view()).some_are_zero);
}

TEST(SpringWeights, StayInRangeForTheLargestAndTheSmallest) {
  constexpr Weight kMost = std::numeric_limits<Weight>::max();
  EXPECT_EQ(pulls_of(graph_of({{0, 1, kMost}, {1, 2, kMost}}, {.weighted = true})),
            (std::vector<float>{1, 1}));
  for (const float w : {kLargest, kSmallest}) {
    EXPECT_EQ(pulls_of(graph_of({real_edge(0, 1, w), real_edge(1, 2, w)}, {.real_weights = true})),
              (std::vector<float>{1, 1}));
  }
  const auto pulls = pulls_of(
      graph_of({real_edge(0, 1, kLargest), real_edge(1, 2, kSmallest)}, {.real_weights = true}));
  EXPECT_EQ(pulls, (std::vector<float>{2, 0}));
}

TEST(SpringWeights, OfZeroDoNotPullAndAreNoticed) {
  const Graph some = graph_of({{0, 1, 0}, {1, 2, 4}}, {.weighted = true});
  EXPECT_EQ(pulls_of(some), (std::vector<float>{0, 2}));
  EXPECT_TRUE(read_spring_weights(some.view()).some_are_zero);
  const Graph all =
      graph_of({real_edge(0, 1, 0.0f), real_edge(1, 2, 0.0f)}, {.real_weights = true});
  EXPECT_EQ(pulls_of(all), (std::vector<float>{0, 0}));
  EXPECT_TRUE(read_spring_weights(all.view()).some_are_zero);
}

TEST(SpringWeights, ConnectOnlyWhatAnEdgeOfSomeWeightJoins) {
  const auto connect = [](const Graph& graph) {
    std::vector<NodeID> parent(static_cast<std::size_t>(graph.view().num_nodes()));
    return springs_connect(graph.view(), parent);
  };
  for (const bool directed : {false, true}) {
    const BuildOptions weighted = {.directed = directed, .weighted = true};
    EXPECT_TRUE(connect(graph_of({{0, 1, 1}, {2, 1, 1}, {0, 2, 0}}, weighted)));
    EXPECT_FALSE(connect(graph_of({{0, 1, 1}, {2, 1, 0}}, weighted)));
    EXPECT_TRUE(connect(graph_of({{0, 1, 0}, {2, 1, 0}}, {.directed = directed})));
    EXPECT_FALSE(connect(graph_of({{0, 1, 1}}, {.directed = directed, .num_nodes = 3})));
  }
  EXPECT_TRUE(connect(graph_of({}, {.num_nodes = 1})));
  EXPECT_TRUE(connect(graph_of({}, {.num_nodes = 0})));
}

}  // namespace
}  // namespace quadrille
