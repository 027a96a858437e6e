// The contact solver's inner loops, as the kernel table holds them, and the block of contacts that
// they work on.
#pragma once

#include <cstdint>

namespace quadrille {

inline constexpr int kContactLanes = 16;  // a multiple of every register's width

// Sixteen contact points, a lane each; no two lanes of a colour's blocks move one body. A plane of
// floats is a cache line, and what a solver does not need it does not load.
// A lane whose a and b are both ~place of the resting row is empty.
struct alignas(64) ContactBlock {
  std::int32_t a[kContactLanes], b[kContactLanes];  // places; ~place: is read and never moved
  float nx[kContactLanes], ny[kContactLanes];       // from a to b
  float gap[kContactLanes];                         // at the beginning of the step
  float length[kContactLanes];                      // the smaller radius: what is small here
  // Arms about the centres, for the direction (-ny, nx): its cross product with the point's place.
  float tangent_a[kContactLanes], tangent_b[kContactLanes];
  float friction[kContactLanes];
  float normal_impulse[kContactLanes], tangent_impulse[kContactLanes];
  // Of the normal: zero for discs, whose solver leaves them alone.
  float normal_a[kContactLanes], normal_b[kContactLanes];
  // Where something bounces, or events are told; the last one alone is written by the solver.
  float speed[kContactLanes];  // along the normal at the beginning of the step; < 0: approaching
  float restitution[kContactLanes];
  float largest_impulse[kContactLanes];
};  // 1,024 bytes
static_assert(sizeof(ContactBlock) == 1024);

// Beside a block, where some body resists rolling.
struct alignas(64) RollingBlock {
  float reach[kContactLanes];    // a length: most moment over the normal impulse
  float impulse[kContactLanes];  // angular, of the last sub-step
};

// A body's row of the solver's state.
enum BodyRow { kVx, kVy, kSpin, kInverseMass, kInverseInertia, kDx, kDy, kTurn, kBodyRow };

// How a contact gives way. `rate`: share of an overlap undone a second.
struct Softness {
  float rate = 0, mass_scale = 1, impulse_scale = 0;
};

struct SolveArgs {
  float* bodies;  // rows of kBodyRow; the moves since the beginning of the step in kDx .. kTurn
  ContactBlock* blocks;
  RollingBlock* rolling;  // of each block; null: nothing resists rolling
  std::int64_t begin, end;
  Softness softness;
  float inverse_dt;    // of the sub-step
  float slop;          // overlap that is left alone, in lengths
  float push;          // most speed with which overlaps part, in lengths a second
  float bounce_speed;  // slower approaches do not bounce
  bool capsules;       // some contact's normal passes a centre by
  bool keeps_largest;  // impulses of all sub-steps count: for bounces, or to tell who touched
};

// All of them: contacts of [begin, end), whose lanes move different bodies.
struct ContactSolverBodies {
  void (*warm_start)(const SolveArgs& args);  // the impulses of the last sub-step, again
  void (*solve)(const SolveArgs& args);       // softly, with overlaps pushed apart
  void (*relax)(const SolveArgs& args);       // hard, with overlaps left alone
  void (*bounce)(const SolveArgs& args);
};

struct ContactSolverTable {
  ContactSolverBodies wide;
  ContactSolverBodies serial;  // lane after lane: two lanes may move one body
};

}  // namespace quadrille
