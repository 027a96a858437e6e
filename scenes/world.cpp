#include <quadrille/world.h>

#include <cmath>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include <quadrille/float_mode.h>

#include "engine/integers.h"
#include "engine/number_text.h"
#include "kernels/contact_finder.h"
#include "scenes/world_checks.h"
#include "scenes/world_state.h"

namespace quadrille {

using world_checks::refused;

void World::State::locate(const TouchEvent& touch, ContactEvent& event) {
  const RigidBodies& now = dynamics().bodies();
  const std::int32_t b = touch.b < 0 ? touch.b : now.place[at(touch.b)];
  const ManifoldPoint point = meeting_point(now, dynamics().shapes(), now.place[at(touch.a)], b);
  event.speed = touch.speed;
  event.x = point.x, event.y = point.y;
  event.nx = point.nx, event.ny = point.ny;
}

Status World::State::read_events() {
  events.clear();
  try {
    events.reserve(dynamics().touch_events().size());
  } catch (const std::bad_alloc&) {
    return {StatusCode::kOutOfMemory, "world: no memory for the step's contact events"};
  }
  for (const TouchEvent& touch : dynamics().touch_events()) {
    ContactEvent event;
    event.a = handle_of_id(touch.a);
    event.began = touch.began != 0;
    if (touch.b >= 0) {
      event.b = handle_of_id(touch.b);
    } else {
      event.wall = wall_of(touch.b, event.segment);
    }
    if (event.began) locate(touch, event);
    events.push_back(event);
  }
  return Status::ok();
}

Result<World> World::create(const WorldOptions& options) {
  const FloatMode mode;
  QUADRILLE_RETURN_IF_ERROR(world_checks::check_options(options));
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

Status World::set_gravity(float gravity_x, float gravity_y) {
  QUADRILLE_RETURN_IF_ERROR(
      world_checks::check_gravity(gravity_x, gravity_y, state_->dynamics().most_gravity_scale()));
  Motion& motion = state_->dynamics().motion();
  motion.gravity_x = gravity_x;
  motion.gravity_y = gravity_y;
  state_->dynamics().touch_all();
  return Status::ok();
}

Status World::step(float dt) {
  if (!(dt >= world_checks::kShortestStep && dt <= world_checks::kLongestStep))
    return refused("a step of " + number_text(dt) + " is not from 1e-18 to 1e15");
  QUADRILLE_RETURN_IF_ERROR(state_->simulation.step(dt));
  state_->changed();
  const Status status = state_->read_events();
  state_->bodies.after_step();
  state_->segments.after_step();
  return status;
}

std::span<const ContactEvent> World::contact_events() const { return state_->events; }

FrameReader World::reader() const { return state_->simulation.reader(); }
Simulation& World::simulation() { return state_->simulation; }

}  // namespace quadrille
