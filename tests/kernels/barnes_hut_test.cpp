#include "kernels/barnes_hut.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/quadtree_build.h"
#include "tests/kernels/field_fixture.h"

namespace quadrille {
namespace {

using test::Field;
using test::masses;
using test::Shape;

Field barnes_hut(const Shape& bodies, std::span<const float> mass, const BarnesHutOptions& options,
                 const KernelTable& kernels, Parallel& parallel) {
  const auto count = static_cast<std::int64_t>(bodies.x.size());
  Arena arena = test::scratch_arena();
  QuadtreeBuilder builder;
  EXPECT_TRUE(builder.prepare(count, nullptr).is_ok());
  const QuadtreeView& tree = builder.build(bodies.x, bodies.y, parallel, kernels);
  BarnesHut solver = BarnesHut::create(count, kernels, parallel, arena).value();
  Field field(bodies.x.size());
  solver.accelerate(tree, mass, options, field.ax, field.ay);
  return field;
}

Field barnes_hut(const Shape& bodies, std::span<const float> mass,
                 const BarnesHutOptions& options) {
  const auto parallel = test::with_threads(2);
  return barnes_hut(bodies, mass, options, *test::tables_here().back(), *parallel);
}

double error_of(const Field& field, const Shape& bodies, std::span<const float> mass,
                double softening, std::size_t stride) {
  return test::field_error(field, bodies, mass, softening, stride).of_each;
}

TEST(BarnesHut, DefaultThetaErrsByLessThanHalfAPercentOnUniformAndClusteredBodies) {
  for (const Shape& bodies : {test::uniform(40000), test::clusters(40000)}) {
    const Field field = barnes_hut(bodies, {}, {});
    EXPECT_LT(error_of(field, bodies, {}, 0, 197), 5e-3) << bodies.name;
    const auto mass = masses(bodies.x.size());
    EXPECT_LT(error_of(barnes_hut(bodies, mass, {}), bodies, mass, 0, 197), 5e-3) << bodies.name;
  }
}

TEST(BarnesHut, ErrorFallsWithTheta) {
  const Shape bodies = test::clusters(20000);
  const double coarse = error_of(barnes_hut(bodies, {}, {.theta = 1.1f}), bodies, {}, 0, 97);
  const double fine = error_of(barnes_hut(bodies, {}, {.theta = 0.5f}), bodies, {}, 0, 97);
  EXPECT_LT(fine * 5, coarse);
  EXPECT_LT(fine, 1e-4);
}

TEST(BarnesHut, SofteningActsNearAndFar) {
  const Shape bodies = test::uniform(5000);
  for (const float softening : {1e-3f, 0.1f, 1.0f}) {
    const Field field = barnes_hut(bodies, {}, {.softening = softening});
    EXPECT_LT(error_of(field, bodies, {}, softening, 37), 5e-3) << softening;
  }
}

TEST(BarnesHut, AHandfulOfBodiesIsSummedDirectly) {
  for (const int count : {0, 1, 2, 3, 7, 8, 9, 31, 32}) {
    const Shape bodies = test::uniform(count);
    const Field field = barnes_hut(bodies, {}, {});
    if (count > 1) {
      EXPECT_LT(error_of(field, bodies, {}, 0, 1), 1e-5) << count;
    }
    if (count == 1) {
      EXPECT_EQ(field.ax[0], 0.0f);
    }
  }
}

TEST(BarnesHut, EqualBodiesPullEachOtherEqually) {
  const Shape bodies = test::uniform(20000);
  const Field field = barnes_hut(bodies, {}, {});
  double sum_x = 0, sum_y = 0, size = 0;
  for (std::size_t i = 0; i < bodies.x.size(); ++i) {
    sum_x += field.ax[i];
    sum_y += field.ay[i];
    size += std::hypot(field.ax[i], field.ay[i]);
  }
  EXPECT_LT(std::hypot(sum_x, sum_y) / size, 1e-5);
}

TEST(BarnesHut, ShapesThatBreakTreesGiveFiniteFields) {
  for (const Shape& bodies :
       {test::coincident(100000), test::line(5000), test::coarse(5000),
        test::one_far_point(5000, 1e-6f), test::staircase(5000), test::signed_zeros(500)}) {
    const Field field = barnes_hut(bodies, {}, {.softening = 1e-6f});
    for (std::size_t i = 0; i < bodies.x.size(); ++i)
      ASSERT_TRUE(std::isfinite(field.ax[i]) && std::isfinite(field.ay[i])) << bodies.name;
  }
}

TEST(BarnesHut, TinyAndHugeSquaresScaleTheFieldAlone) {
  const Shape unit_square = test::uniform(3000);
  const Field expected = barnes_hut(unit_square, {}, {});
  for (const float scale : {0x1p-30f, 0x1p30f}) {  // powers of two: no rounding of their own
    Shape scaled = unit_square;
    for (float& x : scaled.x) x *= scale;
    for (float& y : scaled.y) y *= scale;
    const Field field = barnes_hut(scaled, {}, {});
    for (std::size_t i = 0; i < scaled.x.size(); ++i)
      ASSERT_NEAR(field.ax[i] * scale, expected.ax[i], 1e-3 * std::abs(expected.ax[i]) + 1e-2);
  }
}

TEST(BarnesHut, AListThatOverflowsLosesNothing) {
  // A staircase of far cells and single leaves: at a small theta far more than one list holds.
  const Shape bodies = test::uniform(60000);
  const Field field = barnes_hut(bodies, {}, {.theta = 0.15f});
  EXPECT_LT(error_of(field, bodies, {}, 0, 997), 1e-5);
}

TEST(BarnesHut, SameBytesOnEveryInstructionSetAndThreadCount) {
  const Shape bodies = test::clusters(20000);
  const auto mass = masses(bodies.x.size());
  const auto parallel = test::with_threads(1);
  const Field expected = barnes_hut(bodies, mass, {}, *test::tables_here().front(), *parallel);
  test::on_every_backend([&](const KernelTable& table, Parallel& threads, const std::string& name) {
    EXPECT_EQ(barnes_hut(bodies, mass, {}, table, threads), expected) << name;
  });
}

}  // namespace
}  // namespace quadrille
