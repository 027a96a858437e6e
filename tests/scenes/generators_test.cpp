#include <quadrille/generators.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "kernels/fixed_math.h"
#include "tests/scenes/input_files.h"

namespace quadrille {
namespace {

Generator parsed(std::string_view text) { return parse_generator(text).value(); }

Graph generated(std::string_view text, std::uint64_t seed = 1, int num_threads = 1,
                bool weighted = false) {
  return generate_graph(parsed(text), {.seed = seed, .weighted = weighted},
                        *test::threads(num_threads))
      .value();
}

TEST(Generators, WhatIsWrongIsSaidInASentence) {
  const auto message = [](std::string_view text) {
    const Result<Generator> generator = parse_generator(text);
    EXPECT_EQ(generator.status().code(), StatusCode::kInvalidArgument) << text;
    return generator.status().message();
  };
  EXPECT_EQ(message("kron:31:16"),
            "generator 'kron:31:16': scale '31' is not a number from 1 to 30");
  EXPECT_EQ(message("kron:20"), "generator 'kron:20': degree is missing");
  EXPECT_EQ(message("urand:20:-1"),
            "generator 'urand:20:-1': degree '-1' is not a number from 1 to 1024");
  EXPECT_EQ(message("urand:20:16x"),
            "generator 'urand:20:16x': degree '16x' is not a number from 1 to 1024");
  EXPECT_EQ(message("grid:10"), "generator 'grid:10': number of columns is missing");
  EXPECT_EQ(message("grid:100000x100000"),
            "generator 'grid:100000x100000': 10000000000 nodes are too many; a graph holds "
            "2147483647 at most");
  EXPECT_EQ(message("uniform:0"),
            "generator 'uniform:0': number of points '0' is not a number from 1 to 2147483647");
  EXPECT_EQ(message("uniform"),
            "generator 'uniform': is written uniform:N, for example uniform:1000000");
  EXPECT_EQ(message("kron:99999999999999999999:1"),
            "generator 'kron:99999999999999999999:1': scale '99999999999999999999' is not a number "
            "from 1 to 30");
  EXPECT_EQ(
      message("tree:5"),
      "generator 'tree:5': no such generator; there are kron:SCALE:DEGREE, urand:SCALE:DEGREE, "
      "grid:ROWSxCOLUMNS, uniform:N, clusters:N, plummer:N, collision:N, collapse:N, orbit:N, "
      "hourglass:N, dam:N, mixed:N");
}

TEST(Generators, TheSameBytesForAnyThreadCountAndOthersForAnotherSeed) {
  for (const char* text : {"kron:14:8", "urand:14:8", "grid:200x300"}) {
    const Graph one = generated(text, 1, 1, true);
    for (const int count : {2, 3, 8}) {
      EXPECT_TRUE(std::ranges::equal(one.image(), generated(text, 1, count, true).image())) << text;
    }
    EXPECT_FALSE(std::ranges::equal(one.image(), generated(text, 2, 1, true).image())) << text;
  }
  for (const char* text :
       {"uniform:50000", "clusters:50000", "plummer:50000", "collision:50000", "collapse:50000"}) {
    const PointSet one = generate_points(parsed(text), 1, *test::threads(1)).value();
    const PointSet three = generate_points(parsed(text), 1, *test::threads(3)).value();
    EXPECT_TRUE(one.x == three.x && one.y == three.y && one.vx == three.vx &&
                one.mass == three.mass)
        << text;
    EXPECT_FALSE(one.x == generate_points(parsed(text), 2, *test::threads(1)).value().x) << text;
  }
}

TEST(Generators, EdgesDoNotDependOnWhetherWeightsAreUsed) {
  const Graph plain = generated("kron:10:4"), weighted = generated("kron:10:4", 1, 1, true);
  for (NodeID u = 0; u < plain.view().num_nodes(); ++u) {
    EXPECT_TRUE(std::ranges::equal(plain.view().out_neigh(u), weighted.view().out_neigh(u)));
  }
}

TEST(Generators, WeightsCoverOneTo255) {
  const Graph graph = generated("urand:12:8", 1, 1, true);
  std::set<Weight> seen;
  for (NodeID u = 0; u < graph.view().num_nodes(); ++u) {
    for (const Weight w : graph.view().out_weights(u)) seen.insert(w);
  }
  EXPECT_EQ(*seen.begin(), 1);
  EXPECT_EQ(*seen.rbegin(), 255);
  EXPECT_EQ(seen.size(), 255u);
}

TEST(Generators, AGridHasItsEdgesAndCoordinates) {
  for (const auto& [rows, columns] : {std::pair{1, 1}, {1, 7}, {7, 1}, {5, 8}}) {
    const std::string text = "grid:" + std::to_string(rows) + "x" + std::to_string(columns);
    const Graph graph = generated(text);
    const GraphView& view = graph.view();
    ASSERT_EQ(view.num_nodes(), rows * columns);
    EXPECT_EQ(view.num_edges(), rows * (columns - 1) + columns * (rows - 1));
    for (NodeID u = 0; u < view.num_nodes(); ++u) {
      for (const NodeID v : view.out_neigh(u)) {
        const auto a = static_cast<std::size_t>(u), b = static_cast<std::size_t>(v);
        EXPECT_EQ(std::abs(view.x()[a] - view.x()[b]) + std::abs(view.y()[a] - view.y()[b]), 1)
            << u << " " << v;
      }
    }
  }
}

TEST(Generators, KronIsHeavyTailedAndItsIdsAreMixed) {
  const Graph kron = generated("kron:14:16"), urand = generated("urand:14:16");
  const auto most = [](const GraphView& view) {
    std::int64_t degree = 0;
    for (NodeID u = 0; u < view.num_nodes(); ++u) degree = std::max(degree, view.out_degree(u));
    return degree;
  };
  EXPECT_GT(most(kron.view()), 1500);
  EXPECT_LT(most(urand.view()), 80);
  // Unmixed, the lower half of the ids would hold .76 of all ends.
  std::int64_t lower = 0;
  for (NodeID u = 0; u < 1 << 13; ++u) lower += kron.view().out_degree(u);
  EXPECT_NEAR(static_cast<double>(lower) / static_cast<double>(kron.view().num_arcs()), 0.5, 0.05);
}

TEST(Generators, PointsHaveTheShapeThatTheyName) {
  const PointSet uniform = generate_points(parsed("uniform:100000"), 1, *test::threads(2)).value();
  int quarter = 0;
  for (std::size_t i = 0; i < uniform.x.size(); ++i) {
    ASSERT_TRUE(uniform.x[i] >= 0 && uniform.x[i] < 1 && uniform.y[i] >= 0 && uniform.y[i] < 1);
    quarter += uniform.x[i] < 0.5 && uniform.y[i] < 0.5;
  }
  EXPECT_NEAR(quarter, 25000, 600);

  // Points in clusters of sigma .005 fill few cells of a 100 x 100 grid.
  const PointSet clusters =
      generate_points(parsed("clusters:100000"), 1, *test::threads(2)).value();
  std::set<int> cells;
  for (std::size_t i = 0; i < clusters.x.size(); ++i) {
    cells.insert(static_cast<int>(std::floor(clusters.x[i] * 100)) * 1000 +
                 static_cast<int>(std::floor(clusters.y[i] * 100)));
  }
  EXPECT_GT(cells.size(), 500u);
  EXPECT_LT(cells.size(), 4500u);

  // Half of a Plummer disc lies inside radius sqrt(.495 / .505); bodies move at right angles to the
  // centre.
  const PointSet disc = generate_points(parsed("plummer:100000"), 1, *test::threads(2)).value();
  int inside = 0;
  for (std::size_t i = 0; i < disc.x.size(); ++i) {
    const double radius = std::sqrt(disc.x[i] * disc.x[i] + disc.y[i] * disc.y[i]);
    inside += radius < std::sqrt(0.495 / 0.505);
    ASSERT_LT(radius, 10.1);
    ASSERT_NEAR(disc.x[i] * disc.vx[i] + disc.y[i] * disc.vy[i], 0, 1e-5);
  }
  EXPECT_NEAR(inside, 50000, 800);
}

TEST(FixedMath, StaysWithinAFewUnitsOfTheLastPlaceOfLibm) {
  const auto ulps = [](double a, double b) {
    return std::abs(a - b) / (std::nextafter(std::abs(b), INFINITY) - std::abs(b));
  };
  for (int i = 1; i < 200000; ++i) {
    const double x = i * 0.0137, y = (i - 100000) * 0.00699, z = (i - 100000) * 0.731;
    ASSERT_LE(ulps(fixed_math::log(x), std::log(x)), 3) << x;
    ASSERT_LE(ulps(fixed_math::exp(y), std::exp(y)), 3) << y;
    ASSERT_NEAR(fixed_math::sin(z), std::sin(z), 4e-16) << z;
    ASSERT_NEAR(fixed_math::cos(z), std::cos(z), 4e-16) << z;
  }
}

}  // namespace
}  // namespace quadrille
