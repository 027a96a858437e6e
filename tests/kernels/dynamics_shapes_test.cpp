// Rigid bodies among capsules, segments and sensors; what sleeps; what is reported.
#include "kernels/dynamics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/kernels/room_fixture.h"

namespace quadrille {
namespace {

using test::capsule;
using test::disc;
using test::falling;
using test::Here;
using test::Room;

DynamicsOptions with_capsules() {
  DynamicsOptions options = falling();
  options.capsules = true;
  return options;
}

TEST(DynamicsShapes, ACapsuleComesToLieFlat) {
  Here here;
  RigidBody body = capsule(5, 3, 0.25f, 1);
  body.cosine = 0.6f, body.sine = 0.8f;
  body.friction = 0.5f;
  Room room = here.room({body}, with_capsules());
  room->shapes().friction = 0.5f;
  room.run(600, 0.01f);
  EXPECT_NEAR(room.y(0), 0.25f, 0.01f);
  EXPECT_NEAR(room.bodies().sine[0], 0, 0.01f);
  EXPECT_NEAR(room.motion(0, kSpin), 0, 0.01f);
}

TEST(DynamicsShapes, AStackOfCapsulesStands) {
  Here here;
  std::vector<RigidBody> stack;
  for (int i = 0; i < 8; ++i) {
    stack.push_back(capsule(5, 0.25f + 0.5f * static_cast<float>(i), 0.25f, 1));
    stack.back().friction = 0.6f;
  }
  Room room = here.room(stack, with_capsules());
  room->shapes().friction = 0.6f;
  room.run(1000, 0.01f);
  for (BodyID id = 0; id < 8; ++id) {
    EXPECT_NEAR(room.x(id), 5, 0.02f) << id;
    EXPECT_NEAR(room.y(id), 0.25f + 0.5f * static_cast<float>(id), 0.03f) << id;
  }
}

// A full disc rolls down a slope with two thirds of what gravity pulls along it.
TEST(DynamicsShapes, ADiscRollsDownASlopeAsFastAsItShould) {
  Here here;
  RigidBody body = disc(1 + 0.1f * 0.6f, 7 + 0.1f * 0.8f, 0.1f);
  body.friction = 0.9f;
  Room room = here.room({body}, falling());
  room->shapes().friction = 0.9f;
  room.add_segment(1, 7, 9, 1);  // down by 3 in 4
  room.run(100, 0.01f);
  const double speed = std::hypot(room.motion(0, kVx), room.motion(0, kVy));
  EXPECT_NEAR(speed, 10 * 0.6 * 2 / 3, 0.1);
  EXPECT_NEAR(room.motion(0, kVy) / room.motion(0, kVx), -0.75, 0.01);
}

// A disc that resists rolling and lies on a slope of 3 in 4, `along` it from its upper end.
Room room_of_slope(Here& here, float along, float resistance, int sub_steps = 4) {
  RigidBody body = disc(1 + 0.8f * along + 0.06f, 7 - 0.6f * along + 0.08f, 0.1f);
  body.friction = 0.9f;
  body.rolling = resistance;
  DynamicsOptions options = falling();
  options.may_roll = true;
  options.sleeping = false;
  options.sub_steps = sub_steps;
  Room room = here.room({body}, options);
  room->shapes().friction = 0.9f;
  room->contacts().rolling = true;
  room.add_segment(1, 7, 9, 1);
  return room;
}

// One that resists rolling does so with what it adds to the slope: 2 / 3 (sin - c cos) of gravity,
// and not at all where that is the slope or more.
TEST(DynamicsShapes, ADiscThatResistsRollingRollsMoreSlowlyOrNotAtAll) {
  Here here;
  for (const float resistance : {0.0f, 0.2f, 0.5f, 0.8f, 3.0f}) {
    Room room = room_of_slope(here, 0, resistance);
    room.run(100, 0.01f);
    const double speed = std::hypot(room.motion(0, kVx), room.motion(0, kVy));
    const double wanted = std::max(0.0, 10 * (0.6 - 0.8 * double{resistance}) * 2 / 3);
    EXPECT_NEAR(speed, wanted, 0.1) << resistance;
  }
}

// What held a disc in the last step holds it in the next one. Were it found anew each time, a disc
// would creep down its slope by a little in every step.
TEST(DynamicsShapes, WhatResistsRollingEnoughDoesNotCreepDownASlope) {
  Here here;
  for (const int sub_steps : {1, 4}) {
    Room room = room_of_slope(here, 5, 0.78f, sub_steps);
    room.run(200, 0.01f);
    const float x = room.x(0), y = room.y(0);
    room.run(1000, 0.01f);
    EXPECT_LT(std::hypot(room.x(0) - x, room.y(0) - y), 1e-4f) << sub_steps;
    EXPECT_LT(std::abs(room.motion(0, kSpin)), 1e-4f) << sub_steps;
  }
}

// Two that roll on each other in free fall: what one gets the other loses.
TEST(DynamicsShapes, ResistanceToRollingKeepsAngularMomentum) {
  Here here;
  std::vector<RigidBody> bodies = {disc(4, 5, 0.5f, 1), disc(5.02f, 5, 0.5f, -1)};
  bodies[0].spin = 3, bodies[1].spin = 2;  // friction alone would not stop what turns alike
  for (RigidBody& body : bodies) body.rolling = 0.5f;
  DynamicsOptions options;
  options.may_roll = true;
  Room room = here.room(bodies, options);
  room->contacts().rolling = true;
  const double before = room.angular_momentum();
  room.run(20, 0.01f);
  EXPECT_NEAR(room.angular_momentum(), before, 1e-5);
  EXPECT_LT(std::abs(room.motion(0, kSpin) - room.motion(1, kSpin)), 0.9f);
}

// Capsules that turn by up to a circle a step above a segment, too far apart to meet each other: no
// end comes through.
TEST(DynamicsShapes, NoEndOfAFastTurningCapsulePassesASegment) {
  Here here;
  Random random(23);
  std::vector<RigidBody> bodies;
  for (int i = 0; i < 300; ++i) {
    RigidBody body = capsule(1.0f + 1.5f * static_cast<float>(i), 0, 0.03f, 0.5f);
    body.y = 4.1f + 0.55f * test::unit(random);
    const float lean = 0.13f * (2 * test::unit(random) - 1);
    body.cosine = std::sqrt(1 - lean * lean), body.sine = lean;
    body.spin = 600 * (2 * test::unit(random) - 1);
    body.vy = -20 * test::unit(random);
    bodies.push_back(body);
  }
  Room room = here.room(bodies, with_capsules(), {0, 0, 460, 10});
  room.add_segment(0, 4, 460, 4);
  int passed = 0;
  for (int step = 0; step < 60; ++step) {
    room.run(1, 0.01f);
    for (std::int64_t p = 0; p < room.bodies().count; ++p) {
      const float up = room.bodies().half_length[at(p)] * std::abs(room.bodies().sine[at(p)]);
      passed += room.bodies().y[at(p)] - up < 4 ? 1 : 0;
    }
  }
  EXPECT_EQ(passed, 0);
}

// Capsules that turn by up to half a circle a step, and in the arc of each a disc or a capsule as
// thin as itself, in rooms of their own: it is met before one of the ends has passed it.
TEST(DynamicsShapes, NoEndOfAFastTurningCapsulePassesABody) {
  Here here;
  Random random(29);
  constexpr float kStep = 0.01f;
  const auto any = [&](float low, float high) { return low + (high - low) * test::unit(random); };
  DynamicsOptions options;
  options.capsules = true;
  int passed = 0;
  for (int i = 0; i < 500; ++i) {
    RigidBody turning = capsule(5, 5, 0.03f, 1);
    turning.spin = any(10, 300) * (i % 2 == 0 ? 1.0f : -1.0f);
    const float angle = any(0.3f, 2.8f), away = any(0.3f, 0.95f);
    RigidBody other = i % 3 == 0 ? capsule(0, 0, 0.03f, 0.05f) : disc(0, 0, any(0.02f, 0.1f));
    other.x = turning.x + away * std::cos(angle);
    other.y = turning.y + away * std::sin(angle);
    const float ahead = turning.spin > 0 ? angle : 3.1415927f - angle;
    Room room = here.room({turning, other}, options);
    for (float turned = 0; turned <= ahead;) {
      turned += kStep * std::abs(room.motion(0, kSpin));
      room.run(1, kStep);
      if (room.motion(1, kVx) != 0 || room.motion(1, kVy) != 0) break;
      passed += turned > ahead ? 1 : 0;
    }
  }
  EXPECT_EQ(passed, 0);
}

TEST(DynamicsShapes, NoneOfTenThousandFastDiscsPassesASegment) {
  Here here;
  std::vector<RigidBody> bodies;
  Random random(21);
  for (int i = 0; i < 10000; ++i) {
    const float speed = std::exp(1 + 8 * test::unit(random));  // up to 80 rooms a step of 0.01
    const float up = 2 * test::unit(random) - 1;
    bodies.push_back(disc(0.1f + 4.7f * test::unit(random), 0.1f + 9.8f * test::unit(random),
                          0.005f + 0.01f * test::unit(random), speed, up * speed));
    bodies.back().restitution = 0.5f * test::unit(random);
    bodies.back().friction = test::unit(random);
  }
  DynamicsOptions options = falling();
  options.max_pairs = 400000;
  options.max_contacts = 400000;
  Room room = here.room(bodies, options);
  room.add_segment(5, -1, 5, 4.5f);
  room.add_segment(5, 4, 5, 11);
  for (int i = 0; i < 10; ++i) {
    room.run(1, 0.01f);
    for (BodyID id = 0; id < 10000; ++id) ASSERT_LT(room.x(id), 5) << i << ' ' << id;
  }
}

// A slow disc uses most of its margin, then is hit and goes by less than a margin more.
TEST(DynamicsShapes, ABodyThatIsHitBeyondWhatItsListHoldsStopsAtASegment) {
  Here here;
  Random random(1);
  const float r = 0.05f, dt = 1.0f / 60;
  for (int i = 0; i < 300; ++i) {
    DynamicsOptions options;
    options.motion.linear_damping = 30 + 60 * test::unit(random);
    const float slow = (3 + 3 * test::unit(random)) * r, fast = (20 + 30 * test::unit(random)) * r;
    const float apart =
        (0.55f + 0.15f * test::unit(random)) * fast + (1.5f + 3 * test::unit(random)) * r;
    const float margin = 0.15f * r + 1.5f * slow;
    const float height = 8 + r + margin * (1.01f + 0.1f * test::unit(random));
    std::vector<RigidBody> bodies = {disc(5, 8, r, 0, slow / dt),
                                     disc(5, 8 - apart, r, 0, fast / dt)};
    bodies[1].inverse_mass *= 0.01f, bodies[1].inverse_inertia *= 0.01f;
    Room room = here.room(bodies, options);
    room.add_segment(0, height, 10, height);
    for (int k = 0; k < 4; ++k) {
      room.run(1, dt);
      ASSERT_LT(room.y(0), height) << i << ' ' << k;
    }
  }
}

TEST(DynamicsShapes, APileSleepsAndThenNothingMovesOrIsLookedAt) {
  Here here;
  std::vector<RigidBody> bodies;
  for (int i = 0; i < 60; ++i) {
    bodies.push_back(disc(0.5f + static_cast<float>(i % 10), 0.5f + static_cast<float>(i / 10),
                          0.45f + 0.004f * static_cast<float>(i % 7)));
    bodies.back().friction = 0.5f;
  }
  Room room = here.room(bodies, falling());
  room->shapes().friction = 0.5f;
  int steps = 0;
  for (; steps < 6000 && (steps == 0 || room->num_awake() > 0); ++steps) room.run(1, 0.01f);
  ASSERT_EQ(room->num_awake(), 0);
  const std::vector<float> asleep = room.state();
  room.run(50, 0.01f);
  EXPECT_EQ(room.state(), asleep);
  EXPECT_EQ(room->solver().num_contacts(), 0);
}

TEST(DynamicsShapes, WhatFallsOnAPileOrIsTakenFromItWakesIt) {
  Here here;
  const std::vector<RigidBody> column = {disc(5, 0.5f, 0.5f), disc(5, 1.5f, 0.5f),
                                         disc(2, 0.5f, 0.5f), disc(5, 9, 0.5f)};
  Room room = here.room(column, falling());
  room->bodies().flags[3] = 0;  // held for now
  room.run(600, 0.01f);
  ASSERT_EQ(room->num_awake(), 0);

  room->bodies().flags[at(room.place(3))] = kAwake;
  room->touch(3);
  room.run(20, 0.01f);
  EXPECT_EQ(room->num_awake(), 1);  // on its way
  int most = 0;
  for (int i = 0; i < 1000; ++i) {
    room.run(1, 0.01f);
    most = std::max(most, static_cast<int>(room->num_awake()));
  }
  EXPECT_EQ(most, 3);  // the one apart slept on
  EXPECT_EQ(room->num_awake(), 0);

  const float before = room.y(1);
  room->remove(0);
  room.run(600, 0.01f);
  EXPECT_LT(room.y(1), before - 0.5f);
}

std::vector<TouchEvent> events_of(Room& room) {
  return {room->touch_events().begin(), room->touch_events().end()};
}

TEST(DynamicsShapes, TouchesBeginAndEndOnceInOrder) {
  Here here;
  std::vector<RigidBody> pair = {disc(4, 5, 0.5f, 2, 0), disc(6, 5, 0.5f, -2, 0)};
  for (RigidBody& body : pair) body.restitution = 1;
  DynamicsOptions options;
  options.events = true;
  Room room = here.room(pair, options);
  std::vector<TouchEvent> seen;
  for (int i = 0; i < 100; ++i) {
    room.run(1, 0.01f);
    for (const TouchEvent& event : events_of(room)) seen.push_back(event);
  }
  ASSERT_EQ(seen.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(seen[i].a, 0);
    EXPECT_EQ(seen[i].b, 1);
    EXPECT_EQ(seen[i].began, i == 0 ? 1 : 0);
  }
}

TEST(DynamicsShapes, WhatTouchedABodyThatIsRemovedOrCarriedOffStopsTouchingIt) {
  Here here;
  for (const bool removed : {false, true}) {
    DynamicsOptions options = falling();
    options.events = true;
    Room room = here.room({disc(5, 0.499f, 0.5f), disc(5, 1.497f, 0.5f)}, options);
    room.run(5, 0.01f);
    if (removed) {
      room->remove(1);
    } else {
      room->bodies().x[at(room.place(1))] = 9;
      room->touch(1);
    }
    room.run(1, 0.01f);
    const auto events = events_of(room);
    EXPECT_TRUE(std::ranges::any_of(events, [](const TouchEvent& event) {
      return event.a == 0 && event.b == 1 && event.began == 0;
    })) << removed;
  }
}

TEST(DynamicsShapes, ASensorFeelsWhatPassesAndPushesNothing) {
  Here here;
  RigidBody sensor = disc(5, 5, 1);
  sensor.inverse_mass = sensor.inverse_inertia = 0;
  sensor.flags = kSensor;
  DynamicsOptions options;
  options.events = true;
  Room room = here.room({sensor, disc(2, 5, 0.1f, 4, 0)}, options);
  int began = 0, ended = 0;
  for (int i = 0; i < 160; ++i) {
    room.run(1, 0.01f);
    for (const TouchEvent& event : events_of(room)) (event.began != 0 ? began : ended) += 1;
  }
  EXPECT_EQ(began, 1);
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(room.motion(1, kVx), 4);
}

TEST(DynamicsShapes, ABounceWithinAStepAndAFastCrossingOfASensorAreReportedOnce) {
  Here here;
  DynamicsOptions options;
  options.events = true;
  for (int i = 0; i < 40; ++i) {  // wherever in a step they meet
    const float shift = 0.01f * static_cast<float>(i);
    std::vector<RigidBody> bodies = {disc(1 + shift, 2, 0.1f, 40, 0), disc(9, 2.05f, 0.1f, -30, 0),
                                     disc(0.5f + shift, 8, 0.1f, 90, 0), disc(5, 8, 0.3f)};
    bodies[0].restitution = bodies[1].restitution = 1;
    bodies[3].inverse_mass = bodies[3].inverse_inertia = 0;
    bodies[3].flags = kSensor;
    Room room = here.room(bodies, options);
    int began[2] = {0, 0}, ended[2] = {0, 0};
    for (int k = 0; k < 16; ++k) {
      room.run(1, 0.01f);
      for (const TouchEvent& event : events_of(room))
        if (event.b == event.a + 1) (event.began != 0 ? began : ended)[event.a / 2] += 1;
    }
    for (const int pair : {0, 1}) {
      EXPECT_EQ(began[pair], 1) << i << ' ' << pair;
      EXPECT_EQ(ended[pair], 1) << i << ' ' << pair;
    }
    EXPECT_LT(room.motion(0, kVx), 0);
  }
}

TEST(DynamicsShapes, SameBytesOnEveryInstructionSetAndThreadCount) {
  std::vector<float> expected;
  test::on_every_backend(
      [&](const KernelTable& table, Parallel& parallel, const std::string& name) {
        std::vector<RigidBody> bodies;
        Random random(5);
        for (int i = 0; i < 1500; ++i) {
          bodies.push_back(capsule(60 * test::unit(random), 60 * test::unit(random),
                                   0.1f + 0.3f * test::unit(random),
                                   std::max(0.0f, 2 * test::unit(random) - 1)));
          bodies.back().friction = 0.5f, bodies.back().restitution = 0.3f;
          bodies.back().rolling = i % 2 == 0 ? 0.3f : 0.0f;
        }
        DynamicsOptions options = with_capsules();
        options.max_pairs = 100000;
        options.max_contacts = 100000;
        options.may_roll = true;
        Room room(bodies, options, table, parallel, {0, 0, 60, 60});
        room->contacts().rolling = true;
        room.add_segment(0, 30, 40, 10);
        room.add_segment(20, 40, 60, 50);
        room.run(40, 0.02f);
        if (expected.empty()) expected = room.state();
        EXPECT_EQ(room.state(), expected) << name;
      });
}

}  // namespace
}  // namespace quadrille
