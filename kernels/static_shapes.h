// What does not move: the walls of a box and segments, seen from both sides. Wall i is shape i,
// segment i is shape kNumWalls + i.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/quadtree.h>

#include "engine/integers.h"
#include "kernels/body_traits.h"
#include "kernels/manifold.h"

namespace quadrille {

inline constexpr std::int32_t kNumWalls = 4;

struct StaticShapes {
  Box box{};
  std::span<const float> ax, ay, bx, by;  // ends of the segments
  std::span<const std::uint8_t> present;  // 0: not any more, or not yet; empty: all are
  std::span<const CollisionBits> bits;    // of segments; empty: what touches all
  float friction = 0, restitution = 0;    // of all of it

  std::int32_t num_segments() const { return static_cast<std::int32_t>(ax.size()); }
  bool has_segment(std::int32_t i) const { return present.empty() || present[at(i)] != 0; }
  CollisionBits bits_of(std::int32_t i) const {
    return bits.empty() ? CollisionBits{} : bits[at(i)];
  }
  Wall wall(std::int32_t i) const {
    if (i == 0) return {1, 0, box.min_x};
    if (i == 1) return {-1, 0, -box.max_x};
    return i == 2 ? Wall{0, 1, box.min_y} : Wall{0, -1, -box.max_y};
  }
  ContactShape segment(std::int32_t i) const {
    const std::size_t s = at(i);
    return {0.5f * (ax[s] + bx[s]), 0.5f * (ay[s] + by[s]), 0.5f * (bx[s] - ax[s]),
            0.5f * (by[s] - ay[s]), 0.0f};
  }
};

}  // namespace quadrille
