// World: bodies and segments are added, changed and removed.
#include <algorithm>
#include <cmath>
#include <string>

#include <quadrille/float_mode.h>
#include <quadrille/world.h>

#include "engine/integers.h"
#include "engine/number_text.h"
#include "scenes/world_checks.h"
#include "scenes/world_state.h"

namespace quadrille {

using world_checks::all_finite;
using world_checks::check_body;
using world_checks::is_inside;
using world_checks::make_body;
using world_checks::make_direction;
using world_checks::no_such;
using world_checks::refused;
using world_checks::within_reach;

namespace {

CollisionBits bits_of(const CollisionFilter& filter) { return {filter.category, filter.mask}; }

// Bits that are those of all cost nothing.
bool is_default(const CollisionBits& bits) {
  return bits.category == CollisionBits{}.category && bits.mask == CollisionBits{}.mask;
}

}  // namespace

Result<BodyHandle> World::add_body(const BodyDefinition& definition) {
  const FloatMode mode;
  QUADRILLE_RETURN_IF_ERROR(check_body(definition, state_->options.box));
  QUADRILLE_ASSIGN_OR_RETURN(const RigidBody body, make_body(definition));
  const Motion& motion = state_->dynamics().motion();
  QUADRILLE_RETURN_IF_ERROR(
      world_checks::check_gravity(motion.gravity_x, motion.gravity_y, definition.gravity_scale));
  // Places of removed bodies are closed by the next step, so they count until then.
  Dynamics& dynamics = state_->dynamics();
  if (!state_->bodies.has_room() || dynamics.bodies().count == state_->options.max_bodies)
    return Status(StatusCode::kBudgetExceeded,
                  "world: there is room for " + counted(state_->options.max_bodies, "body") +
                      ", those removed since the last step among them");
  if (body.restitution > 0) dynamics.contacts().bouncing = true;
  if (body.rolling > 0) dynamics.contacts().rolling = true;
  const std::uint32_t slot = state_->bodies.take();
  dynamics.add(static_cast<BodyID>(slot), body);
  state_->set_traits(slot, definition);
  state_->user_data[slot] = definition.user_data;
  state_->changed();
  return state_->handle(slot);
}

void World::State::set_traits(std::uint32_t slot, const BodyDefinition& definition) {
  RigidBodies& all = dynamics().bodies();
  BodyTraits& traits = all.traits[slot];
  traits.bits = bits_of(definition.filter);
  traits.gravity_scale = definition.gravity_scale;
  traits.linear_damping = definition.linear_damping;
  traits.angular_damping = definition.angular_damping;
  dynamics().allow_gravity_scale(std::abs(traits.gravity_scale));
  all.filtered = all.filtered || !is_default(traits.bits);
  all.varied = all.varied || traits.gravity_scale != 1 || traits.linear_damping != 0 ||
               traits.angular_damping != 0;
}

Status World::remove_body(BodyHandle body) {
  if (!is_valid(body)) return no_such("body", body.slot, body.generation);
  state_->dynamics().remove(static_cast<BodyID>(body.slot));
  state_->bodies.release(body.slot);
  state_->changed();
  return Status::ok();
}

Result<SegmentHandle> World::add_segment(float ax, float ay, float bx, float by,
                                         const CollisionFilter& filter) {
  if (!within_reach(ax, ay, bx, by)) return refused("an end of a segment is beyond 1e15");
  if (!state_->segments.has_room())
    return Status(StatusCode::kBudgetExceeded,
                  "world: there is room for " + counted(state_->options.max_segments, "segment") +
                      ", those removed since the last step among them");
  const FloatMode mode;
  world_checks::clip_to_reach(state_->options.box, ax, ay, bx, by);
  const std::uint32_t slot = state_->segments.take();
  WorldScene& scene = state_->scene;
  scene.ax[slot] = ax, scene.ay[slot] = ay, scene.bx[slot] = bx, scene.by[slot] = by;
  scene.segment_present[slot] = 1;
  scene.segment_bits[slot] = bits_of(filter);
  if (!is_default(bits_of(filter))) state_->dynamics().bodies().filtered = true;
  state_->dynamics().touch_all();
  return SegmentHandle{slot, state_->segments.generation(slot)};
}

Status World::remove_segment(SegmentHandle segment) {
  if (!is_valid(segment)) return no_such("segment", segment.slot, segment.generation);
  state_->scene.segment_present[segment.slot] = 0;
  state_->segments.release(segment.slot);
  state_->dynamics().touch_all();
  return Status::ok();
}

BodyHandle World::body_at(std::uint32_t slot) const {
  const BodyHandle body = slot < state_->user_data.size() ? state_->handle(slot) : BodyHandle{};
  return is_valid(body) ? body : BodyHandle{};
}

Result<std::uint64_t> World::user_data(BodyHandle body) const {
  if (!is_valid(body)) return no_such("body", body.slot, body.generation);
  return state_->user_data[body.slot];
}

Result<BodyState> World::state(BodyHandle body) const {
  if (!is_valid(body)) return no_such("body", body.slot, body.generation);
  return state_at(state_->dynamics().bodies(), state_->place(body));
}

Status World::set_place(BodyHandle body, float x, float y, float cosine, float sine) {
  if (!is_valid(body)) return no_such("body", body.slot, body.generation);
  if (!all_finite(x, y, cosine, sine) || !is_inside(state_->options.box, x, y))
    return refused("a new place is not finite, or outside of the box");
  const FloatMode mode;
  if (!make_direction(cosine, sine, cosine, sine)) return refused("an angle has no direction");
  RigidBodies& bodies = state_->dynamics().bodies();
  const std::int32_t p = state_->place(body);
  bodies.x[at(p)] = x;
  bodies.y[at(p)] = y;
  bodies.cosine[at(p)] = cosine;
  bodies.sine[at(p)] = sine;
  state_->dynamics().touch(static_cast<BodyID>(body.slot));
  state_->changed();
  return Status::ok();
}

Status World::set_filter(BodyHandle body, const CollisionFilter& filter) {
  if (!is_valid(body)) return no_such("body", body.slot, body.generation);
  RigidBodies& bodies = state_->dynamics().bodies();
  bodies.traits[body.slot].bits = bits_of(filter);
  bodies.filtered = bodies.filtered || !is_default(bits_of(filter));
  return wake(body);
}

Status World::set_velocity(BodyHandle body, float vx, float vy, float spin) {
  if (!is_valid(body)) return no_such("body", body.slot, body.generation);
  if (!within_reach(vx, vy, spin)) return refused("a new velocity is beyond 1e15");
  float* const row = state_->dynamics().bodies().row(state_->place(body));
  row[kVx] = vx, row[kVy] = vy, row[kSpin] = spin;
  state_->dynamics().touch_motion(static_cast<BodyID>(body.slot));
  return Status::ok();
}

Status World::apply_impulse(BodyHandle body, float impulse_x, float impulse_y) {
  if (!is_valid(body)) return no_such("body", body.slot, body.generation);
  if (!all_finite(impulse_x, impulse_y)) return refused("an impulse is not finite");
  return state_->strike(body, impulse_x, impulse_y, 0);
}

Status World::apply_impulse_at(BodyHandle body, float impulse_x, float impulse_y, float x,
                               float y) {
  if (!is_valid(body)) return no_such("body", body.slot, body.generation);
  if (!within_reach(x, y)) return refused("a point of a body is beyond 1e15");
  if (!all_finite(impulse_x, impulse_y)) return refused("an impulse is not finite");
  const FloatMode mode;
  const RigidBodies& bodies = state_->dynamics().bodies();
  const std::size_t p = at(state_->place(body));
  const float arm_x = x - bodies.x[p], arm_y = y - bodies.y[p];
  return state_->strike(body, impulse_x, impulse_y, arm_x * impulse_y - arm_y * impulse_x);
}

Status World::apply_angular_impulse(BodyHandle body, float impulse) {
  if (!is_valid(body)) return no_such("body", body.slot, body.generation);
  if (!all_finite(impulse)) return refused("an impulse is not finite");
  return state_->strike(body, 0, 0, impulse);
}

// Nothing moves what has no mass, and only itself turns what has no inertia.
Status World::State::strike(BodyHandle body, float x, float y, float turning) {
  const FloatMode mode;
  float* const row = dynamics().bodies().row(place(body));
  if (!(row[kInverseMass] > 0)) return Status::ok();
  const float vx = row[kVx] + row[kInverseMass] * x, vy = row[kVy] + row[kInverseMass] * y;
  const float inverse_inertia = row[kInverseInertia];
  const float spin = row[kSpin] + (inverse_inertia > 0 ? inverse_inertia * turning : 0.0f);
  if (!within_reach(vx, vy, spin)) return refused("an impulse gives a velocity beyond 1e15");
  row[kVx] = vx, row[kVy] = vy, row[kSpin] = spin;
  dynamics().touch_motion(static_cast<BodyID>(body.slot));
  return Status::ok();
}

Status World::apply_force(BodyHandle body, float force_x, float force_y, float torque) {
  if (!is_valid(body)) return no_such("body", body.slot, body.generation);
  if (!within_reach(force_x, force_y, torque)) return refused("a force is beyond 1e15");
  const FloatMode mode;
  const RigidBodies& bodies = state_->dynamics().bodies();
  const float* const row = bodies.row(state_->place(body));
  if (!(row[kInverseMass] > 0)) return Status::ok();
  const BodyTraits& traits = bodies.traits[body.slot];
  if (!within_reach((traits.force_x + force_x) * row[kInverseMass],
                    (traits.force_y + force_y) * row[kInverseMass],
                    (traits.torque + torque) * row[kInverseInertia]))
    return refused("a body's acceleration would be beyond 1e15");
  state_->dynamics().push(static_cast<BodyID>(body.slot), force_x, force_y, torque);
  return Status::ok();
}

Status World::wake(BodyHandle body) {
  if (!is_valid(body)) return no_such("body", body.slot, body.generation);
  state_->dynamics().touch(static_cast<BodyID>(body.slot));
  return Status::ok();
}

}  // namespace quadrille
