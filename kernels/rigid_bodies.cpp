#include "kernels/rigid_bodies.h"

#include <algorithm>
#include <utility>

#include <quadrille/parallel.h>

#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kMovedAtOnce = 8192;  // bodies a task

template <class T>
void gather_column(std::span<T>& column, std::span<T>& spare, std::span<const std::int32_t> order,
                   Parallel& parallel) {
  parallel.for_range(static_cast<std::int64_t>(order.size()), kMovedAtOnce,
                     [&](std::int64_t begin, std::int64_t end, int) {
                       for (std::int64_t p = begin; p < end; ++p)
                         spare[at(p)] = column[at(order[at(p)])];
                     });
  std::swap(column, spare);
}

}  // namespace

Result<RigidBodies> RigidBodies::create(std::int64_t capacity, Arena& arena, bool with_traits) {
  RigidBodies b;
  b.capacity = capacity;
  const std::int64_t row_floats = (capacity + 1) * kBodyRow;
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, row_floats, {"bodies: motion"}, b.rows));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, row_floats, {"bodies: motion, spare"}, b.spare_rows_));
  for (std::span<float>* column :
       {&b.x, &b.y, &b.cosine, &b.sine, &b.radius, &b.half_length, &b.friction, &b.restitution,
        &b.rolling, &b.margin, &b.start_x, &b.start_y, &b.still, &b.spare_floats_})
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, capacity, {"bodies: columns"}, *column));
  for (std::span<std::int32_t>* column :
       {&b.island, &b.id, &b.origin, &b.place, &b.spare_integers_})
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, capacity, {"bodies: numbers"}, *column));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, capacity, {"bodies: flags"}, b.flags));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, capacity, {"bodies: flags, spare"}, b.spare_flags_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, with_traits ? capacity : 0, {"bodies: traits"}, b.traits));
  std::ranges::fill(b.rows, 0.0f);
  std::ranges::fill(b.spare_rows_, 0.0f);
  std::ranges::fill(b.place, kNoPlace);
  return b;
}

void RigidBodies::add(BodyID new_id, const RigidBody& body) {
  const std::size_t p = at(count);
  float* const motion = row(count);
  motion[kVx] = body.vx;
  motion[kVy] = body.vy;
  motion[kSpin] = body.spin;
  motion[kInverseMass] = body.inverse_mass;
  motion[kInverseInertia] = body.inverse_inertia;
  motion[kDx] = motion[kDy] = motion[kTurn] = 0;
  x[p] = start_x[p] = body.x;
  y[p] = start_y[p] = body.y;
  cosine[p] = body.cosine;
  sine[p] = body.sine;
  radius[p] = body.radius;
  half_length[p] = body.half_length;
  friction[p] = body.friction;
  restitution[p] = body.restitution;
  rolling[p] = body.rolling;
  margin[p] = still[p] = 0;
  island[p] = kNoPlace;
  flags[p] = body.flags;
  id[p] = new_id;
  origin[p] = kNoPlace;
  if (!traits.empty()) traits[at(new_id)] = {};
  place[at(new_id)] = static_cast<std::int32_t>(count++);
}

void RigidBodies::clear() {
  count = 0;
  std::ranges::fill(place, kNoPlace);
}

void RigidBodies::move(std::int64_t from, std::int64_t to) {
  std::copy_n(row(from), int{kBodyRow}, row(to));
  for (std::span<float>* column : {&x, &y, &cosine, &sine, &radius, &half_length, &friction,
                                   &restitution, &rolling, &margin, &start_x, &start_y, &still})
    (*column)[at(to)] = (*column)[at(from)];
  for (std::span<std::int32_t>* column : {&island, &id, &origin})
    (*column)[at(to)] = (*column)[at(from)];
  flags[at(to)] = flags[at(from)];
  place[at(id[at(to)])] = static_cast<std::int32_t>(to);
}

void RigidBodies::compact() {
  std::int64_t kept = 0;
  for (std::int64_t p = 0; p < count; ++p) {
    if (is(p, kRemoved)) continue;
    if (kept != p) move(p, kept);
    ++kept;
  }
  count = kept;
}

void RigidBodies::renumber(std::span<const std::int32_t> order, Parallel& parallel) {
  parallel.for_range(count, kMovedAtOnce, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t p = begin; p < end; ++p)
      std::copy_n(row(order[at(p)]), int{kBodyRow}, spare_rows_.data() + p * kBodyRow);
  });
  std::swap(rows, spare_rows_);
  std::fill_n(row(capacity), int{kBodyRow}, 0.0f);
  for (std::span<float>* column : {&x, &y, &cosine, &sine, &radius, &half_length, &friction,
                                   &restitution, &rolling, &margin, &start_x, &start_y, &still})
    gather_column(*column, spare_floats_, order, parallel);
  for (std::span<std::int32_t>* column : {&island, &id, &origin})
    gather_column(*column, spare_integers_, order, parallel);
  gather_column(flags, spare_flags_, order, parallel);
  parallel.for_range(count, kMovedAtOnce, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t p = begin; p < end; ++p) place[at(id[at(p)])] = static_cast<std::int32_t>(p);
  });
}

}  // namespace quadrille
