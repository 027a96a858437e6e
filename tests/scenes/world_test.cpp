#include <quadrille/world.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "engine/random.h"
#include "kernels/dispatch.h"
#include "tests/scenes/world_fixture.h"

namespace quadrille {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kEndless = std::numeric_limits<float>::infinity();

using test::create;
using test::disc;
using test::fixed_disc;
using test::run;
using test::small_world;

TEST(World, BodiesFallRestAndAreReadByHandleAndFromFrames) {
  World world = create(small_world());
  const BodyHandle first = world.add_body(disc(5, 10)).value();
  BodyDefinition capsule = disc(12, 10, 0.25f);
  capsule.half_length = 1, capsule.cosine = 3, capsule.sine = 4;
  const BodyHandle second = world.add_body(capsule).value();
  EXPECT_NEAR(world.state(second).value().cosine, 0.6f, 1e-6f);
  EXPECT_NEAR(world.state(second).value().mass, 3.14159f / 16 + 1, 1e-4f);
  const FrameReader reader = world.reader();
  run(world, 400);
  EXPECT_NEAR(world.state(first).value().y, 0.5f, 0.01f);
  EXPECT_NEAR(world.state(second).value().y, 0.25f, 0.01f);

  const PinnedFrame frame = reader.latest();
  const FrameSchema& schema = frame->schema();
  const auto y = frame->column<float>(schema.find("position"), 1);
  EXPECT_EQ(y[first.slot], world.state(first).value().y);
  EXPECT_EQ(frame->column<float>(schema.find("half_length"))[second.slot], 1.0f);
  const std::uint64_t both = 1u << first.slot | 1u << second.slot;
  EXPECT_EQ(frame->column<std::uint64_t>(schema.find("present"))[0], both);
  EXPECT_EQ(frame->column<std::uint64_t>(schema.find("active"))[0], 0u);  // they sleep by now
  EXPECT_EQ(world.num_awake(), 0);
}

TEST(World, AStaleHandleIsATypedErrorWhateverIsDoneWithIt) {
  World world = create(small_world());
  const BodyHandle old = world.add_body(disc(5, 5)).value();
  run(world, 1);
  ASSERT_TRUE(world.remove_body(old).is_ok());
  run(world, 1);
  const BodyHandle reused = world.add_body(disc(6, 6)).value();
  EXPECT_EQ(reused.slot, old.slot);
  EXPECT_NE(reused.generation, old.generation);
  const BodyHandle never = {99, 1}, beyond = {12345, 7}, null = {};
  for (const BodyHandle stale : {old, never, beyond, null}) {
    EXPECT_FALSE(world.is_valid(stale));
    for (const Status& status :
         {world.remove_body(stale), world.set_place(stale, 1, 1, 1, 0),
          world.set_velocity(stale, 0, 0, 0), world.apply_impulse(stale, 1, 1),
          world.apply_impulse_at(stale, 1, 1, 0, 0), world.apply_angular_impulse(stale, 1),
          world.apply_force(stale, 1, 1), world.set_filter(stale, {}), world.wake(stale),
          world.user_data(stale).status(), world.query_contacts(stale).status(),
          world.state(stale).status(), world.query_touching(stale).status()})
      EXPECT_EQ(status.code(), StatusCode::kNotFound) << status.message();
  }
  EXPECT_EQ(world.remove_segment({3, 1}).code(), StatusCode::kNotFound);
  EXPECT_EQ(world.state(reused).value().x, 6.0f);
  EXPECT_EQ(world.num_bodies(), 1);
}

TEST(World, WhatIsNotFiniteOrOutOfRangeIsRefusedAndChangesNothing) {
  World world = create(small_world());
  std::vector<BodyDefinition> bad(19, disc(5, 5));
  bad[0].x = kNaN, bad[1].y = kEndless, bad[2].radius = 0, bad[3].radius = -1;
  bad[4].radius = kEndless, bad[5].half_length = -1, bad[6].density = -1, bad[7].density = kNaN;
  bad[8].friction = -1, bad[9].restitution = kNaN, bad[10].cosine = 0, bad[11].vx = kEndless;
  bad[12].x = 21, bad[13].radius = 1e-30f, bad[14].radius = 1e25f, bad[15].spin = kNaN;
  bad[16].friction = 2e19f, bad[17].restitution = 1.5f, bad[18].rolling_resistance = 2e38f;
  for (const BodyDefinition& body : bad) {
    const Status status = world.add_body(body).status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << &body - bad.data();
    EXPECT_TRUE(status.message().starts_with("world: ")) << status.message();
  }
  EXPECT_EQ(world.num_bodies(), 0);
  const BodyHandle body = world.add_body(disc(5, 5)).value();
  for (const Status& status : {world.set_place(body, kNaN, 0, 1, 0),
                               world.set_place(body, 50, 0, 1, 0),
                               world.set_place(body, 1, 1, 0, 0),
                               world.set_velocity(body, kEndless, 0, 0),
                               world.set_velocity(body, 0, 2e15f, 0),
                               world.step(0),
                               world.query_box({0, 0, 1e16f, 1}).status(),
                               world.cast_ray(0, 0, 1e18f, 0).status(),
                               world.add_segment(-1e20f, 8, 1e20f, 8).status(),
                               world.step(-1),
                               world.step(kNaN),
                               world.step(kEndless),
                               world.query_box({1, 1, 0, 0}).status(),
                               world.query_point(kNaN, 0).status(),
                               world.cast_ray(0, 0, kNaN, 0).status(),
                               world.set_gravity(kNaN, 0),
                               world.apply_force(body, 0, 0, kNaN),
                               world.apply_impulse_at(body, 1, 1, kNaN, 0),
                               world.apply_angular_impulse(body, kNaN),
                               world.query_disc(0, 0, -1).status(),
                               world.query_disc(kNaN, 0, 1).status(),
                               world.query_disc(0, 0, kEndless).status(),
                               world.add_segment(0, 0, kEndless, 1).status()})
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << status.message();
  EXPECT_EQ(world.state(body).value().y, 5.0f);

  WorldOptions options = small_world();
  options.box = {1, 1, 0, 0};
  EXPECT_EQ(World::create(options).status().code(), StatusCode::kInvalidArgument);
  const BodyHandle fixed = world.add_body(fixed_disc(9, 9)).value();
  EXPECT_EQ(world.apply_impulse(fixed, kNaN, 0).code(), StatusCode::kInvalidArgument);
  options.box = {0, 0, 1e20f, 1};
  EXPECT_EQ(World::create(options).status().code(), StatusCode::kInvalidArgument);
  options = small_world();
  options.max_segments = 0;
  EXPECT_EQ(create(options).add_segment(0, 0, 1, 1).status().code(), StatusCode::kBudgetExceeded);
  options.max_bodies = 0;
  EXPECT_EQ(World::create(options).status().code(), StatusCode::kInvalidArgument);
}

TEST(World, ABodyMoreThanThereIsRoomForIsRefused) {
  WorldOptions options = small_world();
  options.max_bodies = 2;
  options.max_segments = 1;
  World world = create(options);
  const BodyHandle first = world.add_body(disc(2, 2)).value();
  ASSERT_TRUE(world.add_body(disc(5, 2)).is_ok());
  EXPECT_EQ(world.add_body(disc(8, 2)).status().code(), StatusCode::kBudgetExceeded);
  ASSERT_TRUE(world.remove_body(first).is_ok());
  run(world, 1);
  EXPECT_TRUE(world.add_body(disc(8, 2)).is_ok());
  ASSERT_TRUE(world.add_segment(0, 0, 1, 1).is_ok());
  EXPECT_EQ(world.add_segment(0, 0, 1, 1).status().code(), StatusCode::kBudgetExceeded);
}

TEST(World, ADirectionOfAnyLengthIsMadeToLengthOne) {
  World world = create(small_world());
  for (const float length : {1e-20f, 1e20f, 3e38f}) {
    BodyDefinition body = disc(5, 5);
    body.cosine = 0.6f * length, body.sine = -0.8f * length;
    const BodyHandle added = world.add_body(body).value();
    ASSERT_TRUE(world.set_place(added, 6, 6, 0.8f * length, 0.6f * length).is_ok());
    EXPECT_NEAR(world.state(added).value().cosine, 0.8f, 1e-6f);
    EXPECT_NEAR(world.state(added).value().sine, 0.6f, 1e-6f);
    body.half_length = 0.25f;
    EXPECT_NEAR(world.state(world.add_body(body).value()).value().sine, -0.8f, 1e-6f);
  }
}

TEST(World, WhatLiesExactlyOnOrAcrossASegmentComesFree) {
  World world = create(small_world());
  ASSERT_TRUE(world.add_segment(1, 8, 9, 8).is_ok());
  const BodyHandle on = world.add_body(disc(3, 8)).value();
  BodyDefinition capsule = disc(7, 7.6f, 0.25f);
  capsule.half_length = 1, capsule.cosine = 0.1f, capsule.sine = 1;
  const BodyHandle across = world.add_body(capsule).value();
  run(world, 300);
  for (const BodyHandle body : {on, across}) {
    const BodyState state = world.state(body).value();
    EXPECT_LT(std::hypot(state.vx, state.vy), 1);  // held, it would gain speed for ever
    EXPECT_GT(std::abs(state.y - 8), 0.2f);
  }
}

TEST(World, ASegmentMuchLongerThanItsBoxStopsBodiesWhereItIs) {
  World world = create(small_world());
  ASSERT_TRUE(world.add_segment(-3e12f, 5, 2e14f, 5).is_ok());
  ASSERT_TRUE(world.add_segment(-1e14f, -1e14f + 12, 1e14f, 1e14f + 12).is_ok());  // through (0, 0)
  const BodyHandle body = world.add_body(disc(17.3f, 7)).value();
  run(world, 300);
  EXPECT_NEAR(world.state(body).value().y, 5.5f, 0.02f);
  EXPECT_NEAR(world.cast_ray(3.3f, 9, 0, -10).value().share, 0.4, 1e-5);
}

TEST(World, ABodyThatResistsRollingStaysOnASlope) {
  WorldOptions options = small_world();
  World world = create(options);
  ASSERT_TRUE(world.add_segment(0, 9, 20, 6).is_ok());
  BodyDefinition body = disc(3, 9.5f);
  const BodyHandle rolls = world.add_body(body).value();
  body.x = 12, body.y = 8.2f;
  body.rolling_resistance = 0.3f;
  const BodyHandle stays = world.add_body(body).value();
  run(world, 100);
  EXPECT_GT(world.state(rolls).value().x, 3.5f);
  EXPECT_NEAR(world.state(stays).value().x, 12, 0.1f);
  body.rolling_resistance = -1;
  EXPECT_EQ(world.add_body(body).status().code(), StatusCode::kInvalidArgument);
}

TEST(World, ABodyTurnsByItsSpinHoweverFast) {
  WorldOptions options = small_world();
  options.gravity_y = 0;
  World world = create(options);
  for (const float spin : {0.5f, 20.0f, 40.0f, 300.0f}) {
    BodyDefinition body = disc(5, 5);
    body.spin = spin, body.sensor = true;
    const BodyHandle turning = world.add_body(body).value();
    run(world, 30);
    EXPECT_NEAR(world.state(turning).value().cosine, std::cos(0.5 * spin), 1e-4) << spin;
    EXPECT_NEAR(world.state(turning).value().sine, std::sin(0.5 * spin), 1e-4) << spin;
  }
  BodyDefinition body = disc(5, 5);
  body.spin = 1e16f;
  EXPECT_EQ(world.add_body(body).status().code(), StatusCode::kInvalidArgument);
  body.spin = 1e15f;
  const BodyHandle wild = world.add_body(body).value();
  ASSERT_TRUE(world.step(100).is_ok());
  const BodyState state = world.state(wild).value();
  EXPECT_NEAR(std::hypot(state.cosine, state.sine), 1, 1e-5);
}

TEST(World, AFixedBodyThatIsPutOnASleeperIsFeltAndFallsAsleepItself) {
  for (const bool moved : {false, true}) {
    World world = create(small_world());
    const BodyHandle sleeper = world.add_body(disc(5, 0.5f)).value();
    BodyHandle fixed;
    if (moved) fixed = world.add_body(fixed_disc(15, 5)).value();
    run(world, 300);
    ASSERT_EQ(world.num_awake(), 0);
    BodyDefinition zone = disc(5, 1, 2);
    zone.sensor = true;
    const BodyHandle sensor = world.add_body(zone).value();
    run(world, 1);
    ASSERT_EQ(world.query_touching(sensor).value().size(), 1u);
    EXPECT_FALSE(world.state(sleeper).value().awake);
    if (moved) {
      ASSERT_TRUE(world.set_place(fixed, 5.3f, 0.55f, 1, 0).is_ok());
    } else {
      fixed = world.add_body(fixed_disc(5.3f, 0.55f)).value();
    }
    run(world, 300);
    const BodyState a = world.state(sleeper).value(), b = world.state(fixed).value();
    EXPECT_GT(std::hypot(a.x - b.x, a.y - b.y), 0.98f);
    EXPECT_EQ(world.num_awake(), 0);
  }
}

TEST(World, CargoOfAPlatformThatWasStoppedFallsAsleep) {
  World world = create(small_world());
  BodyDefinition platform = fixed_disc(5, 3);
  platform.half_length = 2, platform.vx = 1;
  const BodyHandle carrier = world.add_body(platform).value();
  ASSERT_TRUE(world.add_body(disc(5, 4)).is_ok());
  run(world, 60);
  EXPECT_EQ(world.num_awake(), 2);
  ASSERT_TRUE(world.set_velocity(carrier, 0, 0, 0).is_ok());
  run(world, 600);
  EXPECT_EQ(world.num_awake(), 0);
}

TEST(World, LongRaysAndLargeBoxesMeetWhatShortOnesDo) {
  World world = create(small_world());
  BodyDefinition body = disc(5, 5, 0.25f);
  body.half_length = 1;
  const BodyHandle capsule = world.add_body(body).value();
  const BodyHandle small = world.add_body(disc(12, 12, 0.1f)).value();
  for (const float length : {20.0f, 1e4f, 1e7f, 1e15f}) {
    const RayHit hit = world.cast_ray(2, 5, length, 0).value();
    EXPECT_EQ(hit.body, capsule) << length;
    EXPECT_NEAR(hit.share * length, 1.75f, 1e-3f) << length;
    EXPECT_EQ(world.cast_ray(2, 12.05f, length, 0).value().body, small) << length;
    const auto found = world.query_box({5.9f, -length, length, 9}).value();
    ASSERT_EQ(found.size(), 1u) << length;
    EXPECT_EQ(found[0], capsule);
  }
}

// A wall turns a disc that meets it within a step as it turns one that lies on it: by its radius.
TEST(World, FrictionOfABounceTurnsADiscWhereverTheStepBegins) {
  for (int i = 0; i < 6; ++i) {
    WorldOptions options = small_world();
    options.gravity_y = 0;
    options.restitution = options.friction = 1;
    World world = create(options);
    BodyDefinition body = disc(5, 2 + 0.08f * static_cast<float>(i), 0.05f);
    body.vx = 3, body.vy = -30, body.friction = 1;
    const BodyHandle thrown = world.add_body(body).value();
    run(world, 10);
    // Of a full disc that comes to roll, two thirds of the speed are left.
    EXPECT_NEAR(world.state(thrown).value().vx, 2, 0.05f) << i;
    EXPECT_NEAR(world.state(thrown).value().spin * 0.05f, -2, 0.05f) << i;
  }
}

TEST(World, WhatLiesOnASegmentFallsWhenItIsRemoved) {
  World world = create(small_world());
  const SegmentHandle shelf = world.add_segment(3, 8, 9, 8).value();
  const BodyHandle body = world.add_body(disc(6, 9)).value();
  run(world, 300);
  EXPECT_NEAR(world.state(body).value().y, 8.5f, 0.01f);
  EXPECT_EQ(world.num_awake(), 0);
  ASSERT_TRUE(world.remove_segment(shelf).is_ok());
  EXPECT_FALSE(world.is_valid(shelf));
  run(world, 300);
  EXPECT_NEAR(world.state(body).value().y, 0.5f, 0.01f);
}

TEST(World, APlatformThatNothingMovesCarriesWhatStandsOnIt) {
  World world = create(small_world());
  BodyDefinition platform = disc(5, 3, 0.5f);
  platform.half_length = 2, platform.density = 0, platform.vx = 1;
  const BodyHandle carrier = world.add_body(platform).value();
  BodyDefinition box = disc(5, 3.9f, 0.4f);
  box.half_length = 0.5f;
  const BodyHandle cargo = world.add_body(box).value();
  run(world, 180);
  EXPECT_NEAR(world.state(carrier).value().x, 8, 0.01f);
  EXPECT_EQ(world.state(carrier).value().y, 3.0f);
  EXPECT_NEAR(world.state(cargo).value().x, 8, 0.2f);
  EXPECT_NEAR(world.state(cargo).value().y, 3.9f, 0.02f);
}

TEST(World, EventsNameWhoTouchedAlsoWhenItIsGone) {
  World world = create(small_world());
  const BodyHandle below = world.add_body(disc(5, 0.499f)).value();
  const BodyHandle above = world.add_body(disc(5, 1.497f)).value();
  run(world, 1);
  const auto began = world.contact_events();
  ASSERT_EQ(began.size(), 2u);
  EXPECT_EQ(began[0].a, below);
  EXPECT_EQ(began[0].wall, 2);  // the floor
  EXPECT_EQ(began[1].a, below);
  EXPECT_EQ(began[1].b, above);
  EXPECT_TRUE(began[1].began);
  const auto touching = world.query_touching(above).value();
  ASSERT_EQ(touching.size(), 1u);
  EXPECT_EQ(touching[0], below);

  ASSERT_TRUE(world.remove_body(above).is_ok());
  ASSERT_TRUE(world.add_body(disc(15, 5)).is_ok());
  run(world, 1);
  const auto ended = world.contact_events();
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].b, above);
  EXPECT_FALSE(ended[0].began);
}

