// World: who is where, what a ray meets, and who touches whom how.
#include <algorithm>
#include <cmath>

#include <quadrille/float_mode.h>
#include <quadrille/world.h>

#include "engine/integers.h"
#include "kernels/contact_finder.h"
#include "scenes/world_checks.h"
#include "scenes/world_state.h"

namespace quadrille {

using world_checks::check_box;
using world_checks::no_such;
using world_checks::refused;
using world_checks::within_reach;

void World::State::sort_cells() {
  if (!cells_are_sorted) scene.queries().update(dynamics().bodies());
  cells_are_sorted = true;
}

std::span<const BodyHandle> World::State::sorted_hits() {
  std::ranges::sort(hits, {}, &BodyHandle::slot);
  return hits;
}

QueryMask World::State::mask_of(const QueryFilter& filter) const {
  const BodyHandle ignored = filter.ignored;
  const bool anybody = bodies.is_valid(ignored.slot, ignored.generation);
  return {filter.categories, anybody ? static_cast<BodyID>(ignored.slot) : BodyID{-1}};
}

Result<std::span<const BodyHandle>> World::query_box(const Box& box, const QueryFilter& filter) {
  QUADRILLE_RETURN_IF_ERROR(check_box(box));
  const FloatMode mode;
  state_->sort_cells();
  state_->hits.clear();
  const RigidBodies& bodies = state_->dynamics().bodies();
  state_->scene.queries().box(bodies, state_->mask_of(filter), box, [&](std::int32_t place) {
    state_->hits.push_back(state_->handle_of_id(bodies.id[at(place)]));
  });
  return state_->sorted_hits();
}

Result<std::span<const BodyHandle>> World::query_point(float x, float y,
                                                       const QueryFilter& filter) {
  return query_box({x, y, x, y}, filter);
}

Result<std::span<const BodyHandle>> World::query_disc(float x, float y, float radius,
                                                      const QueryFilter& filter) {
  if (!(radius >= 0)) return refused("the radius of a disc to look in is negative or not a number");
  const Box around = {x - radius, y - radius, x + radius, y + radius};
  QUADRILLE_RETURN_IF_ERROR(check_box(around));
  const FloatMode mode;
  state_->sort_cells();
  state_->hits.clear();
  const RigidBodies& bodies = state_->dynamics().bodies();
  state_->scene.queries().box(bodies, state_->mask_of(filter), around, [&](std::int32_t place) {
    if (shape_distance(bodies.shape(place), {x, y, 0, 0, radius}) <= 0)
      state_->hits.push_back(state_->handle_of_id(bodies.id[at(place)]));
  });
  return state_->sorted_hits();
}

Result<std::span<const BodyHandle>> World::query_touching(BodyHandle body) {
  if (!is_valid(body)) return no_such("body", body.slot, body.generation);
  const RigidBodies& bodies = state_->dynamics().bodies();
  state_->hits.clear();
  state_->dynamics().for_each_touching(state_->place(body), [&](std::int32_t other, std::int64_t) {
    if (other >= 0 && !bodies.is(other, kRemoved))
      state_->hits.push_back(state_->handle_of_id(bodies.id[at(other)]));
  });
  return state_->sorted_hits();
}

Result<std::span<const BodyContact>> World::query_contacts(BodyHandle body) {
  if (!is_valid(body)) return no_such("body", body.slot, body.generation);
  const FloatMode mode;
  const Dynamics& dynamics = state_->dynamics();
  const RigidBodies& bodies = dynamics.bodies();
  const std::int32_t place = state_->place(body);
  state_->contacts.clear();
  dynamics.for_each_touching(place, [&](std::int32_t other, std::int64_t pair) {
    if (other >= 0 && bodies.is(other, kRemoved)) return;
    if (~other >= kNumWalls && !dynamics.shapes().has_segment(~other - kNumWalls)) return;
    const ManifoldPoint point = meeting_point(bodies, dynamics.shapes(), place, other);
    const Dynamics::PairForce force = dynamics.pair_force(pair);
    BodyContact contact;
    if (other >= 0) contact.body = state_->handle_of_id(bodies.id[at(other)]);
    if (other < 0) contact.wall = state_->wall_of(other, contact.segment);
    contact.x = point.x, contact.y = point.y;
    contact.nx = point.nx, contact.ny = point.ny;
    contact.normal_force = force.normal;
    contact.friction_force = std::abs(force.tangent);
    state_->contacts.push_back(contact);
  });
  return std::span<const BodyContact>(state_->contacts);
}

Result<RayHit> World::cast_ray(float x, float y, float dx, float dy, const QueryFilter& filter) {
  if (!within_reach(x, y, dx, dy)) return refused("a ray is beyond 1e15");
  const FloatMode mode;
  state_->sort_cells();
  const RigidBodies& bodies = state_->dynamics().bodies();
  const RayMeeting met = state_->scene.queries().ray(bodies, state_->dynamics().shapes(),
                                                     state_->mask_of(filter), x, y, dx, dy);
  RayHit hit;
  if (met.what == RayMeeting::kNothing) return hit;
  hit.hit = true;
  hit.share = met.share;
  hit.nx = met.nx;
  hit.ny = met.ny;
  if (met.what >= 0) hit.body = state_->handle_of_id(bodies.id[at(met.what)]);
  if (met.what < 0) state_->wall_of(met.what, hit.segment);
  return hit;
}

}  // namespace quadrille
