// Dynamics: a step of rigid bodies, discs and capsules, in a box with segments, under gravity.
//
//   pairs (made anew when a body has left its margin) -> contacts -> colors -> sub-steps: velocity,
//   warm start, solve, position, relax -> bounce -> places, sleep
//
// Units: any of length, time and mass that agree with each other. What is small is measured by the
// radii, what is slow by dt and gravity: bodies of 1e-4 and of 1e4 behave alike.
// One thread calls; work is cut by size, so that any number of workers gives the same bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/status.h>

#include "kernels/contact_pairs.h"
#include "kernels/contact_solver.h"
#include "kernels/kernel_table.h"
#include "kernels/rigid_bodies.h"
#include "kernels/static_shapes.h"

namespace quadrille {

class Parallel;

struct DynamicsOptions {
  std::int64_t max_bodies = 0;
  std::int64_t max_pairs = 0;     // 0: chosen; see list_pairs
  std::int64_t max_contacts = 0;  // 0: chosen
  bool capsules = false;          // there may be some
  bool events = false;
  float gravity_x = 0, gravity_y = 0;
  int sub_steps = 4;
  float linear_damping = 0, angular_damping = 0;  // share of speed lost a second
};

class Dynamics {
 public:
  static Result<Dynamics> create(const DynamicsOptions& options, const KernelTable& kernels,
                                 Parallel& parallel, Arena& arena);

  DynamicsOptions& options() { return options_; }
  const RigidBodies& bodies() const { return bodies_; }
  RigidBodies& bodies() { return bodies_; }
  StaticShapes& shapes() { return shapes_; }
  ContactSolverOptions& contacts() { return solver_->options(); }
  const ContactSolver& solver() const { return *solver_; }
  ContactPairs& pairs() { return *pairs_; }
  const ContactPairs& pairs() const { return *pairs_; }
  std::int64_t lists_made() const { return lists_made_; }

  // What was done to bodies or shapes from outside: the next step lists pairs anew.
  void invalidate() { listed_ = false; }

  // kBudgetExceeded: more pairs or contacts than there is room for; the bodies stay as they are.
  Status step(float dt);

 private:
  Dynamics() = default;
  Status list_pairs(float dt);
  bool is_list_complete(float dt);
  void choose_margins(float dt);
  void integrate_velocities(float dt);
  void integrate_positions(float dt);
  void finish(float dt);
  template <class Each>
  void for_each_chunk(Each&& each);

  DynamicsOptions options_;
  Parallel* parallel_ = nullptr;
  RigidBodies bodies_;
  StaticShapes shapes_;
  std::optional<ContactPairs> pairs_;
  std::optional<ContactSolver> solver_;
  std::span<std::uint8_t> chunk_left_;  // somebody has left its margin
  bool listed_ = false;
  std::int64_t lists_made_ = 0;
};

}  // namespace quadrille
