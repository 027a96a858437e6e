#include "kernels/springs.h"

#include <gtest/gtest.h>

#include <quadrille/graph_builder.h>

#include <cmath>

#include "kernels/spring_weights.h"
#include "tests/kernels/bodies_fixture.h"

namespace quadrille {
namespace {

enum class Weights : std::uint8_t { kNone, kWhole, kReal };

struct SpringDrawing {
  Graph graph;
  std::vector<float> x, y, zero;
};

std::vector<Edge> random_edges(NodeID nodes) {
  Random random(5);
  std::vector<Edge> edges;
  for (NodeID i = 0; i < 3 * nodes; ++i) {
    edges.push_back({static_cast<NodeID>(random.next_below(static_cast<std::uint32_t>(nodes))),
                     static_cast<NodeID>(random.next_below(static_cast<std::uint32_t>(nodes))), 1});
  }
  return edges;
}

SpringDrawing random_places(Graph graph) {
  Random random(6);
  SpringDrawing drawing{std::move(graph), {}, {}, {}};
  for (NodeID v = 0; v < drawing.graph.view().num_nodes(); ++v) {
    drawing.x.push_back(test::unit(random));
    drawing.y.push_back(test::unit(random));
  }
  drawing.zero.assign(drawing.x.size(), 0.0f);
  return drawing;
}

SpringDrawing random_drawing(NodeID nodes, bool directed) {
  return random_places(
      build_graph(random_edges(nodes), {.directed = directed, .num_nodes = nodes}).value());
}

// Every weight that occurs is weight_of(i) of edge i, or that of a duplicate.
template <class WeightOf>
SpringDrawing weighted_drawing(NodeID nodes, bool directed, Weights weights, WeightOf weight_of) {
  std::vector<Edge> edges = random_edges(nodes);
  for (std::size_t i = 0; i < edges.size(); ++i) {
    if (weights == Weights::kReal)
      edges[i] = real_edge(edges[i].u, edges[i].v, static_cast<float>(weight_of(i)));
    else
      edges[i].w = static_cast<Weight>(weight_of(i));
  }
  return random_places(build_graph(edges, {.directed = directed,
                                           .weighted = weights != Weights::kNone,
                                           .real_weights = weights == Weights::kReal,
                                           .num_nodes = nodes})
                           .value());
}

struct Moved {
  std::vector<float> x, y;
  double energy;
  bool operator==(const Moved&) const = default;
};

Moved move(const SpringDrawing& drawing, float step, float gravity, Parallel& parallel) {
  const std::size_t n = drawing.x.size();
  Moved moved{std::vector<float>(n), std::vector<float>(n), 0};
  std::vector<double> chunks(static_cast<std::size_t>(spring_chunks(static_cast<std::int64_t>(n))));
  const GraphView& graph = drawing.graph.view();
  moved.energy = move_along_forces({.graph = graph,
                                    .weight_scale = read_spring_weights(graph).scale,
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
    const SpringDrawing drawing = random_drawing(5000, directed);
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
    SpringDrawing drawing{build_graph(edges, {.directed = directed, .num_nodes = 3}).value(),
                          {0, 3, 3},
                          {0, 4, 0},
                          {0, 0, 0}};
    const auto parallel = test::with_threads(1);
    // Node 0: (3, 4) * 5; node 1: -(3, 4) * 5 + (0, -4) * 4; node 2: (0, 4) * 4.
    EXPECT_NEAR(move(drawing, 0, 0, *parallel).energy, 625 + 225 + 36 * 36 + 256, 1e-3);
  }
}

TEST(Springs, GravityPullsToTheOrigin) {
  SpringDrawing drawing{build_graph({}, {.num_nodes = 1}).value(), {3}, {4}, {0}};
  const auto parallel = test::with_threads(1);
  const Moved moved = move(drawing, 1, 0.5f, *parallel);
  EXPECT_NEAR(moved.x[0], 3 - 0.6, 1e-6);
  EXPECT_NEAR(moved.y[0], 4 - 0.8, 1e-6);
}

TEST(Springs, SameBytesOnEveryThreadCount) {
  const SpringDrawing drawing = random_drawing(20000, false);
  const auto one = test::with_threads(1);
  const Moved expected = move(drawing, 0.01f, 0.1f, *one);
  for (const int threads : {2, 3, 8}) {
    const auto parallel = test::with_threads(threads);
    EXPECT_TRUE(move(drawing, 0.01f, 0.1f, *parallel) == expected) << threads;
  }
}

TEST(Springs, ABalancedDrawingNeedsNoScale) {
  SpringDrawing drawing = random_drawing(500, false);
  const double scale = balanced_scale(drawing.graph.view(), 1, drawing.x, drawing.y);
  for (float& x : drawing.x) x *= static_cast<float>(scale);
  for (float& y : drawing.y) y *= static_cast<float>(scale);
  EXPECT_NEAR(balanced_scale(drawing.graph.view(), 1, drawing.x, drawing.y), 1.0, 1e-5);
  const Edge edge = {0, 1, 1};
  const Graph pair = build_graph({&edge, 1}, {.num_nodes = 2}).value();
  const float x[] = {0, 2}, y[] = {0, 0};
  EXPECT_NEAR(2 * balanced_scale(pair.view(), 1, x, y), std::cbrt(double{kRepulsion}), 1e-6);
}

TEST(Springs, MeanEdgeLengthCountsEachEdgeOnceAndNoLoops) {
  const Edge edges[] = {{0, 1, 1}, {1, 2, 1}, {2, 2, 1}};
  const float x[] = {0, 1, 1}, y[] = {0, 0, 3};
  for (const bool directed : {false, true}) {
    const Graph graph = build_graph(edges, {.directed = directed, .num_nodes = 3}).value();
    EXPECT_EQ(mean_edge_length(graph.view(), 1, x, y), 2.0);
  }
}

// The forces by their definition, edge by edge.
std::vector<std::pair<double, double>> forces_of(const SpringDrawing& drawing) {
  const GraphView& graph = drawing.graph.view();
  double sum = 0, count = 0;
  const auto for_weighted_edges = [&](auto visit) {
    for (NodeID u = 0; u < graph.num_nodes(); ++u) {
      for (std::size_t i = 0; i < graph.out_neigh(u).size(); ++i) {
        const NodeID v = graph.out_neigh(u)[i];
        if (u == v || (!graph.directed() && v < u)) continue;
        const Weight w = graph.out_weights(u)[i];
        visit(static_cast<std::size_t>(u), static_cast<std::size_t>(v),
              graph.real_weights() ? double{std::bit_cast<float>(w)} : static_cast<double>(w));
      }
    }
  };
  for_weighted_edges([&](std::size_t, std::size_t, double w) { sum += w, ++count; });
  std::vector<std::pair<double, double>> forces(drawing.x.size());
  for_weighted_edges([&](std::size_t u, std::size_t v, double w) {
    const double dx = double{drawing.x[v]} - drawing.x[u], dy = double{drawing.y[v]} - drawing.y[u];
    const double pull = w * count / sum * std::hypot(dx, dy);
    forces[u].first += pull * dx, forces[u].second += pull * dy;
    forces[v].first -= pull * dx, forces[v].second -= pull * dy;
  });
  return forces;
}

TEST(Springs, PullInProportionToTheirWeights) {
  const auto parallel = test::with_threads(2);
  for (const Weights weights : {Weights::kWhole, Weights::kReal}) {
    for (const bool directed : {false, true}) {
      const double unit = weights == Weights::kReal ? 0.37 : 1;
      const SpringDrawing drawing = weighted_drawing(3000, directed, weights, [&](std::size_t i) {
        return i % 5 == 0 ? 0.0 : unit * static_cast<double>(i % 97);
      });
      const auto forces = forces_of(drawing);
      const Moved moved = move(drawing, 0.01f, 0, *parallel);
      double energy = 0;
      for (std::size_t v = 0; v < forces.size(); ++v) {
        const auto [x, y] = forces[v];
        const double length = std::hypot(x, y);
        energy += length * length;
        if (length < 1e-3) continue;  // two pulls may all but cancel
        EXPECT_NEAR(moved.x[v], drawing.x[v] + 0.01 * x / length, 1e-5) << v;
        EXPECT_NEAR(moved.y[v], drawing.y[v] + 0.01 * y / length, 1e-5) << v;
      }
      EXPECT_NEAR(moved.energy, energy, 1e-5 * energy);
    }
  }
}

TEST(Springs, EqualWeightsPullAsNoWeightsDo) {
  const auto parallel = test::with_threads(1);
  const Moved expected = move(random_drawing(1000, false), 0.01f, 0, *parallel);
  for (const Weights weights : {Weights::kWhole, Weights::kReal}) {
    for (const double w : {1.0, 4096.0}) {  // powers of two: the mean's inverse is exact
      const SpringDrawing drawing =
          weighted_drawing(1000, false, weights, [&](std::size_t) { return w; });
      EXPECT_TRUE(move(drawing, 0.01f, 0, *parallel) == expected) << w;
      EXPECT_EQ(balanced_scale(drawing.graph.view(), 1 / w, drawing.x, drawing.y),
                balanced_scale(random_drawing(1000, false).graph.view(), 1, drawing.x, drawing.y));
    }
  }
}

TEST(Springs, ABalancedDrawingCountsWeights) {
  const Edge edge = {0, 1, 3}, weightless = {1, 2, 0};
  const Edge edges[] = {edge, weightless};
  const Graph graph = build_graph(edges, {.weighted = true, .num_nodes = 3}).value();
  const double scale = read_spring_weights(graph.view()).scale;
  EXPECT_EQ(scale, 1 / 1.5);
  const float x[] = {0, 1, 5}, y[] = {0, 0, 0};
  // Three pairs push; one edge pulls, twice as hard as the mean.
  EXPECT_NEAR(balanced_scale(graph.view(), scale, x, y), std::cbrt(3 * double{kRepulsion} / 2),
              1e-6);
  EXPECT_EQ(mean_edge_length(graph.view(), scale, x, y), 1.0);
}

}  // namespace
}  // namespace quadrille
