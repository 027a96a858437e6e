#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include <quadrille/multipole.h>
#include <quadrille/quadtree_builder.h>
#include <quadrille/radial_field.h>

#include "tests/kernels/field_fixture.h"

namespace quadrille {
namespace {

using test::Field;
using test::masses;
using test::Shape;

using ShortRangeLaw = test::RangedLaw<100>;  // a tenth

struct InverseCubeLaw {
  static constexpr int kPower = 3;
  template <class F>
  static F pull(const F& mass, const F& s) {
    return mass / (s * s);
  }
  template <int kOrder, class F>
  static void derivatives(const F&, const F& v, F* g) {
    float factor = 1;
    for (int k = 1; k <= kOrder; factor *= static_cast<float>(-2 * k++ - 2))
      g[k] = F(factor) * v * v;
  }
};

struct TooSteepLaw : InverseCubeLaw {
  static constexpr int kPower = 4;
};

double pull_of(const MultipoleOptions& options, bool short_range, double s) {
  if (short_range) return 1 / ((1 + 100 * s) * (1 + 100 * s));
  return options.law == PullLaw::kInverse ? 1 / s : 1 / (s * std::sqrt(s));
}

class RadialField {
 public:
  explicit RadialField(const Shape& bodies, int threads = 2,
                       const KernelTable& kernels = *test::tables_here().back())
      : bodies_(bodies), parallel_(test::with_threads(threads)) {
    const auto count = static_cast<std::int64_t>(bodies.x.size());
    EXPECT_TRUE(builder_.prepare(count, nullptr).is_ok());
    builder_.build(bodies.x, bodies.y, *parallel_, kernels);
    solver_.emplace(Multipole::create(count, kernels, *parallel_, arena_).value());
  }

  Field solve(const MultipoleOptions& options, std::span<const float> mass = {}) {
    Field field(bodies_.x.size());
    const Status status = solver_->accelerate(builder_.view(), mass, options, field.ax, field.ay);
    EXPECT_TRUE(status.is_ok()) << status.message();
    return field;
  }
  template <class Law>
  Field solve_by(const MultipoleOptions& options, std::span<const float> mass = {}) {
    Field field(bodies_.x.size());
    EXPECT_TRUE(accelerate_by<Law>(options, mass, field).is_ok());
    return field;
  }
  template <class Law>
  StatusCode code_by(const MultipoleOptions& options) {
    Field field(bodies_.x.size());
    return accelerate_by<Law>(options, {}, field).code();
  }

  // Of every `stride`-th body, root mean squares: of errors over pulls.
  double error(const Field& field, const MultipoleOptions& options, std::span<const float> mass,
               std::size_t stride, bool short_range = false) const {
    double errors = 0, pulls = 0;
    for (std::size_t i = 0; i < bodies_.x.size(); i += stride) {
      test::Pull sum;
      for (std::size_t j = 0; j < bodies_.x.size(); ++j) {
        const double dx = double{bodies_.x[j]} - bodies_.x[i];
        const double dy = double{bodies_.y[j]} - bodies_.y[i];
        const double s = dx * dx + dy * dy + double{options.softening} * options.softening;
        if (j == i || (dx == 0 && dy == 0)) continue;
        const double pull = (mass.empty() ? 1.0 : mass[j]) * pull_of(options, short_range, s);
        sum.x += pull * dx;
        sum.y += pull * dy;
      }
      errors += test::Pull{field.ax[i] - sum.x, field.ay[i] - sum.y}.squared();
      pulls += sum.squared();
    }
    return std::sqrt(errors / pulls);
  }

 private:
  template <class Law>
  Status accelerate_by(const MultipoleOptions& options, std::span<const float> mass, Field& field) {
    return solver_->accelerate(builder_.view(), mass, radial_operators<Law>(options.order), options,
                               field.ax, field.ay);
  }

