#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <quadrille/multipole.h>
#include <quadrille/quadtree_builder.h>

#include "tests/kernels/field_fixture.h"

namespace quadrille {
namespace {

using test::Field;
using test::masses;
using test::Shape;

Field multipole(const Shape& bodies, std::span<const float> mass, const MultipoleOptions& options,
                const KernelTable& kernels, Parallel& parallel, const MultipoleLists& lists = {}) {
  const auto count = static_cast<std::int64_t>(bodies.x.size());
  Arena arena = test::scratch_arena();
  QuadtreeBuilder builder;
  EXPECT_TRUE(builder.prepare(count, nullptr).is_ok());
  const QuadtreeView& tree = builder.build(bodies.x, bodies.y, parallel, kernels);
  Multipole solver = Multipole::create(count, kernels, parallel, arena, lists).value();
  Field field(bodies.x.size());
  EXPECT_TRUE(solver.accelerate(tree, mass, options, field.ax, field.ay).is_ok());
  return field;
}

Field multipole(const Shape& bodies, std::span<const float> mass, const MultipoleOptions& options) {
  const auto parallel = test::with_threads(2);
  return multipole(bodies, mass, options, *test::tables_here().back(), *parallel);
}

double error_of(const Shape& bodies, std::span<const float> mass, const MultipoleOptions& options,
                std::size_t stride) {
  return test::field_error(multipole(bodies, mass, options), bodies, mass, 0, stride).of_all;
}

Field by_multipole(const Shape& bodies) { return multipole(bodies, {}, {}); }

TEST(Multipole, ErrsByLessThanHalfAPercentByDefaultAndAFifthOfThatWithSixMoments) {
  for (const Shape& bodies : {test::uniform(40000), test::clusters(40000)}) {
    const auto mass = masses(bodies.x.size());
    for (const auto& of_bodies : {std::vector<float>(), mass}) {
      EXPECT_LT(error_of(bodies, of_bodies, {}, 197), 5e-3) << bodies.name;
      EXPECT_LT(error_of(bodies, of_bodies, {.order = 6, .theta = 0.8f}, 197), 1e-3) << bodies.name;
    }
  }
}

TEST(Multipole, EachMomentMakesTheErrorSmaller) {
  for (const Shape& bodies : {test::uniform(20000), test::clusters(20000)}) {
    double last = 1;
    for (int order = 1; order <= kMostHarmonicOrder; ++order) {
      const double error = error_of(bodies, {}, {.order = order, .theta = 0.5f}, 97);
      EXPECT_LT(error, 0.6 * last) << bodies.name << ' ' << order;
      last = error;
    }
    EXPECT_LT(last, 1e-5) << bodies.name;
  }
}

TEST(Multipole, ErrorFallsWithTheta) {
  const Shape bodies = test::clusters(20000);
  double last = 1;
  for (const float theta : {0.95f, 0.7f, 0.4f, 0.2f}) {
    const double error = error_of(bodies, {}, {.theta = theta}, 97);
    EXPECT_LT(error, last / 2) << theta;
    last = error;
  }
}

TEST(Multipole, NeighboursTakenAsWholesErrByAFewPercentAtMost) {
  for (const Shape& bodies : {test::uniform(40000), test::clusters(40000)}) {
    const double error = error_of(bodies, {}, {.order = 4, .theta = 1.4f}, 97);
    EXPECT_LT(error, 5e-2) << bodies.name;
    EXPECT_GT(error, 2 * error_of(bodies, {}, {.order = 4, .theta = 0.9f}, 97)) << bodies.name;
  }
}

// The root's centre is as far from the lone body as its radius reaches: by less than theta times
// the distance, which beyond a theta of 1 is no sign that the body is not one of the root's.
TEST(Multipole, NoBodyPullsItselfThroughACellThatHoldsIt) {
  Shape bodies = test::uniform(40);
  for (float& x : bodies.x) x *= 1e-3f;
  for (float& y : bodies.y) y *= 1e-3f;
  bodies.x.push_back(1);
  bodies.y.push_back(1);
  std::vector<float> mass(40, 1);
  for (const float lone : {1.0f, 40.0f, 400.0f}) {
    mass.resize(40);
    mass.push_back(lone);
    const Field field = multipole(bodies, mass, {.theta = kMostTheta});
    const Field direct = multipole(bodies, mass, {.theta = 0});
    EXPECT_NEAR(field.ax[40], direct.ax[40], 1e-4 * std::abs(direct.ax[40])) << lone;
    EXPECT_NEAR(field.ay[40], direct.ay[40], 1e-4 * std::abs(direct.ay[40])) << lone;
  }
}

TEST(Multipole, EvenMassesAreNoneGivenAndOneThatDiffersCounts) {
  const Shape bodies = test::uniform(20000);
  std::vector<float> mass(20000, 1.0f);
  EXPECT_TRUE(multipole(bodies, mass, {}) == multipole(bodies, {}, {}));
  for (const std::size_t heavy : {std::size_t{0}, std::size_t{9000}, std::size_t{19999}}) {
    std::vector<float> other = mass;
    other[heavy] = 1e4f;
    EXPECT_LT(error_of(bodies, other, {}, 197), 5e-3) << heavy;
  }
}

TEST(Multipole, AHandfulOfBodiesIsSummedDirectly) {
  test::expect_few_bodies_to_be_summed(by_multipole);
}

TEST(Multipole, EqualBodiesPullEachOtherEqually) {
  test::expect_equal_bodies_to_pull_equally(by_multipole);
}

// Lines, bodies on top of each other, and cells that differ in size by many orders.
TEST(Multipole, ShapesThatBreakTreesAreSummedAsExactly) {
  for (const Shape& bodies :
       {test::line(5000), test::coarse(5000), test::one_far_point(5000, 1e-3f)}) {
    EXPECT_LT(error_of(bodies, {}, {.order = 6, .theta = 0.6f}, 61), 1e-3) << bodies.name;
  }
}

TEST(Multipole, AMillionBodiesOnOneSpotDoNotActOnEachOther) {
  for (const Shape& bodies : {test::coincident(1000000), test::signed_zeros(500)}) {
    EXPECT_EQ(multipole(bodies, {}, {}), Field(bodies.x.size())) << bodies.name;
  }
}

TEST(Multipole, APlaceOrMassThatIsNotFiniteLeavesNoPullFinite) {
  const Shape bodies = test::uniform(3000);
  const std::vector<float> even(3000, 1.0f);
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    for (const PullLaw law : {PullLaw::kInverse, PullLaw::kInverseSquare}) {
      const MultipoleOptions options = {.law = law, .softening = 1e-3f};
      Shape lost = bodies;
      lost.x[77] = value;
      std::vector<float> heavy = even;
      heavy[77] = value;
      for (const Field& field : {multipole(lost, {}, options), multipole(lost, even, options),
                                 multipole(bodies, heavy, options)})
        EXPECT_TRUE(std::ranges::none_of(field.ax, [](float a) { return std::isfinite(a); }));
    }
  }
}

TEST(Multipole, BodiesWithoutMassArePulledAndDoNotPull) {
  const Shape bodies = test::uniform(3000);
  EXPECT_EQ(multipole(bodies, std::vector<float>(3000, 0.0f), {}), Field(3000));
  std::vector<float> mass(3000, 0.0f);
  for (std::size_t i = 0; i < 30; ++i) mass[100 * i] = 1;
  EXPECT_LT(error_of(bodies, mass, {}, 7), 5e-3);
}

TEST(Multipole, BodiesOnOneSpotAreAPointToTheOthers) {
  Shape bodies = test::uniform(1000);
  bodies.x.resize(101000, bodies.x[0]);
  bodies.y.resize(101000, bodies.y[0]);
  const std::vector<float> mass(bodies.x.size(), 0.1f);
  const Field field = multipole(bodies, mass, {.order = 6, .theta = 0.6f});
  for (std::size_t i = 1; i < 1000; i += 37) {
    const test::Pull expected = test::direct_pull(bodies, mass, 0, i);
    const test::Pull error = {field.ax[i] - expected.x, field.ay[i] - expected.y};
    EXPECT_LT(error.squared(), 1e-6 * expected.squared()) << i;
  }
}

// Masses so small that floats hold the pulls of bodies 1e-45 apart.
TEST(Multipole, CoordinatesOfAnySizeGiveFiniteFields) {
  for (const Shape& bodies :
       {test::scales(2000), test::widest(2000), test::denormal(2000), test::staircase(2000)}) {
    const std::vector<float> mass(bodies.x.size(), 1e-12f);
    for (const int order : {1, 4, 8}) {
      const Field field = multipole(bodies, mass, {.order = order});
      for (std::size_t i = 0; i < bodies.x.size(); ++i)
        ASSERT_TRUE(std::isfinite(field.ax[i]) && std::isfinite(field.ay[i])) << bodies.name;
    }
  }
}

TEST(Multipole, APlaceThatAllShareOnOneAxisIsNoMatterHoweverFar) {
  Shape bodies = test::uniform(3000);
  const std::vector<float> mass(bodies.x.size(), 1e-12f);
  for (float& x : bodies.x) x *= 1e-20f;
  std::ranges::fill(bodies.y, 0.0f);
  const Field field = multipole(bodies, mass, {});
  EXPECT_LT(error_of(bodies, mass, {}, 61), 1e-3);
  for (const float y : {1.0f, -1e30f, 3.4e38f}) {
    std::ranges::fill(bodies.y, y);
    EXPECT_EQ(multipole(bodies, mass, {}), field) << y;
  }
}

TEST(Multipole, UnitsOfLengthAndMassChangeNothingButTheUnits) {
  const Shape unit_square = test::uniform(3000);
  for (const auto& [length, mass] : {std::pair(1e-15f, 1.0f), std::pair(1e18f, 1.0f),
                                     std::pair(1.0f, 1e30f), std::pair(1e12f, 1e-30f)}) {
    Shape bodies = unit_square;
    for (float& x : bodies.x) x *= length;
    for (float& y : bodies.y) y *= length;
    const std::vector<float> masses(bodies.x.size(), mass);
    EXPECT_LT(error_of(bodies, masses, {.order = 8, .theta = 0.7f}, 61), 1e-4)
        << length << ' ' << mass;
  }
}

// A refitted tree has inner cells without an extent.
TEST(Multipole, ARefittedTreeWhoseBodiesMetOnOneSpotIsSummedAsExactly) {
  Shape bodies = test::uniform(4000);
  const auto parallel = test::with_threads(2);
  const KernelTable& kernels = *test::tables_here().back();
  Arena arena = test::scratch_arena();
  QuadtreeBuilder builder;
  ASSERT_TRUE(builder.prepare(4000, nullptr).is_ok());
  builder.build(bodies.x, bodies.y, *parallel, kernels);
  Multipole solver = Multipole::create(4000, kernels, *parallel, arena).value();
  Field field(bodies.x.size());
  for (const float corner : {0.3f, 2.0f}) {  // a part of them, then all
    for (std::size_t i = 0; i < bodies.x.size(); ++i) {
      if (bodies.x[i] < corner && bodies.y[i] < corner) bodies.x[i] = bodies.y[i] = 0.25f;
    }
    const QuadtreeView& tree = builder.refit(bodies.x, bodies.y, *parallel);
    ASSERT_TRUE(solver.accelerate(tree, {}, {}, field.ax, field.ay).is_ok());
    if (corner < 1) {
      EXPECT_LT(test::field_error(field, bodies, {}, 0, 61).of_all, 5e-3);
    } else {
      EXPECT_EQ(field, Field(bodies.x.size()));
    }
  }
}

TEST(Multipole, TinyAndHugeSquaresScaleTheFieldAlone) {
  test::expect_squares_to_scale_the_field_alone(by_multipole);
}

TEST(Multipole, ListsThatOverflowLoseNothing) {
  const Shape bodies = test::clusters(20000);
  const auto parallel = test::with_threads(2);
  const KernelTable& kernels = *test::tables_here().back();
  const MultipoleOptions options{.order = 6, .theta = 0.5f};
  const MultipoleLists some = {
      .sources = 300, .far = 17, .near = 4, .tasks = 5, .task_sources = 900};
  const MultipoleLists least = {.sources = 1, .far = 1, .near = 1, .tasks = 1, .task_sources = 1};
  for (const MultipoleLists& lists : {some, least}) {
    const Field field = multipole(bodies, {}, options, kernels, *parallel, lists);
    EXPECT_LT(test::field_error(field, bodies, {}, 0, 97).of_all, 2e-4) << lists.sources;
  }
}

TEST(Multipole, OptionsOutOfRangeAreRefused) {
  const Shape bodies = test::uniform(10);
  const auto parallel = test::with_threads(1);
  Arena arena = test::scratch_arena();
  QuadtreeBuilder builder;
  ASSERT_TRUE(builder.prepare(10, nullptr).is_ok());
  const KernelTable& kernels = *test::tables_here().front();
  const QuadtreeView& tree = builder.build(bodies.x, bodies.y, *parallel, kernels);
  Multipole solver = Multipole::create(10, kernels, *parallel, arena).value();
  Field field(10);
  for (const MultipoleOptions& options :
       {MultipoleOptions{.order = 0}, MultipoleOptions{.order = 9},
        MultipoleOptions{.theta = -0.1f}, MultipoleOptions{.theta = 1.51f},
        MultipoleOptions{.theta = std::nanf("")}, MultipoleOptions{.order = 5, .theta = 1.01f},
        MultipoleOptions{.law = PullLaw::kInverseSquare, .theta = 1.01f},
        MultipoleOptions{.theta = 1.01f, .square = {0, 0, 1}}}) {
    EXPECT_EQ(solver.accelerate(tree, {}, options, field.ax, field.ay).code(),
              StatusCode::kInvalidArgument);
  }
  for (const MultipoleLists& lists : {MultipoleLists{.sources = 0}, MultipoleLists{.far = 0},
                                      MultipoleLists{.near = -1}, MultipoleLists{.tasks = 0}}) {
    EXPECT_EQ(Multipole::create(10, kernels, *parallel, arena, lists).status().code(),
              StatusCode::kInvalidArgument);
  }
}

TEST(Multipole, ColumnsOfOtherLengthsAndTooManyBodiesAreRefusedAndNothingIsWritten) {
  const Shape bodies = test::uniform(300);
  const auto parallel = test::with_threads(1);
  const KernelTable& kernels = *test::tables_here().back();
  Arena arena = test::scratch_arena();
  QuadtreeBuilder builder;
  ASSERT_TRUE(builder.prepare(300, nullptr).is_ok());
  const QuadtreeView& tree = builder.build(bodies.x, bodies.y, *parallel, kernels);
  Multipole solver = Multipole::create(300, kernels, *parallel, arena).value();
  Multipole small = Multipole::create(299, kernels, *parallel, arena).value();
  const std::vector<float> mass(300, 1.0f);
  const std::vector<std::uint8_t> level(300);
  std::vector<float> ax(300, 7.0f), ay = ax, few(299, 7.0f);
  const auto refused = [&](const Status& status) {
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    return status.message();
  };
  EXPECT_EQ(refused(solver.accelerate(tree, mass, {}, few, ay)),
            "the column of results in x has 299 elements for 300 bodies");
  EXPECT_EQ(refused(solver.accelerate(tree, mass, {}, ax, few)),
            "the column of results in y has 299 elements for 300 bodies");
  EXPECT_EQ(refused(solver.accelerate(tree, few, {}, ax, ay)),
            "the column of masses has 299 elements for 300 bodies");
  EXPECT_EQ(refused(solver.accelerate(tree, mass, {}, ax, ay, {std::span(level).first(299), 1})),
            "the column of levels has 299 elements for 300 bodies");
  EXPECT_EQ(refused(solver.potentials(tree, mass, {}, few)),
            "the column of results in x has 299 elements for 300 bodies");
  EXPECT_EQ(refused(small.accelerate(tree, mass, {}, ax, ay)),
            "the tree has 300 bodies; the field has room for 299");
  EXPECT_EQ(ax, std::vector<float>(300, 7.0f));
  EXPECT_EQ(few, std::vector<float>(299, 7.0f));
}

TEST(Multipole, AThetaBeyondOneIsForFewTermsOfOneOverRInTheOpenAlone) {
  const MultipoleOptions inverse{.order = 4, .theta = 1.01f};
  MultipoleOptions softened = inverse, high = inverse, square = inverse, inverse_square = inverse;
  softened.softening = 0.1f;
  high.order = 5;
  square.square = {0, 0, 1};
  inverse_square.law = PullLaw::kInverseSquare;
  for (const MultipoleOptions& options : {inverse, softened}) {
    EXPECT_EQ(most_theta(options), kMostTheta);
    EXPECT_TRUE(Multipole::check(options).is_ok());
  }
  const Shape bodies = test::uniform(2000);
  for (MultipoleOptions options : {high, square, inverse_square}) {
    EXPECT_EQ(most_theta(options), 1.0f);
    EXPECT_EQ(Multipole::check(options).code(), StatusCode::kInvalidArgument);
    options.theta = 1;
    EXPECT_TRUE(Multipole::check(options).is_ok());
    EXPECT_FALSE(multipole(bodies, {}, options) == Field(bodies.x.size()));
  }
}

TEST(Multipole, SameBytesOnEveryInstructionSetAndThreadCount) {
  const Shape bodies = test::clusters(20000);
  const auto mass = masses(bodies.x.size());
  const auto parallel = test::with_threads(1);
  for (const auto& [order, theta] :
       {std::pair(1, 0.9f), std::pair(4, 0.9f), std::pair(8, 0.9f), std::pair(4, 1.4f)}) {
    const MultipoleOptions options{.order = order, .theta = theta};
    const Field expected =
        multipole(bodies, mass, options, *test::tables_here().front(), *parallel);
    test::on_every_backend(
        [&](const KernelTable& table, Parallel& threads, const std::string& name) {
          EXPECT_EQ(multipole(bodies, mass, options, table, threads), expected)
              << name << ", order " << options.order << ", theta " << options.theta;
        });
  }
}

}  // namespace
}  // namespace quadrille