TEST(World, ASensorTellsWhoIsInItAndPushesNobody) {
  World world = create(small_world());
  BodyDefinition zone = disc(5, 5, 2);
  zone.sensor = true;
  const BodyHandle sensor = world.add_body(zone).value();
  const BodyHandle body = world.add_body(disc(5, 12)).value();
  int inside = 0;
  for (int i = 0; i < 120; ++i) {
    run(world, 1);
    const auto touching = world.query_touching(sensor).value();
    inside += touching.size() == 1 && touching[0] == body ? 1 : 0;
  }
  EXPECT_GT(inside, 10);
  EXPECT_LT(inside, 60);
  EXPECT_EQ(world.state(body).value().x, 5.0f);
  EXPECT_NEAR(world.state(body).value().y, 0.5f, 0.1f);
}

struct Crowd {
  WorldOptions options = small_world();
  std::vector<BodyHandle> bodies;
  World fill(int count) {
    options.max_bodies = count;
    options.gravity_y = 0;
    World world = create(options);
    Random random(31);
    const auto draw = [&] { return static_cast<float>(random.next_unit()); };
    for (int i = 0; i < count; ++i) {
      BodyDefinition body = disc(20 * draw(), 20 * draw(), 0.01f + 0.3f * draw() * draw() * draw());
      if (i % 3 == 0) body.half_length = draw();
      body.cosine = draw() - 0.5f, body.sine = draw();
      bodies.push_back(world.add_body(body).value());
    }
    return world;
  }
};

