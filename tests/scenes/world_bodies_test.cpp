// What moves bodies of a World, whom they may touch, and what is told of their contacts.
#include <quadrille/world.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <span>
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

constexpr float kPi = 3.14159265f;

// Layers of a usual game: what is on a layer meets what its mask names, if that names it as well.
TEST(WorldFilter, OnlyBodiesThatNameEachOtherMeet) {
  World world = create(small_world());
  const CollisionFilter ground{2, 0xffffffff}, ghost{4, 2}, player{1, 0xffffffff};
  BodyDefinition shelf = fixed_disc(5, 4, 1);
  shelf.filter = ground;
  ASSERT_TRUE(world.add_body(shelf).is_ok());
  BodyDefinition falls = disc(5, 8);
  falls.filter = player;
  const BodyHandle above = world.add_body(falls).value();
  falls.filter = ghost;
  falls.y = 12;
  const BodyHandle spirit = world.add_body(falls).value();
  run(world, 70);
  // The ghost meets the shelf and not the player, within whom it comes to lie.
  EXPECT_NEAR(world.state(above).value().y, 5.5f, 0.05f);
  EXPECT_NEAR(world.state(spirit).value().y, 5.5f, 0.05f);
  EXPECT_EQ(world.query_touching(above).value().size(), 1u);
  ASSERT_TRUE(world.set_filter(spirit, {4, 0}).is_ok());
  run(world, 120);
  EXPECT_NEAR(world.state(spirit).value().y, 0.5f, 0.05f);  // through the shelf, onto the floor
  EXPECT_NEAR(world.state(above).value().y, 5.5f, 0.05f);
}

TEST(WorldFilter, ASegmentLetsThroughWhatItDoesNotNameHoweverFast) {
  World world = create(small_world());
  const SegmentHandle door = world.add_segment(0, 6, 20, 6, {8, 1}).value();
  for (const float vy : {0.0f, -3000.0f}) {
    BodyDefinition body = disc(5, 10);
    body.vy = vy;
    const BodyHandle stopped = world.add_body(body).value();
    body.x = 12;
    body.filter = {2, 0xffffffff};
    const BodyHandle passes = world.add_body(body).value();
    run(world, 90);
    EXPECT_GT(world.state(stopped).value().y, 6.0f);
    EXPECT_LT(world.state(passes).value().y, 2.0f);
    ASSERT_TRUE(world.remove_body(stopped).is_ok());
    ASSERT_TRUE(world.remove_body(passes).is_ok());
  }
  QueryFilter filter;
  EXPECT_EQ(world.cast_ray(3, 9, 0, -8, filter).value().segment, door);
  filter.categories = 1;
  EXPECT_FALSE(world.cast_ray(3, 9, 0, -8, filter).value().hit);
}

TEST(WorldFilter, AWorldOfEqualFiltersIsOneWithout) {
  const auto hash = [](const CollisionFilter& filter) {
    World world = create(small_world());
    for (int i = 0; i < 60; ++i) {
      BodyDefinition body = disc(1 + 0.29f * static_cast<float>(i), 3 + static_cast<float>(i % 7));
      body.filter = filter;
      EXPECT_TRUE(world.add_body(body).is_ok());
    }
    run(world, 200);
    return world.simulation().last_completed().state_hash().to_string();
  };
  EXPECT_EQ(hash({}), hash({6, 2}));
}

TEST(WorldFilter, QueriesLookAtTheCategoriesThatTheyName) {
  World world = create(weightless_world());
  BodyDefinition body = disc(4, 5);
  const BodyHandle first = world.add_body(body).value();
  body.x = 8;
  body.filter.category = 2;
  const BodyHandle second = world.add_body(body).value();
  const auto found = [&](const QueryFilter& filter) {
    const std::span<const BodyHandle> hits = world.query_box({0, 0, 20, 20}, filter).value();
    return std::vector<BodyHandle>(hits.begin(), hits.end());
  };
  EXPECT_EQ(found({}), (std::vector{first, second}));
  EXPECT_EQ(found({2, {}}), std::vector{second});
  EXPECT_EQ(found({3, second}), std::vector{first});
  EXPECT_EQ(world.query_point(4, 5, {2, {}}).value().size(), 0u);
  EXPECT_EQ(world.cast_ray(1, 5, 10, 0).value().body, first);
  EXPECT_EQ(world.cast_ray(1, 5, 10, 0, {2, {}}).value().body, second);
  EXPECT_EQ(world.cast_ray(1, 5, 10, 0, {3, first}).value().body, second);
  // A disc has no corners: a box would meet it.
  EXPECT_EQ(world.query_disc(5, 6, 0.9f).value().size(), 0u);
  EXPECT_EQ(world.query_disc(5, 6, 0.92f).value().size(), 1u);
  EXPECT_EQ(world.query_disc(6, 5, 1.5f).value().size(), 2u);
  EXPECT_EQ(world.query_disc(6, 5, 1.5f, {1, {}}).value().size(), 1u);
  EXPECT_EQ(world.query_disc(6, 5, -1).status().code(), StatusCode::kInvalidArgument);
}

