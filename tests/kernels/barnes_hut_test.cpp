#include <quadrille/quadtree_builder.h>

#include "kernels/barnes_hut.h"

#include <gtest/gtest.h>

#include <cmath>

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

Field by_barnes_hut(const Shape& bodies) { return barnes_hut(bodies, {}, {}); }

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
  test::expect_few_bodies_to_be_summed(by_barnes_hut);
}

TEST(BarnesHut, EqualBodiesPullEachOtherEqually) {
  test::expect_equal_bodies_to_pull_equally(by_barnes_hut);
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
  test::expect_squares_to_scale_the_field_alone(by_barnes_hut);
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
