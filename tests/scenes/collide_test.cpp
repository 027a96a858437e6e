// `collide`, run as a user runs it: what it promises holds at the end.
#include <gtest/gtest.h>
#include <quadrille/generators.h>
#include <quadrille/parallel.h>
#include <quadrille/simulation.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "engine/random.h"
#include "tests/scenes/scene_inputs.h"
#include "tests/scenes/scene_runs.h"

namespace quadrille {
namespace {

using test::create;
using test::fact;
using test::generated;
using test::run;
using test::verified;

TEST(CollideScene, DiscsStayInTheBoxHardlyOverlapAndLoseEnergy) {
  Simulation simulation = create("collide", test::random_points(2000));
  run(simulation, 400);
  EXPECT_EQ(verified(simulation), "");
  EXPECT_LT(fact(simulation, "largest overlap"), 30);
  EXPECT_GT(fact(simulation, "contacts"), 50);
  const double left = fact(simulation, "energy left");
  EXPECT_LT(left, 101);
  EXPECT_GT(left, 30);
}

TEST(CollideScene, DiscsOfASmallBoxComeToRestOnItsFloor) {
  Simulation simulation = create("collide", test::random_points(60));
  run(simulation, 20000);
  const Frame& frame = simulation.last_completed();
  double height = 0, speed = 0;
  for (int i = 0; i < 60; ++i) {
    height += frame.column<float>(0, 1)[static_cast<std::size_t>(i)] / 60;
    speed += std::abs(frame.column<float>(1, 1)[static_cast<std::size_t>(i)]) / 60;
  }
  EXPECT_LT(height, 0.4);  // covering half of the box, a pile's middle is at about 0.3
  EXPECT_LT(speed, 0.02);
  EXPECT_EQ(verified(simulation), "");
}

// Overlaps of the start are parted as fast as in steps of the default length, not as far.
TEST(CollideScene, ShortStepsMakeNoEnergy) {
  SimulationOptions options;
  options.scene.dt = 1e-4f;
  Simulation simulation = Simulation::create("collide", test::random_points(500), options).value();
  run(simulation, 50);
  EXPECT_LT(fact(simulation, "energy left"), 101);
  run(simulation, 950);
  EXPECT_LT(fact(simulation, "energy left"), 101);
  EXPECT_GT(fact(simulation, "energy left"), 80);
}

TEST(CollideScene, GivenRadiiAndVelocitiesAreKept) {
  SceneInput input;
  input.has_points = true;
  input.points.x = {0, 10};
  input.points.y = {0, 5};
  input.points.vx = {1, -1};
  input.points.vy = {0, 0};
  input.points.radius = {0.5f, 0.25f};
  Simulation simulation = create("collide", std::move(input));
  EXPECT_EQ(simulation.last_completed().column<float>(1, 0)[1], -1.0f);
  EXPECT_NEAR(fact(simulation, "mean radius"), 0.375, 1e-6);
}

// A disc above the floor, under gravity of 2 and no friction: it falls, bounces as it should, and
// falls as far with any number of sub-steps.
TEST(CollideScene, GravityRestitutionFrictionTimeAndSubStepsAreThoseAskedFor) {
  PointSet points;
  points.x = {5};
  points.y = {4};
  points.vx = {0.5f};
  points.vy = {0};
  points.radius = {0.1f};
  points.box = {0, 0, 10, 10};
  const auto after = [&](int sub_steps, float restitution, float friction, int steps) {
    SceneInput input;
    input.has_points = true;
    input.points = points;
    SimulationOptions options;
    options.scene.gravity = 2;
    options.scene.restitution = restitution;
    options.scene.friction = friction;
    options.scene.sub_steps = sub_steps;
    options.scene.dt = 0.01f;
    Simulation simulation = Simulation::create("collide", std::move(input), options).value();
    for (int i = 0; i < steps; ++i) EXPECT_EQ(simulation.step().message(), "");
    return std::pair(simulation.last_completed().column<float>(0, 1)[0],
                     simulation.last_completed().column<float>(1, 0)[0]);
  };
  EXPECT_NEAR(after(1, 0, 0, 100).first, 3, 0.05);  // g t^2 / 2
  EXPECT_NEAR(after(8, 0, 0, 100).first, 3, 0.05);
  // Falls 3.9 in 1.975, comes back with half of the speed: up to a quarter of that.
  EXPECT_NEAR(after(4, 0.5f, 0, 296).first, 0.1 + 3.9 / 4, 0.05);
  EXPECT_NEAR(after(4, 0, 0, 296).first, 0.1, 0.01);
  EXPECT_NEAR(after(4, 0, 0, 400).second, 0.5, 1e-4);      // slides
  EXPECT_NEAR(after(4, 0, 1, 400).second, 1.0 / 3, 0.01);  // rolls
}

TEST(CollideScene, OptionsOutOfRangeAreRefusedInASentence) {
  const auto refused = [](auto&& change) {
    SimulationOptions options;
    change(options.scene);
    return Simulation::create("collide", test::random_points(10), options).status().message();
  };
  EXPECT_EQ(refused([](SceneOptions& scene) { scene.sub_steps = 65; }),
            "collide: sub_steps is 65; it may be from 1 to 64");
  for (const float dt : {-1.0f, 1e-40f, 1e16f})
    EXPECT_TRUE(refused([&](SceneOptions& scene) {
                  scene.dt = dt;
                }).ends_with("; it may be from 1e-18 to 1e15"));
  EXPECT_EQ(refused([](SceneOptions& scene) { scene.restitution = 1.5f; }),
            "collide: restitution is 1.5; it may be from 0 to 1");
  EXPECT_EQ(refused([](SceneOptions& scene) { scene.friction = std::nanf(""); }),
            "collide: friction is nan; it may be from 0 to 100");
  EXPECT_EQ(refused([](SceneOptions& scene) { scene.friction = 1e20f; }),
            "collide: friction is 1e20; it may be from 0 to 100");
  EXPECT_EQ(refused([](SceneOptions& scene) { scene.gravity = 1e16f; }),
            "collide: gravity is 1e16; it may be from 0 to 1e15");
  EXPECT_EQ(refused([](SceneOptions& scene) { scene.rolling = -1; }),
            "collide: rolling is -1; it may be from 0 to 100");
}

TEST(CollideScene, ClusteredPointsGetRadiiThatLeaveThemRoom) {
  SceneInput input = test::random_points(5000);
  for (std::size_t i = 0; i + 1 < 5000; ++i) {
    input.points.x[i] *= 1e-3;
    input.points.y[i] *= 1e-3;
  }
  Simulation simulation = create("collide", std::move(input));
  run(simulation, 5);
  EXPECT_EQ(verified(simulation), "");
}

TEST(CollideScene, NoneOneAndCoincidentDiscsAreValid) {
  for (const std::size_t count : {0u, 1u, 2u}) {
    SceneInput input;
    input.has_points = true;
    input.points.x.assign(count, 3.0);
    input.points.y.assign(count, 4.0);
    Simulation simulation = create("collide", std::move(input));
    run(simulation, 3);
    EXPECT_EQ(verified(simulation), "") << count;
  }
}

// Half of the discs cannot be parted by smaller radii.
TEST(CollideScene, DiscsThatShareSpotsGetRadiiOfTheOthersAndPart) {
  SceneInput input;
  input.has_points = true;
  for (int i = 0; i < 1000; ++i) {
    input.points.x.push_back(i % 100);
    input.points.y.push_back(5);
  }
  Simulation simulation = create("collide", std::move(input));
  run(simulation, 20);
  EXPECT_GT(fact(simulation, "mean radius"), 0.03);
  EXPECT_LT(fact(simulation, "largest overlap"), 25);
  EXPECT_LT(fact(simulation, "energy left"), 120);
  EXPECT_EQ(verified(simulation), "");
}

TEST(CollideScene, OddDiscsAreRefusedByName) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  const auto refused = [](auto set, StatusCode code = StatusCode::kInvalidInput) {
    SceneInput input = test::random_points(10);
    set(input.points);
    const Status status = Simulation::create("collide", std::move(input), {}).status();
    EXPECT_EQ(status.code(), code) << status.message();
    return status.message();
  };
  EXPECT_EQ(refused([](PointSet& p) { p.x[3] = kNan; }), "collide: body 3 has the coordinate nan");
  EXPECT_EQ(refused([](PointSet& p) { p.y[4] = HUGE_VAL; }),
            "collide: body 4 has the coordinate inf");
  EXPECT_EQ(refused([](PointSet& p) { p.radius = std::vector<float>(10, 0.0f); }),
            "collide: body 0 has the radius 0; it may be from 1e-15 to 1e15");
  EXPECT_EQ(refused([](PointSet& p) { p.radius = std::vector<float>(10, -1.0f); }),
            "collide: body 0 has the radius -1");
  const std::string unit =
      "collide: the box is shorter than 1e-15 or longer than 1e15 units of length; take another "
      "unit";
  EXPECT_EQ(refused([](PointSet& p) { p.x[0] = 1e30; }), unit);
  EXPECT_EQ(refused([](PointSet& p) { p = {.x = {0, 1e-30}, .y = {0, 0}}; }), unit);
  for (const auto& box : {std::vector<double>{5, 0, 0, 5}, {0, 0, 5, 0}, {0, 0, HUGE_VAL, kNan}})
    EXPECT_EQ(refused([&](PointSet& p) { p.box = box; }),
              "collide: the box is inside out, or flat");
  EXPECT_EQ(refused([](PointSet& p) { p.segments = {0, 0, 1, kNan}; }),
            "collide: a segment ends beyond 1e15, or nowhere");
  EXPECT_EQ(refused([](PointSet& p) { p.x.assign(1000000, 1), p.y.assign(1000000, 1); },
                    StatusCode::kBudgetExceeded),
            "collide: 499999500000 pairs of discs stand on one spot; there is room for 6 a disc");
  refused([](PointSet& p) { p.radius.push_back(1); }, StatusCode::kInvalidArgument);
  refused([](PointSet& p) { p.box = {0, 0, 1}; }, StatusCode::kInvalidArgument);
}

TEST(CollideScene, DiscsOnALineWithRoomKeepTheirEnergy) {
  SceneInput input;
  input.has_points = true;
  for (int i = 0; i < 1000000; ++i) input.points.x.push_back(1e-6 * i);
  input.points.y.assign(1000000, 5.0);
  input.points.radius.assign(1000000, 4e-7f);
  Simulation simulation = create("collide", std::move(input));
  run(simulation, 3);
  EXPECT_NEAR(fact(simulation, "energy left"), 100, 1);
  EXPECT_EQ(verified(simulation), "");
}

// Pressed together along a line, discs would buckle and fly off: radii that leave no room are
// halved. Rows, even or random, level or sloping; some rows; what shares spots in pairs.
TEST(CollideScene, DiscsOnALineWithoutRadiiGetSomeThatFitAndMakeNoEnergy) {
  Random random(1);
  const auto place = [&](int shape, int i) {
    const double even = i, uneven = 1000 * random.next_unit();
    switch (shape) {
      case 0: return std::pair(even, 0.0);
      case 1: return std::pair(even, even / 2);
      case 2: return std::pair(uneven, 0.0);
      case 3: return std::pair(uneven, uneven / 3);
      case 4: return std::pair(0.1 * (i % 200), 20.0 * (i / 200));
      case 5: return std::pair(std::floor(even / 2), std::floor(even / 2));
      default: return std::pair(i % 2 * even, (1 - i % 2) * even);  // a right angle
    }
  };
  for (int shape = 0; shape < 7; ++shape) {
    SceneInput input;
    input.has_points = true;
    for (int i = 0; i < 1000; ++i) {
      const auto [x, y] = place(shape, i);
      input.points.x.push_back(x);
      input.points.y.push_back(y);
    }
    Simulation simulation = create("collide", std::move(input));
    for (int i = 0; i < 4; ++i) {
      run(simulation, 100);
      EXPECT_LT(fact(simulation, "energy left"), 101) << shape;
      EXPECT_EQ(verified(simulation), "") << shape;
    }
    EXPECT_GT(fact(simulation, "mean radius"), 0.03) << shape;
  }
}

TEST(CollideScene, PointsThatFillTheirBoxGetRadiiThatCoverHalfOfIt) {
  for (const int count : {100, 5000}) {
    Simulation simulation = create("collide", test::random_points(count));
    const double expected = std::sqrt(0.5 / (3.14159 * count));
    EXPECT_NEAR(fact(simulation, "mean radius"), expected, 0.05 * expected) << count;
  }
}

TEST(CollideScene, AStepThatIsNoneIsRefusedAndChangesNothing) {
  Simulation simulation = create("collide", test::random_points(10));
  for (const float dt : {0.0f, -1.0f, 1e16f, 1e-20f, std::nanf("")})
    EXPECT_EQ(simulation.step(dt).code(), StatusCode::kInvalidArgument) << dt;
  EXPECT_EQ(simulation.last_completed().step(), 0u);
  EXPECT_TRUE(simulation.step().is_ok());
}

TEST(CollideScene, PointsThatHardlyLeaveALineGetDiscsThatFitIntoTheirBox) {
  for (const double height : {0.0, 1e-16, 1e-7, 1e-5, 0.1}) {
    SceneInput input;
    input.has_points = true;
    input.points.x = {0, 1, 0.5};
    input.points.y = {0, height, 0};
    Simulation simulation = create("collide", std::move(input));
    run(simulation, 50);
    EXPECT_EQ(verified(simulation), "") << height;
    EXPECT_LT(fact(simulation, "largest overlap"), 50) << height;
  }
}

TEST(CollideScene, MorePairsThanThereIsRoomForIsATypedError) {
  SceneInput input = test::random_points(1000);
  input.points.radius.assign(1000, 10.0f);  // all overlap all
  const Status status = Simulation::create("collide", std::move(input), {}).status();
  EXPECT_EQ(status.code(), StatusCode::kBudgetExceeded);
  EXPECT_TRUE(status.message().starts_with("collide: 499500 pairs of discs overlap"))
      << status.message();
}

TEST(CollideScene, GeneratedDiscsFillTheirBoxWithoutOverlapping) {
  for (const char* kind : {"hourglass:", "dam:", "mixed:"}) {
    for (const int count : {1, 2, 10, 3000}) {
      const PointSet points = generated(kind + std::to_string(count));
      ASSERT_EQ(points.size(), count) << kind;
      ASSERT_EQ(points.box.size(), 4u);
      for (std::size_t i = 0; i < points.x.size(); ++i) {
        const double r = points.radius[i];
        EXPECT_GT(r, 0);
        EXPECT_TRUE(points.x[i] - r >= points.box[0] && points.x[i] + r <= points.box[2]);
        EXPECT_TRUE(points.y[i] - r >= points.box[1] && points.y[i] + r <= points.box[3]);
        for (std::size_t j = 0; j < i; ++j)
          ASSERT_GE(std::hypot(points.x[i] - points.x[j], points.y[i] - points.y[j]),
                    r + points.radius[j])
              << kind << count << ' ' << i << ' ' << j;
      }
    }
  }
}

TEST(CollideScene, MixedDiscsHaveRadiiOfOneToAHundred) {
  const PointSet points = generated("mixed:20000");
  const auto [least, most] = std::ranges::minmax(points.radius);
  EXPECT_GT(most / least, 90);
  EXPECT_LT(most / least, 101);
}

TEST(CollideScene, AnHourglassRunsThroughItsNeckAndNothingPassesItsWalls) {
  SceneInput input;
  input.has_points = true;
  input.points = generated("hourglass:600");
  const std::vector<float> walls = input.points.segments;
  Simulation simulation = create("collide", std::move(input));
  run(simulation, 1500);
  EXPECT_EQ(verified(simulation), "");
  const Frame& frame = simulation.last_completed();
  const auto x = frame.column<float>(0, 0), y = frame.column<float>(0, 1);
  int below = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    below += y[i] < 0.95f ? 1 : 0;
    // The glass is the box without four triangles, whose long sides are the segments.
    for (std::size_t s = 0; s < 16; s += 4) {
      const float corner_x = s < 8 ? 0.0f : 1.0f;
      const float ux = walls[s + 2] - walls[s], uy = walls[s + 3] - walls[s + 1];
      const auto side = [&](float px, float py) {
        return ux * (py - walls[s + 1]) - uy * (px - walls[s]);
      };
      const bool behind = side(x[i], y[i]) * side(corner_x, 1) > 0;
      const bool beside = y[i] > std::min(walls[s + 1], walls[s + 3]) &&
                          y[i] < std::max(walls[s + 1], walls[s + 3]);
      EXPECT_FALSE(behind && beside) << i << ' ' << x[i] << ' ' << y[i];
    }
  }
  EXPECT_GT(below, 20);
}

TEST(CollideScene, ABrokenDamSpreadsOverItsBox) {
  SceneInput input;
  input.has_points = true;
  input.points = generated("dam:1000");
  Simulation simulation = create("collide", std::move(input));
  run(simulation, 1200);
  EXPECT_EQ(verified(simulation), "");
  EXPECT_GT(std::ranges::max(simulation.last_completed().column<float>(0, 0)), 1.8f);
}

}  // namespace
}  // namespace quadrille