// F / m through one step, and nothing after it; several add up.
TEST(WorldForces, AForcePushesForOneStep) {
  World world = create(weightless_world());
  const BodyHandle body = world.add_body(disc(5, 5, 1)).value();
  const float mass = world.state(body).value().mass;
  ASSERT_TRUE(world.apply_force(body, 6 * mass, 0, 0.5f * mass).is_ok());  // inertia is m / 2
  ASSERT_TRUE(world.apply_force(body, 0, -12 * mass).is_ok());
  for (int i = 0; i < 3; ++i) {
    run(world, 1);
    const BodyState state = world.state(body).value();
    EXPECT_NEAR(state.vx, 0.1f, 1e-5f);
    EXPECT_NEAR(state.vy, -0.2f, 1e-5f);
    EXPECT_NEAR(state.spin, 1.0f / 60, 1e-5f);
  }
  EXPECT_EQ(world.apply_force(body, std::nanf(""), 0).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(world.apply_force(body, 1e30f, 0).code(), StatusCode::kInvalidArgument);
}

// Held against gravity, a body does not move, and does not fall asleep while it is held.
TEST(WorldForces, AForceHoldsABodyUpAndAwake) {
  World world = create(small_world());
  const BodyHandle body = world.add_body(disc(5, 5)).value();
  const float mass = world.state(body).value().mass;
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(world.apply_force(body, 0, 10 * mass).is_ok());
    run(world, 1);
  }
  EXPECT_NEAR(world.state(body).value().y, 5, 1e-3f);
  EXPECT_TRUE(world.state(body).value().awake);
  run(world, 400);
  EXPECT_NEAR(world.state(body).value().y, 0.5f, 0.01f);
  EXPECT_FALSE(world.state(body).value().awake);
  ASSERT_TRUE(world.apply_force(body, 20 * mass, 0).is_ok());
  run(world, 1);
  EXPECT_GT(world.state(body).value().vx, 0.05f);
}

