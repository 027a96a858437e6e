// Dynamics: a step of rigid bodies, discs and capsules, in a box with segments, under gravity.
//
//   pairs (made anew when a body has left its margin) -> contacts -> colors -> sub-steps: velocity,
//   warm start, solve, position, relax -> bounce -> places -> sleep
//
// Units: any of length, time and mass that agree with each other. What is small is measured by the
// radii, what is slow by dt and gravity: bodies of 1e-4 and of 1e4 behave alike.
// One thread calls; work is cut by size, so that any number of workers gives the same bytes.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/status.h>

#include "kernels/body_motion.h"
#include "kernels/contact_pairs.h"
#include "kernels/contact_solver.h"
#include "kernels/kernel_table.h"
#include "kernels/rigid_bodies.h"
#include "kernels/sleep_islands.h"
#include "kernels/static_shapes.h"

namespace quadrille {

class Parallel;

struct DynamicsOptions {
  std::int64_t max_bodies = 0;
  std::int64_t max_pairs = 0, max_contacts = 0;  // 0: 6 and 4 a body
  bool capsules = false;                         // there may be some
  bool events = false;                           // keep touch_events()
  bool may_roll = false;                         // there is room for what resists rolling
  bool traits = false;                           // there is room for traits
  bool sleeping = true;
  int sub_steps = 4;
  Motion motion;
};

// Bodies by id; b may be ~ a static shape. Sensors touch, too.
struct TouchEvent {
  BodyID a;
  std::int32_t b;
  std::int32_t began;  // 1: they touch; 0: not any more
  float speed;         // with which they came near at the step's beginning, along the normal; >= 0
};

class Dynamics {
 public:
  static Result<Dynamics> create(const DynamicsOptions& options, const KernelTable& kernels,
                                 Parallel& parallel, Arena& arena);

  Motion& motion() { return options_.motion; }
  const RigidBodies& bodies() const { return bodies_; }
  // Between steps; who changes a body says so by touch().
  RigidBodies& bodies() { return bodies_; }
  StaticShapes& shapes() { return shapes_; }
  const StaticShapes& shapes() const { return shapes_; }
  ContactSolverOptions& contacts() { return solver_->options(); }
  const ContactSolver& solver() const { return *solver_; }
  ContactPairs& pairs() { return *pairs_; }
  const ContactPairs& pairs() const { return *pairs_; }
  std::int64_t lists_made() const { return lists_made_; }
  std::int64_t num_awake() const { return islands_->num_awake(); }

  void add(BodyID id, const RigidBody& body);  // there is room, and no body of this id
  void remove(BodyID id);
  void clear();  // all bodies go; their ids and places are free at once
  // The body was changed from outside: it wakes, with those that sleep beside it. One of mass 0 is
  // awake when it is added or changed, so that it meets who sleeps there, and while it moves.
  void touch(BodyID id);
  // Its velocity was changed. As touch(), but who is awake needs no new list.
  void touch_motion(BodyID id);
  // Pushes the body in the next step, beside what pushes it already; it wakes. There are traits.
  void push(BodyID id, float force_x, float force_y, float torque);
  // Says that traits of gravity are up to this.
  void allow_gravity_scale(float scale) { most_scale_ = std::max(most_scale_, scale); }
  float most_gravity_scale() const { return most_scale_; }
  // Static shapes or all bodies were changed from outside: all wake.
  void touch_all();

  // kBudgetExceeded: more pairs or contacts than there is room for; the bodies stay as they are.
  Status step(float dt);

  // What began and ended to touch in the last step, ascending by a, then b; of a pair that did
  // both, first that it ended. What met only within the step began in it, too.
  std::span<const TouchEvent> touch_events() const { return {events_.data(), at(num_events_)}; }

  // touches(other, pair) for each body or ~ static shape that the body at `place` touched in the
  // last step; `pair` is that of the list. Looks through the pairs of earlier places that lead so
  // far.
  template <class Touches>
  void for_each_touching(std::int32_t place, Touches&& touches) const {
    const std::int32_t listed = bodies_.origin[at(place)];
    if (!has_list_ || listed == kNoPlace) return;
    const PairList& list = pairs_->list();
    for (std::int32_t p = 0; p <= listed; ++p) {
      if (p % kPairChunk == 0 && p / kPairChunk < listed / kPairChunk &&
          pairs_->last_other(p / kPairChunk) < listed) {
        p += static_cast<std::int32_t>(kPairChunk) - 1;
        continue;
      }
      for (std::int64_t e = list.first[at(p)]; e < list.first[at(p) + 1]; ++e) {
        const std::int32_t other = list.other[at(e)];
        if ((list.state[at(e)] & kTouched) == 0) continue;
        if (p == listed) touches(other, e);
        if (other == listed) touches(p, e);
      }
    }
  }
  // What presses and rubs in a pair, over the length of a sub-step: forces of the last one.
  struct PairForce {
    float normal = 0, tangent = 0;
  };
  PairForce pair_force(std::int64_t pair) const;

 private:
  Dynamics() = default;
  Status list_pairs(float dt);
  bool is_list_complete(float dt);
  void choose_margins(float dt);
  void wake_stirred();
  void find_contacts_of_awake(const ContactScene& scene);
  void solve(float dt);
  struct Falling;
  void end_pushes();
  void drop_undone_events(std::int64_t first);
  void note_event(std::int32_t a, std::int32_t b, bool began, float speed);
  void sort_events();
  template <class Each>
  void for_each_awake_chunk(Each&& each);
  template <class Each>
  void for_each_tile(Each&& each);  // of the contacts
  template <class Each>
  void for_each_awake_chunk_of(std::int64_t tile, Each&& each);

  DynamicsOptions options_;
  Parallel* parallel_ = nullptr;
  RigidBodies bodies_;
  StaticShapes shapes_;
  std::optional<ContactPairs> pairs_;
  std::optional<ContactSolver> solver_;
  std::optional<SleepIslands> islands_;
  std::span<std::uint8_t> chunk_left_;  // somebody has left its margin
  std::span<TouchEvent> events_;
  std::int64_t num_events_ = 0;
  float look_ahead_ = 1;  // share of its next ways that a body's margin holds
  bool listed_ = false, stirred_ = false;
  bool has_list_ = false;  // one that the places belong to, complete or not
  std::int64_t lists_made_ = 0, steps_ = 0;
  float most_scale_ = 1, most_push_ = 0;  // of gravity; acceleration by forces of the next step
  float last_sub_dt_ = 0;
};

}  // namespace quadrille