// Whether any of many points of the body's core is within its radius of the box.
bool sampled_in_box(const BodyState& body, const Box& box, double slack) {
  for (int i = -200; i <= 200; ++i) {
    const double t = i / 200.0 * body.half_length;
    const double x = body.x + t * body.cosine, y = body.y + t * body.sine;
    const double dx = x - std::clamp<double>(x, box.min_x, box.max_x);
    const double dy = y - std::clamp<double>(y, box.min_y, box.max_y);
    if (std::hypot(dx, dy) <= body.radius + slack) return true;
  }
  return false;
}

TEST(World, QueriesFindWhatLooksAtAllBodiesFinds) {
  Crowd crowd;
  World world = crowd.fill(600);
  Random random(32);
  const auto draw = [&] { return static_cast<float>(random.next_unit()); };
  std::size_t found_in_all = 0;
  for (int q = 0; q < 200; ++q) {
    const float x = 20 * draw(), y = 20 * draw(), w = q % 4 == 0 ? 0 : 2 * draw();
    const Box box = {x, y, x + w, y + w * draw()};
    const auto found = world.query_box(box).value();
    EXPECT_TRUE(std::ranges::is_sorted(found, {}, &BodyHandle::slot));
    found_in_all += found.size();
    for (const BodyHandle body : crowd.bodies) {
      const BodyState state = world.state(body).value();
      const bool hit = std::ranges::find(found, body) != found.end();
      if (sampled_in_box(state, box, -0.01)) {
        EXPECT_TRUE(hit) << q;
      }
      if (!sampled_in_box(state, box, 0.01)) {
        EXPECT_FALSE(hit) << q;
      }
    }
  }
  EXPECT_GT(found_in_all, 250u);
}

