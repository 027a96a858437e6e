#include "kernels/dynamics.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <quadrille/parallel.h>

#include "engine/integers.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kDynamicsChunk = kFinderChunk;  // places a task
constexpr std::int64_t kPairsABody = 6, kContactsABody = 4, kRoomForFew = 4096;
// A body's margin: so many radii, and so many steps' ways.
constexpr float kMarginRadii = 0.15f, kMarginSteps = 1.5f;
constexpr float kWatched = 0.5f * kContactMargin;  // of the margin, what contacts look ahead

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
  ContactSolverOptions contacts;
  contacts.max_bodies = n;
  contacts.max_contacts =
      options.max_contacts > 0 ? options.max_contacts : kContactsABody * n + kRoomForFew;
  contacts.capsules = options.capsules;
  QUADRILLE_ASSIGN_OR_RETURN(d.bodies_, RigidBodies::create(n, arena));
  QUADRILLE_ASSIGN_OR_RETURN(d.pairs_, ContactPairs::create(pairs, kernels, parallel, arena));
  QUADRILLE_ASSIGN_OR_RETURN(d.solver_,
                             ContactSolver::create(contacts, *d.pairs_, kernels, parallel, arena));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, chunks_of(n, kDynamicsChunk),
                                             {"dynamics: left margins"}, d.chunk_left_));
  return d;
}

template <class Each>
void Dynamics::for_each_chunk(Each&& each) {
  parallel_->for_range(bodies_.count, kDynamicsChunk,
                       [&](std::int64_t begin, std::int64_t end, int) { each(begin, end); });
}

Status Dynamics::step(float dt) {
  QUADRILLE_RETURN_IF_ERROR(list_pairs(dt));
  const float pull =
      std::sqrt(options_.gravity_x * options_.gravity_x + options_.gravity_y * options_.gravity_y);
  const ContactScene scene{&bodies_, &shapes_, dt, pull * dt * dt};
  solver_->find(scene, *pairs_, [](std::int64_t, std::int32_t, std::int32_t, PairChange) {});
  if (!solver_->prepare(scene, *pairs_))
    return no_room(" contacts of bodies; there is room for ", solver_->num_contacts(),
                   solver_->options().max_contacts);
  const float sub_dt = dt / static_cast<float>(options_.sub_steps);
  parallel_->in_region([&] {
    for (int i = 0; i < options_.sub_steps; ++i) {
      integrate_velocities(sub_dt);
      solver_->warm_start(bodies_, sub_dt);
      solver_->solve(bodies_, sub_dt);
      integrate_positions(sub_dt);
      solver_->relax(bodies_, sub_dt);
    }
    if (solver_->options().bouncing) solver_->bounce(bodies_, sub_dt);
    solver_->remember(*pairs_);
    finish(dt);
  });
  return Status::ok();
}

// A list serves until a body might reach what is not in it.
Status Dynamics::list_pairs(float dt) {
  if (listed_ && is_list_complete(dt)) return Status::ok();
  choose_margins(dt);
  listed_ = pairs_->update(bodies_, shapes_);
  ++lists_made_;
  if (listed_) return Status::ok();
  return no_room(" pairs of bodies overlap or nearly do; there is room for ", pairs_->num_pairs(),
                 pairs_->max_pairs());
}

bool Dynamics::is_list_complete(float dt) {
  const float falling = dt * dt * (std::abs(options_.gravity_x) + std::abs(options_.gravity_y));
  for_each_chunk([&](std::int64_t begin, std::int64_t end) {
    bool left = false;
    for (std::int64_t p = begin; p < end; ++p) {
      if (!bodies_.is(p, kAwake)) continue;
      const float dx = bodies_.x[at(p)] - bodies_.start_x[at(p)];
      const float dy = bodies_.y[at(p)] - bodies_.start_y[at(p)];
      const float moved = std::sqrt(dx * dx + dy * dy) + way_of(bodies_, p, dt, falling);
      left = left || !(moved + kWatched * bodies_.radius[at(p)] <= bodies_.margin[at(p)]);
    }
    chunk_left_[at(begin / kDynamicsChunk)] = left;
  });
  const auto chunks = chunk_left_.first(at(chunks_of(bodies_.count, kDynamicsChunk)));
  return std::ranges::find(chunks, std::uint8_t{1}) == chunks.end();
}

void Dynamics::choose_margins(float dt) {
  const float falling = dt * dt * (std::abs(options_.gravity_x) + std::abs(options_.gravity_y));
  for_each_chunk([&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p)
      bodies_.margin[at(p)] =
          kMarginRadii * bodies_.radius[at(p)] + kMarginSteps * way_of(bodies_, p, dt, falling);
  });
}

void Dynamics::integrate_velocities(float dt) {
  const float gx = options_.gravity_x * dt, gy = options_.gravity_y * dt;
  const float keep = 1.0f / (1.0f + dt * options_.linear_damping);
  const float keep_spin = 1.0f / (1.0f + dt * options_.angular_damping);
  for_each_chunk([&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      float* const row = bodies_.row(p);
      if (!bodies_.is(p, kAwake) || !(row[kInverseMass] > 0)) continue;
      row[kVx] = keep * (row[kVx] + gx);
      row[kVy] = keep * (row[kVy] + gy);
      row[kSpin] = keep_spin * row[kSpin];
    }
  });
}

void Dynamics::integrate_positions(float dt) {
  for_each_chunk([&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      float* const row = bodies_.row(p);
      if (!bodies_.is(p, kAwake)) continue;
      row[kDx] += dt * row[kVx];
      row[kDy] += dt * row[kVy];
      row[kTurn] += dt * row[kSpin];
    }
  });
}

namespace {

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

void turn_body(RigidBodies& bodies, std::int64_t p, float turn) {
  const float c = bodies.cosine[at(p)], s = bodies.sine[at(p)];
  const float to_c = c - turn * s, to_s = s + turn * c;
  const float length = std::sqrt(to_c * to_c + to_s * to_s);
  bodies.cosine[at(p)] = to_c / length;
  bodies.sine[at(p)] = to_s / length;
}

}  // namespace

void Dynamics::finish(float dt) {
  (void)dt;
  const Box& box = shapes_.box;
  for_each_chunk([&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      if (!bodies_.is(p, kAwake)) continue;
      float* const row = bodies_.row(p);
      bodies_.x[at(p)] = inside(bodies_.x[at(p)] + row[kDx], box.min_x, box.max_x, row[kVx]);
      bodies_.y[at(p)] = inside(bodies_.y[at(p)] + row[kDy], box.min_y, box.max_y, row[kVy]);
      turn_body(bodies_, p, row[kTurn]);
      row[kDx] = row[kDy] = row[kTurn] = 0;
    }
  });
}

}  // namespace quadrille
