// Hostile random sequences of calls: whatever is done to a World, what it says of itself holds
// together.
#include <quadrille/world.h>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "engine/random.h"
#include "tests/scenes/world_fixture.h"

namespace quadrille {
namespace {

constexpr int kMostBodies = 60;

// Who touches whom: a body by slot and generation, and another, a segment or a wall.
using Touch = std::tuple<std::uint32_t, std::uint32_t, int, std::uint32_t, std::uint32_t>;

Touch touch_of(const BodyHandle& a, const BodyHandle& b, const SegmentHandle& s, int wall) {
  if (wall >= 0) return {a.slot, a.generation, 2, static_cast<std::uint32_t>(wall), 0};
  if (s.generation != 0) return {a.slot, a.generation, 1, s.slot, s.generation};
  const bool first = a.slot < b.slot;
  const BodyHandle& low = first ? a : b;
  const BodyHandle& high = first ? b : a;
  return {low.slot, low.generation, 0, high.slot, high.generation};
}

// A world and what its calls must have made of it.
class Churn {
 public:
  Churn(std::uint64_t seed, int threads) : random_(seed), world_(make_world(threads)) {}

  void change() {
    const int what = static_cast<int>(random_.next_below(16));
    if (what < 5 || bodies_.empty()) return add();
    const BodyHandle body = any_body();
    if (what == 5) return remove(body);
    if (what == 6) {
      EXPECT_TRUE(world_.set_place(body, 20 * unit(), 20 * unit(), unit() - 0.5f, 1).is_ok());
    }
    if (what == 7) accept(world_.set_velocity(body, speed(), speed(), speed()));
    if (what == 8) accept(world_.apply_impulse_at(body, speed(), speed(), 20 * unit(), 9));
    if (what == 9) accept(world_.apply_force(body, speed(), speed(), speed()));
    if (what == 10) accept(world_.set_filter(body, any_filter()));
    if (what == 11) accept(world_.set_gravity(4 * unit() - 2, 20 * unit() - 15));
    if (what == 12) accept(world_.wake(body));
    if (what == 13) change_segments();
    if (what == 14) {
      EXPECT_EQ(world_.set_velocity(body, std::nanf(""), 0, 0).code(),
                StatusCode::kInvalidArgument);
    }
    if (what == 15) ask(body);
  }

  void step() {
    const float dt = random_.next_below(8) == 0 ? 10 * unit() + 1e-6f : 1.0f / 60;
    ASSERT_EQ(world_.step(dt).message(), "");
    follow_events();
    check_bodies();
  }

  std::string hash() { return world_.simulation().last_completed().state_hash().to_string(); }

 private:
  static World make_world(int threads) {
    WorldOptions options = test::small_world();
    options.max_bodies = kMostBodies;
    options.max_segments = 6;
    options.simulation.num_threads = threads;
    return test::create(options);
  }
  float unit() { return static_cast<float>(random_.next_unit()); }
  // Mostly of the size of the room, and now and then as large as floats are.
  float speed() {
    const float sign = random_.next_below(2) == 0 ? -1.0f : 1.0f;
    const float exponent = random_.next_below(8) == 0 ? 80 * unit() : 6 * unit() - 3;
    return sign * std::exp(exponent);
  }
  CollisionFilter any_filter() {
    if (random_.next_below(2) == 0) return {};
    return {1u << random_.next_below(3), random_.next_below(16)};
  }
  BodyHandle any_body() {
    return bodies_[random_.next_below(static_cast<std::uint32_t>(bodies_.size()))];
  }
  // What floats cannot hold is refused, and nothing else.
  static void accept(const Status& status) {
    EXPECT_TRUE(status.is_ok() || status.code() == StatusCode::kInvalidArgument);
  }

  void add() {
    BodyDefinition body = test::disc(20 * unit(), 20 * unit(), std::exp(4 * unit() - 4));
    if (random_.next_below(16) == 0) body.radius = std::exp(20 * unit() - 14);
    if (random_.next_below(3) == 0) body.half_length = 2 * body.radius * unit();
    if (random_.next_below(16) == 0) body.half_length = 30 * unit();
    body.cosine = unit() - 0.5f, body.sine = unit();
    body.vx = speed(), body.vy = speed(), body.spin = speed();
    body.friction = unit();
    body.rolling_resistance = random_.next_below(3) == 0 ? unit() : 0;
    body.restitution = random_.next_below(4) == 0 ? unit() : 0;
    body.density = random_.next_below(6) == 0 ? 0 : std::exp(8 * unit() - 4);
    body.sensor = random_.next_below(8) == 0;
    body.fixed_rotation = random_.next_below(8) == 0;
    if (random_.next_below(4) == 0) body.gravity_scale = 4 * unit() - 2;
    body.filter = any_filter();
    const auto added = world_.add_body(body);
    if (added.is_ok()) return bodies_.push_back(added.value());
    EXPECT_TRUE(added.status().code() == StatusCode::kBudgetExceeded ||
                added.status().code() == StatusCode::kInvalidArgument)
        << added.status().message();
  }