TEST(World, RaysStopWhereManyPointsAlongThemDo) {
  Crowd crowd;
  World world = crowd.fill(300);
  const SegmentHandle fence = world.add_segment(2, 3, 18, 15).value();
  Random random(33);
  const auto draw = [&] { return static_cast<float>(random.next_unit()); };
  int bodies_hit = 0, segments_hit = 0, missed = 0;
  for (int q = 0; q < 300; ++q) {
    const float x = 20 * draw(), y = 20 * draw(), dx = 6 * draw() - 3, dy = 6 * draw() - 3;
    const RayHit hit = world.cast_ray(x, y, dx, dy).value();
    (hit.body.generation != 0 ? bodies_hit : hit.hit ? segments_hit : missed) += 1;
    if (hit.segment.generation != 0) {
      EXPECT_EQ(hit.segment, fence);
    }
    if (hit.share < 2e-3f) continue;  // it begins inside
    for (int i = 0; i <= 500; ++i) {  // nobody stands before the hit
      const float share = (hit.share - 2e-3f) * static_cast<float>(i) / 500;
      const float px = x + share * dx, py = y + share * dy;
      for (const BodyHandle body : crowd.bodies) {
        const BodyState s = world.state(body).value();
        const float t =
            std::clamp((px - s.x) * s.cosine + (py - s.y) * s.sine, -s.half_length, s.half_length);
        const float gap = std::hypot(px - s.x - t * s.cosine, py - s.y - t * s.sine) - s.radius;
        ASSERT_GT(gap, -5e-3f) << q;
        if (hit.body == body && i == 500) {
          EXPECT_LT(gap, 0.05f) << q;
        }
      }
    }
  }
  EXPECT_GT(bodies_hit, 50);
  EXPECT_GT(segments_hit, 10);
  EXPECT_GT(missed, 10);
}

