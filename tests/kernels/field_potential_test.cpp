#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include <quadrille/field_potential.h>
#include <quadrille/multipole.h>
#include <quadrille/quadtree_builder.h>
#include <quadrille/radial_field.h>

#include "tests/kernels/field_fixture.h"

namespace quadrille {
namespace {

using test::masses;
using test::Shape;

using WideLaw = test::RangedLaw<1>;

struct NoPotentialLaw : InverseLaw {};

struct PotentialSolver {
  explicit PotentialSolver(const Shape& bodies, int threads = 2,
                           const KernelTable& kernels = *test::tables_here().back(),
                           const MultipoleLists& lists = {})
      : parallel(test::with_threads(threads)), arena(test::scratch_arena()) {
    const auto count = static_cast<std::int64_t>(bodies.x.size());
    EXPECT_TRUE(builder.prepare(count, nullptr).is_ok());
    builder.build(bodies.x, bodies.y, *parallel, kernels);
    field.emplace(Multipole::create(count, kernels, *parallel, arena, lists).value());
  }
  std::vector<float> solve(const MultipoleOptions& options, std::span<const float> mass) {
    std::vector<float> potential(builder.view().order.size());
    const Status status = field->potentials(builder.view(), mass, options, potential);
    EXPECT_TRUE(status.is_ok()) << status.message();
    return potential;
  }