  void remove(BodyHandle body) {
    EXPECT_TRUE(world_.remove_body(body).is_ok());
    std::erase(bodies_, body);
    EXPECT_FALSE(world_.is_valid(body));
    EXPECT_EQ(world_.apply_force(body, 1, 1).code(), StatusCode::kNotFound);
    EXPECT_EQ(world_.query_contacts(body).status().code(), StatusCode::kNotFound);
  }

  void change_segments() {
    if (random_.next_below(3) == 0 && !segments_.empty()) {
      EXPECT_TRUE(world_.remove_segment(segments_.back()).is_ok());
      return segments_.pop_back();
    }
    const auto added =
        world_.add_segment(30 * unit() - 5, 20 * unit(), 20 * unit(), 20 * unit(), any_filter());
    if (added.is_ok()) segments_.push_back(added.value());
  }

  void ask(BodyHandle body) {
    const BodyState state = world_.state(body).value();
    bool found = false;
    const std::span<const BodyHandle> hits = world_.query_disc(state.x, state.y, 1e-3f).value();
    for (const BodyHandle hit : hits) found = found || hit == body;
    EXPECT_TRUE(found);
    const RayHit hit = world_.cast_ray(20 * unit(), 20 * unit(), 60 * unit() - 30, 50).value();
    EXPECT_TRUE(hit.hit && hit.share <= 1);  // there is a ceiling
  }

  // A pair begins where it does not touch, and ends where it does; then those that touch are those
  // of which the bodies say so.
  void follow_events() {
    for (const ContactEvent& event : world_.contact_events()) {
      const Touch touch = touch_of(event.a, event.b, event.segment, event.wall);
      EXPECT_EQ(touching_.contains(touch), !event.began);
      event.began ? void(touching_.insert(touch)) : void(touching_.erase(touch));
      EXPECT_TRUE(event.speed >= 0);
      EXPECT_TRUE(!event.began || std::abs(std::hypot(event.nx, event.ny) - 1) < 1e-3);
    }
    std::set<Touch> told;
    for (const BodyHandle body : bodies_) {
      const std::span<const BodyContact> contacts = world_.query_contacts(body).value();
      for (const BodyContact& contact : contacts) {
        told.insert(touch_of(body, contact.body, contact.segment, contact.wall));
        EXPECT_TRUE(contact.normal_force >= 0);
        EXPECT_TRUE(std::isfinite(contact.x) && std::isfinite(contact.y));
      }
    }
    EXPECT_EQ(told, touching_);
  }

  void check_bodies() {
    EXPECT_EQ(world_.num_bodies(), std::ssize(bodies_));
    for (const BodyHandle body : bodies_) {
      EXPECT_EQ(world_.body_at(body.slot), body);
      const BodyState s = world_.state(body).value();
      for (const float value : {s.x, s.y, s.cosine, s.sine, s.vx, s.vy, s.spin, s.mass})
        EXPECT_TRUE(std::isfinite(value)) << body.slot;
      EXPECT_TRUE(s.x >= 0 && s.x <= 20 && s.y >= 0 && s.y <= 20) << s.x << ' ' << s.y;
      EXPECT_NEAR(std::hypot(s.cosine, s.sine), 1, 1e-5);
    }
  }

  Random random_;
  World world_;
  std::vector<BodyHandle> bodies_;
  std::vector<SegmentHandle> segments_;
  std::set<Touch> touching_;
};

std::string churned(std::uint64_t seed, int threads, int steps) {
  Churn churn(seed, threads);
  Random random(seed ^ 77);
  for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
    for (std::uint32_t n = random.next_below(4); n > 0; --n) churn.change();
    churn.step();
  }
  return churn.hash();
}

TEST(WorldChurn, WhateverIsDoneToAWorldItHoldsTogetherOnAnyThreadCount) {
  const char* const is_long = std::getenv("QUADRILLE_LONG");
  const std::uint64_t seeds = is_long != nullptr && *is_long == '1' ? 200 : 3;
  for (std::uint64_t seed = 1; seed <= seeds && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    EXPECT_EQ(churned(seed, 1, 300), churned(seed, 3, 300));
  }
}

}  // namespace
}  // namespace quadrille
