#include "scenes/world_checks.h"

#include <algorithm>

#include "engine/number_text.h"

namespace quadrille::world_checks {
namespace {

constexpr float kCirclePi = 3.14159265358979323846f;
constexpr float kMostGravityScale = 1e6f;

// More than that no surface has, and products with impulses would end in infinities.
constexpr float kMostFriction = 100;
Status check_surface(float friction, float restitution, float rolling) {
  const auto check = [](float value, float most, const char* name) {
    if (value >= 0 && value <= most) return Status::ok();
    return refused(std::string(name) + " is " + number_text(value) + "; it may be from 0 to " +
                   std::to_string(static_cast<int>(most)));
  };
  QUADRILLE_RETURN_IF_ERROR(check(friction, kMostFriction, "friction"));
  QUADRILLE_RETURN_IF_ERROR(check(restitution, 1, "restitution"));
  return check(rolling, kMostFriction, "rolling resistance");
}

// Mass and moment of inertia of a capsule of uniform density about its middle: a rectangle and two
// half discs, whose centres of mass are 4 r / (3 pi) outside of its short sides.
Status set_mass(const BodyDefinition& b, RigidBody& body) {
  if (b.density == 0 || b.sensor) return Status::ok();
  const float r = b.radius, h = b.half_length;
  const float caps = b.density * kCirclePi * r * r, middle = b.density * 4 * r * h;
  const float inertia =
      middle * (h * h + r * r) / 3 + caps * (r * r / 2 + h * h + 2 * h * 4 * r / (3 * kCirclePi));
  body.inverse_mass = 1 / (caps + middle);
  body.inverse_inertia = 1 / inertia;
  if (body.inverse_mass > 0 && body.inverse_inertia > 0 &&
      all_finite(body.inverse_mass, body.inverse_inertia))
    return Status::ok();
  return refused("a body's mass or inertia is beyond what floats hold");
}

}  // namespace

Status refused(const std::string& why) { return {StatusCode::kInvalidArgument, "world: " + why}; }

Status no_such(const char* what, std::uint32_t slot, std::uint32_t generation) {
  return {StatusCode::kNotFound, std::string("world: there is no ") + what + " of slot " +
                                     std::to_string(slot) + " and generation " +
                                     std::to_string(generation) + " any more"};
}

bool make_direction(float cosine, float sine, float& unit_cosine, float& unit_sine) {
  const double c = cosine, s = sine, length = std::sqrt(c * c + s * s);
  if (!(length > 0) || !std::isfinite(length)) return false;
  unit_cosine = static_cast<float>(c / length);
  unit_sine = static_cast<float>(s / length);
  return true;
}

void clip_to_reach(const Box& box, float& ax, float& ay, float& bx, float& by) {
  const double side = std::max(double{box.max_x} - box.min_x, double{box.max_y} - box.min_y);
  const double from[] = {ax, ay}, way[] = {double{bx} - ax, double{by} - ay};
  const double low[] = {box.min_x - side, box.min_y - side};
  const double high[] = {box.max_x + side, box.max_y + side};
  double begin = 0, end = 1;  // shares of the way
  for (const int axis : {0, 1}) {
    if (way[axis] == 0) continue;
    const double to_low = (low[axis] - from[axis]) / way[axis];
    const double to_high = (high[axis] - from[axis]) / way[axis];
    begin = std::max(begin, std::min(to_low, to_high));
    end = std::min(end, std::max(to_low, to_high));
  }
  if (!(begin < end)) return;
  if (end < 1) {
    bx = static_cast<float>(from[0] + end * way[0]);
    by = static_cast<float>(from[1] + end * way[1]);
  }
  if (begin > 0) {
    ax = static_cast<float>(from[0] + begin * way[0]);
    ay = static_cast<float>(from[1] + begin * way[1]);
  }
}

Status check_gravity(float gravity_x, float gravity_y, float scale) {
  if (within_reach(gravity_x, gravity_y, scale * gravity_x, scale * gravity_y)) return Status::ok();
  return refused("gravity, or a body's share of it, is beyond 1e15");
}

Status check_options(const WorldOptions& o) {
  const Box& b = o.box;
  if (!within_reach(b.min_x, b.min_y, b.max_x, b.max_y) || !(b.min_x < b.max_x) ||
      !(b.min_y < b.max_y))
    return refused("the box is beyond 1e15, or inside out");
  if (o.max_bodies < 1 || o.max_bodies > (1 << 27))
    return refused("max_bodies is " + std::to_string(o.max_bodies) +
                   "; it may be from 1 to 134217728");
  if (o.max_segments < 0 || o.max_segments > (1 << 24))
    return refused("max_segments is " + std::to_string(o.max_segments) +
                   "; it may be from 0 to 16777216");
  if (o.sub_steps < 1 || o.sub_steps > 64)
    return refused("sub_steps is " + std::to_string(o.sub_steps) + "; it may be from 1 to 64");
  QUADRILLE_RETURN_IF_ERROR(check_gravity(o.gravity_x, o.gravity_y, 1));
  if (!(o.parting_time >= 0) || !within_reach(o.parting_time))
    return refused("the parting time is negative or beyond 1e15");
  for (const float share : {o.bounce_speed, o.linear_damping, o.angular_damping})
    if (!(share >= 0) || !std::isfinite(share))
      return refused("bounce speed or damping is negative or not finite");
  return check_surface(o.friction, o.restitution, 0);
}

Status check_body(const BodyDefinition& b, const Box& box) {
  if (!all_finite(b.x, b.y, b.cosine, b.sine) || !within_reach(b.vx, b.vy, b.spin))
    return refused("a place or angle of a body is not finite, or its velocity beyond 1e15");
  if (!is_inside(box, b.x, b.y)) return refused("a body's middle is outside of the box");
  if (!(b.radius > 0) || !within_reach(b.radius))
    return refused("a radius of " + number_text(b.radius) + " is not above 0 and up to 1e15");
  if (!(b.half_length >= 0) || !within_reach(b.half_length))
    return refused("a half length of " + number_text(b.half_length) +
                   " is negative or beyond 1e15");
  if (!(std::abs(b.gravity_scale) <= kMostGravityScale))
    return refused("a gravity scale of " + number_text(b.gravity_scale) + " is beyond 1e6");
  for (const float damping : {b.linear_damping, b.angular_damping})
    if (!(damping >= 0) || !std::isfinite(damping))
      return refused("a body's damping is negative or not finite");
  if (!(b.density >= 0) || !std::isfinite(b.density))
    return refused("a density of " + number_text(b.density) + " is negative or not finite");
  return check_surface(b.friction, b.restitution, b.rolling_resistance);
}

Status check_box(const Box& box) {
  if (within_reach(box.min_x, box.min_y, box.max_x, box.max_y) && box.min_x <= box.max_x &&
      box.min_y <= box.max_y)
    return Status::ok();
  return refused("a box to look in is beyond 1e15, or inside out");
}

Result<RigidBody> make_body(const BodyDefinition& definition) {
  RigidBody body;
  if (!make_direction(definition.cosine, definition.sine, body.cosine, body.sine))
    return refused("an angle has no direction");
  QUADRILLE_RETURN_IF_ERROR(set_mass(definition, body));
  if (definition.fixed_rotation) body.inverse_inertia = 0;
  body.x = definition.x;
  body.y = definition.y;
  body.vx = definition.vx;
  body.vy = definition.vy;
  body.spin = definition.spin;
  body.radius = definition.radius;
  body.half_length = definition.half_length;
  body.friction = definition.friction;
  body.restitution = definition.restitution;
  body.rolling = definition.rolling_resistance;
  body.flags = static_cast<std::uint8_t>(kAwake | (definition.sensor ? kSensor : 0));
  return body;
}

}  // namespace quadrille::world_checks