// Adds, moves, removes and pushes between steps.
std::string busy_world_hash(int threads, const std::string& isa) {
  WorldOptions options = small_world();
  options.max_bodies = 1500;
  options.simulation.num_threads = threads;
  options.simulation.isa = isa;
  World world = create(options);
  Random random(35);
  const auto draw = [&] { return static_cast<float>(random.next_unit()); };
  std::vector<BodyHandle> bodies;
  EXPECT_TRUE(world.add_segment(0, 8, 12, 4).is_ok());
  for (int i = 0; i < 120; ++i) {
    for (int k = 0; k < 10; ++k) {
      BodyDefinition body = disc(20 * draw(), 10 + 10 * draw(), 0.1f + 0.1f * draw());
      if (k == 0) body.half_length = 0.3f;
      body.restitution = 0.2f;
      body.rolling_resistance = k % 3 == 1 ? 0.2f : 0.0f;
      bodies.push_back(world.add_body(body).value());
    }
    if (i % 7 == 3) {
      const std::size_t which = random.next_below(static_cast<std::uint32_t>(bodies.size()));
      EXPECT_TRUE(world.remove_body(bodies[which]).is_ok());
      bodies.erase(bodies.begin() + static_cast<std::ptrdiff_t>(which));
      EXPECT_TRUE(world.apply_impulse(bodies[which / 2], draw(), draw()).is_ok());
      EXPECT_TRUE(world.set_place(bodies[which / 3], 10, 19, 1, 0).is_ok());
      EXPECT_TRUE(world.query_box({5, 5, 15, 15}).is_ok());
    }
    run(world, 1);
  }
  return world.simulation().last_completed().state_hash().to_string();
}

TEST(World, TheSameCallsGiveTheSameBytesOnAnyThreadCountAndInstructionSet) {
  const std::string expected = busy_world_hash(1, "portable");
  for (const int threads : {1, 2, 3, 8}) EXPECT_EQ(busy_world_hash(threads, ""), expected);
  for (const KernelTable* table : all_kernel_tables()) {
    if (processor_supports(*table)) {
      EXPECT_EQ(busy_world_hash(2, table->name), expected) << table->name;
    }
  }
}

}  // namespace
}  // namespace quadrille
