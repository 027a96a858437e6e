#include "kernels/pivot_mds.h"

#include <gtest/gtest.h>

#include <quadrille/graph_builder.h>

#include <cmath>

#include "tests/kernels/bodies_fixture.h"

namespace quadrille {
namespace {

std::vector<Edge> path(NodeID nodes) {
  std::vector<Edge> edges;
  for (NodeID v = 0; v + 1 < nodes; ++v) edges.push_back({v, v + 1, 1});
  return edges;
}

struct PivotDrawing {
  std::vector<float> x, y;
  std::vector<std::uint8_t> reached;
  std::int64_t num_reached;
};

PivotDrawing draw(const GraphView& graph) {
  const auto n = static_cast<std::size_t>(graph.num_nodes());
  PivotDrawing drawing{std::vector<float>(n, -77), std::vector<float>(n, -77),
                       std::vector<std::uint8_t>(n, 9), 0};
  Arena arena = test::scratch_arena();
  drawing.num_reached =
      pivot_mds(graph, arena, drawing.x, drawing.y, drawing.reached).value().num_reached;
  return drawing;
}

TEST(PivotMds, HopDistancesFollowEdgesBothWays) {
  const auto edges = path(100);
  for (const bool directed : {false, true}) {
    const Graph graph = build_graph(edges, {.directed = directed, .num_nodes = 101}).value();
    std::vector<Distance> distance(101);
    std::vector<NodeID> queue(101);
    EXPECT_EQ(hop_distances(graph.view(), 40, distance, queue), 100);
    for (NodeID v = 0; v < 100; ++v)
      EXPECT_EQ(distance[static_cast<std::size_t>(v)], std::abs(v - 40));
    EXPECT_EQ(distance[100], kDistInf);
  }
}

TEST(PivotMds, APathBecomesALineInItsOrder) {
  const auto edges = path(200);
  const Graph graph = build_graph(edges, {.num_nodes = 200}).value();
  const PivotDrawing drawing = draw(graph.view());
  const float direction = drawing.x[199] - drawing.x[0];
  for (std::size_t v = 0; v + 1 < 200; ++v) {
    EXPECT_GT((drawing.x[v + 1] - drawing.x[v]) * direction, 0);
    EXPECT_LT(std::abs(drawing.y[v]), 1e-2 * std::abs(direction));
  }
}

TEST(PivotMds, ALatticeKeepsItsCornersApart) {
  constexpr NodeID kSide = 30;
  std::vector<Edge> edges;
  for (NodeID v = 0; v < kSide * kSide; ++v) {
    if (v % kSide + 1 < kSide) edges.push_back({v, v + 1, 1});
    if (v + kSide < kSide * kSide) edges.push_back({v, v + kSide, 1});
  }
  const Graph graph = build_graph(edges, {.num_nodes = kSide * kSide}).value();
  const PivotDrawing drawing = draw(graph.view());
  const std::size_t corners[] = {0, kSide - 1, kSide * (kSide - 1), kSide * kSide - 1};
  const double side =
      std::hypot(drawing.x[0] - drawing.x[kSide - 1], drawing.y[0] - drawing.y[kSide - 1]);
  for (const std::size_t a : corners) {
    for (const std::size_t b : corners) {
      if (a == b) continue;
      const double distance = std::hypot(drawing.x[a] - drawing.x[b], drawing.y[a] - drawing.y[b]);
      EXPECT_GT(distance, 0.7 * side);
      EXPECT_LT(distance, 2.0 * side);
    }
  }
}

TEST(PivotMds, OnlyTheComponentOfTheNodeOfMostEdgesIsPlaced) {
  auto edges = path(50);
  edges.push_back({60, 61, 1});
  const Graph graph = build_graph(edges, {.num_nodes = 70}).value();
  const PivotDrawing drawing = draw(graph.view());
  EXPECT_EQ(drawing.num_reached, 50);
  for (std::size_t v = 0; v < 70; ++v) {
    EXPECT_EQ(drawing.reached[v], v < 50 ? 1 : 0);
    if (v >= 50) {
      EXPECT_EQ(drawing.x[v], -77.0f);
    }
  }
}

TEST(PivotMds, NoneAndOneNodeAreValid) {
  for (const NodeID nodes : {0, 1}) {
    const Graph graph = build_graph({}, {.num_nodes = nodes}).value();
    EXPECT_EQ(draw(graph.view()).num_reached, nodes);
  }
}

}  // namespace
}  // namespace quadrille
