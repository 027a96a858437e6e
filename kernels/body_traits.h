// What some bodies have of their own, by id, so that renumbering leaves it alone. It is looked at
// only where some body is not like all others.
#pragma once

#include <cstdint>

namespace quadrille {

// Two touch if each one's category is in the other's mask.
struct CollisionBits {
  std::uint32_t category = 1, mask = ~std::uint32_t{0};
};

inline bool may_touch(const CollisionBits& a, const CollisionBits& b) {
  return (a.category & b.mask) != 0 && (b.category & a.mask) != 0;
}

struct BodyTraits {
  CollisionBits bits;
  float gravity_scale = 1;
  float linear_damping = 0, angular_damping = 0;  // beside those of Motion
  float force_x = 0, force_y = 0, torque = 0;     // for the next step
};  // 32 bytes
static_assert(sizeof(BodyTraits) == 32);

}  // namespace quadrille
