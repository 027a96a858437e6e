// A room of rigid bodies under gravity, for tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "kernels/dynamics.h"
#include "tests/kernels/bodies_fixture.h"

namespace quadrille::test {

inline constexpr Box kRoom{0, 0, 10, 10};

inline DynamicsOptions falling() {
  DynamicsOptions options;
  options.motion.gravity_y = -10;
  return options;
}

inline RigidBody disc(float x, float y, float radius, float vx = 0, float vy = 0) {
  RigidBody body;
  body.x = x, body.y = y, body.vx = vx, body.vy = vy;
  body.radius = radius;
  const float mass = radius * radius;
  body.inverse_mass = 1.0f / mass;
  body.inverse_inertia = 2.0f / (mass * radius * radius);
  return body;
}

// Bodies of ids 0, 1, ... in a room.
class Room {
 public:
  Room(const std::vector<RigidBody>& bodies, DynamicsOptions options, const KernelTable& kernels,
       Parallel& parallel, Box box = kRoom)
      : arena_(scratch_arena()) {
    options.max_bodies = std::max<std::int64_t>(std::ssize(bodies), 1);
    dynamics_.emplace(Dynamics::create(options, kernels, parallel, arena_).value());
    dynamics_->shapes().box = box;
    for (const RigidBody& body : bodies) {
      if (body.restitution > 0) dynamics_->contacts().bouncing = true;
      dynamics_->add(static_cast<BodyID>(dynamics_->bodies().count), body);
    }
  }
  void run(int steps, float dt) {
    for (int i = 0; i < steps; ++i) ASSERT_EQ(dynamics_->step(dt).message(), "") << i;
  }
  Dynamics& operator*() { return *dynamics_; }
  Dynamics* operator->() { return &*dynamics_; }
  // Segments from their ends; they stay as long as the room.
  void add_segment(float ax, float ay, float bx, float by) {
    ends_.push_back({ax, ay, bx, by});
    for (std::vector<float>* column : {&ax_, &ay_, &bx_, &by_}) column->clear();
    for (const auto& end : ends_) {
      ax_.push_back(end[0]), ay_.push_back(end[1]);
      bx_.push_back(end[2]), by_.push_back(end[3]);
    }
    StaticShapes& shapes = dynamics_->shapes();
    shapes.ax = ax_, shapes.ay = ay_, shapes.bx = bx_, shapes.by = by_;
    dynamics_->touch_all();
  }
  RigidBodies& bodies() { return dynamics_->bodies(); }
  std::int64_t place(BodyID id) { return bodies().place[at(id)]; }
  float x(BodyID id) { return bodies().x[at(place(id))]; }
  float y(BodyID id) { return bodies().y[at(place(id))]; }
  float motion(BodyID id, BodyRow what) { return bodies().row(place(id))[what]; }
  double momentum(BodyRow axis) {
    double sum = 0;
    for (std::int64_t p = 0; p < bodies().count; ++p)
      sum += double{bodies().row(p)[axis]} / bodies().row(p)[kInverseMass];
    return sum;
  }
  // About the origin, of ways and of turning.
  double angular_momentum() {
    double sum = 0;
    for (std::int64_t p = 0; p < bodies().count; ++p) {
      const float* row = bodies().row(p);
      sum += (double{bodies().x[at(p)]} * row[kVy] - double{bodies().y[at(p)]} * row[kVx]) /
                 row[kInverseMass] +
             double{row[kSpin]} / row[kInverseInertia];
    }
    return sum;
  }
  std::vector<float> state() {
    std::vector<float> all;
    for (BodyID id = 0; id < bodies().count; ++id) {
      all.push_back(x(id)), all.push_back(y(id));
      for (const BodyRow what : {kVx, kVy, kSpin}) all.push_back(motion(id, what));
      all.push_back(bodies().cosine[at(place(id))]);
    }
    return all;
  }

 private:
  Arena arena_;
  std::optional<Dynamics> dynamics_;
  std::vector<std::array<float, 4>> ends_;
  std::vector<float> ax_, ay_, bx_, by_;
};

// A capsule of uniform density that lies along x.
inline RigidBody capsule(float x, float y, float radius, float half_length) {
  RigidBody body = disc(x, y, radius);
  body.half_length = half_length;
  const float caps = 3.14159265f * radius * radius, middle = 4 * radius * half_length;
  const float mass = caps + middle;
  body.inverse_mass = 1 / mass;
  const float of_caps = caps * (radius * radius / 2 + half_length * half_length);
  const float of_middle = middle * (half_length * half_length / 3 + radius * radius / 3);
  body.inverse_inertia = 1 / (of_caps + of_middle);
  return body;
}

struct Here {
  std::unique_ptr<Parallel> parallel = with_threads(2);
  Room room(const std::vector<RigidBody>& bodies, const DynamicsOptions& options = {},
            Box box = kRoom) {
    return Room(bodies, options, *tables_here().back(), *parallel, box);
  }
};

}  // namespace quadrille::test
