#include "kernels/springs.h"

#include <gtest/gtest.h>

#include <quadrille/graph_builder.h>

#include <cmath>

#include "tests/kernels/bodies_fixture.h"

namespace quadrille {
namespace {

struct Drawing {
  Graph graph;
  std::vector<float> x, y, zero;
};

Drawing random_drawing(NodeID nodes, bool directed) {
  Random random(5);
  std::vector<Edge> edges;
  for (NodeID i = 0; i < 3 * nodes; ++i) {
    edges.push_back({static_cast<NodeID>(random.next_below(static_cast<std::uint32_t>(nodes))),
                     static_cast<NodeID>(random.next_below(static_cast<std::uint32_t>(nodes))), 1});
  }
  Drawing drawing{
      build_graph(edges, {.directed = directed, .num_nodes = nodes}).value(), {}, {}, {}};
  for (NodeID v = 0; v < nodes; ++v) {
    drawing.x.push_back(test::unit(random));
    drawing.y.push_back(test::unit(random));
  }
  drawing.zero.assign(drawing.x.size(), 0.0f);
  return drawing;
}

struct Moved {
  std::vector<float> x, y;
  double energy;
  bool operator==(const Moved&) const = default;
};

Moved move(const Drawing& drawing, float step, float gravity, Parallel& parallel) {
  const std::size_t n = drawing.x.size();
  Moved moved{std::vector<float>(n), std::vector<float>(n), 0};
  std::vector<double> chunks(static_cast<std::size_t>(spring_chunks(static_cast<std::int64_t>(n))));
  moved.energy = move_along_forces({.graph = drawing.graph.view(),
                                    .x = drawing.x,
                                    .y = drawing.y,
                                    .field_x = drawing.zero,
                                    .field_y = drawing.zero,
                                    .step = step,
                                    .gravity = gravity,
                                    .next_x = moved.x,
                                    .next_y = moved.y,
                                    .chunk_energy = chunks},
                                   parallel);
  return moved;
}

TEST(Springs, EveryNodeWithAnEdgeMovesByOneStepAndOthersStay) {
  const auto parallel = test::with_threads(2);
  for (const bool directed : {false, true}) {
    const Drawing drawing = random_drawing(5000, directed);
    const GraphView& graph = drawing.graph.view();
    const Moved moved = move(drawing, 0.01f, 0, *parallel);
    for (NodeID v = 0; v < graph.num_nodes(); ++v) {
      const auto i = static_cast<std::size_t>(v);
      bool has_edge = false;
      for (const NodeID u : graph.out_neigh(v)) has_edge |= u != v;
      for (const NodeID u : graph.in_neigh(v)) has_edge |= u != v;
      EXPECT_NEAR(std::hypot(moved.x[i] - drawing.x[i], moved.y[i] - drawing.y[i]),
                  has_edge ? 0.01 : 0.0, 1e-6);
    }
  }
}

TEST(Springs, PullsAreTheSumOfSquaredLengthsTowardsBothEndsOfAnEdge) {
  const Edge edges[] = {{0, 1, 1}, {2, 1, 1}};
  for (const bool directed : {false, true}) {
    Drawing drawing{build_graph(edges, {.directed = directed, .num_nodes = 3}).value(),
                    {0, 3, 3},
                    {0, 4, 0},
                    {0, 0, 0}};
    const auto parallel = test::with_threads(1);
    // Node 0: (3, 4) * 5; node 1: -(3, 4) * 5 + (0, -4) * 4; node 2: (0, 4) * 4.
    EXPECT_NEAR(move(drawing, 0, 0, *parallel).energy, 625 + 225 + 36 * 36 + 256, 1e-3);
  }
}

TEST(Springs, GravityPullsToTheOrigin) {
  Drawing drawing{build_graph({}, {.num_nodes = 1}).value(), {3}, {4}, {0}};
  const auto parallel = test::with_threads(1);
  const Moved moved = move(drawing, 1, 0.5f, *parallel);
  EXPECT_NEAR(moved.x[0], 3 - 0.6, 1e-6);
  EXPECT_NEAR(moved.y[0], 4 - 0.8, 1e-6);
}

TEST(Springs, SameBytesOnEveryThreadCount) {
  const Drawing drawing = random_drawing(20000, false);
  const auto one = test::with_threads(1);
  const Moved expected = move(drawing, 0.01f, 0.1f, *one);
  for (const int threads : {2, 3, 8}) {
    const auto parallel = test::with_threads(threads);
    EXPECT_TRUE(move(drawing, 0.01f, 0.1f, *parallel) == expected) << threads;
  }
}

TEST(Springs, ABalancedDrawingNeedsNoScale) {
  Drawing drawing = random_drawing(500, false);
  const double scale = balanced_scale(drawing.graph.view(), drawing.x, drawing.y);
  for (float& x : drawing.x) x *= static_cast<float>(scale);
  for (float& y : drawing.y) y *= static_cast<float>(scale);
  EXPECT_NEAR(balanced_scale(drawing.graph.view(), drawing.x, drawing.y), 1.0, 1e-5);
  const Edge edge = {0, 1, 1};
  const Graph pair = build_graph({&edge, 1}, {.num_nodes = 2}).value();
  const float x[] = {0, 2}, y[] = {0, 0};
  EXPECT_NEAR(2 * balanced_scale(pair.view(), x, y), std::cbrt(double{kRepulsion}), 1e-6);
}

TEST(Springs, MeanEdgeLengthCountsEachEdgeOnceAndNoLoops) {
  const Edge edges[] = {{0, 1, 1}, {1, 2, 1}, {2, 2, 1}};
  const float x[] = {0, 1, 1}, y[] = {0, 0, 3};
  for (const bool directed : {false, true}) {
    const Graph graph = build_graph(edges, {.directed = directed, .num_nodes = 3}).value();
    EXPECT_EQ(mean_edge_length(graph.view(), x, y), 2.0);
  }
}

}  // namespace
}  // namespace quadrille