// What pushes from the rim turns as well: by the arm, and not at all where turning is fixed.
TEST(WorldForces, AnImpulseAtAPointTurnsABody) {
  World world = create(weightless_world());
  BodyDefinition definition = disc(5, 5, 1);
  const BodyHandle turns = world.add_body(definition).value();
  definition.x = 10;
  definition.fixed_rotation = true;
  const BodyHandle fixed = world.add_body(definition).value();
  for (const BodyHandle body : {turns, fixed}) {
    const BodyState at_rest = world.state(body).value();
    ASSERT_TRUE(world.apply_impulse_at(body, 0, at_rest.mass, at_rest.x + 1, at_rest.y).is_ok());
    EXPECT_NEAR(world.state(body).value().vy, 1, 1e-5f);
    EXPECT_NEAR(world.state(body).value().spin, body == fixed ? 0 : 2, 1e-5f);
  }
  ASSERT_TRUE(
      world.apply_angular_impulse(turns, -kPi).is_ok());  // the mass is pi, half of it twice
  EXPECT_NEAR(world.state(turns).value().spin, 0, 1e-5f);
  EXPECT_EQ(world.apply_impulse_at(turns, 0, 1, std::nanf(""), 0).code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(world.apply_impulse(turns, 3e14f, 3e14f).code(), StatusCode::kOk);
  EXPECT_EQ(world.apply_impulse(turns, 3e38f, 0).code(), StatusCode::kInvalidArgument);
}

TEST(WorldForces, BodiesHaveGravityAndDampingOfTheirOwn) {
  World world = create(small_world());
  std::vector<BodyHandle> bodies;
  for (const float scale : {1.0f, 0.0f, -0.5f, 3.0f}) {
    BodyDefinition body = disc(2 + 4 * static_cast<float>(bodies.size()), 10);
    body.gravity_scale = scale;
    bodies.push_back(world.add_body(body).value());
  }
  run(world, 30);
  for (std::size_t i = 0; i < 4; ++i) {
    constexpr float kScales[] = {1, 0, -0.5f, 3};
    EXPECT_NEAR(world.state(bodies[i]).value().vy, -5 * kScales[i], 1e-3f) << i;
  }
  World calm = create(weightless_world());
  BodyDefinition body = disc(5, 5);
  body.vx = 1, body.spin = 1;
  const BodyHandle free = calm.add_body(body).value();
  body.y = 8;
  body.linear_damping = 1, body.angular_damping = 2;
  const BodyHandle damped = calm.add_body(body).value();
  run(calm, 60);
  EXPECT_EQ(calm.state(free).value().vx, 1);
  EXPECT_NEAR(calm.state(damped).value().vx, std::exp(-1.0f), 2e-3f);
  EXPECT_NEAR(calm.state(damped).value().spin, std::exp(-2.0f), 2e-3f);
  body.linear_damping = -1;
  EXPECT_EQ(calm.add_body(body).status().code(), StatusCode::kInvalidArgument);
  body.linear_damping = 0, body.gravity_scale = 1e7f;
  EXPECT_EQ(calm.add_body(body).status().code(), StatusCode::kInvalidArgument);
}

TEST(WorldForces, GravityThatIsTurnedWakesAll) {
  World world = create(small_world());
  const BodyHandle body = world.add_body(disc(5, 0.5f)).value();
  run(world, 200);
  ASSERT_FALSE(world.state(body).value().awake);
  ASSERT_TRUE(world.set_gravity(0, 10).is_ok());
  run(world, 300);
  EXPECT_NEAR(world.state(body).value().y, 19.5f, 0.01f);
  EXPECT_EQ(world.set_gravity(0, std::nanf("")).code(), StatusCode::kInvalidArgument);
}

// One that is asleep stays so until somebody wakes it.
TEST(WorldForces, ABodyIsWokenByName) {
  World world = create(small_world());
  const BodyHandle below = world.add_body(disc(5, 0.5f)).value();
  const BodyHandle above = world.add_body(disc(5, 1.49f)).value();
  run(world, 300);
  ASSERT_EQ(world.num_awake(), 0);
  ASSERT_TRUE(world.wake(below).is_ok());
  run(world, 1);
  EXPECT_TRUE(world.state(below).value().awake);
  EXPECT_TRUE(world.state(above).value().awake);
}

TEST(WorldBodies, ASlotOfAColumnTellsItsBodyAndABodyWhatItsOwnerGaveIt) {
  World world = create(small_world());
  BodyDefinition definition = disc(5, 5);
  definition.user_data = 0x123456789abcdef0;
  const BodyHandle body = world.add_body(definition).value();
  EXPECT_EQ(world.user_data(body).value(), 0x123456789abcdef0u);
  EXPECT_EQ(world.body_at(body.slot), body);
  EXPECT_EQ(world.body_at(body.slot + 1), BodyHandle{});
  EXPECT_EQ(world.body_at(1000000), BodyHandle{});
  ASSERT_TRUE(world.remove_body(body).is_ok());
  EXPECT_EQ(world.body_at(body.slot), BodyHandle{});
  EXPECT_EQ(world.user_data(body).status().code(), StatusCode::kNotFound);
  run(world, 1);
  const BodyHandle next = world.add_body(disc(5, 5)).value();
  ASSERT_EQ(next.slot, body.slot);
  EXPECT_EQ(world.user_data(next).value(), 0u);
}

// A stack of three: each joint carries what stands on it, and says where it is.
TEST(WorldContacts, ForcesAreTheWeightsThatTheyCarry) {
  WorldOptions options = small_world();
  options.sleeping = false;
  World world = create(options);
  std::vector<BodyHandle> stack;
  for (int i = 0; i < 3; ++i)
    stack.push_back(world.add_body(disc(5, 0.5f + static_cast<float>(i))).value());
  run(world, 300);
  const float weight = world.state(stack[0]).value().mass * 10;
  const auto of_lowest = world.query_contacts(stack[0]).value();
  ASSERT_EQ(of_lowest.size(), 2u);
  for (const BodyContact& contact : of_lowest) {
    const bool floor = contact.wall == 2;
    EXPECT_EQ(contact.body, floor ? BodyHandle{} : stack[1]);
    EXPECT_NEAR(contact.normal_force, floor ? 3 * weight : 2 * weight, 0.05f * weight);
    EXPECT_NEAR(contact.y, floor ? 0 : 1, 0.02f);
    EXPECT_NEAR(contact.ny, floor ? -1 : 1, 1e-3f);
    EXPECT_LT(contact.friction_force, 0.05f * weight);
  }
  const auto of_highest = world.query_contacts(stack[2]).value();
  ASSERT_EQ(of_highest.size(), 1u);
  EXPECT_EQ(of_highest[0].body, stack[1]);
  EXPECT_NEAR(of_highest[0].normal_force, weight, 0.05f * weight);
  EXPECT_NEAR(of_highest[0].ny, -1, 1e-3f);
}

// On a slope of 3 in 4 friction holds 0.6 of the weight, and the normal 0.8.
TEST(WorldContacts, ASlopePressesAndRubs) {
  WorldOptions options = small_world();
  options.sleeping = false;
  options.friction = 1;
  World world = create(options);
  const SegmentHandle slope = world.add_segment(2, 14, 18, 2).value();
  BodyDefinition body = disc(6 + 0.6f * 0.25f, 11 + 0.8f * 0.25f, 0.25f);
  body.half_length = 0.5f, body.cosine = 0.8f, body.sine = -0.6f;
  body.friction = 1;
  const BodyHandle lies = world.add_body(body).value();
  run(world, 120);
  const float weight = world.state(lies).value().mass * 10;
  const auto contacts = world.query_contacts(lies).value();
  ASSERT_EQ(contacts.size(), 1u);
  EXPECT_EQ(contacts[0].segment, slope);
  EXPECT_EQ(contacts[0].wall, -1);
  EXPECT_NEAR(contacts[0].normal_force, 0.8f * weight, 0.02f * weight);
  EXPECT_NEAR(contacts[0].friction_force, 0.6f * weight, 0.02f * weight);
  EXPECT_NEAR(contacts[0].nx, -0.6f, 1e-3f);
}

// Of a heap whose pairs stand in many chunks, a few large bodies among them: what one touches
// touches it, as hard; and who overlapped when the step began is among them.
TEST(WorldContacts, TwoThatTouchBothSayItHoweverManyOthersThereAre) {
  WorldOptions options = small_world();
  options.max_bodies = 2500;
  options.box = {0, 0, 60, 60};
  World world = create(options);
  std::vector<BodyHandle> bodies;
  for (int i = 0; i < 2500; ++i) {
    const float x = 0.7f + 1.17f * static_cast<float>(i % 50);
    const float radius = i % 500 == 250 ? 3.0f : 0.5f;
    bodies.push_back(
        world.add_body(disc(x, 0.6f + 1.02f * static_cast<float>(i / 50), radius)).value());
  }
  run(world, 39);
  std::vector<BodyState> before;
  for (const BodyHandle body : bodies) before.push_back(world.state(body).value());
  run(world, 1);
  std::map<std::pair<std::uint32_t, std::uint32_t>, float> told;
  for (const BodyHandle body : bodies) {
    const std::span<const BodyContact> contacts = world.query_contacts(body).value();
    for (const BodyContact& contact : contacts)
      if (contact.body != BodyHandle{}) told[{body.slot, contact.body.slot}] = contact.normal_force;
  }
  EXPECT_GT(told.size(), 3000u);
  for (const auto& [pair, force] : told) {
    ASSERT_TRUE((told.contains({pair.second, pair.first})));
    EXPECT_EQ(told.at({pair.second, pair.first}), force);
  }
  std::size_t overlapping = 0;
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    const BodyState& a = before[i];
    for (std::size_t j = i + 1; j < bodies.size(); ++j) {
      const BodyState& b = before[j];
      if (std::hypot(a.x - b.x, a.y - b.y) > 0.999f * (a.radius + b.radius)) continue;
      ++overlapping;
      EXPECT_TRUE((told.contains({bodies[i].slot, bodies[j].slot}))) << i << ' ' << j;
    }
  }
  EXPECT_GT(overlapping, 100u);
}