  const Shape& bodies_;
  std::unique_ptr<Parallel> parallel_;
  Arena arena_ = test::scratch_arena();
  QuadtreeBuilder builder_;
  std::optional<Multipole> solver_;
};

TEST(RadialField, EachOrderMakesTheErrorOfSoftenedLawsSmaller) {
  for (const Shape& bodies : {test::uniform(20000), test::clusters(20000)}) {
    RadialField fields(bodies);
    const auto mass = masses(bodies.x.size());
    for (const PullLaw law : {PullLaw::kInverse, PullLaw::kInverseSquare}) {
      double last = 1;
      for (int order = kLeastRadialOrder; order <= kMostRadialOrder; ++order) {
        const MultipoleOptions options{law, 0.01f, order, 0.3f};
        const double error = fields.error(fields.solve(options, mass), options, mass, 97);
        EXPECT_LT(error, std::max(0.7 * last, 1e-6))
            << bodies.name << ' ' << order;  // where floats end
        last = error;
      }
      EXPECT_LT(last, 1e-4) << bodies.name;
    }
  }
}

TEST(RadialField, SofteningOfAnySizeIsInTheSeries) {
  const Shape bodies = test::clusters(5000);
  RadialField fields(bodies);
  for (const float softening : {1e-4f, 0.02f, 0.5f, 30.0f}) {
    for (const PullLaw law : {PullLaw::kInverse, PullLaw::kInverseSquare}) {
      const MultipoleOptions options{law, softening, 6, 0.3f};
      EXPECT_LT(fields.error(fields.solve(options), options, {}, 37), 3e-4) << softening;
    }
  }
}

TEST(RadialField, ALawOfOnesOwnIsSummedAsExactly) {
  for (const Shape& bodies : {test::uniform(10000), test::clusters(10000)}) {
    RadialField fields(bodies);
    const auto mass = masses(bodies.x.size());
    double last = 1;
    for (const int order : {2, 4, 6}) {
      const MultipoleOptions options{.order = order, .theta = 0.5f};
      const Field field = fields.solve_by<ShortRangeLaw>(options, mass);
      const double error = fields.error(field, options, mass, 97, true);
      EXPECT_LT(error, last / 3) << bodies.name << ' ' << order;
      last = error;
    }
    EXPECT_LT(last, 1e-3) << bodies.name;
  }
}

TEST(RadialField, ALawWithAPowerNeedsNoSoftening) {
  const Shape bodies = test::uniform(2000);
  RadialField fields(bodies);
  const Field far = fields.solve_by<InverseCubeLaw>({.order = 6, .theta = 0.5f});
  const Field direct = fields.solve_by<InverseCubeLaw>({.order = 6, .theta = 0});
  double errors = 0, pulls = 0;
  for (std::size_t i = 0; i < bodies.x.size(); ++i) {
    ASSERT_TRUE(std::isfinite(far.ax[i]) && std::isfinite(direct.ay[i]));
    errors += test::Pull{far.ax[i] - direct.ax[i], far.ay[i] - direct.ay[i]}.squared();
    pulls += test::Pull{direct.ax[i], direct.ay[i]}.squared();
  }
  EXPECT_LT(errors, 1e-6 * pulls);
  EXPECT_GT(pulls, 0);
}

TEST(RadialField, LawsOfOnesOwnHaveAThetaBeyondOneIfTheyFallAsOneOverR) {
  const Shape bodies = test::uniform(10);
  RadialField fields(bodies);
  for (const float theta : {1.0f, 1.01f}) {
    const auto expected = theta > 1 ? StatusCode::kInvalidArgument : StatusCode::kOk;
    EXPECT_EQ(fields.code_by<ShortRangeLaw>({.order = 4, .theta = theta}), expected);
    EXPECT_EQ(fields.code_by<InverseCubeLaw>({.order = 4, .theta = theta}), expected);
    EXPECT_EQ(fields.code_by<InverseLaw>({.order = 5, .theta = theta}), expected);
    EXPECT_EQ(fields.code_by<InverseLaw>({.order = 4, .theta = theta}), StatusCode::kOk);
  }
}

TEST(RadialField, ThetaZeroSumsAllPairsAndKeepsMomentum) {
  const Shape bodies = test::clusters(3000);
  RadialField fields(bodies);
  const auto mass = masses(bodies.x.size());
  for (const PullLaw law : {PullLaw::kInverse, PullLaw::kInverseSquare}) {
    const MultipoleOptions options{law, 0.001f, 3, 0};
    const Field field = fields.solve(options, mass);
    EXPECT_LT(fields.error(field, options, mass, 7), 1e-5);
    double force_x = 0, force_y = 0, forces = 0;
    for (std::size_t i = 0; i < bodies.x.size(); ++i) {
      force_x += double{mass[i]} * field.ax[i];
      force_y += double{mass[i]} * field.ay[i];
      forces += mass[i] * std::hypot(field.ax[i], field.ay[i]);
    }
    EXPECT_LT(std::hypot(force_x, force_y), 1e-6 * forces);
  }
}

// A power law without softening is the same one in any units.
TEST(RadialField, UnitsChangeNothingButTheUnits) {
  const Shape unit_square = test::uniform(3000);
  for (const float length : {1e-15f, 1e12f}) {
    Shape bodies = unit_square;
    for (float& x : bodies.x) x *= length;
    for (float& y : bodies.y) y *= length;
    const std::vector<float> mass(bodies.x.size(), 1e-10f);
    RadialField fields(bodies);
    for (const PullLaw law : {PullLaw::kInverse, PullLaw::kInverseSquare}) {
      const MultipoleOptions options{law, 0.01f * length, 6, 0.5f};
      EXPECT_LT(fields.error(fields.solve(options, mass), options, mass, 61), 5e-4) << length;
    }
  }
}

TEST(RadialField, BodiesOnOneSpotDoNotActOnEachOther) {
  for (const PullLaw law : {PullLaw::kInverse, PullLaw::kInverseSquare}) {
    for (const float softening : {0.0f, 0.1f}) {
      const Shape bodies = test::coincident(100000);
      RadialField fields(bodies);
      if (law == PullLaw::kInverse && softening == 0) continue;  // harmonic
      EXPECT_EQ(fields.solve({law, softening}), Field(bodies.x.size()));
    }
  }
}

TEST(RadialField, ShapesThatBreakTreesGiveFiniteFields) {
  for (const Shape& bodies :
       {test::line(3000), test::coarse(3000), test::one_far_point(3000, 1e-3f), test::scales(2000),
        test::widest(2000), test::staircase(2000)}) {
    RadialField fields(bodies);
    const std::vector<float> mass(bodies.x.size(), 1e-20f);
    for (const PullLaw law : {PullLaw::kInverse, PullLaw::kInverseSquare}) {
      const Field field = fields.solve({law, 1e-4f, 6, 0.9f}, mass);
      for (std::size_t i = 0; i < bodies.x.size(); ++i)
        ASSERT_TRUE(std::isfinite(field.ax[i]) && std::isfinite(field.ay[i])) << bodies.name;
    }
  }
}

TEST(RadialField, OptionsOutOfRangeAreRefused) {
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
       {MultipoleOptions{.softening = -1}, MultipoleOptions{.softening = HUGE_VALF},
        MultipoleOptions{.softening = 1, .order = 1}, MultipoleOptions{.softening = 1, .order = 7},
        MultipoleOptions{.law = PullLaw::kInverseSquare, .order = 7}}) {
    EXPECT_EQ(solver.accelerate(tree, {}, options, field.ax, field.ay).code(),
              StatusCode::kInvalidArgument);
  }
  for (const FieldOperators& operators :
       {radial_operators<ShortRangeLaw>(9), radial_operators<TooSteepLaw>(4)}) {
    EXPECT_EQ(solver.accelerate(tree, {}, operators, {}, field.ax, field.ay).code(),
              StatusCode::kInvalidArgument);
  }
}

TEST(RadialField, SameBytesOnEveryInstructionSetAndThreadCount) {
  const Shape bodies = test::clusters(10000);
  const auto mass = masses(bodies.x.size());
  RadialField scalar(bodies, 1, *test::tables_here().front());
  for (const MultipoleOptions& options :
       {MultipoleOptions{PullLaw::kInverse, 0.01f, 3, 0.8f},
        MultipoleOptions{PullLaw::kInverseSquare, 0.01f, 6, 0.7f}}) {
    const Field expected = scalar.solve(options, mass);
    test::on_every_backend(
        [&](const KernelTable& table, Parallel& threads, const std::string& name) {
          RadialField fields(bodies, threads.num_workers(), table);
          EXPECT_EQ(fields.solve(options, mass), expected) << name;
        });
  }
}

TEST(RadialField, ALawOfOnesOwnHasTheBytesOfTheTable) {
  const Shape bodies = test::clusters(5000);
  RadialField fields(bodies);
  const MultipoleOptions options{PullLaw::kInverseSquare, 0.01f, 5, 0.8f};
  const auto parallel = test::with_threads(2);
  Arena arena = test::scratch_arena();
  QuadtreeBuilder builder;
  ASSERT_TRUE(builder.prepare(5000, nullptr).is_ok());
  const KernelTable& kernels = *test::tables_here().back();
  const QuadtreeView& tree = builder.build(bodies.x, bodies.y, *parallel, kernels);
  Multipole solver = Multipole::create(5000, kernels, *parallel, arena).value();
  Field field(bodies.x.size());
  ASSERT_TRUE(
      solver
          .accelerate(tree, {}, radial_operators<InverseSquareLaw>(5), options, field.ax, field.ay)
          .is_ok());
  EXPECT_EQ(field, fields.solve(options));
}

TEST(InverseSquareLaw, BothWaysOfAPullAgreeWithDoubles) {
  double worst = 0;
  for (float s = 1e-24f; s < 1e24f; s *= 1.00037f) {  // not in step with powers of two
    float pulls[4];
    InverseSquareLaw::pull_beside(FourFloats(3.0f), FourFloats(s)).store_unaligned(pulls);
    const double exact = 3 / (double{s} * std::sqrt(double{s}));
    worst = std::max(worst, std::abs(pulls[0] / exact - 1));
    InverseSquareLaw::pull(FourFloats(3.0f), FourFloats(s)).store_unaligned(pulls);
    worst = std::max(worst, std::abs(pulls[3] / exact - 1));
  }
  EXPECT_LT(worst, 6e-7);
  EXPECT_GT(worst, 5e-8);  // floats hold no more
}

}  // namespace
}  // namespace quadrille
