// A small World and bodies for it.
#pragma once

#include <gtest/gtest.h>
#include <quadrille/world.h>

#include <utility>

namespace quadrille::test {

inline WorldOptions small_world() {
  WorldOptions options;
  options.box = {0, 0, 20, 20};
  options.max_bodies = 100;
  options.simulation.num_threads = 2;
  return options;
}
inline WorldOptions weightless_world() {
  WorldOptions options = small_world();
  options.gravity_y = 0;
  return options;
}

inline World create(const WorldOptions& options) {
  return std::move(World::create(options)).value();
}

inline BodyDefinition disc(float x, float y, float radius = 0.5f) {
  BodyDefinition body;
  body.x = x, body.y = y, body.radius = radius;
  return body;
}

inline BodyDefinition fixed_disc(float x, float y, float radius = 0.5f) {
  BodyDefinition body = disc(x, y, radius);
  body.density = 0;
  return body;
}

inline void run(World& world, int steps) {
  for (int i = 0; i < steps; ++i) ASSERT_EQ(world.step(1.0f / 60).message(), "") << i;
}

}  // namespace quadrille::test
