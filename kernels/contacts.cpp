#include "kernels/contacts.h"

#include <algorithm>

#include <quadrille/parallel.h>

#include "kernels/scratch.h"

namespace quadrille {
Result<ContactSolver> ContactSolver::create(const ContactOptions& options, std::int64_t num_bodies,
                                            const KernelTable& kernels, Parallel& parallel,
                                            Arena& arena) {
  ContactSolver solver;
  solver.options_ = options;
  solver.kernels_ = &kernels;
  solver.parallel_ = &parallel;
  const std::int64_t chunks = (num_bodies + kContactChunk - 1) / kContactChunk;
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, num_bodies, {"contacts: vx by place"}, solver.vx_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, num_bodies, {"contacts: vy by place"}, solver.vy_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, chunks, {"contacts: largest overlaps"}, solver.chunk_largest_));
  std::ranges::fill(solver.vx_, 0.0f);
  std::ranges::fill(solver.vy_, 0.0f);
  return solver;
}

ContactArgs ContactSolver::contact_args(const BroadPhase& overlaps) const {
  ContactArgs args{};
  args.x = overlaps.x().data();
  args.y = overlaps.y().data();
  args.radius = overlaps.radius().data();
  args.vx = vx_.data();
  args.vy = vy_.data();
  args.order = overlaps.order().data();
  args.first = overlaps.first().data();
  args.neighbors = overlaps.neighbors().data();
  args.min_x = options_.box.min_x;
  args.min_y = options_.box.min_y;
  args.max_x = options_.box.max_x;
  args.max_y = options_.box.max_y;
  return args;
}

void ContactSolver::run(std::int64_t num_bodies, float (*body)(const ContactArgs&),
                        ContactArgs args) {
  parallel_->for_range(num_bodies, kContactChunk, [&](std::int64_t begin, std::int64_t end, int) {
    ContactArgs chunk = args;
    chunk.begin = begin;
    chunk.end = end;
    chunk_largest_[static_cast<std::size_t>(begin / kContactChunk)] = body(chunk);
  });
  largest_overlap_ = 0;
  for (const float largest : chunk_largest_) largest_overlap_ = std::max(largest_overlap_, largest);
}

void ContactSolver::step(const BroadPhase& overlaps, const BodyColumns& bodies, float dt,
                         const NextBodyColumns& next) {
  const auto order = overlaps.order();
  const auto num_bodies = static_cast<std::int64_t>(order.size());
  parallel_->for_range(num_bodies, kContactChunk, [&](std::int64_t begin, std::int64_t end, int) {
    for (auto p = static_cast<std::size_t>(begin); p < static_cast<std::size_t>(end); ++p) {
      vx_[p] = bodies.vx[static_cast<std::size_t>(order[p])];
      vy_[p] = bodies.vy[static_cast<std::size_t>(order[p])];
    }
  });
  ContactArgs args = contact_args(overlaps);
  const float frequency = kStiffness / dt;
  args.spring = frequency * frequency;
  args.damping = 2.0f * options_.damping_ratio * frequency;
  args.gravity_x = options_.gravity_x;
  args.gravity_y = options_.gravity_y;
  args.dt = dt;
  args.next_x = next.x.data();
  args.next_y = next.y.data();
  args.next_vx = next.vx.data();
  args.next_vy = next.vy.data();
  run(num_bodies, kernels_->contacts.step_contacts, args);
}

void ContactSolver::separate(const BroadPhase& overlaps, std::span<float> next_x,
                             std::span<float> next_y) {
  constexpr float kRelaxation = 0.5f;
  std::ranges::fill(vx_, 0.0f);
  std::ranges::fill(vy_, 0.0f);
  ContactArgs args = contact_args(overlaps);
  args.spring = kRelaxation;
  args.next_x = next_x.data();
  args.next_y = next_y.data();
  run(static_cast<std::int64_t>(overlaps.order().size()), kernels_->contacts.separate, args);
}

}  // namespace quadrille
