// The scene nbody: what its model promises holds at the end of a run.

#include <gtest/gtest.h>
#include <quadrille/generators.h>
#include <quadrille/parallel.h>
#include <quadrille/simulation.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "scenes/nbody_options.h"
#include "tests/scenes/scene_inputs.h"
#include "tests/scenes/scene_runs.h"

namespace quadrille {
namespace {

using test::create;
using test::fact;
using test::generated_points;
using test::run;
using test::verified;

TEST(NbodyScene, ADiscOfBodiesKeepsEnergyAndMomentum) {
  Simulation simulation = create("nbody", test::random_points(2000));
  run(simulation, 100);
  EXPECT_LT(std::abs(fact(simulation, "energy drift")), 2e-3);
  EXPECT_LT(fact(simulation, "momentum drift"), 1e-4);
  EXPECT_LT(fact(simulation, "force error"), 5e-3);
  EXPECT_EQ(verified(simulation), "");
}

TEST(NbodyScene, TwoBodiesCloseTheirOrbit) {
  SceneInput input;
  input.has_points = true;
  input.points.x = {0.5, -0.5};
  input.points.y = {0, 0};
  input.points.vx = {0, 0};
  input.points.vy = {0.5f, -0.5f};
  SimulationOptions options;
  options.scene.softening = 1e-4f;
  Simulation simulation = create("nbody", std::move(input), options);
  const auto dt = static_cast<float>(2 * 3.14159265358979 / 2000);
  for (int i = 0; i < 2000; ++i) ASSERT_TRUE(simulation.step(dt).is_ok());
  const Frame& frame = simulation.last_completed();
  EXPECT_NEAR(frame.column<float>(0, 0)[0], 0.5, 1e-3);
  EXPECT_NEAR(frame.column<float>(0, 1)[0], 0.0, 1e-3);
  EXPECT_LT(std::abs(fact(simulation, "energy drift")), 1e-5);
}

TEST(NbodyScene, AGeneratedDiscTurnsAsAWholeWithoutFallingIn) {
  const auto parallel = std::move(Parallel::create({.backend = TaskBackend::kSerial})).value();
  SceneInput input;
  input.has_points = true;
  input.points = generate_points(parse_generator("plummer:20000").value(), 1, *parallel).value();
  Simulation simulation = create("nbody", std::move(input));
  const auto mean_radius = [&] {
    const Frame& frame = simulation.last_completed();
    const auto x = frame.column<float>(0, 0), y = frame.column<float>(0, 1);
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      sum += std::min(1.0, std::hypot(double{x[i]}, double{y[i]}));
    return sum / 20000;
  };
  const double before = mean_radius();
  run(simulation, 30);
  EXPECT_NEAR(mean_radius(), before, 0.01);
  EXPECT_LT(std::abs(fact(simulation, "energy drift")), 1e-2);
}

TEST(NbodyScene, NoneOneAndCoincidentBodiesAreValid) {
  for (const int count : {0, 1, 100}) {
    SceneInput input;
    input.has_points = true;
    input.points.x.assign(static_cast<std::size_t>(count), 3.0);
    input.points.y.assign(static_cast<std::size_t>(count), 4.0);
    Simulation simulation = create("nbody", std::move(input));
    run(simulation, 3);
    EXPECT_EQ(verified(simulation), "") << count;
    if (count > 0) {
      EXPECT_EQ(simulation.last_completed().column<float>(0, 0)[0], 3.0f);
    }
  }
}

TEST(NbodyScene, AMillionBodiesOnOneSpotPullTheOthersAsOne) {
  SceneInput input;
  input.has_points = true;
  input.points.x.assign(1000000, 0.0);
  input.points.y.assign(1000000, 0.0);
  input.points.x.push_back(1.0);
  input.points.y.push_back(0.0);
  input.points.mass.assign(1000001, 1e-6f);
  SimulationOptions options;
  options.scene.softening = 1e-3f;
  Simulation simulation = create("nbody", std::move(input), options);
  ASSERT_TRUE(simulation.step(1e-3f).is_ok());
  const auto x = simulation.last_completed().column<float>(0, 0);
  const auto vx = simulation.last_completed().column<float>(1, 0);
  EXPECT_EQ(x[0], x[999999]);
  EXPECT_NEAR(vx[1000000], -1e-3, 1e-6);  // pulled by a mass of 1 at distance 1
  EXPECT_LT(std::abs(fact(simulation, "energy drift")), 1e-6);
  EXPECT_EQ(verified(simulation), "");
}

TEST(NbodyScene, OddBodiesAreRefusedByName) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr float kEndless = std::numeric_limits<float>::infinity();
  const auto refused = [](auto set, StatusCode code = StatusCode::kInvalidInput) {
    SceneInput input = test::random_points(10);
    set(input.points);
    const Status status = Simulation::create("nbody", std::move(input), {}).status();
    EXPECT_EQ(status.code(), code) << status.message();
    return status.message();
  };
  EXPECT_EQ(refused([](PointSet& p) { p.x[3] = kNan; }), "nbody: body 3 has the coordinate nan");
  EXPECT_EQ(refused([](PointSet& p) { p.y[4] = -kEndless; }),
            "nbody: body 4 has the coordinate -inf");
  EXPECT_EQ(refused([](PointSet& p) { p.mass.assign(10, -1.0f); }),
            "nbody: body 0 has the mass -1");
  EXPECT_EQ(refused([](PointSet& p) {
              p.vx.assign(10, 0.0f);
              p.vx[9] = kEndless;
            }),
            "nbody: body 9 has the velocity inf");
  EXPECT_EQ(refused([](PointSet& p) { p.x[0] = 1e30; }),
            "nbody: bodies are spread over more than 1e18 units of length; take a larger unit");
  for (const auto& column : {&PointSet::vx, &PointSet::vy, &PointSet::mass, &PointSet::radius}) {
    for (const std::size_t size : {9u, 11u, 5000u})
      EXPECT_EQ(refused([&](PointSet& p) { (p.*column).assign(size, 1.0f); },
                        StatusCode::kInvalidArgument),
                "a column of points is not as long as x, which has 10");
  }
  refused([](PointSet& p) { p.y.pop_back(); }, StatusCode::kInvalidArgument);
  refused([](PointSet& p) { p.segments = {0, 0, 1}; }, StatusCode::kInvalidArgument);
}

TEST(NbodyScene, BodiesWithoutMassArePulledAndDoNotPull) {
  for (const float other : {0.0f, 1.0f}) {
    SceneInput input;
    input.has_points = true;
    input.points.x = {0, 1};
    input.points.y = {0, 0};
    input.points.mass = {other, 0};
    Simulation simulation = create("nbody", std::move(input));
    ASSERT_TRUE(simulation.step(1e-3f).is_ok());
    const auto vx = simulation.last_completed().column<float>(1, 0);
    EXPECT_EQ(vx[0], 0);
    EXPECT_EQ(vx[1] < 0, other > 0);
    EXPECT_EQ(verified(simulation), "");
    EXPECT_EQ(fact(simulation, "energy drift"), 0);
  }
}

TEST(NbodyScene, TwoBodies1Eminus30ApartFallTogetherAndFloatsThatDoNotPartThemAreOneSpot) {
  for (const double at : {0.0, 1.0}) {
    SceneInput input;
    input.has_points = true;
    input.points.x = {at, at + 1e-30};
    input.points.y = {at, at};
    Simulation simulation = create("nbody", std::move(input));
    run(simulation, 20);
    const auto x = simulation.last_completed().column<float>(0, 0);
    EXPECT_EQ(x[1] - x[0] < 1e-30f, true);
    EXPECT_EQ(x[0] > static_cast<float>(at), at == 0);
    EXPECT_EQ(verified(simulation), "");
  }
}

TEST(NbodyScene, OnALineBodiesStayOnIt) {
  SceneInput input;
  input.has_points = true;
  for (int i = 0; i < 1000000; ++i) input.points.x.push_back(1e-6 * i);
  input.points.y.assign(1000000, 5.0);
  Simulation simulation = create("nbody", std::move(input));
  run(simulation, 1);
  const auto y = simulation.last_completed().column<float>(0, 1);
  EXPECT_TRUE(std::ranges::all_of(y, [](float value) { return value == 5.0f; }));
  EXPECT_LT(fact(simulation, "force error"), 1e-2);
  EXPECT_EQ(verified(simulation), "");
}

// The root box of every step is that of its bodies.
TEST(NbodyScene, BodiesThatFlyFarOutOfTheirFirstBoxArePulledAsExactly) {
  SceneInput input = test::random_points(3000);
  for (const double x : input.points.x)
    input.points.vx.push_back(static_cast<float>(1e3 * x - 500));
  for (const double y : input.points.y) input.points.vy.push_back(static_cast<float>(1e3 * y));
  Simulation simulation = create("nbody", std::move(input));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(simulation.step(0.05f).is_ok());
  const auto x = simulation.last_completed().column<float>(0, 0);
  EXPECT_GT(*std::ranges::max_element(x) - *std::ranges::min_element(x), 500);
  EXPECT_LT(fact(simulation, "force error"), 5e-3);
  EXPECT_EQ(verified(simulation), "");
}

TEST(NbodyScene, AStepThatFloatsDoNotHoldIsRefusedAndChangesNothing) {
  Simulation simulation = create("nbody", test::random_points(10));
  for (const float dt : {1.1e18f, -1e30f, std::numeric_limits<float>::quiet_NaN()})
    EXPECT_EQ(simulation.step(dt).code(), StatusCode::kInvalidArgument) << dt;
  EXPECT_EQ(simulation.last_completed().step(), 0u);
  EXPECT_TRUE(simulation.step(-0.01f).is_ok());  // backwards
}

TEST(NbodyScene, WhatIsNotFiniteOrOutOfRangeIsRefusedInASentence) {
  SceneInput input = test::random_points(10);
  input.points.x[7] = 1e39;  // finite as a double only
  const Status far = Simulation::create("nbody", std::move(input), {}).status();
  EXPECT_EQ(far.code(), StatusCode::kInvalidInput);
  EXPECT_EQ(far.message(), "nbody: body 7 has the coordinate 1e39");

  const auto refused = [](auto set) {
    SimulationOptions options;
    set(options.scene);
    return Simulation::create("nbody", test::random_points(10), options).status();
  };
  EXPECT_EQ(refused([](SceneOptions& scene) { scene.theta = 1.6f; }).message(),
            "theta is 1.6; it may be from 0 to 1.5");
  EXPECT_EQ(refused([](SceneOptions& scene) {
              scene.theta = 1.25f;
              scene.order = 5;
            }).message(),
            "theta is 1.25; it may be from 0 to 1 with an order above 4");
  EXPECT_EQ(
      refused([](SceneOptions& scene) { scene.theta = 1.25f, scene.box = "periodic"; }).message(),
      "theta is 1.25; it may be from 0 to 1 in a periodic square");
  EXPECT_EQ(refused([](SceneOptions& scene) {
              scene.theta = 1.25f, scene.law = "inverse-square";
            }).message(),
            "theta is 1.25; it may be from 0 to 1 under other laws than 1/r");
  EXPECT_EQ(refused([](SceneOptions& scene) { scene.order = 7; }).message(),
            "the order is 7; it may be from 2 to 6 where 1/r is softened");
  EXPECT_EQ(refused([](SceneOptions& scene) { scene.order = 9, scene.softening = 0; }).message(),
            "the order is 9; it may be from 1 to 8");
  EXPECT_EQ(refused([](SceneOptions& scene) { scene.force_error = 0.5; }).message(),
            "an error of 0.5 is asked for; it may be 1e-6 to 0.1");
  EXPECT_EQ(refused([](SceneOptions& scene) { scene.softening = 1e30f; }).code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(refused([](SceneOptions& scene) { scene.law = "cubic"; }).message(),
            "'cubic' is no law; there are inverse and inverse-square");
}

// Lines and lattices, where errors do not cancel, and tight clusters: what far cells do wrong is
// most of a pull there.
SceneInput few_bodies(std::string_view shape, int count) {
  SceneInput input = test::random_points(count, 5);
  std::vector<double>&x = input.points.x, &y = input.points.y;
  const int side = static_cast<int>(std::sqrt(count));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const int id = static_cast<int>(i);
    if (shape == "line") y[i] *= 1e-3;
    if (shape == "even line") x[i] = static_cast<double>(id) / count, y[i] = 0;
    if (shape == "circle") y[i] = std::sin(6.283 * x[i]), x[i] = std::cos(6.283 * x[i]);
    if (shape == "lattice") x[i] = id % side, y[i] = id / side;
    if (shape == "clusters") x[i] = id % 10 + 1e-3 * x[i], y[i] = id % 7 + 1e-3 * y[i];
  }
  return input;
}

TEST(NbodyScene, FewBodiesOfAnyShapeErrByHalfAPercentAtMost) {
  for (const char* const shape :
       {"uniform", "line", "even line", "circle", "lattice", "clusters"}) {
    for (const int count : {100, 300, 1000, 4000, 12000}) {
      for (const char* const law : {"inverse", "inverse-square"}) {
        SimulationOptions options;
        options.scene.law = law;
        Simulation simulation = create("nbody", few_bodies(shape, count), options);
        EXPECT_LT(fact(simulation, "force error"), 5e-3) << shape << " " << count << " " << law;
      }
    }
  }
}

TEST(NbodyScene, AThetaBeyondOneByItselfTakesAnOrderThatMayHaveIt) {
  SimulationOptions options;
  options.scene.theta = 1.5f;
  Simulation simulation = create("nbody", test::random_points(1000), options);
  EXPECT_EQ(fact(simulation, "order"), 4);
  EXPECT_EQ(fact(simulation, "theta"), 1.5);
}

// Any number of bodies on a circle, and a known period.
TEST(NbodyScene, APolygonOfBodiesIsBackAfterItsPeriod) {
  for (const int count : {2, 3, 5}) {
    SceneInput input = generated_points("orbit:" + std::to_string(count));
    const std::vector<double> x = input.points.x, y = input.points.y;
    SimulationOptions options;
    options.scene.softening = 0;
    Simulation simulation = create("nbody", std::move(input), options);
    const double period = 2 * 3.14159265358979 / std::sqrt((count - 1) / (2.0 * count));
    for (int i = 0; i < 1000; ++i)
      ASSERT_TRUE(simulation.step(static_cast<float>(period / 1000)).is_ok());
    const Frame& frame = simulation.last_completed();
    for (std::size_t i = 0; i < x.size(); ++i) {
      EXPECT_NEAR(frame.column<float>(0, 0)[i], x[i], 1e-3) << count;
      EXPECT_NEAR(frame.column<float>(0, 1)[i], y[i], 1e-3) << count;
    }
    EXPECT_LT(std::abs(fact(simulation, "energy drift")), 1e-5);
    EXPECT_LT(std::abs(fact(simulation, "angular momentum drift")), 1e-5);
  }
}

// Kepler's ellipse of eccentricity 0.5 and half axis 1, two bodies of mass 1/2: period 2 pi.
TEST(NbodyScene, UnderTheInverseSquareTwoBodiesDrawKeplersEllipse) {
  SceneInput input;
  input.has_points = true;
  input.points.x = {0.75, -0.75};  // at the far end
  input.points.y = {0, 0};
  const auto speed = static_cast<float>(0.5 * std::sqrt(1.0 / 3.0));
  input.points.vx = {0, 0};
  input.points.vy = {speed, -speed};
  SimulationOptions options;
  options.scene.softening = 0;
  options.scene.law = "inverse-square";
  Simulation simulation = create("nbody", std::move(input), options);
  const auto dt = static_cast<float>(2 * 3.14159265358979 / 4000);
  double nearest = 9;
  for (int i = 0; i < 4000; ++i) {
    ASSERT_TRUE(simulation.step(dt).is_ok());
    const Frame& frame = simulation.last_completed();
    nearest = std::min(nearest, std::hypot(double{frame.column<float>(0, 0)[0]},
                                           double{frame.column<float>(0, 1)[0]}));
  }
  const Frame& frame = simulation.last_completed();
  EXPECT_NEAR(nearest, 0.25, 1e-3);
  EXPECT_NEAR(frame.column<float>(0, 0)[0], 0.75, 1e-3);
  EXPECT_NEAR(frame.column<float>(0, 1)[0], 0.0, 5e-3);
  EXPECT_LT(std::abs(fact(simulation, "energy drift")), 1e-4);
}

TEST(NbodyScene, DirectSumsKeepMomentumToRounding) {
  SimulationOptions options;
  options.scene.theta = 0;
  Simulation simulation = create("nbody", generated_points("collision:1000"), options);
  run(simulation, 20);
  EXPECT_LT(fact(simulation, "momentum drift"), 1e-6);
  EXPECT_LT(std::abs(fact(simulation, "angular momentum drift")), 1e-6);
  EXPECT_LT(fact(simulation, "force error"), 1e-5);
}

TEST(NbodyScene, TheForceErrorAskedForIsKept) {
  for (const char* const law : {"inverse", "inverse-square"}) {
    SimulationOptions options;
    options.scene.force_error = 1e-3;
    options.scene.law = law;
    Simulation simulation = create("nbody", generated_points("plummer:5000"), options);
    run(simulation, 70);
    EXPECT_LT(fact(simulation, "force error"), 1.5e-3) << law;
    EXPECT_EQ(verified(simulation), "");
  }
}

// A cold disc of even density falls together as a whole: 1 / r pulls in proportion to the radius.
TEST(NbodyScene, AColdDiscCollapses) {
  Simulation simulation = create("nbody", generated_points("collapse:4000"));
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(simulation.step(0.02f).is_ok());
  const Frame& frame = simulation.last_completed();
  double sum = 0;
  for (std::size_t i = 0; i < 4000; ++i) {
    const double x = frame.column<float>(0, 0)[i], y = frame.column<float>(0, 1)[i];
    sum += x * x + y * y;
  }
  // r'' = -M(r) / r with the mass inside fixed: after time 1 a shell of radius 1 is at 0.443.
  EXPECT_NEAR(std::sqrt(2 * sum / 4000), 0.443, 0.02);
  EXPECT_LT(std::abs(fact(simulation, "energy drift")), 5e-3);
}

SimulationOptions nbody_with(const char* time_steps, const char* box, float dt = 0) {
  SimulationOptions options;
  options.scene.time_steps = time_steps;
  options.scene.box = box;
  options.scene.dt = dt;
  return options;
}

TEST(NbodyScene, BlockStepsOfOneLevelAreTheSharedStep) {
  Simulation shared = create("nbody", generated_points("plummer:3000"));
  Simulation blocks = create("nbody", generated_points("plummer:3000"), nbody_with("block:0", ""));
  run(shared, 10);
  run(blocks, 10);
  EXPECT_EQ(shared.last_completed().state_hash(), blocks.last_completed().state_hash());
  EXPECT_EQ(fact(blocks, "forces a body and step"), 1);
}

// Small steps where pulls are strong keep the energy as small steps for all do, for fewer forces.
TEST(NbodyScene, BlockStepsKeepEnergyWithFewerForces) {
  const auto drift_of = [](const char* time_steps, double& forces) {
    SimulationOptions options = nbody_with(time_steps, "", 0.02f);
    options.scene.softening = 2e-3f;
    Simulation simulation = create("nbody", generated_points("collapse:2000"), options);
    run(simulation, 60);  // through the densest moment
    EXPECT_EQ(verified(simulation), "");
    if (*time_steps != 0) forces = fact(simulation, "forces a body and step");
    return std::abs(fact(simulation, "energy drift"));
  };
  double forces = 1;
  const double shared = drift_of("", forces), blocks = drift_of("block:10:0.2", forces);
  EXPECT_LT(blocks, shared / 3);
  EXPECT_LT(forces, 16);
  EXPECT_GT(forces, 1);
}

TEST(NbodyScene, BodiesThatLeaveAPeriodicBoxComeBackOnTheOtherSide) {
  SceneInput input;
  input.has_points = true;
  input.points.x = {0.25, 0.75};
  input.points.y = {0.5, 0.5};
  input.points.vx = {1, 1};
  input.points.vy = {-2.5f, -2.5f};
  SimulationOptions options = nbody_with("", "periodic:1", 1.0f / 64);
  options.scene.softening = 1e-3f;
  options.scene.theta = 0;  // a rest that the least error ends
  Simulation simulation = create("nbody", std::move(input), options);
  for (int step = 1; step <= 64; ++step) {  // half a side apart, they do not pull each other
    run(simulation, 1);
    const Frame& frame = simulation.last_completed();
    for (const int axis : {0, 1}) {
      for (const float place : frame.column<float>(0, axis)) {
        ASSERT_GE(place, 0.0f);
        ASSERT_LT(place, 1.0f);
      }
    }
    const double x = 0.25 + step / 64.0, y = 0.5 - 2.5 * step / 64;
    EXPECT_NEAR(frame.column<float>(0, 0)[0], x - std::floor(x + 1e-4), 2e-4) << step;
    EXPECT_NEAR(frame.column<float>(0, 1)[0], y - std::floor(y + 1e-4), 2e-4) << step;
  }
  EXPECT_LT(fact(simulation, "momentum drift"), 1e-5);
}

TEST(NbodyScene, PlacesAreWrappedByWholeSidesIntoTheBox) {
  for (const float side : {1.0f, 0.3f, 1e10f}) {
    for (const float low : {0.0f, -0.5f * side, 3 * side}) {
      for (int i = -1000; i <= 1000; ++i) {
        const float place = low + side * static_cast<float>(i) / 64;
        const float inside = wrapped(place, low, side);
        ASSERT_GE(inside, low) << place;
        ASSERT_LT((inside - low) / side, 1.0f) << place;
        const double sides = (double{place} - inside) / side;
        ASSERT_NEAR(sides, std::round(sides), 1e-5) << place;
        if (i >= 0 && i < 64) {
          ASSERT_EQ(inside, place);
        }
      }
      ASSERT_EQ(wrapped(low - 1e-12f * side, low, side), low);
      ASSERT_EQ(wrapped(1e38f, low, side), low);  // knows no place within the box
      ASSERT_TRUE(std::isnan(wrapped(std::nanf(""), low, side)));
      ASSERT_TRUE(std::isinf(wrapped(HUGE_VALF, low, side)));
    }
  }
}

// Jeans: evenly spread masses before their background stay where they are.
TEST(NbodyScene, AnEvenLatticeInItsPeriodicBoxIsAtRest) {
  SceneInput input;
  input.has_points = true;
  for (int i = 0; i < 32 * 32; ++i) {
    input.points.x.push_back((i % 32 + 0.5) / 32);
    input.points.y.push_back((i / 32 + 0.5) / 32);
  }
  SimulationOptions options = nbody_with("", "periodic:1", 0.01f);
  options.scene.force_error = 0;
  options.scene.order = 6;
  options.scene.theta = 0.5f;
  Simulation simulation = create("nbody", std::move(input), options);
  run(simulation, 20);
  EXPECT_EQ(verified(simulation), "");  // though next to nothing pulls
  const Frame& frame = simulation.last_completed();
  for (const float speed : frame.column<float>(1, 0)) EXPECT_NEAR(speed, 0, 2e-3);
}

TEST(NbodyScene, APeriodicBoxKeepsEnergyAndMomentum) {
  for (const char* const time_steps : {"shared", "block:4:0.1"}) {
    SimulationOptions options = nbody_with(time_steps, "periodic:1", 0.005f);
    options.scene.softening = 0.02f;
    Simulation simulation = create("nbody", test::random_points(300), options);
    run(simulation, 50);
    EXPECT_EQ(verified(simulation), "") << time_steps;
    EXPECT_LT(fact(simulation, "momentum drift"), 1e-3) << time_steps;
    EXPECT_LT(std::abs(fact(simulation, "energy drift")), 5e-3) << time_steps;
  }
}

// Where a box stands and in which unit it is measured is no matter.
TEST(NbodyScene, APeriodicBoxMayStandAnywhereAndHaveAnyUnit) {
  const PointSet points = test::random_points(300).points;
  const auto drifts = [&](double unit, double offset) {
    SceneInput input;
    input.has_points = true;
    for (std::size_t i = 0; i < points.x.size(); ++i) {
      input.points.x.push_back(points.x[i] * unit + offset);
      input.points.y.push_back(points.y[i] * unit - offset);
    }
    // Times are lengths under m / r, for the same masses.
    SimulationOptions options = nbody_with("", "periodic", static_cast<float>(0.005 * unit));
    options.scene.softening = static_cast<float>(0.02 * unit);
    Simulation simulation = create("nbody", std::move(input), options);
    run(simulation, 50);
    EXPECT_EQ(verified(simulation), "") << unit << ' ' << offset;
    return fact(simulation, "energy drift");
  };
  const double expected = drifts(1, 0);
  EXPECT_NEAR(drifts(1024, 0), expected, 0.1 * std::abs(expected));
  EXPECT_NEAR(drifts(1.0 / 1024, 0), expected, 0.1 * std::abs(expected));
  EXPECT_LT(std::abs(drifts(1, 1000)), 5e-3);
}

TEST(NbodyScene, OneBodyFarAwayRestsHoweverLittleItIsSoftened) {
  SceneInput input;
  input.has_points = true;
  input.points.x = {1e10};
  input.points.y = {0};
  SimulationOptions options;
  options.scene.softening = 1e-20f;
  Simulation simulation = create("nbody", std::move(input), options);
  run(simulation, 3);
  EXPECT_EQ(verified(simulation), "");
  EXPECT_EQ(simulation.last_completed().column<float>(0, 0)[0], 1e10f);
}

TEST(NbodyScene, AnExtentIsThatOfTheBodiesHoweverFarTheyStandOnAnAxisThatTheyShare) {
  PointSet points;
  points.x.assign(300, 0.1);
  points.y.assign(300, 0.7);
  const NbodyOptions on_a_spot = nbody_options(points, {}).value();
  EXPECT_EQ(on_a_spot.extent, 0);  // so that a step is none of 1e-19
  EXPECT_EQ(on_a_spot.field.softening, 1.0f);
  for (std::size_t i = 0; i < 300; ++i) points.x[i] = 1e-10 * static_cast<double>(i);
  const double extent = nbody_options(points, {}).value().extent;
  points.y.assign(300, 1e30);
  EXPECT_EQ(nbody_options(points, {}).value().extent, extent);
}

TEST(NbodyScene, TimeStepsAndBoxesThatAreNoneAreRefusedInASentence) {
  const auto message = [](auto set) {
    SimulationOptions options;
    set(options.scene);
    return Simulation::create("nbody", test::random_points(10), options).status().message();
  };
  for (const char* const steps : {"blocks", "block:", "block:2.5", "block:2:0.1:1", "block2"}) {
    EXPECT_EQ(message([&](SceneOptions& scene) { scene.time_steps = steps; }),
              "'" + std::string(steps) +
                  "' are no time steps; there are shared and block[:LEVELS[:ETA]]");
  }
  for (const char* const box : {"closed", "periodic:", "periodic:1x", "periodic1"}) {
    EXPECT_EQ(message([&](SceneOptions& scene) { scene.box = box; }),
              "'" + std::string(box) + "' is no box; there are open and periodic[:SIDE]");
  }
  EXPECT_EQ(message([](SceneOptions& scene) { scene.time_steps = "block:17"; }),
            "the levels of block time steps are 17; there may be from 0 to 16");
  EXPECT_EQ(message([](SceneOptions& scene) { scene.time_steps = "block", scene.softening = 0; }),
            "block time steps are chosen by the softening, which is 0");
  EXPECT_EQ(message([](SceneOptions& scene) { scene.box = "periodic:-1"; }),
            "the side of the periodic box is -1; it may be above 0 and up to 1e18");
  EXPECT_EQ(
      message([](SceneOptions& scene) { scene.box = "periodic", scene.law = "inverse-square"; }),
      "a periodic box is for the law inverse: inverse-square has no sum over images here");
  EXPECT_EQ(message([](SceneOptions& scene) { scene.box = "periodic:1", scene.softening = 0.5f; }),
            "softening is more than a sixteenth of the periodic box");
  EXPECT_EQ(message([](SceneOptions& scene) { scene.box = "periodic:1e-7"; }),
            "the side of the periodic box is less than a hundred thousandth of the bodies' "
            "coordinates: floats do not tell places in it apart");
  SimulationOptions periodic = nbody_with("", "periodic");
  EXPECT_EQ(Simulation::create("nbody", test::random_points(1), periodic).status().message(),
            "the bodies have no width; say how wide the box is, by periodic:SIDE");
  EXPECT_EQ(message([](SceneOptions& scene) { scene.dt = -1; }),
            "dt is -1; it may be from 0 to 1e18");
}

}  // namespace
}  // namespace quadrille
