#include <gtest/gtest.h>

#include <cmath>

#include <quadrille/field_accuracy.h>
#include <quadrille/field_energy.h>
#include <quadrille/quadtree_builder.h>

#include "tests/kernels/field_fixture.h"

namespace quadrille {
namespace {

using test::Field;
using test::masses;
using test::Shape;

struct Solver {
  explicit Solver(const Shape& bodies, int threads = 2) : parallel(test::with_threads(threads)) {
    const auto count = static_cast<std::int64_t>(bodies.x.size());
    EXPECT_TRUE(builder.prepare(count, nullptr).is_ok());
    const KernelTable& kernels = *test::tables_here().back();
    builder.build(bodies.x, bodies.y, *parallel, kernels);
    field.emplace(Multipole::create(count, kernels, *parallel, arena).value());
  }
  std::unique_ptr<Parallel> parallel;
  Arena arena = test::scratch_arena();
  QuadtreeBuilder builder;
  std::optional<Multipole> field;
};

TEST(FieldAccuracy, TheErrorIsThatOfDirectSums) {
  const Shape bodies = test::clusters(3000);
  const auto mass = masses(bodies.x.size());
  Solver solver(bodies);
  Field field(bodies.x.size());
  const MultipoleOptions options{.order = 2, .theta = 0.9f};
  ASSERT_TRUE(
      solver.field->accelerate(solver.builder.view(), mass, options, field.ax, field.ay).is_ok());
  const double all = measure_field_error(solver.builder.view(), mass, options, field.ax, field.ay,
                                         3000, *solver.parallel);
  EXPECT_NEAR(all, test::field_error(field, bodies, mass, 0, 1).of_all, 1e-3 * all);
  for (float& a : field.ax) a *= 1.5f;
  for (float& a : field.ay) a *= 1.5f;
  EXPECT_NEAR(measure_field_error(solver.builder.view(), mass, options, field.ax, field.ay, 200,
                                  *solver.parallel),
              0.5, 0.1);
}

TEST(FieldAccuracy, TheErrorAskedForIsMetWhateverTheLaw) {
  for (const Shape& bodies : {test::uniform(10000), test::clusters(10000)}) {
    const auto mass = masses(bodies.x.size());
    Solver solver(bodies);
    Field field(bodies.x.size());
    for (const PullLaw law : {PullLaw::kInverse, PullLaw::kInverseSquare}) {
      for (const float softening : {0.0f, 0.01f}) {
        for (const double wanted : {5e-3, 5e-4, 1e-5}) {
          const MultipoleOptions asked{law, softening};
          FieldAccuracy accuracy = FieldAccuracy::create(asked, wanted).value();
          ASSERT_TRUE(accuracy
                          .accelerate(*solver.field, solver.builder.view(), mass, field.ax,
                                      field.ay, *solver.parallel)
                          .is_ok());
          EXPECT_LE(accuracy.measured(), wanted) << bodies.name;
          EXPECT_LE(measure_field_error(solver.builder.view(), mass, asked, field.ax, field.ay, 400,
                                        *solver.parallel),
                    3 * wanted)  // a few bodies of a cluster can have most of the error
              << bodies.name << ' ' << wanted;
        }
      }
    }
  }
}

TEST(FieldAccuracy, LessIsDoneWhereLessWillDo) {
  const Shape bodies = test::uniform(5000);
  Solver solver(bodies);
  Field field(bodies.x.size());
  FieldAccuracy accuracy =
      FieldAccuracy::create({.law = PullLaw::kInverse, .softening = 100.0f}, 1e-3).value();
  const int order = accuracy.options().order;
  for (int solve = 0; solve < 3; ++solve) {
    ASSERT_TRUE(accuracy
                    .accelerate(*solver.field, solver.builder.view(), {}, field.ax, field.ay,
                                *solver.parallel)
                    .is_ok());
    EXPECT_LE(accuracy.measured(), 1e-3);
  }
  EXPECT_LT(accuracy.options().order, order);
}

// All pulls of a lattice cancel in a periodic square: what is left is rounding, and no part of it.
TEST(FieldAccuracy, IsMetWherePullsCancelInAPeriodicSquare) {
  Shape lattice = test::uniform(40 * 40);
  for (std::size_t i = 0; i < lattice.x.size(); ++i) {
    lattice.x[i] = (0.5f + static_cast<float>(i % 40)) / 40;
    lattice.y[i] = (0.5f + static_cast<float>(i / 40)) / 40;
  }
  Solver solver(lattice);
  Field field(lattice.x.size());
  const MultipoleOptions asked{.softening = 0.001f, .square = {0, 0, 1}};
  FieldAccuracy accuracy = FieldAccuracy::create(asked, 1e-3).value();
  ASSERT_TRUE(accuracy
                  .accelerate(*solver.field, solver.builder.view(), {}, field.ax, field.ay,
                              *solver.parallel)
                  .is_ok());
  const FieldErrors errors = measure_field_errors(solver.builder.view(), {}, asked, field.ax,
                                                  field.ay, 400, *solver.parallel);
  EXPECT_LT(errors.pull, 1e-3 * errors.least_pull);
  EXPECT_LE(errors.relative(), 1e-3);
  field.ax[lattice.x.size() / 800] += static_cast<float>(errors.least_pull);
  EXPECT_GT(measure_field_error(solver.builder.view(), {}, asked, field.ax, field.ay, 1600,
                                *solver.parallel),
            1e-2);
}

TEST(FieldAccuracy, BeginsBeyondAThetaOfOneWhereThatIsAllowed) {
  const MultipoleOptions open, softened{.softening = 0.01f}, square{.square = {0, 0, 1}},
      softened_square{.softening = 0.01f, .square = {0, 0, 1}},
      inverse_square{.law = PullLaw::kInverseSquare};
  for (const auto& [asked, is_beyond] :
       {std::pair(open, true), std::pair(softened, true), std::pair(square, false),
        std::pair(softened_square, false), std::pair(inverse_square, false)}) {
    for (const double wanted : {0.1, 1e-2, 5e-3, 2e-3}) {
      const FieldAccuracy accuracy = FieldAccuracy::create(asked, wanted).value();
      EXPECT_EQ(accuracy.options().theta > 1, is_beyond) << wanted;
      EXPECT_TRUE(Multipole::check(accuracy.options()).is_ok()) << wanted;
    }
  }
}

TEST(FieldAccuracy, OptionsOutOfRangeAreRefusedAtOnceAndNoSampleHasNoError) {
  const auto code = [](const MultipoleOptions& options) {
    return FieldAccuracy::create(options, 0.01).status().code();
  };
  EXPECT_EQ(code({.softening = -1}), StatusCode::kInvalidArgument);
  EXPECT_EQ(code({.square = {0, 0, HUGE_VALF}}), StatusCode::kInvalidArgument);
  EXPECT_EQ(code({.law = PullLaw::kInverseSquare, .softening = 1, .square = {0, 0, 1}}),
            StatusCode::kUnsupported);
  EXPECT_EQ(code({.order = 99, .theta = -3}), StatusCode::kOk);  // it chooses these
  Solver solver(test::uniform(10));
  const std::vector<float> none(10);
  for (const std::int64_t sample : {0, -5}) {
    EXPECT_EQ(
        measure_field_errors(solver.builder.view(), {}, {}, none, none, sample, *solver.parallel)
            .pull,
        0);
  }
}

TEST(FieldAccuracy, ErrorsThatNoFloatHoldsAreRefused) {
  for (const double wanted : {0.0, -1.0, 1e-7, 0.2, std::nan("")})
    EXPECT_EQ(FieldAccuracy::create({}, wanted).status().code(), StatusCode::kInvalidArgument);
}

// ---- what is conserved ----

struct Moving {
  Shape places;
  std::vector<float> vx, vy, mass;
  MovingBodies view() const { return {places.x, places.y, vx, vy, mass}; }
};

Moving moving(const Shape& places) {
  Moving bodies{places, masses(places.x.size()), {}, masses(places.x.size())};
  for (float& v : bodies.vx) v -= 1.5f;
  bodies.vy.assign(bodies.vx.rbegin(), bodies.vx.rend());
  return bodies;
}

TEST(FieldEnergy, IsTheSumOverAllPairs) {
  for (const Shape& places : {test::uniform(3000), test::clusters(3000)}) {
    const Moving bodies = moving(places);
    Solver solver(places);
    FieldEnergy energy = FieldEnergy::create(3000, *solver.parallel, solver.arena).value();
    for (const auto& [law, softening] :
         {std::pair(PullLaw::kInverse, 0.0f), std::pair(PullLaw::kInverse, 0.05f),
          std::pair(PullLaw::kInverseSquare, 0.05f)}) {
      ConservedQuantities expected;
      double sum_of_sizes = 0;
      for (std::size_t i = 0; i < places.x.size(); ++i) {
        const double m = bodies.mass[i], vx = bodies.vx[i], vy = bodies.vy[i];
        expected.kinetic += 0.5 * m * (vx * vx + vy * vy);
        expected.momentum_x += m * vx;
        expected.angular_momentum += m * (places.x[i] * vy - places.y[i] * vx);
        for (std::size_t j = 0; j < i; ++j) {
          const double dx = double{places.x[i]} - places.x[j];
          const double dy = double{places.y[i]} - places.y[j];
          const double s = dx * dx + dy * dy + double{softening} * softening;
          const double g = law == PullLaw::kInverse ? 0.5 * std::log(s) : -1 / std::sqrt(s);
          expected.potential += m * bodies.mass[j] * g;
          sum_of_sizes += m * bodies.mass[j] * std::abs(g);
        }
      }
      const ConservedQuantities now =
          energy.measure(solver.builder.view(), bodies.view(), {.law = law, .softening = softening})
              .value();
      EXPECT_NEAR(now.potential, expected.potential, 2e-4 * sum_of_sizes) << places.name;
      EXPECT_NEAR(now.kinetic, expected.kinetic, 1e-9 * expected.kinetic);
      EXPECT_NEAR(now.momentum_x, expected.momentum_x, 1e-9 * now.mass_times_speed);
      EXPECT_NEAR(now.angular_momentum, expected.angular_momentum, 1e-9 * now.mass_times_swept);
    }
  }
}

TEST(FieldEnergy, DoesNotDependOnThreadsAndTakesNoneAndCoincidentBodies) {
  const Moving bodies = moving(test::clusters(5000));
  ConservedQuantities one;
  for (const int threads : {1, 2, 8}) {
    Solver solver(bodies.places, threads);
    FieldEnergy energy = FieldEnergy::create(5000, *solver.parallel, solver.arena).value();
    const ConservedQuantities now =
        energy.measure(solver.builder.view(), bodies.view(), {.softening = 0.01f}).value();
    if (threads == 1) one = now;
    EXPECT_EQ(now.potential, one.potential);
    EXPECT_EQ(now.kinetic, one.kinetic);
  }
  for (const int count : {0, 1, 500}) {
    const Moving spot = moving(test::coincident(count));
    Solver solver(spot.places);
    FieldEnergy energy = FieldEnergy::create(count, *solver.parallel, solver.arena).value();
    EXPECT_EQ(energy.measure(solver.builder.view(), spot.view(), {}).value().potential, 0.0);
  }
}

TEST(FieldEnergy, NoMassesAreMassesOfOne) {
  Moving bodies = moving(test::uniform(1000));
  Solver solver(bodies.places);
  FieldEnergy energy = FieldEnergy::create(1000, *solver.parallel, solver.arena).value();
  const auto measured = [&] {
    return energy.measure(solver.builder.view(), bodies.view(), {.softening = 0.1f}).value();
  };
  bodies.mass.assign(1000, 1.0f);
  const ConservedQuantities ones = measured();
  bodies.mass.clear();
  EXPECT_EQ(measured().energy(), ones.energy());
  EXPECT_EQ(measured().angular_momentum, ones.angular_momentum);
}

TEST(FieldEnergy, WhatCannotBeMeasuredIsRefusedInASentence) {
  const Moving bodies = moving(test::uniform(300));
  Solver solver(bodies.places);
  FieldEnergy energy = FieldEnergy::create(300, *solver.parallel, solver.arena).value();
  const QuadtreeView& tree = solver.builder.view();
  const auto code = [&](const MultipoleOptions& options) {
    return energy.measure(tree, bodies.view(), options).status().code();
  };
  EXPECT_EQ(code({.softening = -1}), StatusCode::kInvalidArgument);
  EXPECT_EQ(code({.softening = std::nanf("")}), StatusCode::kInvalidArgument);
  EXPECT_EQ(code({.square = {0, 0, HUGE_VALF}}), StatusCode::kInvalidArgument);
  EXPECT_EQ(code({.law = PullLaw::kInverseSquare, .softening = 1, .square = {0, 0, 1}}),
            StatusCode::kUnsupported);
  for (auto column : {&MovingBodies::x, &MovingBodies::y, &MovingBodies::vx, &MovingBodies::vy,
                      &MovingBodies::mass}) {
    MovingBodies few = bodies.view();
    few.*column = (few.*column).first(299);
    EXPECT_EQ(energy.measure(tree, few, {}).status().code(), StatusCode::kInvalidArgument);
  }
  MovingBodies none = bodies.view();
  none.vy = {};
  EXPECT_EQ(energy.measure(tree, none, {}).status().message(),
            "the column vy of moving bodies has 0 elements; the tree has 300 bodies");
  FieldEnergy small = FieldEnergy::create(299, *solver.parallel, solver.arena).value();
  EXPECT_EQ(small.measure(tree, bodies.view(), {}).status().message(),
            "the tree has 300 bodies; there is room for 299");
  EXPECT_EQ(FieldEnergy::create(-1, *solver.parallel, solver.arena).status().code(),
            StatusCode::kOutOfMemory);
}

}  // namespace
}  // namespace quadrille