  std::unique_ptr<Parallel> parallel;
  Arena arena;
  QuadtreeBuilder builder;
  std::optional<Multipole> field;
};

double direct_potential(const Shape& bodies, std::span<const float> mass,
                        const MultipoleOptions& options, std::size_t i) {
  double sum = 0;
  for (std::size_t j = 0; j < bodies.x.size(); ++j) {
    const double dx = double{bodies.x[j]} - bodies.x[i], dy = double{bodies.y[j]} - bodies.y[i];
    const double s = dx * dx + dy * dy + double{options.softening} * options.softening;
    if (j == i || s == 0) continue;
    const double of_one = options.law == PullLaw::kInverse ? 0.5 * std::log(s) : -1 / std::sqrt(s);
    sum += (mass.empty() ? 1.0 : double{mass[j]}) * of_one;
  }
  return sum;
}

// Root mean squares of every `stride`-th body's errors over that of potentials.
double error_of(std::span<const float> potential, const Shape& bodies, std::span<const float> mass,
                const MultipoleOptions& options, std::size_t stride) {
  double errors = 0, squares = 0;
  for (std::size_t i = 0; i < bodies.x.size(); i += stride) {
    const double expected = direct_potential(bodies, mass, options, i);
    errors += (potential[i] - expected) * (potential[i] - expected);
    squares += expected * expected;
  }
  return squares > 0 ? std::sqrt(errors / squares) : std::sqrt(errors);
}

constexpr PullLaw kLaws[] = {PullLaw::kInverse, PullLaw::kInverseSquare};

TEST(FieldPotential, IsTheSumOverAllOthersAndMoreExactWithEachOrder) {
  for (const Shape& bodies : {test::uniform(3000), test::clusters(3000)}) {
    const auto mass = masses(bodies.x.size());
    PotentialSolver solver(bodies);
    for (const PullLaw law : kLaws) {
      for (const float softening : {0.0f, 0.02f}) {
        double last = 1;
        for (const int order : {2, 4, 6}) {
          const MultipoleOptions options{law, softening, order, 0.5f};
          const double error = error_of(solver.solve(options, mass), bodies, mass, options, 29);
          EXPECT_LT(error, std::max(last / 2, 3e-7)) << bodies.name << ' ' << order;
          last = error;
        }
        EXPECT_LT(last, 2e-5) << bodies.name;
      }
    }
  }
}

TEST(FieldPotential, AtThetaZeroIsADirectSum) {
  for (const int count : {0, 1, 2, 33, 700}) {
    const Shape bodies = test::uniform(count);
    PotentialSolver solver(bodies);
    for (const PullLaw law : kLaws) {
      const MultipoleOptions options{.law = law, .theta = 0};
      EXPECT_LT(error_of(solver.solve(options, {}), bodies, {}, options, 1), 1e-6) << count;
    }
  }
}

TEST(FieldPotential, LengthsAndMassesMayHaveAnyUnit) {
  for (const float unit : {1e-12f, 1e12f}) {
    Shape bodies = test::clusters(2000);
    for (float& x : bodies.x) x *= unit;
    for (float& y : bodies.y) y *= unit;
    auto mass = masses(bodies.x.size());
    for (float& m : mass) m *= unit;
    PotentialSolver solver(bodies);
    for (const PullLaw law : kLaws) {
      const MultipoleOptions options{.law = law, .softening = 0.01f * unit, .theta = 0.4f};
      EXPECT_LT(error_of(solver.solve(options, mass), bodies, mass, options, 7), 1e-4) << unit;
    }
  }
}

TEST(FieldPotential, CoincidentBodiesCountWhereSofteningKeepsThemFinite) {
  Shape bodies = test::uniform(200);
  for (std::size_t i = 0; i < 100; ++i) {  // more than a leaf holds, and one pair in another leaf
    bodies.x[i] = 0.25f;
    bodies.y[i] = 0.75f;
  }
  bodies.x[150] = bodies.x[151];
  bodies.y[150] = bodies.y[151];
  const auto mass = masses(bodies.x.size());
  for (const std::int32_t sources : {1 << 15, 1}) {  // of lists that run over, too
    PotentialSolver solver(bodies, 2, *test::tables_here().back(), {.sources = sources});
    for (const PullLaw law : kLaws) {
      for (const float softening : {0.0f, 0.1f}) {
        const MultipoleOptions options{law, softening, 6, 0.3f};
        EXPECT_LT(error_of(solver.solve(options, mass), bodies, mass, options, 1), 1e-5)
            << softening << ' ' << sources;
      }
    }
  }
}

// Many times as many are on the spot, in other leaves, whose distances vanish beside a far body's.
TEST(FieldPotential, BodiesThatNoUnitOfLengthTellsApartCountWhereSofteningDoes) {
  Shape bodies{"near and far", {}, {}};
  for (int i = 0; i < 200; ++i)
    bodies.add(1e-45f * static_cast<float>(i % 4), 1e-40f * static_cast<float>(i % 3));
  bodies.add(3e38f, 0.0f);
  const auto mass = masses(bodies.x.size());
  for (const std::int32_t sources : {1 << 15, 1}) {
    PotentialSolver solver(bodies, 2, *test::tables_here().back(), {.sources = sources});
    ASSERT_GT(solver.builder.view().num_leaves, 4);
    for (const PullLaw law : kLaws) {
      for (const float theta : {0.0f, 0.5f}) {
        const MultipoleOptions options{law, 1e35f, 4, theta};
        EXPECT_LT(error_of(solver.solve(options, mass), bodies, mass, options, 1), 1e-5)
            << theta << ' ' << sources;
      }
    }
  }
}

TEST(FieldPotential, ABodyOfNearlyAllMassOfItsSpotSeesWhatLittleTheOthersHave) {
  const Shape bodies = test::coincident(40);
  std::vector<float> mass(bodies.x.size(), 1e-9f);
  mass[7] = 1.0f;
  PotentialSolver solver(bodies);
  for (const PullLaw law : kLaws) {
    const MultipoleOptions options{.law = law, .softening = 0.01f};
    const double expected = direct_potential(bodies, mass, options, 7);
    EXPECT_NEAR(solver.solve(options, mass)[7], expected, 1e-6 * std::abs(expected));
  }
}

TEST(FieldPotential, ALawOfOnesOwnMayHaveOne) {
  const Shape bodies = test::uniform(3000);
  PotentialSolver solver(bodies);
  std::vector<float> far(bodies.x.size()), direct(bodies.x.size());
  const FieldOperators operators = radial_operators<WideLaw>(6);
  ASSERT_TRUE(
      solver.field->potentials(solver.builder.view(), {}, operators, {.theta = 0.5f}, far).is_ok());
  ASSERT_TRUE(
      solver.field->potentials(solver.builder.view(), {}, operators, {.theta = 0}, direct).is_ok());
  for (std::size_t i = 0; i < far.size(); ++i) ASSERT_NEAR(far[i], direct[i], 2e-5 * -direct[i]);
  EXPECT_LT(direct[0], -0.5 / 3 * 2999);  // nobody is farther than the square's diagonal
  EXPECT_EQ(
      solver.field
          ->potentials(solver.builder.view(), {}, radial_operators<NoPotentialLaw>(4), {}, far)
          .code(),
      StatusCode::kUnsupported);
}

TEST(FieldPotential, HasTheSameBytesOnAnyNumberOfThreadsAndAnyInstructionSet) {
  const Shape bodies = test::clusters(5000);
  const MultipoleOptions options{.softening = 0.01f};
  const std::vector<float> expected = PotentialSolver(bodies, 1).solve(options, {});
  for (const KernelTable* kernels : test::tables_here()) {
    for (const int threads : {2, 3}) {
      EXPECT_EQ(PotentialSolver(bodies, threads, *kernels).solve(options, {}), expected)
          << kernels->name;
    }
  }
}

TEST(FieldPotential, LeavesPullsAsTheyWere) {
  const Shape bodies = test::uniform(3000);
  PotentialSolver solver(bodies);
  std::vector<float> ax(3000), ay(3000), again_x(3000), again_y(3000);
  ASSERT_TRUE(solver.field->accelerate(solver.builder.view(), {}, {}, ax, ay).is_ok());
  solver.solve({}, {});
  ASSERT_TRUE(solver.field->accelerate(solver.builder.view(), {}, {}, again_x, again_y).is_ok());
  EXPECT_EQ(ax, again_x);
  EXPECT_EQ(ay, again_y);
}

}  // namespace
}  // namespace quadrille
