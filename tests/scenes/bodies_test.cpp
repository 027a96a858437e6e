// The scenes of bodies, run as a user runs them: what they promise holds at the end. (That their
// bytes do not depend on threads, instruction sets or readers is proved for all scenes in
// determinism_test.cpp.)

#include <gtest/gtest.h>
#include <quadrille/generators.h>
#include <quadrille/parallel.h>
#include <quadrille/simulation.h>

#include <algorithm>
#include <cmath>

#include "tests/scenes/scene_inputs.h"
#include "tests/scenes/scene_runs.h"

namespace quadrille {
namespace {

using test::create;
using test::fact;
using test::run;
using test::verified;

SimulationOptions sort_options(const std::string& algorithm, std::int64_t size) {
  SimulationOptions options;
  options.scene.algorithm = algorithm;
  options.scene.size = size;
  return options;
}

TEST(SortScene, EveryAlgorithmEndsSortedWithTheValuesItBeganWith) {
  for (const std::string algorithm : {"radix", "merge", "quick"}) {
    for (const std::int64_t size : {1, 2, 3, 31, 32, 33, 65, 1000, 16384, 16385, 100000}) {
      Simulation simulation = create("sort", {}, sort_options(algorithm, size));
      const auto first = simulation.last_completed().column<std::uint32_t>(0);
      std::vector<std::uint32_t> expected(first.begin(), first.end());
      std::ranges::sort(expected);
      run(simulation, 1000);
      EXPECT_TRUE(simulation.finished());
      const auto values = simulation.last_completed().column<std::uint32_t>(0);
      EXPECT_TRUE(std::ranges::equal(values, expected)) << algorithm << ' ' << size;
      EXPECT_EQ(verified(simulation), "") << algorithm << ' ' << size;
    }
  }
}

TEST(SortScene, EveryFrameIsAPermutationAndAStepMoreChangesNothing) {
  for (const std::string algorithm : {"radix", "merge", "quick"}) {
    Simulation simulation = create("sort", {}, sort_options(algorithm, 50000));
    while (!simulation.finished()) {
      run(simulation, 1);
      ASSERT_EQ(verified(simulation), "") << algorithm;
    }
    run(simulation, 1);
    EXPECT_EQ(fact(simulation, "descents left"), 0) << algorithm;
    EXPECT_EQ(verified(simulation), "") << algorithm;
  }
}

TEST(SortScene, OtherSeedsDrawOtherValues) {
  SimulationOptions options = sort_options("radix", 1000);
  Simulation one = create("sort", {}, options);
  options.scene.seed = 2;
  Simulation two = create("sort", {}, options);
  EXPECT_FALSE(one.last_completed().state_hash() == two.last_completed().state_hash());
}

TEST(SortScene, AnUnknownAlgorithmOrSizeIsRefusedInASentence) {
  EXPECT_EQ(Simulation::create("sort", {}, sort_options("bogo", 10)).status().message(),
            "no sorting algorithm is called 'bogo'; known: radix, merge, quick");
  EXPECT_EQ(Simulation::create("sort", {}, sort_options("", -1)).status().code(),
            StatusCode::kInvalidArgument);
}

// A lattice whose input says nothing of where its nodes are.
SceneInput bare_grid(NodeID side) {
  std::vector<Edge> edges;
  for (NodeID v = 0; v < side * side; ++v) {
    if (v % side + 1 < side) edges.push_back({v, v + 1, 1});
    if (v + side < side * side) edges.push_back({v, v + side, 1});
  }
  return test::graph_input(build_graph(edges, {.num_nodes = side * side}).value());
}

float width_of(const Simulation& simulation) {
  const auto x = simulation.last_completed().column<float>(0, 0);
  return *std::ranges::max_element(x) - *std::ranges::min_element(x);
}

TEST(LayoutScene, UnfoldsALatticeWithoutCoordinates) {
  Simulation simulation = create("layout", bare_grid(40));
  run(simulation, 100);
  EXPECT_LT(fact(simulation, "stress"), 0.03);  // drawn perfectly 0.011, at random 0.75
  EXPECT_EQ(verified(simulation), "");
}

TEST(LayoutScene, KeepsALatticeThatHasCoordinates) {
  Simulation simulation = create("layout", test::grid_graph(40));
  run(simulation, 100);
  EXPECT_LT(fact(simulation, "stress"), 0.03);
  EXPECT_EQ(verified(simulation), "");
}

TEST(LayoutScene, AStepComesToRestAndEnergyFalls) {
  Simulation simulation = create("layout", bare_grid(20));
  run(simulation, 5);
  const double energy = fact(simulation, "energy"), step = fact(simulation, "step length");
  run(simulation, 300);
  EXPECT_LT(fact(simulation, "energy"), energy);
  EXPECT_LT(fact(simulation, "step length"), step / 4);
}

TEST(LayoutScene, DrawsTwoNodesAsFarApartAsTheirForcesBalance) {
  const Edge edge = {0, 1, 1};
  Simulation simulation =
      create("layout", test::graph_input(build_graph({&edge, 1}, {.num_nodes = 2}).value()));
  run(simulation, 400);
  EXPECT_NEAR(fact(simulation, "mean edge length"), std::cbrt(0.2), 0.02);  // d^2 = 0.2 / d
}

// Node 1 hangs between 0 and 2: w d^2 = 0.2 / d + 0.2 / (d + e) at each end, w over the mean
// weight.
TEST(LayoutScene, AHeavierEdgeIsShorterAsFarAsItsForcesBalance) {
  for (const bool real : {false, true}) {
    const Edge edges[] = {real ? real_edge(0, 1, 0.8f) : Edge{0, 1, 8},
                          real ? real_edge(1, 2, 0.1f) : Edge{1, 2, 1}};
    Simulation simulation = create(
        "layout",
        test::graph_input(
            build_graph(edges, {.weighted = true, .real_weights = real, .num_nodes = 3}).value()));
    run(simulation, 600);
    const auto x = simulation.last_completed().column<float>(0, 0);
    const auto y = simulation.last_completed().column<float>(0, 1);
    double heavy = 1, light = 1;
    for (int i = 0; i < 1000; ++i) {
      const double both = 0.2 / (heavy + light);
      heavy = (heavy + std::sqrt((0.2 / heavy + both) / (8 / 4.5))) / 2;
      light = (light + std::sqrt((0.2 / light + both) / (1 / 4.5))) / 2;
    }
    EXPECT_NEAR(std::hypot(x[0] - x[1], y[0] - y[1]), heavy, 0.02);
    EXPECT_NEAR(std::hypot(x[2] - x[1], y[2] - y[1]), light, 0.02);
  }
}

// Nothing pulls these two together but what holds unconnected parts: as much as pushes them apart
// where the sum of their squared distances from the middle is what it was at first.
TEST(LayoutScene, PartsThatOnlyAWeightlessEdgeJoinAreHeldAsUnconnectedOnes) {
  const Edge edge = {0, 1, 0};
  Simulation simulation = create(
      "layout",
      test::graph_input(build_graph({&edge, 1}, {.weighted = true, .num_nodes = 2}).value()));
  const auto x = simulation.last_completed().column<float>(0, 0);
  const auto y = simulation.last_completed().column<float>(0, 1);
  const double squares = x[0] * x[0] + y[0] * y[0] + x[1] * x[1] + y[1] * y[1];
  run(simulation, 400);
  const auto end_x = simulation.last_completed().column<float>(0, 0);
  const auto end_y = simulation.last_completed().column<float>(0, 1);
  const double apart = std::hypot(end_x[0] - end_x[1], end_y[0] - end_y[1]);
  EXPECT_NEAR(apart, std::sqrt(squares), 0.01 * apart);
  EXPECT_EQ(verified(simulation), "");
}

TEST(LayoutScene, UnconnectedPartsStayNearEachOther) {
  SceneInput input = bare_grid(10);
  std::vector<Edge> edges;
  for (NodeID v = 0; v < 200; ++v)
    edges.push_back({v, (v / 50) * 50 + (v + 1) % 50, 1});                    // four rings
  input = test::graph_input(build_graph(edges, {.num_nodes = 260}).value());  // and 60 alone
  Simulation simulation = create("layout", std::move(input));
  run(simulation, 300);
  EXPECT_LT(width_of(simulation), 60 * fact(simulation, "mean edge length"));
  EXPECT_EQ(verified(simulation), "");
}

// A ring whose nodes begin at random places, or on one spot, or on a line.
SceneInput ring_at(std::int64_t num_nodes, float size, bool on_a_line, float apart = 1) {
  std::vector<Edge> edges;
  std::vector<float> x, y;
  Random random(5);
  for (std::int64_t v = 0; v < num_nodes; ++v) {
    edges.push_back({static_cast<NodeID>(v), static_cast<NodeID>((v + 1) % num_nodes), 1});
    x.push_back(size * (1 + apart * static_cast<float>(random.next_unit() - 0.5)));
    y.push_back(on_a_line ? x.back() / 2
                          : size * (1 + apart * static_cast<float>(random.next_unit() - 0.5)));
  }
  return test::graph_input(
      build_graph(edges, {.num_nodes = static_cast<NodeID>(num_nodes), .x = x, .y = y}).value());
}

TEST(LayoutScene, CoordinatesOfAnySizeBeginADrawing) {
  for (const float size : {1e-45f, 1e-30f, 1e-10f, 1.0f, 1e10f, 1e30f, 2e38f}) {
    for (const bool on_a_line : {false, true}) {
      Simulation simulation = create("layout", ring_at(500, size, on_a_line));
      run(simulation, 20);
      EXPECT_EQ(verified(simulation), "") << size;
      const double edge = fact(simulation, "mean edge length");
      EXPECT_GT(edge, 0.1)
          << size;  // its forces balance at lengths of that order, whatever the unit
      EXPECT_LT(edge, 100) << size;
    }
  }
}

TEST(LayoutScene, NodesOnOneSpotPart) {
  for (const float size : {0.0f, 1e-30f, 3.0f, 1e30f}) {
    Simulation simulation = create("layout", ring_at(500, size, false, /*apart=*/0));
    run(simulation, 20);
    EXPECT_EQ(verified(simulation), "") << size;
    EXPECT_GT(fact(simulation, "mean edge length"), 0.1) << size;
  }
}

TEST(LayoutScene, GraphsWithoutNodesOrEdgesAreValid) {
  for (const NodeID nodes : {0, 1, 50}) {
    Simulation simulation =
        create("layout", test::graph_input(build_graph({}, {.num_nodes = nodes}).value()));
    run(simulation, 10);
    EXPECT_EQ(verified(simulation), "") << nodes;
  }
}

}  // namespace
}  // namespace quadrille
