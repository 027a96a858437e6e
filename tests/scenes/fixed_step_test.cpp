#include <quadrille/fixed_step.h>

#include <gtest/gtest.h>
#include <quadrille/frame_reader.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <random>

#include "tests/scenes/world_fixture.h"

namespace quadrille {
namespace {

constexpr double kNoTime = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfiniteTime = std::numeric_limits<double>::infinity();

TEST(FixedStep, TakesAsManyStepsAsTimeWentByAndSaysHowFarTheNextOneIs) {
  FixedStep clock(0.01, 5);
  EXPECT_EQ(clock.advance(0.025), 2);
  EXPECT_NEAR(clock.alpha(), 0.5, 1e-9);
  EXPECT_EQ(clock.advance(0.004), 0);
  EXPECT_NEAR(clock.alpha(), 0.9, 1e-9);
  EXPECT_EQ(clock.advance(0.002), 1);
  EXPECT_NEAR(clock.alpha(), 0.1, 1e-9);
  EXPECT_EQ(clock.dropped(), 0);
}

TEST(FixedStep, TimeThatIsNoneChangesNothing) {
  FixedStep clock(0.01);
  clock.advance(0.004);
  for (const double elapsed : {0.0, -0.0, -1.0, -kInfiniteTime, kNoTime}) {
    EXPECT_EQ(clock.advance(elapsed), 0) << elapsed;
    EXPECT_NEAR(clock.alpha(), 0.4, 1e-9) << elapsed;
  }
  EXPECT_EQ(clock.dropped(), 0);
}

TEST(FixedStep, WhatWouldTakeMoreThanTheMostStepsIsDroppedAndCounted) {
  for (const double elapsed : {10.0, 1e9, 1e300, kInfiniteTime}) {
    FixedStep clock(0.25, 5);
    EXPECT_EQ(clock.advance(elapsed), 5);
    EXPECT_EQ(clock.alpha(), 0);
    EXPECT_EQ(clock.dropped(), elapsed - 1.25);
    EXPECT_EQ(clock.advance(0.25), 1) << "and goes on";
  }
  FixedStep just(0.25, 5);
  EXPECT_EQ(just.advance(1.375), 5);  // five and a half: what is left is no whole step
  EXPECT_EQ(just.alpha(), 0.5);
  EXPECT_EQ(just.dropped(), 0);
}

TEST(FixedStep, ALengthThatIsNoneMakesNoSteps) {
  for (const double dt : {0.0, -0.01, kNoTime, kInfiniteTime, -kInfiniteTime}) {
    FixedStep clock(dt);
    for (const double elapsed : {0.01, 1e300, kInfiniteTime}) {
      EXPECT_EQ(clock.advance(elapsed), 0) << dt;
      EXPECT_EQ(clock.alpha(), 0) << dt;
    }
  }
  FixedStep tiny(std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(tiny.advance(0.01), 8);
  EXPECT_EQ(tiny.alpha(), 0);
  for (const int most : {1, 0, -3}) EXPECT_EQ(FixedStep(0.01, most).advance(1), 1) << most;
}

TEST(FixedStep, AnotherLengthLeavesTheShareOfTheWay) {
  FixedStep clock(0.01);
  clock.advance(0.0175);
  EXPECT_NEAR(clock.alpha(), 0.75, 1e-9);
  for (const double dt : {0.001, 1.0, 0.0, kNoTime, 0.02}) {
    clock.set_dt(dt);
    EXPECT_NEAR(clock.alpha(), 0.75, 1e-9) << dt;
  }
  EXPECT_EQ(clock.dt(), 0.02);
  EXPECT_EQ(clock.advance(0.006), 1);
  EXPECT_NEAR(clock.alpha(), 0.05, 1e-9);
}

// Steps, what waits and what was dropped are all the time that went by.
TEST(FixedStep, LosesNoTimeOverAnHourOfUnevenFrames) {
  FixedStep clock(1.0 / 60, 4);
  std::minstd_rand random(7);
  double elapsed = 0;
  std::int64_t steps = 0;
  while (elapsed < 3600) {
    const double frame = static_cast<double>(random() % 1000) * 1e-4;  // up to 0.1 s, or 6 steps
    const int due = clock.advance(frame);
    ASSERT_GE(due, 0);
    ASSERT_LE(due, 4);
    ASSERT_GE(clock.alpha(), 0);
    ASSERT_LT(clock.alpha(), 1);
    elapsed += frame;
    steps += due;
  }
  EXPECT_GT(clock.dropped(), 0);
  EXPECT_NEAR((static_cast<double>(steps) + clock.alpha()) / 60 + clock.dropped(), elapsed, 1e-6);
}

// As the header shows it: a disc that flies evenly is drawn so, however uneven the frames are.
TEST(FixedStep, WhatIsDrawnMovesEvenly) {
  WorldOptions options = test::weightless_world();
  World world = test::create(options);
  BodyDefinition body = test::disc(2, 10);
  body.vx = 4;
  const BodyHandle disc = world.add_body(body).value();
  test::run(world, 1);  // no frame before has the disc
  const double start = 2 + 4.0 / 60;
  FixedStep clock(0.125);
  const FrameReader reader = world.reader();
  std::optional<PinnedFrame> before;
  const auto x_of = [&](const PinnedFrame& frame) {
    return double{frame->column<float>(frame->schema().find("position"), 0)[disc.slot]};
  };
  double time = 0;
  for (const double elapsed : {0.125, 0.03125, 0.25, 0.0625, 0.5, 0.15625, 0.3125}) {
    for (int steps = clock.advance(elapsed); steps > 0; --steps) {
      before.emplace(reader.latest());
      ASSERT_EQ(world.step(static_cast<float>(clock.dt())).message(), "");
    }
    time += elapsed;
    const double alpha = clock.alpha();
    const double drawn = (1 - alpha) * x_of(*before) + alpha * x_of(reader.latest());
    EXPECT_NEAR(drawn, start + 4 * (time - 0.125), 1e-5) << time;
  }
}

}  // namespace
}  // namespace quadrille
