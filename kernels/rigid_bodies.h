// RigidBodies: discs and capsules as columns, by *place*: where the broad-phase sorted them last,
// so that neighbours in the plane are neighbours in memory. A body keeps its id, its place changes.
//
// A capsule is everything within its radius of a segment through its centre, half_length to either
// side; a disc is one of half length 0.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/status.h>
#include <quadrille/types.h>

#include "engine/integers.h"
#include "kernels/body_traits.h"
#include "kernels/contact_solver_body.h"
#include "kernels/manifold.h"

namespace quadrille {

class Parallel;

enum BodyFlag : std::uint8_t {
  kAwake = 1,
  kSensor = 2,   // touches, and is not pushed
  kRemoved = 4,  // until the next renumbering
  kStirred = 8,  // changed from outside: who sleeps beside it wakes
};

// A body as it enters. All finite; radius and half_length >= 0.
struct RigidBody {
  float x = 0, y = 0;
  float cosine = 1, sine = 0;  // of the angle of its segment
  float vx = 0, vy = 0, spin = 0;
  float radius = 0, half_length = 0;
  float inverse_mass = 0, inverse_inertia = 0;  // 0: nothing moves it, its velocity stays
  float friction = 0, restitution = 0;
  float rolling = 0;  // most moment against rolling, over what presses it and its radius
  std::uint8_t flags = kAwake;
};

inline constexpr std::int32_t kNoPlace = -1;

struct RigidBodies {
  std::int64_t count = 0;     // places in use, those of removed bodies among them
  std::int64_t capacity = 0;  // and the place of a row that rests, for contacts with what is fixed
  std::span<float> rows;      // kBodyRow each: velocities, inverse masses, moves in this step
  std::span<float> x, y, cosine, sine;
  std::span<float> radius, half_length, friction, restitution, rolling;
  std::span<float> margin;  // the pairs in the list are complete while a body stays so near
  std::span<float> start_x, start_y;  // to where it was when the list was made
  std::span<float> still;             // seconds for which it hardly moved
  std::span<std::int32_t> island;     // that it fell asleep with; kNoPlace: it never did
  std::span<std::uint8_t> flags;
  std::span<BodyID> id;
  std::span<std::int32_t> origin;  // its place in the last list of pairs; kNoPlace: it has none
  std::span<std::int32_t> place;   // by id; kNoPlace: no such body
  std::span<BodyTraits> traits;    // by id; empty: there is no room for any
  bool filtered = false;           // not all may touch all: traits say who
  bool varied = false;             // traits say what else moves a body
  bool pushed = false;             // traits hold forces of the next step

  static Result<RigidBodies> create(std::int64_t capacity, Arena& arena, bool with_traits = false);

  bool have_own_motion() const { return varied || pushed; }
  const BodyTraits& traits_of(std::int64_t p) const { return traits[at(id[at(p)])]; }
  bool may_touch(std::int64_t p, const CollisionBits& other) const {
    return !filtered || quadrille::may_touch(traits_of(p).bits, other);
  }
  bool may_touch(std::int64_t p, std::int64_t q) const {
    return !filtered || quadrille::may_touch(traits_of(p).bits, traits_of(q).bits);
  }

  float* row(std::int64_t p) { return rows.data() + p * kBodyRow; }
  const float* row(std::int64_t p) const { return rows.data() + p * kBodyRow; }
  bool is(std::int64_t p, BodyFlag flag) const { return (flags[at(p)] & flag) != 0; }

  ContactShape shape(std::int64_t p) const {
    const float half = half_length[at(p)];
    return {x[at(p)], y[at(p)], half * cosine[at(p)], half * sine[at(p)], radius[at(p)]};
  }

  // At the last place; count < capacity, and `id` has no body. Its traits are those of all.
  void add(BodyID new_id, const RigidBody& body);
  void clear();  // all go
  // Closes the gaps of removed bodies, in order.
  void compact();
  // order[p]: the place whose body comes to place p.
  void renumber(std::span<const std::int32_t> order, Parallel& parallel);

 private:
  void move(std::int64_t from, std::int64_t to);
  std::span<float> spare_rows_, spare_floats_;
  std::span<std::int32_t> spare_integers_;
  std::span<std::uint8_t> spare_flags_;
};

}  // namespace quadrille
