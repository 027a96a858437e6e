// What a World takes, and what it makes of it before the kernels see it.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

#include <quadrille/quadtree.h>
#include <quadrille/status.h>
#include <quadrille/world.h>

#include "kernels/rigid_bodies.h"

namespace quadrille::world_checks {

inline constexpr float kFarthest = 1e15f;  // so that floats hold squares of lengths
inline constexpr float kShortestStep = 1e-18f, kLongestStep = 1e15f;  // and what is over a time

template <class... Values>
bool all_finite(Values... values) {
  return (std::isfinite(values) && ...);
}

template <class... Values>
bool within_reach(Values... values) {
  return ((std::abs(values) <= kFarthest) && ...);
}

inline bool is_inside(const Box& box, float x, float y) {
  return x >= box.min_x && x <= box.max_x && y >= box.min_y && y <= box.max_y;
}

Status refused(const std::string& why);
Status no_such(const char* what, std::uint32_t slot, std::uint32_t generation);

Status check_options(const WorldOptions& options);
// The world's, and that of a body of this gravity scale.
Status check_gravity(float gravity_x, float gravity_y, float scale);
Status check_body(const BodyDefinition& body, const Box& box);
Status check_box(const Box& box);  // one to look in

// (cosine, sine) made to length 1, in double: squares of floats neither overflow nor vanish there.
bool make_direction(float cosine, float sine, float& unit_cosine, float& unit_sine);

// The part of a segment that is less than the box's longer side outside of the box, which is what
// bodies may meet, in double: of a much longer one floats would not tell where it is. What is all
// beyond stays as it is.
void clip_to_reach(const Box& box, float& ax, float& ay, float& bx, float& by);

// A body of a checked definition, but for its traits.
Result<RigidBody> make_body(const BodyDefinition& definition);

}  // namespace quadrille::world_checks
