#include "kernels/dynamics.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <utility>

#include <quadrille/parallel.h>

#include "engine/integers.h"
#include "kernels/grains.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kDynamicsChunk = kFinderChunk;  // places a task
constexpr std::int64_t kPairsABody = 6, kContactsABody = 4, kRoomForFew = 4096;
// A body's margin: so many radii, and so many steps' ways.
constexpr float kMarginRadii = 0.15f, kMarginSteps = 1.5f;
constexpr std::int64_t kEventsAPair = 3;           // ended, began again; ended of the list before
constexpr float kWatched = 0.5f * kContactMargin;  // of the margin, what contacts look ahead
constexpr float kLeastLookAhead = 1.0f / 1024;
constexpr std::int64_t kSleepEvery = 8;  // steps between two looks for who may sleep

float way_of(const RigidBodies& bodies, std::int64_t p, float dt, float falling) {
  const float* const row = bodies.row(p);
  const float speed = std::sqrt(row[kVx] * row[kVx] + row[kVy] * row[kVy]);
  return dt * (speed + std::abs(row[kSpin]) * bodies.half_length[at(p)]) + falling;
}

Status no_room(const char* what, std::int64_t needed, std::int64_t room) {
  return {StatusCode::kBudgetExceeded, std::to_string(needed) + what + std::to_string(room)};
}

}  // namespace

Result<Dynamics> Dynamics::create(const DynamicsOptions& options, const KernelTable& kernels,
                                  Parallel& parallel, Arena& arena) {
  Dynamics d;
  d.options_ = options;
  d.parallel_ = &parallel;
  const std::int64_t n = options.max_bodies;
  ContactPairOptions pairs;
  pairs.max_bodies = n;
  pairs.max_pairs = options.max_pairs > 0 ? options.max_pairs : kPairsABody * n + kRoomForFew;
  pairs.points_a_pair = options.capsules ? 2 : 1;
  pairs.events = options.events;
  pairs.may_roll = options.may_roll;
  ContactSolverOptions contacts;
  contacts.max_bodies = n;
  contacts.max_contacts =
      options.max_contacts > 0 ? options.max_contacts : kContactsABody * n + kRoomForFew;
  contacts.capsules = options.capsules;
  contacts.may_roll = options.may_roll;
  contacts.events = options.events;
  QUADRILLE_ASSIGN_OR_RETURN(d.bodies_, RigidBodies::create(n, arena, options.traits));
  QUADRILLE_ASSIGN_OR_RETURN(d.pairs_, ContactPairs::create(pairs, kernels, parallel, arena));
  QUADRILLE_ASSIGN_OR_RETURN(d.solver_,
                             ContactSolver::create(contacts, *d.pairs_, kernels, parallel, arena));
  QUADRILLE_ASSIGN_OR_RETURN(d.islands_, SleepIslands::create(n, parallel, arena));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, chunks_of(n, kDynamicsChunk),
                                             {"dynamics: left margins"}, d.chunk_left_));
  if (options.events)
    QUADRILLE_RETURN_IF_ERROR(
        allocate_scratch(arena, kEventsAPair * pairs.max_pairs, {"dynamics: events"}, d.events_));
  return d;
}

void Dynamics::add(BodyID id, const RigidBody& body) {
  RigidBody added = body;
  if (!(body.inverse_mass > 0)) added.flags |= kAwake;
  bodies_.add(id, added);
  listed_ = false;
}

void Dynamics::touch(BodyID id) {
  const std::int32_t p = bodies_.place[at(id)];
  islands_->stir(bodies_, p);
  bodies_.flags[at(p)] |= kStirred;
  if (!(bodies_.row(p)[kInverseMass] > 0)) bodies_.flags[at(p)] |= kAwake;
  listed_ = false;
  stirred_ = true;
}

void Dynamics::touch_motion(BodyID id) {
  const std::int32_t p = bodies_.place[at(id)];
  if (!bodies_.is(p, kAwake)) return touch(id);
  bodies_.still[at(p)] = 0;
}

void Dynamics::push(BodyID id, float force_x, float force_y, float torque) {
  touch_motion(id);
  BodyTraits& traits = bodies_.traits[at(id)];
  traits.force_x += force_x;
  traits.force_y += force_y;
  traits.torque += torque;
  const float force = std::sqrt(traits.force_x * traits.force_x + traits.force_y * traits.force_y);
  const float* const row = bodies_.row(bodies_.place[at(id)]);
  most_push_ = std::max(most_push_, force * row[kInverseMass]);
  bodies_.pushed = true;
}

