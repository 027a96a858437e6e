#include "bench/graph_summary.h"

#include <vector>

#include <gtest/gtest.h>
#include <quadrille/graph_builder.h>

namespace quadrille::program {
namespace {

TEST(GraphSummary, CountsNodesByThePowerOfTwoBelowTheirDegree) {
  // A star of 5 leaves, and one node without an edge.
  std::vector<Edge> edges;
  for (NodeID leaf = 1; leaf <= 5; ++leaf) edges.push_back({0, leaf, 10 * leaf});
  const Graph graph = build_graph(edges, {.weighted = true, .num_nodes = 7}).value();
  const GraphSummary summary = summarize_graph(graph.view());
  EXPECT_EQ(summary.degrees[0], 1);
  EXPECT_EQ(summary.degrees[1], 5);
  EXPECT_EQ(summary.degrees[2], 0);
  EXPECT_EQ(summary.degrees[3], 1) << "5 lies from 4 below 8";
  EXPECT_EQ(summary.max_degree, 5);
  EXPECT_EQ(summary.min_weight, 10);
  EXPECT_EQ(summary.max_weight, 50);
  const std::string histogram = degree_histogram(summary);
  EXPECT_NE(histogram.find("4-7"), std::string::npos) << histogram;
  EXPECT_EQ(histogram.find("8-15"), std::string::npos) << histogram;
}

TEST(GraphSummary, RealWeightsAndBoundsAreRead) {
  const std::vector<Edge> edges = {real_edge(0, 1, 0.5f), real_edge(1, 2, 2.25f)};
  const std::vector<float> x = {-1, 5, 3}, y = {2, 0, 7};
  const Graph graph = build_graph(edges, {.real_weights = true, .x = x, .y = y}).value();
  const GraphSummary summary = summarize_graph(graph.view());
  EXPECT_EQ(summary.min_weight, 0.5);
  EXPECT_EQ(summary.max_weight, 2.25);
  EXPECT_EQ(summary.bounds.min_x, -1);
  EXPECT_EQ(summary.bounds.max_y, 7);
}

TEST(GraphSummary, OfAnEmptyGraphIsEmpty) {
  const Graph graph = build_graph(std::span<const Edge>{}).value();
  const GraphSummary summary = summarize_graph(graph.view());
  EXPECT_EQ(summary.max_degree, 0);
  EXPECT_EQ(degree_histogram(summary), "");
}

}  // namespace
}  // namespace quadrille::program
