// How bodies move within a step: velocities and ways of a sub-step, and their places at its end.
#pragma once

#include <cstdint>

#include "kernels/contact_pairs.h"
#include "kernels/rigid_bodies.h"
#include "kernels/static_shapes.h"

namespace quadrille {

struct Motion {
  float gravity_x = 0, gravity_y = 0;
  float linear_damping = 0, angular_damping = 0;  // share of speed lost a second
  // What is slower than both for so long may sleep. 0: of each body 0.01 sqrt(g r), 3 sqrt(r / g).
  float sleep_speed = 0, sleep_after = 0;

  float gravity() const;
};

// The direction of body p after a turn, in radians. False: it stays, as it turns by nothing,
// farther than 1e5, or by what is not finite.
bool direction_after(const RigidBodies& bodies, std::int64_t p, float turn, float& cosine,
                     float& sine);

// How fast, at most, the body at place p gains speed where it meets nothing, by its traits.
float acceleration_of(const RigidBodies& bodies, const Motion& motion, std::int64_t p);

// Places [begin, end), those of them that are awake. dt is the sub-step's.
void integrate_velocities(RigidBodies& bodies, const Motion& motion, float dt, std::int64_t begin,
                          std::int64_t end);
void integrate_positions(RigidBodies& bodies, float dt, std::int64_t begin, std::int64_t end);

// The step's moves become places; dt is the step's. Nobody's middle leaves the box or comes nearer
// than half of its radius to a segment from which it was farther away, nor do its ends, also while
// they turn: what would is stopped where it meets it. Who lies on a segment, or across it, is not
// stopped by it. Counts for how long each body hardly moved.
void finish_motion(RigidBodies& bodies, const StaticShapes& shapes, const PairList& pairs,
                   const Motion& motion, float dt, std::int64_t begin, std::int64_t end);

// Whether the body at place p has been slow for so long that it may sleep.
bool may_sleep(const RigidBodies& bodies, const Motion& motion, std::int64_t p);

}  // namespace quadrille