void Dynamics::end_pushes() {
  if (!bodies_.pushed) return;
  for (const BodyID id : bodies_.id.first(at(bodies_.count))) {
    BodyTraits& traits = bodies_.traits[at(id)];
    traits.force_x = traits.force_y = traits.torque = 0;
  }
  most_push_ = 0;
  bodies_.pushed = false;
}

Dynamics::PairForce Dynamics::pair_force(std::int64_t pair) const {
  PairForce force;
  if (!(last_sub_dt_ > 0) || (pairs_->list().state[at(pair)] & kPressed) == 0) return force;
  for (int point = 0; point < pairs_->points_a_pair(); ++point) {
    const std::size_t e = at(pair + point * pairs_->max_pairs());
    force.normal += pairs_->list().normal_impulse[e] / last_sub_dt_;
    force.tangent += pairs_->list().tangent_impulse[e] / last_sub_dt_;
  }
  return force;
}

void Dynamics::remove(BodyID id) {
  touch(id);
  const std::int32_t p = bodies_.place[at(id)];
  bodies_.flags[at(p)] |= kRemoved;
  bodies_.place[at(id)] = kNoPlace;
}

void Dynamics::clear() {
  bodies_.clear();
  listed_ = has_list_ = stirred_ = false;
}

void Dynamics::touch_all() {
  for (std::int64_t p = 0; p < bodies_.count; ++p) {
    islands_->stir(bodies_, p);
    if (!(bodies_.row(p)[kInverseMass] > 0)) bodies_.flags[at(p)] |= kAwake;
  }
  listed_ = false;
  stirred_ = true;
}

template <class Each>
void Dynamics::for_each_awake_chunk(Each&& each) {
  parallel_->for_range(bodies_.count, kDynamicsChunk,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         if (islands_->is_awake(begin / kDynamicsChunk)) each(begin, end);
                       });
}

template <class Each>
void Dynamics::for_each_tile(Each&& each) {
  parallel_->for_chunks(solver_->num_tiles(), [&](std::int64_t tile, int) { each(tile); });
}

template <class Each>
void Dynamics::for_each_awake_chunk_of(std::int64_t tile, Each&& each) {
  const std::int64_t last = solver_->tile(tile).last_place;
  for (std::int64_t p = solver_->tile(tile).first_place; p < last; p += kDynamicsChunk)
    if (islands_->is_awake(p / kDynamicsChunk)) each(p, std::min(p + kDynamicsChunk, last));
}

Status Dynamics::step(float dt) {
  num_events_ = 0;
  QUADRILLE_RETURN_IF_ERROR(list_pairs(dt));
  const float fastest = most_scale_ * options_.motion.gravity() + most_push_;
  const auto sub_steps = static_cast<float>(options_.sub_steps);
  const ContactScene scene{.bodies = &bodies_,
                           .shapes = &shapes_,
                           .dt = dt,
                           .falling = fastest * dt * dt,
                           .gravity_x = options_.motion.gravity_x,
                           .gravity_y = options_.motion.gravity_y,
                           .gain = dt * dt * (0.5f + 0.5f / sub_steps)};
  find_contacts_of_awake(scene);
  if (!solver_->prepare(scene, *pairs_))
    return no_room(" contacts of bodies; there is room for ", solver_->num_contacts(),
                   solver_->options().max_contacts);
  parallel_->in_region([&] { solve(dt); });
  end_pushes();
  if (options_.sleeping && ++steps_ % kSleepEvery == 0)
    islands_->fall_asleep(bodies_, options_.motion, solver_->chunks());
  if (options_.events) sort_events();
  return Status::ok();
}

