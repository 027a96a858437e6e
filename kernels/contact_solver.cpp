#include "kernels/contact_solver.h"

#include <algorithm>
#include <cmath>

#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kBlocksATask = 64;

// Of a spring with damper, integrated implicitly; see Catto, Soft Constraints, GDC 2011.
Softness softness_of(float angle, float damping_ratio, float inverse_dt) {
  const float a = 2.0f * damping_ratio + angle, b = angle * a, c = 1.0f / (1.0f + b);
  return {inverse_dt * angle / a, b * c, c};
}

bool can_move(const RigidBodies& bodies, std::int32_t p) { return bodies.row(p)[kInverseMass] > 0; }

}  // namespace

Result<ContactSolver> ContactSolver::create(const ContactSolverOptions& options,
                                            const ContactPairs& pairs, const KernelTable& kernels,
                                            Parallel& parallel, Arena& arena) {
  ContactSolver s;
  s.options_ = options;
  s.kernels_ = &kernels;
  s.parallel_ = &parallel;
  const std::int64_t chunks = chunks_of(options.max_bodies, kFinderChunk);
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, pairs.max_pairs() * pairs.points_a_pair(),
                                             {"contacts: entries"}, s.entries_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, chunks, {"contacts: chunks"}, s.chunks_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, chunks, {"contacts: overlaps"}, s.chunk_overlap_));
  const std::int64_t blocks = ContactColors::max_blocks(options.max_contacts, options.max_bodies);
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, blocks, {"contacts: blocks"}, s.block_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, options.may_roll ? blocks : 0, {"contacts: rolling"}, s.rolling_));
  QUADRILLE_ASSIGN_OR_RETURN(s.colors_, ContactColors::create(options.max_bodies, parallel, arena));
  return s;
}

bool ContactSolver::prepare(const ContactScene& scene, ContactPairs& pairs) {
  num_contacts_ = 0;
  largest_overlap_ = 0;
  for (std::size_t c = 0; c < num_chunks_; ++c) {
    num_contacts_ += chunks_[c].count;
    largest_overlap_ = std::max(largest_overlap_, chunk_overlap_[c]);
  }
  if (num_contacts_ > options_.max_contacts) return false;
  last_dt_ = step_dt_;
  step_dt_ = scene.dt;
  if (last_dt_ > 0 && step_dt_ != last_dt_) pairs.rescale(*scene.bodies, step_dt_ / last_dt_);
  colors_->assign(chunks(), *scene.bodies);
  clear_ragged_blocks(static_cast<std::int32_t>(scene.bodies->capacity));
  parallel_->for_chunks(static_cast<std::int64_t>(num_chunks_), [&](std::int64_t c, int) {
    const ContactChunk& chunk = chunks_[at(c)];
    for (std::int64_t i = 0; i < chunk.count; ++i) fill_lane(scene, pairs, chunk.entries[i]);
  });
  return true;
}

void ContactSolver::clear_ragged_blocks(std::int32_t resting) {
  for (const std::int32_t ragged : colors_->ragged()) {
    ContactBlock& block = block_[at(ragged)];
    block = {};
    if (options_.rolling) rolling_[at(ragged)] = {};
    std::fill_n(block.a, kContactLanes, ~resting);
    std::fill_n(block.b, kContactLanes, ~resting);
  }
}

