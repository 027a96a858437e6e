// Fields of a square that repeats itself, against sums over rows of images in double, which know
// nothing of series in the plane.

#include <gtest/gtest.h>

#include <cmath>
#include <complex>

#include <quadrille/field_accuracy.h>
#include <quadrille/field_energy.h>
#include <quadrille/periodic_square.h>
#include <quadrille/quadtree_builder.h>

#include "tests/kernels/field_fixture.h"

namespace quadrille {
namespace {

using test::Field;
using test::masses;
using test::Pull;
using test::Shape;
using Complex = std::complex<double>;

constexpr double kPi = 3.14159265358979323846;

// What a unit mass and all its images do at z from it, on a square of side 1. Rows of images have
// the sum pi cot(pi z); rows one above and one below are added together, and what the order of that
// sum leaves out is linear (Eisenstein's first series is zeta(z) - pi z).
Complex pull_of_rows(Complex z) {
  const Complex i(0, 1);
  const auto row = [](Complex w) { return kPi * std::cos(kPi * w) / std::sin(kPi * w); };
  Complex sum = row(z);
  for (int n = 1; n <= 12; ++n) {
    const double height = n;
    sum += row(z + i * height) + row(z - i * height);
  }
  return -std::conj(sum + kPi * z - kPi * std::conj(z));
}

Pull periodic_pull(const Shape& bodies, std::span<const float> mass, double side, double softening,
                   std::size_t target) {
  Complex sum;
  for (std::size_t j = 0; j < bodies.x.size(); ++j) {
    const Complex way(double{bodies.x[target]} - bodies.x[j],
                      double{bodies.y[target]} - bodies.y[j]);
    if (way == Complex()) continue;
    const double m = mass.empty() ? 1.0 : double{mass[j]};
    sum += m * pull_of_rows(way / side) / side;
    // What softening takes away, of the images near enough to count.
    for (int x = -3; x <= 3; ++x) {
      for (int y = -3; y <= 3; ++y) {
        const Complex there = way + side * Complex(x, y);
        sum += m * there * (1 / std::norm(there) - 1 / (std::norm(there) + softening * softening));
      }
    }
  }
  return {sum.real(), sum.imag()};
}

Field periodic_field(const Shape& bodies, std::span<const float> mass,
                     const MultipoleOptions& options, const KernelTable& kernels,
                     Parallel& parallel) {
  const auto count = static_cast<std::int64_t>(bodies.x.size());
  Arena arena = test::scratch_arena();
  QuadtreeBuilder builder;
  EXPECT_TRUE(builder.prepare(count, nullptr).is_ok());
  const QuadtreeView& tree = builder.build(bodies.x, bodies.y, parallel, kernels);
  Multipole solver = Multipole::create(count, kernels, parallel, arena).value();
  Field field(bodies.x.size());
  EXPECT_EQ(solver.accelerate(tree, mass, options, field.ax, field.ay).message(), "");
  return field;
}

Field periodic_field(const Shape& bodies, std::span<const float> mass,
                     const MultipoleOptions& options) {
  const auto parallel = test::with_threads(2);
  return periodic_field(bodies, mass, options, *test::tables_here().back(), *parallel);
}

double periodic_error(const Shape& bodies, std::span<const float> mass,
                      const MultipoleOptions& options, std::size_t stride) {
  const Field field = periodic_field(bodies, mass, options);
  double errors = 0, pulls = 0;
  for (std::size_t i = 0; i < bodies.x.size(); i += stride) {
    const Pull expected = periodic_pull(bodies, mass, options.square.side, options.softening, i);
    const Pull error = {field.ax[i] - expected.x, field.ay[i] - expected.y};
    errors += error.squared();
    pulls += expected.squared();
  }
  return std::sqrt(errors / pulls);
}

constexpr PeriodicSquare kUnitSquare = {0, 0, 1};

Shape clusters_inside(int count) {
  Shape bodies = test::clusters(count);
  for (auto* values : {&bodies.x, &bodies.y}) {
    for (float& value : *values) {
      value -= std::floor(value);
      if (value >= 1) value = 0;
    }
  }
  return bodies;
}

TEST(PeriodicSquare, NearImagesAndSeriesAreTheSumOverAllRows) {
  Random random(3);
  for (int i = 0; i < 200; ++i) {
    const double x = 2 * random.next_unit() - 1, y = 2 * random.next_unit() - 1;
    PlaneVector pull = far_images_pull(x, y);
    for (const ImageOffset& image : kNearImages) {
      const double dx = x + image.x, dy = y + image.y, s = dx * dx + dy * dy;
      pull.x -= dx / s;
      pull.y -= dy / s;
    }
    const Complex expected = pull_of_rows({x, y});
    const double most = 1e-6 * (1 + std::abs(expected));
    EXPECT_NEAR(pull.x, expected.real(), most) << x << ' ' << y;
    EXPECT_NEAR(pull.y, expected.imag(), most) << x << ' ' << y;
  }
}

TEST(PeriodicField, TheSquareMayStandAnywhere) {
  Shape bodies = test::uniform(1000);
  for (auto* values : {&bodies.x, &bodies.y}) {
    for (float& value : *values) value = std::round(value * 1024) / 1024 + 4096;
  }
  const MultipoleOptions options = {
      .softening = 0.01f, .order = 6, .theta = 0.4f, .square = {4096, 4096, 1}};
  EXPECT_LT(periodic_error(bodies, {}, options, 41), 5e-4);
}

TEST(PeriodicField, BodiesOnOppositeEdgesAreMeasuredAsOneSpot) {
  const Shape bodies = {"edges", {0, 1, 0.5f}, {0.5f, 0.5f, 0.25f}};
  const auto parallel = test::with_threads(1);
  QuadtreeBuilder builder;
  ASSERT_TRUE(builder.prepare(3, nullptr).is_ok());
  const QuadtreeView& tree =
      builder.build(bodies.x, bodies.y, *parallel, *test::tables_here().back());
  const MultipoleOptions options = {.theta = 0, .square = kUnitSquare};
  const Field field = periodic_field(bodies, {}, options);
  const double error = measure_field_error(tree, {}, options, field.ax, field.ay, 3, *parallel);
  EXPECT_TRUE(error < 1e-3) << error;
}

TEST(PeriodicField, IsTheSumOverAllImages) {
  Shape corner = test::uniform(2000);  // the centre of mass far from the middle
  for (float& x : corner.x) x = x < 0.95f ? x * 0.1f : x;
  for (const Shape& bodies : {test::uniform(2000), clusters_inside(2000), corner}) {
    const auto mass = masses(bodies.x.size());
    const auto error_of = [&](float softening, int order, float theta) {
      return periodic_error(
          bodies, mass,
          {.softening = softening, .order = order, .theta = theta, .square = kUnitSquare}, 97);
    };
    // Evenly spread masses and the background cancel, so that what is left errs by more of itself.
    EXPECT_LT(error_of(0, 4, 0.9f), 1e-2) << bodies.name;
    // Across an edge floats know a distance to 6e-8 of the side, however small it is.
    EXPECT_LT(error_of(0, 8, 0.5f), bodies.name == "clusters" ? 1e-3 : 5e-5) << bodies.name;
    EXPECT_LT(error_of(0.01f, 4, 0.8f), 0.1) << bodies.name;
    EXPECT_LT(error_of(0.01f, 6, 0.4f), 5e-4) << bodies.name;
  }
}

TEST(PeriodicField, IsTheSameWhereverTheSquareIsCut) {
  const Shape bodies = clusters_inside(4000);
  const MultipoleOptions options = {
      .softening = 0.01f, .order = 6, .theta = 0.4f, .square = kUnitSquare};
  const Field expected = periodic_field(bodies, {}, options);
  Shape moved = bodies;
  for (float& x : moved.x) x = x < 0.5f ? x + 0.5f : x - 0.5f;
  for (float& y : moved.y) y = y < 0.75f ? y + 0.25f : y - 0.75f;
  const Field field = periodic_field(moved, {}, options);
  double errors = 0, pulls = 0;
  for (std::size_t i = 0; i < bodies.x.size(); ++i) {
    const double dx = field.ax[i] - expected.ax[i], dy = field.ay[i] - expected.ay[i];
    errors += dx * dx + dy * dy;
    pulls += expected.ax[i] * expected.ax[i] + expected.ay[i] * expected.ay[i];
  }
  EXPECT_LT(std::sqrt(errors / pulls), 3e-3);
}

TEST(PeriodicField, KeepsMomentumToRoundingByDirectSums) {
  const Shape bodies = test::uniform(1000);
  const auto mass = masses(bodies.x.size());
  const Field field = periodic_field(bodies, mass, {.order = 5, .theta = 0, .square = kUnitSquare});
  double x = 0, y = 0, size = 0;
  for (std::size_t i = 0; i < bodies.x.size(); ++i) {
    x += mass[i] * field.ax[i];
    y += mass[i] * field.ay[i];
    size += mass[i] * std::hypot(field.ax[i], field.ay[i]);
  }
  EXPECT_LT(std::hypot(x, y), 2e-6 * size);
}

TEST(PeriodicField, OneBodyFeelsNothingAndHalfASideAwayNoneIsNearer) {
  const Shape one{"one", {0.3f}, {0.8f}};
  const Field alone = periodic_field(one, {}, {.square = kUnitSquare});
  EXPECT_NEAR(alone.ax[0], 0, 1e-6);
  EXPECT_NEAR(alone.ay[0], 0, 1e-6);
  const Shape two{"two", {0.2f, 0.7f}, {0.5f, 0.5f}};
  const Field pair = periodic_field(two, {}, {.order = 8, .theta = 0, .square = kUnitSquare});
  EXPECT_NEAR(pair.ax[0], 0, 1e-5);
  EXPECT_NEAR(pair.ay[0], 0, 1e-5);
}

TEST(PeriodicField, SameBytesOnEveryInstructionSetAndThreadCount) {
  const Shape bodies = clusters_inside(3000);
  for (const float softening : {0.0f, 0.01f}) {
    const MultipoleOptions options = {.softening = softening, .order = 5, .square = kUnitSquare};
    const Field expected = periodic_field(bodies, {}, options);
    test::on_every_backend(
        [&](const KernelTable& kernels, Parallel& parallel, const std::string& name) {
          EXPECT_TRUE(periodic_field(bodies, {}, options, kernels, parallel) == expected) << name;
        });
  }
}

TEST(PeriodicField, AnOpenPlaneAfterAPeriodicOneIsOpen) {
  const Shape bodies = test::uniform(500);
  const auto parallel = test::with_threads(1);
  const KernelTable& kernels = *test::tables_here().front();
  Arena arena = test::scratch_arena();
  QuadtreeBuilder builder;
  ASSERT_TRUE(builder.prepare(500, nullptr).is_ok());
  const QuadtreeView& tree = builder.build(bodies.x, bodies.y, *parallel, kernels);
  Multipole solver = Multipole::create(500, kernels, *parallel, arena).value();
  Field field(500), expected(500);
  ASSERT_TRUE(solver.accelerate(tree, {}, {}, expected.ax, expected.ay).is_ok());
  ASSERT_TRUE(solver.accelerate(tree, {}, {.square = kUnitSquare}, field.ax, field.ay).is_ok());
  EXPECT_FALSE(field == expected);
  ASSERT_TRUE(solver.accelerate(tree, {}, {}, field.ax, field.ay).is_ok());
  EXPECT_TRUE(field == expected);
}

TEST(PeriodicField, OtherLawsAreRefused) {
  EXPECT_EQ(Multipole::check({.law = PullLaw::kInverseSquare, .square = kUnitSquare}).message(),
            "a periodic square is for the law 1/r alone");
}

// measure_field_error() knows the square by another way of summing.
TEST(PeriodicField, ItsMeasuredErrorIsThatAgainstRows) {
  const Shape bodies = test::uniform(300);
  const auto parallel = test::with_threads(1);
  QuadtreeBuilder builder;
  ASSERT_TRUE(builder.prepare(300, nullptr).is_ok());
  const QuadtreeView& tree =
      builder.build(bodies.x, bodies.y, *parallel, *test::tables_here().front());
  const PeriodicSquare square = {-0.5f, -0.5f, 2};
  Field field(300);
  for (std::size_t i = 0; i < 300; ++i) {
    const Pull pull = periodic_pull(bodies, {}, square.side, 0, i);
    field.ax[i] = static_cast<float>(pull.x);
    field.ay[i] = static_cast<float>(pull.y);
  }
  EXPECT_LT(measure_field_error(tree, {}, {.square = square}, field.ax, field.ay, 300, *parallel),
            1e-6);
}

// The energy falls by what the field does along the way.
TEST(PeriodicField, IsTheGradientOfThePotential) {
  const auto parallel = test::with_threads(1);
  const KernelTable& kernels = *test::tables_here().front();
  Arena arena = test::scratch_arena();
  Shape bodies = test::uniform(200);
  const auto mass = masses(200);
  const std::vector<float> still(200);
  const MultipoleOptions options = {
      .softening = 0.02f, .order = 6, .theta = 0.3f, .square = kUnitSquare};
  const Field field = periodic_field(bodies, mass, options);
  FieldEnergy energy = FieldEnergy::create(200, *parallel, arena).value();
  QuadtreeBuilder builder;
  ASSERT_TRUE(builder.prepare(200, nullptr).is_ok());
  const auto potential = [&] {
    const QuadtreeView& tree = builder.build(bodies.x, bodies.y, *parallel, kernels);
    return energy.measure(tree, {bodies.x, bodies.y, still, still, mass}, options)
        .value()
        .potential;
  };
  for (const std::size_t moved : {std::size_t{3}, std::size_t{77}, std::size_t{150}}) {
    const float x = bodies.x[moved];
    bodies.x[moved] = x + 0x1p-10f;
    const double after = potential();
    bodies.x[moved] = x - 0x1p-10f;
    const double before = potential();
    bodies.x[moved] = x;
    const double pull = -(after - before) / 0x1p-9;
    const double size = std::abs(mass[moved] * field.ax[moved]);
    EXPECT_NEAR(pull, mass[moved] * field.ax[moved], 0.03 * size + 2) << moved;
  }
}

}  // namespace
}  // namespace quadrille