// Where what is awake meets what sleeps, that wakes, and its contacts are to be found as well.
void Dynamics::find_contacts_of_awake(const ContactScene& scene) {
  std::atomic<bool> woke{false};
  const auto stirring = [&](std::int64_t chunk) {
    const std::int64_t last = std::max(pairs_->last_other(chunk) / kFinderChunk, chunk);
    return islands_->num_awake(chunk, last + 1) > 0;
  };
  const auto changed = [&](std::int64_t, std::int32_t a, std::int32_t b, PairChange change) {
    if (change == PairChange::kWoke) {
      const std::int32_t sleeper = bodies_.is(a, kAwake) ? b : a;
      if (bodies_.island[at(sleeper)] == kNoPlace) return;  // it never moves
      islands_->stir(bodies_, sleeper);
      return woke.store(true, std::memory_order_relaxed);
    }
    const bool began = change == PairChange::kBegan;
    note_event(a, b, began, began ? approach_speed(scene, a, b) : 0.0f);
  };
  const std::int64_t before = num_events_;
  solver_->find(scene, *pairs_, stirring, changed);
  while (woke.exchange(false, std::memory_order_relaxed) && islands_->wake(bodies_) > 0) {
    solver_->find(scene, *pairs_, stirring, changed);
    drop_undone_events(before);
  }
}

// Who wakes falls, and may miss what it would have met, or the other way round: of a pair that
// changed again when it was looked at again nothing is told.
void Dynamics::drop_undone_events(std::int64_t first) {
  const auto of_pair = [](const TouchEvent& event) { return std::pair(event.a, event.b); };
  const auto events = events_.subspan(at(first), at(num_events_ - first));
  std::ranges::sort(events, {}, of_pair);
  num_events_ = first;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const bool undone = i + 1 < events.size() && of_pair(events[i]) == of_pair(events[i + 1]);
    if (undone)
      ++i;
    else
      events_[at(num_events_++)] = events[i];
  }
}

// From any worker, in any order: they are sorted when all are there.
void Dynamics::note_event(std::int32_t a, std::int32_t b, bool began, float speed) {
  if (!options_.events) return;
  const std::int64_t i =
      std::atomic_ref<std::int64_t>(num_events_).fetch_add(1, std::memory_order_relaxed);
  events_[at(i)] = {bodies_.id[at(a)], b < 0 ? b : bodies_.id[at(b)], began ? 1 : 0, speed};
}

// What is of one tile, from the contacts between tiles to the next time that those are solved, is
// done in one go: a tile's bodies and contacts stay in the cache of the thread that has it.
void Dynamics::solve(float dt) {
  const Motion& motion = options_.motion;
  const float sub_dt = dt / static_cast<float>(options_.sub_steps);
  const bool bouncing = solver_->options().bouncing;
  for (int i = 0; i < options_.sub_steps; ++i) {
    for_each_tile([&](std::int64_t tile) {
      if (i > 0) solver_->within(tile, &ContactSolverBodies::relax, bodies_, sub_dt);
      for_each_awake_chunk_of(tile, [&](std::int64_t begin, std::int64_t end) {
        integrate_velocities(bodies_, motion, sub_dt, begin, end);
      });
      solver_->within(tile, &ContactSolverBodies::warm_start, bodies_, sub_dt);
    });
    solver_->between(&ContactSolverBodies::warm_start, bodies_, sub_dt);
    solver_->between(&ContactSolverBodies::solve, bodies_, sub_dt);
    for_each_tile([&](std::int64_t tile) {
      solver_->within(tile, &ContactSolverBodies::solve, bodies_, sub_dt);
      for_each_awake_chunk_of(tile, [&](std::int64_t begin, std::int64_t end) {
        integrate_positions(bodies_, sub_dt, begin, end);
      });
    });
    solver_->between(&ContactSolverBodies::relax, bodies_, sub_dt);
  }
  for_each_tile([&](std::int64_t tile) {
    solver_->within(tile, &ContactSolverBodies::relax, bodies_, sub_dt);
    if (bouncing) solver_->within(tile, &ContactSolverBodies::bounce, bodies_, sub_dt);
  });
  if (bouncing) solver_->between(&ContactSolverBodies::bounce, bodies_, sub_dt);
  last_sub_dt_ = sub_dt;
  solver_->remember(*pairs_,
                    [&](std::int64_t pair, std::int32_t a, std::int32_t b, const auto& speed) {
                      std::uint8_t& state = pairs_->list().state[at(pair)];
                      if ((state & kTouched) != 0) return;
                      state |= kTouched;  // it met within the step
                      note_event(a, b, true, speed());
                    });
  for_each_awake_chunk([&](std::int64_t begin, std::int64_t end) {
    finish_motion(bodies_, shapes_, pairs_->list(), motion, dt, begin, end);
  });
}