TEST(WorldContacts, AnEventSaysHowFastAndWhereTwoMet) {
  World world = create(weightless_world());
  BodyDefinition body = disc(5, 5);
  body.vx = 4, body.vy = 0.5f;
  const BodyHandle left = world.add_body(body).value();
  body.x = 9, body.vx = -2;
  const BodyHandle right = world.add_body(body).value();
  int began = 0;
  for (int i = 0; i < 60; ++i) {
    run(world, 1);
    for (const ContactEvent& event : world.contact_events()) {
      if (!event.began || event.wall >= 0) continue;
      ++began;
      EXPECT_EQ(event.a, left);
      EXPECT_EQ(event.b, right);
      EXPECT_NEAR(event.speed, 6, 1e-3f);
      EXPECT_NEAR(event.nx, 1, 1e-4f);
      EXPECT_NEAR(event.x, 7.5f, 0.06f);
      EXPECT_NEAR(event.y, 5.25f, 0.02f);
    }
  }
  EXPECT_EQ(began, 1);
}

TEST(WorldContacts, AFallOnTheFloorIsAsFastAsItWas) {
  World world = create(small_world());
  BodyDefinition body = disc(5, 5.5f);
  body.restitution = 0.5f;
  ASSERT_TRUE(world.add_body(body).is_ok());
  std::vector<float> speeds;
  for (int i = 0; i < 120; ++i) {
    run(world, 1);
    for (const ContactEvent& event : world.contact_events()) {
      if (!event.began) continue;
      speeds.push_back(event.speed);
      EXPECT_EQ(event.ny, -1);  // from the body
      EXPECT_NEAR(event.x, 5, 1e-3f);
    }
  }
  ASSERT_GE(speeds.size(), 2u);
  EXPECT_NEAR(speeds[0], 10, 0.3f);  // root of 2 g h
  EXPECT_NEAR(speeds[1], 5, 0.3f);
}

}  // namespace
}  // namespace quadrille
