// A World at the edges: very short and very long steps, strong forces, what hovers, and what is
// refused because floats could not hold it.
#include <quadrille/world.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "tests/scenes/world_fixture.h"

namespace quadrille {
namespace {

using test::create;
using test::disc;
using test::fixed_disc;
using test::run;
using test::small_world;
using test::weightless_world;

// A step of 1/240 parts by 0.2 radii, one of half of that by a quarter.
TEST(WorldSteps, AShortStepPartsOverlapsMoreSlowly) {
  World world = create(weightless_world());
  const BodyHandle left = world.add_body(disc(5, 5)).value();
  const BodyHandle right = world.add_body(disc(5.6f, 5)).value();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(world.step(1.0f / 480).is_ok());
  const BodyState a = world.state(left).value(), b = world.state(right).value();
  EXPECT_GT(b.x - a.x, 0.6f + 0.09f);
  EXPECT_LT(b.x - a.x, 0.6f + 4 * 0.1f / 4 + 1e-3f);
  EXPECT_LT(b.vx - a.vx, 0.1f);  // and none of it stays
}

TEST(WorldSteps, AreRefusedWhereFloatsDoNotHoldWhatIsOverThem) {
  World world = create(small_world());
  const BodyHandle body = world.add_body(disc(5, 0.5f)).value();
  ASSERT_TRUE(world.add_body(disc(5.2f, 1.3f)).is_ok());
  for (const float dt : {1e-40f, 9e-19f, 1.1e15f})
    EXPECT_TRUE(world.step(dt).message().ends_with("is not from 1e-18 to 1e15")) << dt;
  for (const float dt : {1e-18f, 1.0f / 60, 1e-18f, 1e-3f, 1e-18f}) {
    ASSERT_EQ(world.step(dt).message(), "");
    const BodyState state = world.state(body).value();
    EXPECT_TRUE(state.y > 0 && state.y < 20 && std::abs(state.vy) < 1e15f) << dt;
  }
}

// What sleeps under a weight carries it, whatever the next step's length is.
TEST(WorldSteps, AForceIsTheSameInStepsOfAnyLengthAlsoOfASleeper) {
  World world = create(small_world());
  const BodyHandle body = world.add_body(disc(5, 0.5f)).value();
  run(world, 200);
  ASSERT_FALSE(world.state(body).value().awake);
  const float weight = 10 * world.state(body).value().mass;
  for (const float dt : {1.0f / 60, 1.0f / 600, 1.0f / 6, 1.0f / 60}) {
    ASSERT_TRUE(world.step(dt).is_ok());
    const auto contacts = world.query_contacts(body).value();
    ASSERT_EQ(contacts.size(), 1u);
    EXPECT_NEAR(contacts[0].normal_force, weight, 0.02f * weight) << dt;
  }
}

// From rest, in one step, to well behind it.
TEST(WorldForces, WhatAForceOrGravityMakesFastWithinAStepMeetsWhatIsInItsWay) {
  for (const float half_length : {0.0f, 0.3f}) {
    World pushed = create(weightless_world());
    BodyDefinition body = disc(2, 6);
    body.half_length = half_length;
    const BodyHandle struck = pushed.add_body(body).value();
    ASSERT_TRUE(pushed.add_body(fixed_disc(6, 6)).is_ok());
    ASSERT_TRUE(pushed.apply_force(struck, 5e4f * pushed.state(struck).value().mass, 0).is_ok());
    run(pushed, 1);
    EXPECT_NEAR(pushed.state(struck).value().x, 5 - half_length, 0.1f) << half_length;

    World pulled = create(small_world());
    body.x = 5, body.y = 15, body.gravity_scale = 5e3f;
    const BodyHandle falls = pulled.add_body(body).value();
    ASSERT_TRUE(pulled.add_body(fixed_disc(5, 8)).is_ok());
    run(pulled, 1);
    EXPECT_NEAR(pulled.state(falls).value().y, 9, 0.1f) << half_length;
  }
  World heavy = create(small_world());
  ASSERT_TRUE(heavy.set_gravity(0, -5e4f).is_ok());
  const BodyHandle falls = heavy.add_body(disc(5, 15)).value();
  ASSERT_TRUE(heavy.add_body(fixed_disc(5, 8)).is_ok());
  run(heavy, 1);
  EXPECT_NEAR(heavy.state(falls).value().y, 9, 0.1f);
}

// Sinks at 0.01, slower than what may sleep on a floor; what nothing pulls may sleep anywhere.
TEST(WorldSleep, WhatHoversStaysAwakeWhileSomethingPullsIt) {
  World world = create(small_world());
  BodyDefinition body = disc(5, 10);
  body.linear_damping = 1000;
  const BodyHandle sinks = world.add_body(body).value();
  body.x = 8, body.gravity_scale = 0;
  const BodyHandle floats = world.add_body(body).value();
  body.x = 11, body.y = 0.5f, body.gravity_scale = 1;
  const BodyHandle lies = world.add_body(body).value();
  run(world, 600);
  EXPECT_TRUE(world.state(sinks).value().awake);
  EXPECT_NEAR(world.state(sinks).value().y, 9.9f, 0.02f);
  EXPECT_FALSE(world.state(floats).value().awake);
  EXPECT_FALSE(world.state(lies).value().awake);

  WorldOptions thick = small_world();
  thick.linear_damping = 1000;
  World sea = create(thick);
  const BodyHandle in_it = sea.add_body(disc(5, 10)).value();
  run(sea, 600);
  EXPECT_NEAR(sea.state(in_it).value().y, 9.9f, 0.02f);
}

TEST(WorldForces, GravityBeyondWhatFloatsHoldIsRefused) {
  WorldOptions options = small_world();
  options.gravity_y = -2e15f;
  EXPECT_EQ(World::create(options).status().code(), StatusCode::kInvalidArgument);
  World world = create(small_world());
  EXPECT_EQ(world.set_gravity(2e15f, 0).code(), StatusCode::kInvalidArgument);
  ASSERT_TRUE(world.set_gravity(1e10f, 0).is_ok());
  BodyDefinition body = disc(5, 5);
  body.gravity_scale = 1e6f;
  EXPECT_EQ(world.add_body(body).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(world.num_bodies(), 0);
  body.gravity_scale = 1e3f;
  ASSERT_TRUE(world.add_body(body).is_ok());
  EXPECT_EQ(world.set_gravity(0, 1e13f).code(), StatusCode::kInvalidArgument);
}

// A product that overflows turns nothing that nothing turns, and is refused in words that are true.
TEST(WorldForces, AnImpulseFarFromABodyThatNothingTurnsDoesWhatItDoesAtItsMiddle) {
  World world = create(weightless_world());
  const BodyHandle fixed = world.add_body(fixed_disc(9, 9)).value();
  EXPECT_EQ(world.apply_impulse_at(fixed, 3e38f, 3e38f, 1e15f, 0).message(), "");
  BodyDefinition body = disc(5, 5);
  const BodyHandle free = world.add_body(body).value();
  EXPECT_EQ(world.apply_impulse_at(free, 0, 1e30f, 1e15f, 0).message(),
            "world: an impulse gives a velocity beyond 1e15");
  body.x = 3, body.fixed_rotation = true, body.density = 1e25f;
  const BodyHandle straight = world.add_body(body).value();
  ASSERT_EQ(world.apply_impulse_at(straight, 0, 1e25f, 1e15f, 0).message(), "");
  EXPECT_EQ(world.state(straight).value().spin, 0);
  EXPECT_GT(world.state(straight).value().vy, 0.5f);
}

// Both ends of a capsule come down, one faster by its spin: that one's speed is told.
// It may have been pushed back by the last sub-step, and press no more.
TEST(WorldContacts, AHitIsToldInWhicheverSubStepItComes) {
  for (int i = 0; i < 100; ++i) {
    WorldOptions options;
    options.box = {0, 0, 1000, 20};
    options.gravity_y = 0;
    World world = create(options);
    const float past = static_cast<float>(i);
    BodyDefinition bullet = disc(10 + 0.37f * past, 10, 0.1f);
    bullet.vx = 2000 + 137 * past;
    const BodyHandle target = world.add_body(fixed_disc(100, 10)).value();
    const BodyHandle fast = world.add_body(bullet).value();
    int hits = 0;
    for (int step = 0; step < 10 && hits == 0; ++step) {
      run(world, 1);
      for (const ContactEvent& event : world.contact_events())
        hits += event.began && event.a == target && event.b == fast ? 1 : 0;
    }
    EXPECT_EQ(hits, 1) << i;
    EXPECT_LT(world.state(fast).value().x, 100);
  }
}

// A step's way is some ten thousand radii. Head on they stop each other, else they glance off.
TEST(WorldSteps, WhatIsVeryFastMeetsWhatIsFarAwayAndSmall) {
  for (int i = 0; i < 100; ++i) {
    WorldOptions options;
    options.box = {0, 0, 1000, 20};
    options.gravity_y = 0;
    World world = create(options);
    BodyDefinition body = disc(10, 10, 0.03f);
    const float past = static_cast<float>(i);
    body.vx = 30000 + 100 * past;
    const BodyHandle left = world.add_body(body).value();
    body.x = 990 - past;
    body.y = i % 2 == 0 ? 10 : 10 + 0.0005f * past;  // of a diameter of 0.06
    body.vx = -30000;
    const BodyHandle right = world.add_body(body).value();
    ASSERT_TRUE(world.step(1.0f / 30).is_ok());
    EXPECT_TRUE(i % 2 == 1 || world.state(left).value().x < world.state(right).value().x) << i;
    EXPECT_EQ(world.query_touching(left).value().size(), 1u) << i;
  }
}

TEST(WorldContacts, AnEventOfTwoPointsTellsTheSpeedOfTheFasterOne) {
  for (const float spin : {-2.0f, 2.0f}) {
    World world = create(weightless_world());
    BodyDefinition body = disc(5, 0.51f);
    body.half_length = 1;
    body.vy = -4, body.spin = spin;
    ASSERT_TRUE(world.add_body(body).is_ok());
    run(world, 1);
    ASSERT_EQ(world.contact_events().size(), 1u);
    EXPECT_NEAR(world.contact_events()[0].speed, 6, 0.05f) << spin;
  }
}

TEST(WorldContacts, WhatOnlyTheStepBroughtTogetherMetAtNoSpeed) {
  World world = create(small_world());
  ASSERT_TRUE(world.add_body(disc(5, 0.5005f)).is_ok());
  run(world, 1);
  ASSERT_EQ(world.contact_events().size(), 1u);
  EXPECT_EQ(world.contact_events()[0].speed, 0);
  EXPECT_FALSE(std::signbit(world.contact_events()[0].speed));
}

// A short capsule stands with one end in a long one's side, the other above it: the place of that
// meeting is the same for both, and at that end.
TEST(WorldContacts, WhereALargeBodyMeetsASmallOneIsTheSameForBoth) {
  World world = create(weightless_world());
  BodyDefinition large = fixed_disc(10, 5, 2);
  large.half_length = 5;
  const BodyHandle long_one = world.add_body(large).value();
  BodyDefinition small = disc(10, 7.02f + 0.1f, 0.1f);
  small.half_length = 0.5f;
  small.cosine = 0.9986f, small.sine = 0.0523f;  // 3 degrees
  const BodyHandle short_one = world.add_body(small).value();
  run(world, 1);
  const auto of_large = world.query_contacts(long_one).value();
  ASSERT_EQ(of_large.size(), 1u);
  const BodyContact seen = of_large[0];
  const auto of_small = world.query_contacts(short_one).value();
  ASSERT_EQ(of_small.size(), 1u);
  EXPECT_NEAR(of_small[0].x, 9.5f, 0.1f);
  EXPECT_NEAR(seen.x, of_small[0].x, 1e-3f);
  EXPECT_NEAR(seen.y, of_small[0].y, 1e-3f);
}

TEST(WorldContacts, ASegmentThatIsGoneIsTouchedNoMore) {
  World world = create(small_world());
  const SegmentHandle shelf = world.add_segment(0, 5, 20, 5).value();
  const BodyHandle body = world.add_body(disc(5, 5.5f)).value();
  run(world, 30);
  ASSERT_EQ(world.query_contacts(body).value().size(), 1u);
  ASSERT_TRUE(world.remove_segment(shelf).is_ok());
  EXPECT_EQ(world.query_contacts(body).value().size(), 0u);
}

}  // namespace
}  // namespace quadrille