// A list serves until a body might reach what is not in it. Where there is no room for all whom
// fast bodies might reach, they look less far ahead: what they would hit beyond that they may pass
// through, but for segments and walls, which stop everything.
Status Dynamics::list_pairs(float dt) {
  if (listed_ && is_list_complete(dt)) return Status::ok();
  if (stirred_) wake_stirred();
  for (;;) {
    choose_margins(dt);
    listed_ = has_list_ = pairs_->update(bodies_, shapes_);
    ++lists_made_;
    if (listed_ || look_ahead_ == 0) break;
    look_ahead_ = look_ahead_ > kLeastLookAhead ? look_ahead_ / 4 : 0;
  }
  islands_->recount(bodies_);
  if (!listed_)
    return no_room(" pairs of bodies overlap or nearly do; there is room for ", pairs_->num_pairs(),
                   pairs_->max_pairs());
  if (pairs_->num_pairs() < pairs_->max_pairs() / 4)
    look_ahead_ = std::clamp(2 * look_ahead_, kLeastLookAhead, 1.0f);
  for (const TouchingPair& pair : pairs_->ended())
    events_[at(num_events_++)] = {pair.a, pair.b, 0, 0.0f};
  return Status::ok();
}

// By the list that was made before the changes: whoever is in it beside what changed.
void Dynamics::wake_stirred() {
  const PairList& list = pairs_->list();
  for (std::int64_t p = 0; p < bodies_.count && has_list_; ++p) {
    const std::int32_t listed = bodies_.origin[at(p)];
    if (listed == kNoPlace) continue;
    for (std::int64_t e = list.first[at(listed)]; e < list.first[at(listed) + 1]; ++e) {
      // Places are those of the list until it is made anew.
      const std::int32_t other = list.other[at(e)];
      if (other < 0) continue;
      if (bodies_.is(p, kStirred)) islands_->stir(bodies_, other);
      if (bodies_.is(other, kStirred)) islands_->stir(bodies_, p);
    }
  }
  islands_->wake(bodies_);
  for (std::uint8_t& flags : bodies_.flags.first(at(bodies_.count)))
    flags = static_cast<std::uint8_t>(flags & ~kStirred);
  stirred_ = false;
}

// way_of for all bodies of a step: gravity is the same for most.
struct Dynamics::Falling {
  const RigidBodies& bodies;
  const Motion& motion;
  float dt, of_all = dt * dt * motion.gravity();
  float way(std::int64_t p) const {
    return way_of(bodies, p, dt,
                  bodies.have_own_motion() ? dt * dt * acceleration_of(bodies, motion, p) : of_all);
  }
};

bool Dynamics::is_list_complete(float dt) {
  const Falling falling{bodies_, options_.motion, dt};
  parallel_->for_range(
      bodies_.count, kDynamicsChunk, [&](std::int64_t begin, std::int64_t end, int) {
        bool left = false;
        for (std::int64_t p = begin; p < end && islands_->is_awake(begin / kDynamicsChunk); ++p) {
          if (!bodies_.is(p, kAwake)) continue;
          const float dx = bodies_.x[at(p)] - bodies_.start_x[at(p)];
          const float dy = bodies_.y[at(p)] - bodies_.start_y[at(p)];
          const float moved = std::sqrt(dx * dx + dy * dy) + falling.way(p);
          left = left || !(moved + kWatched * bodies_.radius[at(p)] <= bodies_.margin[at(p)]);
        }
        chunk_left_[at(begin / kDynamicsChunk)] = left;
      });
  const auto chunks = chunk_left_.first(at(chunks_of(bodies_.count, kDynamicsChunk)));
  return std::ranges::find(chunks, std::uint8_t{1}) == chunks.end();
}

void Dynamics::choose_margins(float dt) {
  const Falling falling{bodies_, options_.motion, dt};
  parallel_->for_range(
      bodies_.count, kDynamicsChunk, [&](std::int64_t begin, std::int64_t end, int) {
        for (std::int64_t p = begin; p < end; ++p)
          bodies_.margin[at(p)] =
              kMarginRadii * bodies_.radius[at(p)] + look_ahead_ * kMarginSteps * falling.way(p);
      });
}

void Dynamics::sort_events() {
  for (TouchEvent& event : events_.first(at(num_events_)))
    if (event.b >= 0 && event.b < event.a) std::swap(event.a, event.b);
  std::ranges::sort(events_.first(at(num_events_)), {}, [](const TouchEvent& event) {
    return std::tuple(event.a, event.b, event.began);
  });
}

}  // namespace quadrille