void ContactSolver::fill_lane(const ContactScene& scene, const ContactPairs& pairs,
                              const ContactEntry& entry) {
  const RigidBodies& bodies = *scene.bodies;
  const std::int64_t feature = entry.point / pairs.max_pairs();
  const ContactPoints points = contact_points(scene, entry.a, entry.b);
  const ContactPoint& p =
      points.point[points.count == 2 && points.point[1].feature == feature ? 1 : 0];
  ContactBlock& block = block_[at(entry.lane / kContactLanes)];
  const int lane = entry.lane % kContactLanes;
  const auto resting = static_cast<std::int32_t>(bodies.capacity);
  const std::int32_t b = entry.b < 0 ? resting : entry.b;
  block.a[lane] = can_move(bodies, entry.a) ? entry.a : ~entry.a;
  block.b[lane] = can_move(bodies, b) ? b : ~b;
  block.nx[lane] = p.nx;
  block.ny[lane] = p.ny;
  block.gap[lane] = p.gap;
  block.length[lane] = contact_length(bodies, entry.a, entry.b);
  block.tangent_a[lane] = p.tangent_a;
  block.tangent_b[lane] = p.tangent_b;
  const float friction = entry.b < 0 ? scene.shapes->friction : bodies.friction[at(entry.b)];
  block.friction[lane] = std::sqrt(bodies.friction[at(entry.a)] * friction);
  block.normal_impulse[lane] = pairs.list().normal_impulse[at(entry.point)];
  block.tangent_impulse[lane] = pairs.list().tangent_impulse[at(entry.point)];
  block.normal_a[lane] = p.normal_a;
  block.normal_b[lane] = p.normal_b;
  if (options_.rolling) {
    const float of_b = entry.b < 0 ? 0.0f : bodies.rolling[at(entry.b)];
    RollingBlock& rolling = rolling_[at(entry.lane / kContactLanes)];
    rolling.reach[lane] = std::max(bodies.rolling[at(entry.a)], of_b) * block.length[lane];
    rolling.impulse[lane] = pairs.list().rolling_impulse[at(entry.point)];
  }
  const bool begins = (pairs.list().state[at(entry.point % pairs.max_pairs())] & kTouched) == 0;
  if (keeps_largest()) block.largest_impulse[lane] = 0;
  if (!options_.bouncing && !begins) return;
  const float* const of_a = bodies.row(entry.a);
  const float* const of_b = bodies.row(b);
  block.speed[lane] = p.nx * (of_b[kVx] - of_a[kVx]) + p.ny * (of_b[kVy] - of_a[kVy]) +
                      (p.normal_b * of_b[kSpin] - p.normal_a * of_a[kSpin]);
  if (!options_.bouncing) return;
  const float restitution =
      entry.b < 0 ? scene.shapes->restitution : bodies.restitution[at(entry.b)];
  block.restitution[lane] = std::max(bodies.restitution[at(entry.a)], restitution);
}

// Of the pair of entry i; the entries of its points stand side by side.
float ContactSolver::meeting_speed(const ContactChunk& chunk, std::int64_t i,
                                   std::int64_t max_pairs) const {
  const std::int64_t pair = chunk.entries[i].point % max_pairs;
  float fastest = 0;
  for (std::int64_t e = std::max<std::int64_t>(i - 1, 0); e <= i + 1 && e < chunk.count; ++e) {
    const ContactEntry& entry = chunk.entries[e];
    if (entry.point % max_pairs != pair) continue;
    const ContactBlock& block = block_[at(entry.lane / kContactLanes)];
    fastest = std::max(fastest, -block.speed[entry.lane % kContactLanes]);
  }
  return fastest;
}

SolveArgs ContactSolver::solve_args(RigidBodies& bodies, float dt) const {
  const float inverse_dt = 1.0f / dt;
  const float whole = std::max(step_dt_, options_.push_time);  // that parts all of options_.push
  return {.bodies = bodies.rows.data(),
          .blocks = block_.data(),
          .rolling = options_.rolling ? rolling_.data() : nullptr,
          .begin = 0,
          .end = 0,
          .softness = softness_of(options_.angle, options_.damping_ratio, inverse_dt),
          .inverse_dt = inverse_dt,
          .slop = kContactSlop,
          .push = options_.push * (step_dt_ / whole) / whole,
          .bounce_speed = options_.bounce_speed,
          .capsules = options_.capsules,
          .keeps_largest = keeps_largest()};
}

void ContactSolver::within(std::int64_t t, ContactPass pass, RigidBodies& bodies, float dt) {
  SolveArgs args = solve_args(bodies, dt);
  args.begin = tile(t).first_block;
  args.end = tile(t).first_colored;
  if (args.begin < args.end) (kernels_->contacts.serial.*pass)(args);
  args.begin = tile(t).first_colored;
  args.end = tile(t).last_block;
  (kernels_->contacts.wide.*pass)(args);
}

void ContactSolver::between(ContactPass pass, RigidBodies& bodies, float dt) {
  const SolveArgs args = solve_args(bodies, dt);
  const ColorBlocks& blocks = colors_->between();
  SolveArgs rest = args;
  rest.begin = blocks.first_block[kLeftOver];
  rest.end = blocks.first_block[kLeftOver + 1];
  if (rest.begin < rest.end) (kernels_->contacts.serial.*pass)(rest);
  for (int color = 0; color < kNumColors; ++color) {
    const std::int64_t first = blocks.first_block[color];
    parallel_->for_range(blocks.first_block[color + 1] - first, kBlocksATask,
                         [&](std::int64_t begin, std::int64_t end, int) {
                           SolveArgs task = args;
                           task.begin = first + begin;
                           task.end = first + end;
                           (kernels_->contacts.wide.*pass)(task);
                         });
  }
}

}  // namespace quadrille
