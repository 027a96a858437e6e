// ContactSolver: one step of discs in a box under gravity, bouncing off each other and the walls.
// No friction.
//
// Stiffness follows from the time step: a contact lasts about 2 pi / kStiffness steps, whatever dt
// is, so no dt makes the solver unstable; a smaller one makes discs harder. A pile of N layers at
// rest sinks into its lowest contact by N g dt^2 / kStiffness^2 or so: choose dt by that.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/quadtree.h>
#include <quadrille/status.h>

#include "kernels/broad_phase.h"
#include "kernels/contacts_body.h"
#include "kernels/kernel_table.h"

namespace quadrille {

class Parallel;

struct ContactOptions {
  Box box{};  // the walls
  float gravity_x = 0, gravity_y = 0;
  // Share of critical damping, z in [0, 1). Discs part with exp(-pi z / sqrt(1 - z^2)) of the speed
  // at which they met: 0 bounces without loss, this loses half.
  float damping_ratio = 0.2155f;
};

struct BodyColumns {
  std::span<const float> x, y, vx, vy;
};
struct NextBodyColumns {
  std::span<float> x, y, vx, vy;
};

class ContactSolver {
 public:
  static constexpr float kStiffness =
      0.4f;  // square root of spring * dt^2; below 0.8 for a packed bed

  static Result<ContactSolver> create(const ContactOptions& options, std::int64_t num_bodies,
                                      const KernelTable& kernels, Parallel& parallel, Arena& arena);

  // `overlaps` was updated with these positions and is complete. Writes every body of `next`.
  void step(const BroadPhase& overlaps, const BodyColumns& bodies, float dt,
            const NextBodyColumns& next);
  // Moves discs that overlap apart without giving them speed. Repeat with a new broad-phase until
  // they hardly do.
  void separate(const BroadPhase& overlaps, std::span<float> next_x, std::span<float> next_y);

  // Of the state that the last call started from: overlap over the two radii (a wall: over the
  // radius).
  float largest_overlap() const { return largest_overlap_; }

 private:
  ContactSolver() = default;
  ContactArgs contact_args(const BroadPhase& overlaps) const;
  void run(std::int64_t num_bodies, float (*body)(const ContactArgs&), ContactArgs args);

  ContactOptions options_;
  const KernelTable* kernels_ = nullptr;
  Parallel* parallel_ = nullptr;
  float largest_overlap_ = 0;
  std::span<float> vx_, vy_;  // by place
  std::span<float> chunk_largest_;
};

}  // namespace quadrille
