// The contact solver's inner loops, as the kernel table holds them.
#pragma once

#include <cstdint>

namespace quadrille {

// Discs of the places [begin, end), end - begin <= kContactChunk, whose overlaps the broad-phase
// has listed. Arrays x to radius and first are by place; order maps a place to the body that next_*
// are written for.
struct ContactArgs {
  const float* x;
  const float* y;
  const float* vx;
  const float* vy;
  const float* radius;
  const std::int32_t* order;
  const std::int64_t* first;
  const std::int32_t* neighbors;
  std::int64_t begin, end;
  float min_x, min_y, max_x, max_y;  // the box
  float gravity_x, gravity_y;
  float spring;   // acceleration for one unit of overlap, of a disc against a wall
  float damping;  // acceleration for one unit of approach speed, of a disc against a wall
  float dt;
  float* next_x;
  float* next_y;
  float* next_vx;
  float* next_vy;
};
inline constexpr std::int64_t kContactChunk = 512;

struct ContactBodies {
  // One step of the discs; returns the largest overlap, as a share of the two radii (a wall: of the
  // radius).
  float (*step_contacts)(const ContactArgs& args);
  // Moves discs apart by `spring` (a number below 1) times their overlaps; velocities are left
  // alone.
  float (*separate)(const ContactArgs& args);
};

}  // namespace quadrille
