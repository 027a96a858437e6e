#include "kernels/body_motion.h"

#include <algorithm>
#include <cmath>

#include "engine/integers.h"
#include "kernels/fixed_math.h"
#include "kernels/float_range.h"
#include "kernels/manifold.h"

namespace quadrille {
namespace {

constexpr float kSlow = 0.01f;       // of sqrt(g r), the speed that a body gains in falling r / 2
constexpr float kSlowFor = 3.0f;     // sqrt(r / g)
constexpr float kSweptCore = 0.5f;   // of a radius: what no segment comes into
constexpr float kHeldCore = 0.02f;   // of a radius: what is nearer than that comes no nearer
constexpr float kLeastCore = 1e-4f;  // of a radius: what is nearer lies on the segment
constexpr int kMostAdvances = 64;
constexpr float kNearEnough = 0.01f;                     // of the core's radius
constexpr float kSmallTurn = 0.5f, kLargestTurn = 1e5f;  // radians

// One axis of a place; what carries a body's middle out of the box is taken from it.
float inside(float to, float low, float high, float& speed) {
  if (to < low) {
    speed = std::max(speed, 0.0f);
    return low;
  }
  if (to > high) {
    speed = std::min(speed, 0.0f);
    return high;
  }
  return to;
}

// How far the ends of body p go by its turn.
float swing_of(const RigidBodies& bodies, std::int64_t p) {
  const float turn = std::abs(bodies.row(p)[kTurn]);
  return turn < kLargestTurn ? turn * bodies.half_length[at(p)] : 0.0f;
}

// As sweep_shapes, of body p's core, which turns on its way. None of its points moves farther than
// its middle and its ends about that, so it may go on by as much as it is away.
bool sweep_turning(const RigidBodies& bodies, std::int64_t p, const ContactShape& segment,
                   const ContactShape& core, float& share) {
  const float* const row = bodies.row(p);
  const float half = bodies.half_length[at(p)];
  const float way = std::sqrt(row[kDx] * row[kDx] + row[kDy] * row[kDy]);
  const float farthest = way + std::abs(row[kTurn]) * half;
  ContactShape middle = core;
  middle.ax = middle.ay = 0;
  share = 1;
  if (shape_distance(segment, middle) > way + half) return false;
  share = 0;
  for (int i = 0; i < kMostAdvances; ++i) {
    ContactShape moved = core;
    float cosine = 1, sine = 0;
    direction_after(bodies, p, share * row[kTurn], cosine, sine);
    moved.x += share * row[kDx];
    moved.y += share * row[kDy];
    moved.ax = half * cosine;
    moved.ay = half * sine;
    const float left = shape_distance(segment, moved);
    if (left <= kNearEnough * core.radius) return true;
    share += left / farthest;
    if (!(share <= 1.0f)) return false;
  }
  return true;
}

// Whether the point of body p that is nearest to the segment comes nearer yet.
bool goes_nearer(const RigidBodies& bodies, std::int64_t p, const ContactShape& segment,
                 const ContactShape& core) {
  const float* const row = bodies.row(p);
  const ManifoldPoint near = collide_shapes(segment, core, kFloatInfinity, 0).point[0];
  const float arm_x = near.x - core.x, arm_y = near.y - core.y;
  const float turn = core.ax != 0 || core.ay != 0 ? row[kTurn] : 0.0f;
  return near.nx * (row[kDx] - turn * arm_y) + near.ny * (row[kDy] + turn * arm_x) < 0;
}

// The share of its way and turn that body p goes before its core meets the segment; 1: all of it.
float free_share(const RigidBodies& bodies, std::int64_t p, const ContactShape& segment) {
  const float* const row = bodies.row(p);
  const float radius = bodies.radius[at(p)], swing = swing_of(bodies, p);
  ContactShape core = bodies.shape(p);
  core.radius = 0;
  const float distance = shape_distance(segment, core);
  const float way = std::sqrt(row[kDx] * row[kDx] + row[kDy] * row[kDy]);
  if (distance > kSweptCore * radius + 2 * (way + swing)) return 1.0f;  // 2: for roundings
  // What lies on it or across it has no side to be kept on: held there, it would never come free.
  if (!(distance > kLeastCore * radius) || cores_cross(segment, core)) return 1.0f;
  // By halves alone it would come on it in a dozen steps, and through.
  if (distance < kHeldCore * radius && goes_nearer(bodies, p, segment, core)) return 0.0f;
  // What is nearer already may stay, and come nearer by a half at most.
  core.radius = std::min(kSweptCore * radius, 0.5f * distance);
  float share = 1.0f;
  const bool meets = swing > 0 ? sweep_turning(bodies, p, segment, core, share)
                               : sweep_shapes(segment, core, row[kDx], row[kDy], 0.0f, share);
  return meets ? share : 1.0f;
}

// Moves of bodies that a segment stops end there. The speed into it is left to the next step's
// contact, which knows of friction and bouncing. What nothing moves but itself passes them.
void stop_at_segments(RigidBodies& bodies, const StaticShapes& shapes, const PairList& pairs,
                      std::int64_t p) {
  float* const row = bodies.row(p);
  if (!(row[kInverseMass] > 0) || shapes.num_segments() == 0) return;
  float share = 1.0f;
  // The list holds what is near to where the body was when it was made, not to where it is.
  const float left_x = bodies.x[at(p)] + row[kDx] - bodies.start_x[at(p)];
  const float left_y = bodies.y[at(p)] + row[kDy] - bodies.start_y[at(p)];
  if (std::sqrt(left_x * left_x + left_y * left_y) < bodies.margin[at(p)]) {
    for (std::int64_t e = pairs.first[at(p)]; e < pairs.first[at(p) + 1]; ++e) {
      const std::int32_t shape = ~pairs.other[at(e)];
      if (shape < 0) break;  // static shapes stand first
      if (shape >= kNumWalls)
        share = std::min(share, free_share(bodies, p, shapes.segment(shape - kNumWalls)));
    }
  } else {  // it was hit, and is where the list does not reach
    for (std::int32_t s = 0; s < shapes.num_segments(); ++s)
      if (shapes.has_segment(s) && bodies.may_touch(p, shapes.bits_of(s)))
        share = std::min(share, free_share(bodies, p, shapes.segment(s)));
  }
  row[kDx] *= share;
  row[kDy] *= share;
  if (bodies.half_length[at(p)] > 0) row[kTurn] *= share;  // a disc's turn leads nowhere
}

// As integrate_velocities, of bodies that have more to move them than Motion.
void integrate_varied(RigidBodies& bodies, const Motion& motion, float dt, std::int64_t begin,
                      std::int64_t end) {
  for (std::int64_t p = begin; p < end; ++p) {
    float* const row = bodies.row(p);
    if (!bodies.is(p, kAwake) || !(row[kInverseMass] > 0)) continue;
    const BodyTraits& traits = bodies.traits_of(p);
    const float keep = 1.0f / (1.0f + dt * (motion.linear_damping + traits.linear_damping));
    const float keep_spin = 1.0f / (1.0f + dt * (motion.angular_damping + traits.angular_damping));
    const float push = dt * row[kInverseMass], fall = dt * traits.gravity_scale;
    row[kVx] = keep * (row[kVx] + (motion.gravity_x * fall + traits.force_x * push));
    row[kVy] = keep * (row[kVy] + (motion.gravity_y * fall + traits.force_y * push));
    row[kSpin] = keep_spin * (row[kSpin] + traits.torque * (dt * row[kInverseInertia]));
  }
}

}  // namespace

bool direction_after(const RigidBodies& bodies, std::int64_t p, float turn, float& cosine,
                     float& sine) {
  cosine = bodies.cosine[at(p)];
  sine = bodies.sine[at(p)];
  if (turn == 0 || !(std::abs(turn) < kLargestTurn)) return false;
  float turn_c = 1, turn_s = 0;
  if (std::abs(turn) < kSmallTurn) {
    // By t = tan(turn / 2), of its series: 1 - t^2 and 2 t are cosine and sine times 1 + t^2.
    const float half = 0.5f * turn, h = half * half;
    const float t = half * (1 + h * (1.0f / 3 + h * (2.0f / 15 + h * (17.0f / 315))));
    turn_c = 1 - t * t;
    turn_s = 2 * t;
  } else {
    turn_c = static_cast<float>(fixed_math::cos(turn));
    turn_s = static_cast<float>(fixed_math::sin(turn));
  }
  const float to_c = turn_c * cosine - turn_s * sine, to_s = turn_c * sine + turn_s * cosine;
  const float length = std::sqrt(to_c * to_c + to_s * to_s);
  if (!(length > 0) || !std::isfinite(length)) return false;
  cosine = to_c / length;
  sine = to_s / length;
  return true;
}

float Motion::gravity() const { return std::sqrt(gravity_x * gravity_x + gravity_y * gravity_y); }

float acceleration_of(const RigidBodies& bodies, const Motion& motion, std::int64_t p) {
  const BodyTraits& traits = bodies.traits_of(p);
  const float push = std::sqrt(traits.force_x * traits.force_x + traits.force_y * traits.force_y);
  return std::abs(traits.gravity_scale) * motion.gravity() + push * bodies.row(p)[kInverseMass];
}

void integrate_velocities(RigidBodies& bodies, const Motion& motion, float dt, std::int64_t begin,
                          std::int64_t end) {
  if (bodies.have_own_motion()) return integrate_varied(bodies, motion, dt, begin, end);
  const float gx = motion.gravity_x * dt, gy = motion.gravity_y * dt;
  const float keep = 1.0f / (1.0f + dt * motion.linear_damping);
  const float keep_spin = 1.0f / (1.0f + dt * motion.angular_damping);
  for (std::int64_t p = begin; p < end; ++p) {
    float* const row = bodies.row(p);
    if (!bodies.is(p, kAwake) || !(row[kInverseMass] > 0)) continue;
    row[kVx] = keep * (row[kVx] + gx);
    row[kVy] = keep * (row[kVy] + gy);
    row[kSpin] = keep_spin * row[kSpin];
  }
}

void integrate_positions(RigidBodies& bodies, float dt, std::int64_t begin, std::int64_t end) {
  for (std::int64_t p = begin; p < end; ++p) {
    float* const row = bodies.row(p);
    if (!bodies.is(p, kAwake)) continue;
    row[kDx] += dt * row[kVx];
    row[kDy] += dt * row[kVy];
    row[kTurn] += dt * row[kSpin];
  }
}

void finish_motion(RigidBodies& bodies, const StaticShapes& shapes, const PairList& pairs,
                   const Motion& motion, float dt, std::int64_t begin, std::int64_t end) {
  const Box& box = shapes.box;
  const float g = motion.gravity();
  for (std::int64_t p = begin; p < end; ++p) {
    if (!bodies.is(p, kAwake)) continue;
    float* const row = bodies.row(p);
    const float x = bodies.x[at(p)], y = bodies.y[at(p)];
    // First the box: a way around the end of a segment outside of it is none.
    row[kDx] = inside(x + row[kDx], box.min_x, box.max_x, row[kVx]) - x;
    row[kDy] = inside(y + row[kDy], box.min_y, box.max_y, row[kVy]) - y;
    stop_at_segments(bodies, shapes, pairs, p);
    bodies.x[at(p)] = std::clamp(x + row[kDx], box.min_x, box.max_x);
    bodies.y[at(p)] = std::clamp(y + row[kDy], box.min_y, box.max_y);
    direction_after(bodies, p, row[kTurn], bodies.cosine[at(p)], bodies.sine[at(p)]);
    row[kDx] = row[kDy] = row[kTurn] = 0;
    const float rim = row[kSpin] * (bodies.radius[at(p)] + bodies.half_length[at(p)]);
    const float square = row[kVx] * row[kVx] + row[kVy] * row[kVy] + rim * rim;
    const float limit = motion.sleep_speed > 0 ? motion.sleep_speed * motion.sleep_speed
                                               : kSlow * kSlow * g * bodies.radius[at(p)];
    bodies.still[at(p)] = square < limit ? bodies.still[at(p)] + dt : 0.0f;
  }
}

bool may_sleep(const RigidBodies& bodies, const Motion& motion, std::int64_t p) {
  const float still = bodies.still[at(p)];
  if (motion.sleep_after > 0) return still >= motion.sleep_after;
  return still * still * motion.gravity() > kSlowFor * kSlowFor * bodies.radius[at(p)];
}

}  // namespace quadrille
