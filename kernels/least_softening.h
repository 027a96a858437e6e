// What keeps a body's pull on itself 0 instead of 0 / 0 where no softening is asked for.
#pragma once

#include <algorithm>

#include <quadrille/quadtree.h>

namespace quadrille {

// Squared: far below what positions of that extent can resolve, and large enough for mass /
// softening^2 to stay a float.
inline float least_softening2(const Box& bounds, float mass) {
  const float width = bounds.max_x - bounds.min_x, height = bounds.max_y - bounds.min_y;
  const float extent = std::max(width, height) * 1e-10f;
  return std::max({extent * extent, mass * 1e-37f, 1e-37f});
}

}  // namespace quadrille
