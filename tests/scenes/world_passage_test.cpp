// What may pass what in a World, whatever presses it and however fast or small it is, and that rays
// and events see the same.
#include <quadrille/world.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/scenes/world_fixture.h"

namespace quadrille {
namespace {

using test::create;
using test::disc;
using test::fixed_disc;
using test::run;
using test::small_world;
using test::weightless_world;

TEST(WorldPassage, NothingIsPressedThroughASegmentHoweverHeavyWhatLiesOnItIs) {
  for (const float density : {1e3f, 1e4f, 1e6f}) {
    World world = create(small_world());
    ASSERT_TRUE(world.add_segment(0, 5, 20, 5).is_ok());
    const BodyHandle light = world.add_body(disc(10, 5.5f)).value();
    BodyDefinition heavy = disc(10, 8, 2);
    heavy.density = density;
    ASSERT_TRUE(world.add_body(heavy).is_ok());
    for (int i = 0; i < 120; ++i) {
      run(world, 1);
      ASSERT_GT(world.state(light).value().y, 5) << density << " step " << i;
    }
  }
}

TEST(WorldPassage, NothingIsPressedThroughASegmentByAForceAndItComesFreeAfterwards) {
  World world = create(small_world());
  ASSERT_TRUE(world.add_segment(0, 5, 20, 5).is_ok());
  const BodyHandle body = world.add_body(disc(10, 5.5f)).value();
  for (int i = 0; i < 120; ++i) {
    ASSERT_TRUE(world.apply_force(body, 0, -1e5f).is_ok());
    run(world, 1);
    ASSERT_GT(world.state(body).value().y, 5) << i;
  }
  run(world, 240);
  EXPECT_NEAR(world.state(body).value().y, 5.5f, 0.02f);
}

TEST(WorldPassage, WhatOnlyItsOwnVelocityMovesPassesSegmentsAtAnySpeed) {
  for (const bool sensor : {false, true}) {
    for (const float half_length : {0.0f, 1.0f}) {
      World world = create(weightless_world());
      ASSERT_TRUE(world.add_segment(10, 0, 10, 20).is_ok());
      BodyDefinition mover = fixed_disc(9, 10);
      mover.half_length = half_length;
      mover.sensor = sensor;
      mover.vx = 120;
      const BodyHandle body = world.add_body(mover).value();
      run(world, 2);
      EXPECT_NEAR(world.state(body).value().x, 13, 1e-3f) << sensor << half_length;
    }
  }
}

// What a sweep counts as near to a large body is farther than a small one's margin.
TEST(WorldPassage, ASmallCapsuleThatIsFastMeetsALargeBody) {
  int shots = 0, hits = 0;
  for (int i = 0; i < 60; ++i) {
    World world = create(weightless_world());
    const float radius = 1 + 0.03f * static_cast<float>(i);
    ASSERT_TRUE(world.add_body(fixed_disc(10, 10, radius)).is_ok());
    BodyDefinition small = disc(1, 10 + 0.012f * static_cast<float>(i - 30) * radius, 0.03f);
    small.half_length = 0.05f;
    small.vx = 900;
    ASSERT_TRUE(world.add_body(small).is_ok());
    run(world, 1);
    ++shots;
    for (const ContactEvent& event : world.contact_events())
      hits += event.wall < 0 && event.began ? 1 : 0;
  }
  EXPECT_EQ(hits, shots);
}

TEST(WorldPassage, RaysMeetSmallBodiesFromFarAwayWhereTheyAre) {
  WorldOptions options = small_world();
  options.box = {-100, -100, 100, 100};
  for (const float half_length : {0.0f, 0.02f}) {
    World world = create(options);
    BodyDefinition target = fixed_disc(70, 55, 0.01f);
    target.half_length = half_length;  // along the ray, which meets an end
    const float length = std::sqrt(150.0f * 150 + 135 * 135);
    target.cosine = 150 / length, target.sine = 135 / length;
    const BodyHandle body = world.add_body(target).value();
    for (const float reach : {1.0f, 1.1f, 1.15f}) {
      const RayHit hit = world.cast_ray(-80, -80, reach * 150, reach * 135).value();
      EXPECT_EQ(hit.body, body) << half_length << " " << reach;
      EXPECT_NEAR(hit.share * reach * length, length - 0.01f - half_length, 1e-4f) << reach;
      EXPECT_NEAR(hit.nx, -target.cosine, 0.01f);
    }
    // By three radii beside it.
    const float past = 0.03f / length;
    const RayHit miss =
        world.cast_ray(-80 - past * 135, -80 + past * 150, 1.1f * 150, 1.1f * 135).value();
    EXPECT_EQ(miss.body, BodyHandle{}) << half_length;
  }
}

TEST(WorldPassage, ASensorThatSleepsTellsOfASegmentThatComesAndGoes) {
  World world = create(small_world());
  BodyDefinition field = disc(10, 10, 2);
  field.sensor = true;
  const BodyHandle sensor = world.add_body(field).value();
  run(world, 30);
  ASSERT_EQ(world.num_awake(), 0);
  const SegmentHandle segment = world.add_segment(5, 10, 15, 10).value();
  run(world, 1);
  ASSERT_EQ(world.contact_events().size(), 1u);
  EXPECT_EQ(world.contact_events()[0].a, sensor);
  EXPECT_EQ(world.contact_events()[0].segment, segment);
  EXPECT_TRUE(world.contact_events()[0].began);
  run(world, 30);
  ASSERT_EQ(world.num_awake(), 0);
  ASSERT_TRUE(world.remove_segment(segment).is_ok());
  run(world, 1);
  ASSERT_EQ(world.contact_events().size(), 1u);
  EXPECT_FALSE(world.contact_events()[0].began);
}

// What sleeps does not fall, and a sensor would meet it; woken by somebody else it does, and the
// sensor passes above.
TEST(WorldPassage, ASensorTellsNothingOfWhatItMissesOnceThatIsAwake) {
  int num_passed = 0;
  for (int i = 0; i < 40; ++i) {
    World world = create(test::small_world());
    const BodyHandle lying = world.add_body(disc(10, 0.5f)).value();
    for (int n = 0; n < 600 && (n == 0 || world.num_awake() > 0); ++n) test::run(world, 1);
    const BodyState rest = world.state(lying).value();
    ASSERT_FALSE(rest.awake);
    // Both come to it in the last of three steps.
    BodyDefinition waking = disc(rest.x + 5.5f, rest.y, 0.2f);
    waking.vx = -20;
    ASSERT_TRUE(world.add_body(waking).is_ok());
    BodyDefinition above = disc(rest.x - 5.2f, rest.y + 1 - 0.001f * static_cast<float>(i));
    above.vx = 20;
    above.gravity_scale = 0;
    above.sensor = true;
    const BodyHandle sensor = world.add_body(above).value();
    int touching = 0;
    for (int n = 0; n < 3; ++n) {
      ASSERT_TRUE(world.step(0.1f).is_ok());
      for (const ContactEvent& event : world.contact_events()) {
        if (event.wall >= 0 || (event.a != sensor && event.b != sensor)) continue;
        touching += event.began ? 1 : -1;
        ASSERT_TRUE(touching == 0 || touching == 1) << i;
      }
    }
    EXPECT_EQ(touching, std::ssize(world.query_contacts(sensor).value())) << i;
    num_passed += touching == 0 ? 1 : 0;
  }
  EXPECT_GT(num_passed, 5);
}

}  // namespace
}  // namespace quadrille
