#include <quadrille/world.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include <quadrille/float_mode.h>

#include "engine/integers.h"
#include "scenes/handle_slots.h"
#include "scenes/world_scene.h"

namespace quadrille {
namespace {

constexpr float kCirclePi = 3.14159265358979323846f;
constexpr float kFarthest = 1e15f;  // so that floats hold squares of lengths

template <class... Values>
bool all_finite(Values... values) {
  return (std::isfinite(values) && ...);
}

template <class... Values>
bool within_reach(Values... values) {
  return ((std::abs(values) <= kFarthest) && ...);
}

// (cosine, sine) made to length 1, in double: squares of floats neither overflow nor vanish there.
bool make_direction(float cosine, float sine, float& unit_cosine, float& unit_sine) {
  const double c = cosine, s = sine, length = std::sqrt(c * c + s * s);
  if (!(length > 0) || !std::isfinite(length)) return false;
  unit_cosine = static_cast<float>(c / length);
  unit_sine = static_cast<float>(s / length);
  return true;
}

bool is_inside(const Box& box, float x, float y) {
  return x >= box.min_x && x <= box.max_x && y >= box.min_y && y <= box.max_y;
}

// The part of a segment that is less than the box's longer side outside of the box, which is what
// bodies may meet, in double: of a much longer one floats would not tell where it is. What is all
// beyond stays as it is.
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

Status refused(const std::string& why) { return {StatusCode::kInvalidArgument, "world: " + why}; }

// More than that no surface has, and products with impulses would end in infinities.
constexpr float kMostFriction = 100;
Status check_surface(float friction, float restitution, float rolling) {
  const auto check = [](float value, float most, const char* name) {
    if (value >= 0 && value <= most) return Status::ok();
    return refused(std::string(name) + " is " + std::to_string(value) + "; it may be from 0 to " +
                   std::to_string(static_cast<int>(most)));
  };
  QUADRILLE_RETURN_IF_ERROR(check(friction, kMostFriction, "friction"));
  QUADRILLE_RETURN_IF_ERROR(check(restitution, 1, "restitution"));
  return check(rolling, kMostFriction, "rolling resistance");
}

Status no_such(const char* what, std::uint32_t slot, std::uint32_t generation) {
  return {StatusCode::kNotFound, std::string("world: there is no ") + what + " of slot " +
                                     std::to_string(slot) + " and generation " +
                                     std::to_string(generation) + " any more"};
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
  if (!all_finite(o.gravity_x, o.gravity_y)) return refused("gravity is not finite");
  for (const float share : {o.bounce_speed, o.linear_damping, o.angular_damping})
    if (!(share >= 0) || !std::isfinite(share))
      return refused("bounce speed or damping is negative or not finite");
  return check_surface(o.friction, o.restitution, 0);
}

Status check_body(const BodyDefinition& b, const Box& box) {
  if (!all_finite(b.x, b.y, b.cosine, b.sine, b.vx, b.vy, b.spin))
    return refused("a place, angle or velocity of a body is not finite");
  if (!is_inside(box, b.x, b.y)) return refused("a body's middle is outside of the box");
  if (!(b.radius > 0) || !within_reach(b.radius))
    return refused("a radius of " + std::to_string(b.radius) + " is not above 0 and up to 1e15");
  if (!(b.half_length >= 0) || !within_reach(b.half_length))
    return refused("a half length of " + std::to_string(b.half_length) +
                   " is negative or beyond 1e15");
  if (!(b.density >= 0) || !std::isfinite(b.density))
    return refused("a density of " + std::to_string(b.density) + " is negative or not finite");
  return check_surface(b.friction, b.restitution, b.rolling_resistance);
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

struct World::State {
  State(const WorldOptions& world_options, WorldScene& world_scene, Simulation world_simulation)
      : options(world_options), scene(world_scene), simulation(std::move(world_simulation)),
        bodies(options.max_bodies), segments(options.max_segments) {
    hits.reserve(at(options.max_bodies));
    events.reserve(at(dynamics().max_events()));
  }
  BodyHandle handle(std::uint32_t slot) const { return {slot, bodies.generation(slot)}; }
  BodyHandle handle_of_id(BodyID id) const { return handle(static_cast<std::uint32_t>(id)); }
  SegmentHandle segment_handle(std::int32_t shape) const {
    const auto slot = static_cast<std::uint32_t>(shape - kNumWalls);
    return {slot, segments.generation(slot)};
  }
  Dynamics& dynamics() { return scene.dynamics(); }
  std::int32_t place(BodyHandle body) { return dynamics().bodies().place[body.slot]; }
  void read_events();
  void changed() { cells_are_sorted = false; }
  void sort_cells();
  std::span<const BodyHandle> sorted_hits();

  WorldOptions options;
  WorldScene& scene;  // the simulation's
  Simulation simulation;
  HandleSlots bodies, segments;
  std::vector<ContactEvent> events;
  std::vector<BodyHandle> hits;
  bool cells_are_sorted = false;
};

void World::State::read_events() {
  events.clear();
  for (const TouchEvent& touch : dynamics().touch_events()) {
    ContactEvent event;
    event.a = handle_of_id(touch.a);
    event.began = touch.began != 0;
    if (touch.b >= 0) {
      event.b = handle_of_id(touch.b);
    } else if (~touch.b < kNumWalls) {
      event.wall = ~touch.b;
    } else {
      event.segment = segment_handle(~touch.b);
    }
    events.push_back(event);
  }
}

void World::State::sort_cells() {
  if (!cells_are_sorted) scene.queries().update(dynamics().bodies());
  cells_are_sorted = true;
}

std::span<const BodyHandle> World::State::sorted_hits() {
  std::ranges::sort(hits, {}, &BodyHandle::slot);
  return hits;
}

Result<World> World::create(const WorldOptions& options) {
  const FloatMode mode;
  QUADRILLE_RETURN_IF_ERROR(check_options(options));
  try {
    auto scene = std::make_unique<WorldScene>(options);
    WorldScene& world_scene = *scene;
    SimulationOptions simulation = options.simulation;
    simulation.scene.max_bodies = options.max_bodies;
    QUADRILLE_ASSIGN_OR_RETURN(Simulation made,
                               Simulation::create(std::move(scene), "world", {}, simulation));
    return World(std::make_unique<State>(options, world_scene, std::move(made)));
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kOutOfMemory,
                  "world: no memory for " + std::to_string(options.max_bodies) + " bodies");
  }
}

World::World(std::unique_ptr<State> state) : state_(std::move(state)) {}
World::World(World&&) noexcept = default;
World& World::operator=(World&&) noexcept = default;
World::~World() = default;

bool World::is_valid(BodyHandle body) const {
  return state_->bodies.is_valid(body.slot, body.generation);
}
bool World::is_valid(SegmentHandle segment) const {
  return state_->segments.is_valid(segment.slot, segment.generation);
}
std::int64_t World::num_bodies() const { return state_->bodies.num_taken(); }
std::int64_t World::num_awake() const { return state_->dynamics().num_awake(); }

Result<BodyHandle> World::add_body(const BodyDefinition& definition) {
  const FloatMode mode;
  QUADRILLE_RETURN_IF_ERROR(check_body(definition, state_->options.box));
  RigidBody body;
  if (!make_direction(definition.cosine, definition.sine, body.cosine, body.sine))
    return refused("an angle has no direction");
  QUADRILLE_RETURN_IF_ERROR(set_mass(definition, body));
  // Places of removed bodies are closed by the next step, so they count until then.
  if (!state_->bodies.has_room() || state_->dynamics().bodies().count == state_->options.max_bodies)
    return Status(StatusCode::kBudgetExceeded,
                  "world: there are " + std::to_string(state_->options.max_bodies) +
                      " bodies already, those removed since the last step among them");
  body.x = definition.x;
  body.y = definition.y;
  body.vx = definition.vx;
  body.vy = definition.vy;
  body.spin = definition.spin;
  body.radius = definition.radius;
  body.half_length = definition.half_length;
  body.friction = definition.friction;
  body.restitution = definition.restitution;
  body.flags = static_cast<std::uint8_t>(kAwake | (definition.sensor ? kSensor : 0));
  body.rolling = definition.rolling_resistance;
  if (definition.restitution > 0) state_->dynamics().contacts().bouncing = true;
  if (definition.rolling_resistance > 0) state_->dynamics().contacts().rolling = true;
  const std::uint32_t slot = state_->bodies.take();
  state_->dynamics().add(static_cast<BodyID>(slot), body);
  state_->changed();
  return state_->handle(slot);
}

Status World::remove_body(BodyHandle body) {
  if (!is_valid(body)) return no_such("body", body.slot, body.generation);
  state_->dynamics().remove(static_cast<BodyID>(body.slot));
  state_->bodies.release(body.slot);
  state_->changed();
  return Status::ok();
}

Result<SegmentHandle> World::add_segment(float ax, float ay, float bx, float by) {
  if (!within_reach(ax, ay, bx, by)) return refused("an end of a segment is beyond 1e15");
  if (!state_->segments.has_room())
    return Status(StatusCode::kBudgetExceeded,
                  "world: there are " + std::to_string(state_->options.max_segments) +
                      " segments already, those removed since the last step among them");
  const FloatMode mode;
  clip_to_reach(state_->options.box, ax, ay, bx, by);
  const std::uint32_t slot = state_->segments.take();
  WorldScene& scene = state_->scene;
  scene.ax[slot] = ax, scene.ay[slot] = ay, scene.bx[slot] = bx, scene.by[slot] = by;
  scene.segment_present[slot] = 1;
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

Status World::set_velocity(BodyHandle body, float vx, float vy, float spin) {
  if (!is_valid(body)) return no_such("body", body.slot, body.generation);
  if (!all_finite(vx, vy, spin)) return refused("a new velocity is not finite");
  float* const row = state_->dynamics().bodies().row(state_->place(body));
  row[kVx] = vx, row[kVy] = vy, row[kSpin] = spin;
  state_->dynamics().touch(static_cast<BodyID>(body.slot));
  return Status::ok();
}

Status World::apply_impulse(BodyHandle body, float impulse_x, float impulse_y) {
  if (!is_valid(body)) return no_such("body", body.slot, body.generation);
  if (!all_finite(impulse_x, impulse_y)) return refused("an impulse is not finite");
  const FloatMode mode;
  const float* const row = state_->dynamics().bodies().row(state_->place(body));
  if (!(row[kInverseMass] > 0)) return Status::ok();  // nothing moves it
  return set_velocity(body, row[kVx] + row[kInverseMass] * impulse_x,
                      row[kVy] + row[kInverseMass] * impulse_y, row[kSpin]);
}

Status World::step(float dt) {
  if (!(dt > 0) || !std::isfinite(dt))
    return refused("a step of " + std::to_string(dt) + " is not above 0 and finite");
  QUADRILLE_RETURN_IF_ERROR(state_->simulation.step(dt));
  state_->changed();
  state_->read_events();
  state_->bodies.after_step();
  state_->segments.after_step();
  return Status::ok();
}

std::span<const ContactEvent> World::contact_events() const { return state_->events; }

Result<std::span<const BodyHandle>> World::query_box(const Box& box) {
  if (!within_reach(box.min_x, box.min_y, box.max_x, box.max_y) || !(box.min_x <= box.max_x) ||
      !(box.min_y <= box.max_y))
    return refused("a box to look in is beyond 1e15, or inside out");
  const FloatMode mode;
  state_->sort_cells();
  state_->hits.clear();
  const RigidBodies& bodies = state_->dynamics().bodies();
  state_->scene.queries().box(bodies, box, [&](std::int32_t place) {
    state_->hits.push_back(state_->handle_of_id(bodies.id[at(place)]));
  });
  return state_->sorted_hits();
}

Result<std::span<const BodyHandle>> World::query_point(float x, float y) {
  return query_box({x, y, x, y});
}

Result<std::span<const BodyHandle>> World::query_touching(BodyHandle body) {
  if (!is_valid(body)) return no_such("body", body.slot, body.generation);
  const RigidBodies& bodies = state_->dynamics().bodies();
  state_->hits.clear();
  state_->dynamics().for_each_touching(state_->place(body), [&](std::int32_t place) {
    if (!bodies.is(place, kRemoved))
      state_->hits.push_back(state_->handle_of_id(bodies.id[at(place)]));
  });
  return state_->sorted_hits();
}

Result<RayHit> World::cast_ray(float x, float y, float dx, float dy) {
  if (!within_reach(x, y, dx, dy)) return refused("a ray is beyond 1e15");
  const FloatMode mode;
  state_->sort_cells();
  const RigidBodies& bodies = state_->dynamics().bodies();
  const RayMeeting met =
      state_->scene.queries().ray(bodies, state_->dynamics().shapes(), x, y, dx, dy);
  RayHit hit;
  if (met.what == RayMeeting::kNothing) return hit;
  hit.hit = true;
  hit.share = met.share;
  hit.nx = met.nx;
  hit.ny = met.ny;
  if (met.what >= 0) hit.body = state_->handle_of_id(bodies.id[at(met.what)]);
  if (met.what < 0 && ~met.what >= kNumWalls) hit.segment = state_->segment_handle(~met.what);
  return hit;
}

FrameReader World::reader() const { return state_->simulation.reader(); }
Simulation& World::simulation() { return state_->simulation; }

}  // namespace quadrille
