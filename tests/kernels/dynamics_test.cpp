#include "kernels/dynamics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include "engine/random.h"
#include "tests/kernels/room_fixture.h"

namespace quadrille {
namespace {

using test::disc;
using test::falling;
using test::Here;
using test::Room;

TEST(Dynamics, ADiscFallsAsGravitySaysUntilItMeetsTheFloorAndRestsThere) {
  Here here;
  Room room = here.room({disc(5, 9, 0.5f)}, falling());
  room.run(60, 0.01f);
  EXPECT_NEAR(room.y(0), 9 - 0.5 * 10 * 0.6 * 0.6, 0.05);
  EXPECT_NEAR(room.motion(0, kVy), -6, 1e-4);
  room.run(1000, 0.01f);
  EXPECT_NEAR(room.y(0), 0.5, 0.01 * 0.5 + 1e-4);
  EXPECT_NEAR(room.motion(0, kVy), 0, 1e-4);
  EXPECT_EQ(room.x(0), 5.0f);
}

TEST(Dynamics, AHeadOnBounceKeepsMomentumAndTheGivenShareOfSpeed) {
  Here here;
  for (const float restitution : {0.0f, 0.3f, 1.0f}) {
    std::vector<RigidBody> pair = {disc(4, 5, 0.5f, 2, 0), disc(6, 5, 0.25f, -1, 0)};
    for (RigidBody& body : pair) body.restitution = restitution;
    Room room = here.room(pair);
    const double before = room.momentum(kVx);
    room.run(60, 0.01f);
    EXPECT_NEAR(room.momentum(kVx), before, 1e-6);
    EXPECT_NEAR(room.motion(1, kVx) - room.motion(0, kVx), 3 * restitution, 0.02);
    EXPECT_EQ(room.motion(0, kVy), 0);
  }
}

TEST(Dynamics, AnObliqueMeetingWithFrictionKeepsAngularMomentumToo) {
  Here here;
  std::vector<RigidBody> pair = {disc(4, 5, 0.5f, 3, 0), disc(6, 5.4f, 0.3f, -2, 0)};
  pair[0].spin = 4;
  for (RigidBody& body : pair) body.friction = 0.7f;
  Room room = here.room(pair);
  const double px = room.momentum(kVx), py = room.momentum(kVy), l = room.angular_momentum();
  room.run(60, 0.01f);
  EXPECT_NE(room.motion(1, kSpin), 0);
  EXPECT_NEAR(room.momentum(kVx), px, 1e-6);
  EXPECT_NEAR(room.momentum(kVy), py, 1e-6);
  EXPECT_NEAR(room.angular_momentum(), l, 0.02);  // normals and arms are of the step's beginning
}

// They fall together, turning about their middle, and part again: normals are of the step's
// beginning, so angular momentum is kept but for what they turn by within a step.
TEST(Dynamics, ACloudOfDiscsThatMeetKeepsItsMomentumAndNearlyItsAngularMomentum) {
  Here here;
  Random random(5);
  const auto any = [&] { return static_cast<float>(random.next_unit()) - 0.5f; };
  for (const float friction : {0.0f, 0.4f}) {
    std::vector<RigidBody> discs;
    for (int i = 0; i < 400; ++i) {
      const float x = 0.5f * static_cast<float>(i % 20) - 4.75f;
      const float y = 0.5f * static_cast<float>(i / 20) - 4.75f;
      discs.push_back(disc(x + 0.1f * any(), y + 0.1f * any(), 0.175f + 0.05f * any(),
                           any() - 0.5f * y - 0.3f * x, any() + 0.5f * x - 0.3f * y));
      discs.back().friction = friction;
      discs.back().restitution = 0.5f;
    }
    Room room = here.room(discs, {}, {-50, -50, 50, 50});
    const double px = room.momentum(kVx), py = room.momentum(kVy), l = room.angular_momentum();
    room.run(60, 0.01f);
    EXPECT_GT(room->solver().num_contacts(), 50);
    room.run(240, 0.01f);
    EXPECT_NEAR(room.momentum(kVx), px, 1e-5);
    EXPECT_NEAR(room.momentum(kVy), py, 1e-5);
    EXPECT_NEAR(room.angular_momentum(), l, 1e-3 * std::abs(l));
  }
}

// A full disc that is thrown onto a rough floor ends up rolling with two thirds of its speed.
TEST(Dynamics, ASlidingDiscBeginsToRollWithTwoThirdsOfItsSpeed) {
  Here here;
  RigidBody body = disc(1, 0.5f, 0.5f, 3, 0);
  body.friction = 0.5f;
  Room room = here.room({body}, falling(), {0, 0, 100, 10});
  room->shapes().friction = 0.5f;
  room.run(100, 0.01f);
  EXPECT_NEAR(room.motion(0, kVx), 2.0, 0.02);
  EXPECT_NEAR(room.motion(0, kSpin), -2.0 / 0.5, 0.05);
}

TEST(Dynamics, WithoutFrictionASlidingDiscKeepsItsSpeed) {
  Here here;
  Room room = here.room({disc(1, 0.5f, 0.5f, 3, 0)}, falling(), {0, 0, 100, 10});
  room.run(100, 0.01f);
  EXPECT_NEAR(room.motion(0, kVx), 3.0, 1e-5);
  EXPECT_EQ(room.motion(0, kSpin), 0);
}

std::vector<RigidBody> heap(int count, float most_radius) {
  std::vector<RigidBody> bodies;
  Random random(3);
  for (int i = 0; i < count; ++i) {
    const float radius = most_radius * (0.8f + 0.2f * test::unit(random));
    bodies.push_back(disc(0.5f + static_cast<float>(i % 10) + 0.1f * test::unit(random),
                          0.5f + static_cast<float>(i / 10), radius));
    bodies.back().friction = 0.5f;
  }
  return bodies;
}

TEST(Dynamics, APileComesToRestAndItsDiscsHardlyOverlap) {
  Here here;
  Room room = here.room(heap(200, 0.48f), falling(), {0, 0, 10, 30});
  room->shapes().friction = 0.5f;
  room.run(2000, 0.01f);
  double speed = 0;
  float top = 0;
  for (BodyID id = 0; id < 200; ++id) {
    speed += std::hypot(room.motion(id, kVx), room.motion(id, kVy)) / 200;
    top = std::max(top, room.y(id));
  }
  EXPECT_LT(speed, 0.01 * std::sqrt(10 * 0.48));
  EXPECT_LT(room->solver().largest_overlap(), 0.015f);  // over two radii: slop is half of 1 %
  EXPECT_GT(top, 12.0f);  // the discs alone would fill the room to a height of 12.2
  EXPECT_LT(top, 17.0f);
  EXPECT_LT(room->lists_made(), 1500);  // a list of pairs serves more than one step
}

// Of the step's contacts, in smaller radii: what 99 of 100 do not exceed.
float overlap_of_most(Room& room) {
  const ContactScene scene{
      .bodies = &room.bodies(), .shapes = &room->shapes(), .dt = 0, .falling = 0};
  std::vector<float> overlaps;
  for (const ContactChunk& chunk : room->solver().chunks()) {
    for (std::int64_t i = 0; i < chunk.count; ++i) {
      const ContactEntry& entry = chunk.entries[i];
      const ContactPoints points = contact_points(scene, entry.a, entry.b);
      const float gap = points.count > 0 ? points.point[0].gap : 0;
      overlaps.push_back(-gap / contact_length(room.bodies(), entry.a, entry.b));
    }
  }
  std::ranges::sort(overlaps);
  return overlaps[overlaps.size() * 99 / 100];
}

// QUADRILLE_LONG=1: a hundred thousand.
TEST(Dynamics, AHeapAsHighAsWideComesToRestWithOverlapsBelowTheSlopAndAHundredth) {
  const char* const wanted = std::getenv("QUADRILLE_LONG");
  const int count = wanted != nullptr && std::string_view(wanted) == "1" ? 100000 : 2000;
  const int width = static_cast<int>(std::sqrt(static_cast<double>(count)));
  std::vector<RigidBody> bodies;
  Random random(6);
  for (int i = 0; i < count; ++i) {
    const float jitter = 0.05f * (test::unit(random) - 0.5f);
    bodies.push_back(disc(0.55f + 1.1f * static_cast<float>(i % width) + jitter,
                          0.55f + 1.1f * static_cast<float>(i / width), 0.5f));
    bodies.back().friction = 0.6f;
  }
  Here here;
  DynamicsOptions options = falling();
  options.sleeping = false;
  const float side = 1.1f * static_cast<float>(width);
  Room room = here.room(bodies, options, {0, 0, side, 3 * side});
  room->shapes().friction = 0.6f;
  const double dt =
      std::sqrt(0.0085 * 0.5 / (ContactSolver::kSinking * static_cast<double>(width) * 10));
  // As long as a fall over six times the height takes.
  room.run(static_cast<int>(2.5 * std::sqrt(2 * side / 10.0) / dt), static_cast<float>(dt));
  double speed = 0;
  for (BodyID id = 0; id < count; ++id)
    speed += double{std::hypot(room.motion(id, kVx), room.motion(id, kVy))} / count;
  EXPECT_LT(speed, 0.01 * std::sqrt(10 * 0.5));
  EXPECT_LT(overlap_of_most(room), kContactSlop + 0.01f);
}

TEST(Dynamics, NothingLeavesTheRoomHoweverFast) {
  Here here;
  std::vector<RigidBody> bodies;
  Random random(4);
  for (int i = 0; i < 500; ++i)
    bodies.push_back(disc(10 * test::unit(random), 10 * test::unit(random), 0.1f,
                          1e4f * (test::unit(random) - 0.5f), 1e4f * (test::unit(random) - 0.5f)));
  DynamicsOptions options = falling();
  options.max_pairs = 500 * 500;
  options.max_contacts = 500 * 500;
  Room room = here.room(bodies, options);
  for (int i = 0; i < 100; ++i) {
    room.run(1, 0.01f);
    for (BodyID id = 0; id < 500; ++id) {
      ASSERT_TRUE(room.x(id) >= 0 && room.x(id) <= 10) << room.x(id);
      ASSERT_TRUE(room.y(id) >= 0 && room.y(id) <= 10) << room.y(id);
    }
  }
}

TEST(Dynamics, FastDiscsThatMeetDoNotPassThroughEachOther) {
  Here here;
  for (const float speed : {10.0f, 100.0f, 450.0f}) {
    Room room = here.room({disc(2, 5, 0.05f, speed, 0), disc(8, 5, 0.05f, -speed, 0)});
    for (int i = 0; i < 100; ++i) {
      room.run(1, 0.01f);
      ASSERT_LT(room.x(0), room.x(1)) << speed << ' ' << i;
    }
  }
}

TEST(Dynamics, FastDiscsThatMissEachOtherAreNotTouched) {
  Here here;
  Room room = here.room({disc(2, 5, 0.05f, 100, 0), disc(3, 5.12f, 0.05f, -100, 0)});
  room.run(2, 0.01f);
  EXPECT_EQ(room.motion(0, kVx), 100);
  EXPECT_EQ(room.motion(0, kVy), 0);
}

TEST(Dynamics, CoincidentDiscsPartAtAFiniteSpeed) {
  Here here;
  for (const float apart : {0.0f, 1e-30f}) {
    Room room = here.room({disc(5, 5, 0.1f), disc(5 + apart, 5, 0.1f), disc(5, 5 + apart, 0.1f)});
    room.run(300, 0.01f);
    EXPECT_LT(room->solver().largest_overlap(), 0.02f);
    for (BodyID id = 0; id < 3; ++id)
      EXPECT_LT(std::hypot(room.motion(id, kVx), room.motion(id, kVy)), 1);
  }
}

TEST(Dynamics, WhatNothingMovesCarriesAPile) {
  Here here;
  RigidBody fixed = disc(5, 2, 1);
  fixed.inverse_mass = fixed.inverse_inertia = 0;
  Room room = here.room({disc(5, 3.6f, 0.5f), fixed}, falling());
  room.run(100, 0.01f);
  EXPECT_EQ(room.y(1), 2.0f);
  EXPECT_NEAR(room.y(0), 3.5f, 0.01f);
}

TEST(Dynamics, MorePairsThanThereIsRoomForIsATypedErrorThatNamesThem) {
  Here here;
  std::vector<RigidBody> bodies(200, disc(5, 5, 1));
  DynamicsOptions options;
  options.max_pairs = 1000;
  Room room = here.room(bodies, options);
  const Status status = room->step(0.01f);
  EXPECT_EQ(status.code(), StatusCode::kBudgetExceeded);
  EXPECT_TRUE(status.message().starts_with("19900 pairs of bodies")) << status.message();
}

TEST(Dynamics, SameBytesOnEveryInstructionSetAndThreadCount) {
  std::vector<float> expected;
  test::on_every_backend(
      [&](const KernelTable& table, Parallel& parallel, const std::string& name) {
        std::vector<RigidBody> bodies;
        Random random(5);
        for (int i = 0; i < 3000; ++i) {
          const float size = test::unit(random);
          bodies.push_back(disc(60 * test::unit(random), 60 * test::unit(random),
                                0.1f + 2.0f * size * size * size * size * size * size));
          bodies.back().friction = 0.5f, bodies.back().restitution = 0.5f;
        }
        DynamicsOptions options = falling();
        options.max_pairs = 100000;
        options.max_contacts = 100000;
        Room room(bodies, options, table, parallel, {0, 0, 60, 60});
        room.run(40, 0.01f);
        if (expected.empty()) expected = room.state();
        EXPECT_EQ(room.state(), expected) << name;
      });
}

}  // namespace
}  // namespace quadrille
