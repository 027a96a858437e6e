// World: rigid bodies for a game, a renderer or a tool: discs and capsules in a box with segments,
// under gravity, added, moved and removed between steps, and read by anyone.
//
// Units: any of length, time and mass that agree with each other (metres, seconds, kilograms, say);
// angles are given as cosine and sine, turning speeds in radians a time, counter-clockwise. What is
// small is measured by the bodies' own radii, so no scale is preferred.
// Threads: one owner calls everything but reader(), which any thread may; see Simulation. The same
// calls give the same bytes on any number of threads and any instruction set.
// Errors: a handle of a body that was removed, or that never was, is kNotFound, whatever is done
// with it. A number that is not finite or out of its range, or a length, coordinate, velocity or
// acceleration beyond 1e15, is kInvalidArgument, and nothing changes. A step that lacks room for
// pairs or contacts is kBudgetExceeded and the world's last.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <quadrille/fixed_step.h>  // for renderers
#include <quadrille/frame_reader.h>
#include <quadrille/quadtree.h>
#include <quadrille/simulation.h>
#include <quadrille/status.h>

namespace quadrille {

// Null when zero. Bodies and segments have slots, used again after removal with another
// generation; a body's slot is its element in the columns.
struct BodyHandle {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;  // of a valid one never 0
  friend bool operator==(const BodyHandle&, const BodyHandle&) = default;
};
struct SegmentHandle {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  friend bool operator==(const SegmentHandle&, const SegmentHandle&) = default;
};

// Two bodies, or a body and a segment, touch if each one's category is in the other's mask. Walls
// hold all. Bodies that may not touch still take room for pairs while they are near: see step().
struct CollisionFilter {
  std::uint32_t category = 1, mask = 0xffffffff;
};

struct WorldOptions {
  Box box{-100, -100, 100, 100};   // walls: no body's middle leaves it
  std::int64_t max_bodies = 1024;  // 1 to 2^27
  std::int64_t max_segments = 64;  // 0 to 2^24
  float gravity_x = 0, gravity_y = -10;
  float friction = 0.6f, restitution = 0;  // of walls and segments; up to 100, up to 1
  float bounce_speed = 1;                  // slower approaches do not bounce; >= 0
  // A step of this length or more parts overlaps by up to 0.2 radii; one of a share of it, by the
  // square of that share. >= 0.
  float parting_time = 1.0f / 240;
  int sub_steps = 4;                              // of a step, 1 to 64: more make contacts harder
  float linear_damping = 0, angular_damping = 0;  // share of speed lost a unit of time; >= 0
  bool sleeping = true;                           // what lies still costs nothing until it is met
  SimulationOptions simulation = {};  // threads, instruction set, publication, limits, hooks
};

// A capsule is everything within `radius` of a segment of twice half_length through (x, y) along
// (cosine, sine); a disc is one of half length 0.
struct BodyDefinition {
  float x = 0, y = 0;
  float cosine = 1, sine = 0;  // made to length 1
  float vx = 0, vy = 0, spin = 0;
  float radius = 0.5f;    // > 0
  float half_length = 0;  // >= 0
  // Mass an area, >= 0. 0: nothing moves it but its own velocity, which carries it through segments
  // and others.
  float density = 1;
  float friction = 0.6f, restitution = 0;  // of two, the root of the product; the larger one; up to
                                           // 100, up to 1
  // Of two the larger: what lies on a slope rolls where that is steeper than this (1: by 1 in 1).
  float rolling_resistance = 0;
  bool sensor = false;          // touches, pushes nothing, and is not pushed
  bool fixed_rotation = false;  // nothing turns it but its own spin
  float gravity_scale = 1;      // of the world's; any number up to 1e6, also below 0
  float linear_damping = 0, angular_damping = 0;  // beside the world's; >= 0
  CollisionFilter filter = {};
  std::uint64_t user_data = 0;  // not looked at
};

struct BodyState {
  float x, y, cosine, sine, vx, vy, spin;
  float radius, half_length, mass;  // mass 0: nothing moves it
  bool awake;
};

// Who began or ended to touch in the last step, if only within it, sensors too. A wall or segment
// has no body b; `wall` is then 0 .. 3 for left, right, floor, ceiling, or -1 for `segment`.
struct ContactEvent {
  BodyHandle a, b;
  SegmentHandle segment;
  int wall = -1;
  bool began = false;
  // Where it began: how fast they came near at the step's beginning, along the normal and where
  // they did fastest (0: only the step itself brought them together), and where they are nearest
  // after it, the normal from a.
  float speed = 0, x = 0, y = 0, nx = 0, ny = 0;
};

// What a body touches, named as in ContactEvent.
struct BodyContact {
  BodyHandle body;
  SegmentHandle segment;
  int wall = -1;
  float x = 0, y = 0, nx = 0, ny = 0;  // in the middle, and away from the body
  float normal_force = 0;  // with which the two press each other, in the last sub-step; sensors: 0
  float friction_force = 0;  // with which they rub: its size
};

// Which bodies and segments a query looks at; walls always.
struct QueryFilter {
  std::uint32_t categories = 0xffffffff;
  BodyHandle ignored;  // null: nobody
};

struct RayHit {
  BodyHandle body;        // null: a wall or segment, or nothing
  SegmentHandle segment;  // null: not one
  bool hit = false;
  float share = 1;       // of the ray, up to there
  float nx = 0, ny = 0;  // of the surface, length 1; 0 where the ray begins inside of a body
};

class World {
 public:
  // kInvalidArgument: a box inside out, max_bodies not from 1 to 2^27, max_segments not from 0 to
  // 2^24, sub_steps not from 1 to 64, a number that is not finite, or is below 0 where that means
  // nothing, friction above 100 or restitution above 1.
  static Result<World> create(const WorldOptions& options);
  World(World&&) noexcept;
  World& operator=(World&&) noexcept;
  ~World();

  // kBudgetExceeded: max_bodies are there already, those removed since the last step among them.
  // kInvalidArgument: a body's middle outside of the box, a radius that is not
  // above 0, a mass or inertia that floats do not hold. Frames show it after the next step.
  Result<BodyHandle> add_body(const BodyDefinition& body);
  Status remove_body(BodyHandle body);
  // kBudgetExceeded: max_segments are there already, those removed since the last step among them.
  // Of a segment only what is less than the box's longer side outside of the box is kept, for
  // bodies and rays alike; one that lies all beyond stays whole.
  Result<SegmentHandle> add_segment(float ax, float ay, float bx, float by,
                                    const CollisionFilter& filter = {});
  Status remove_segment(SegmentHandle segment);
  bool is_valid(BodyHandle body) const;
  bool is_valid(SegmentHandle segment) const;
  std::int64_t num_bodies() const;
  std::int64_t num_awake() const;  // in the last step

  BodyHandle body_at(std::uint32_t slot) const;  // of an element of the columns; null: none

  Result<BodyState> state(BodyHandle body) const;
  Result<std::uint64_t> user_data(BodyHandle body) const;
  // Each wakes the body; the first two and wake() also those that sleep beside it. Impulses and
  // forces do nothing to a body of mass 0, a sensor among them.
  Status set_place(BodyHandle body, float x, float y, float cosine, float sine);
  Status set_filter(BodyHandle body, const CollisionFilter& filter);
  Status set_velocity(BodyHandle body, float vx, float vy, float spin);
  Status apply_impulse(BodyHandle body, float impulse_x, float impulse_y);  // at its middle
  Status apply_impulse_at(BodyHandle body, float impulse_x, float impulse_y, float x, float y);
  Status apply_angular_impulse(BodyHandle body, float impulse);
  // Through all of the next step and no longer; what is given until then adds up. One that would
  // carry a body through another within the step presses it up to some 1 % of that way into it.
  Status apply_force(BodyHandle body, float force_x, float force_y, float torque = 0);
  Status wake(BodyHandle body);
  Status set_gravity(float gravity_x, float gravity_y);  // wakes all

  // One step, of 1e-18 to 1e15. Allocates nothing after the first ones. kBudgetExceeded: more than
  // about 6 pairs a body are near to each other, whether they may touch or not, or more than 4
  // contacts a body.
  Status step(float dt);
  // Of the last step, ordered by slots; valid until the next one.
  std::span<const ContactEvent> contact_events() const;

  // Queries allocate nothing.
  // Bodies with a point in the box, at the point or in the disc, edges included, ascending by slot.
  // Valid until the next query. kInvalidArgument: not finite, inside out, or a radius below 0.
  Result<std::span<const BodyHandle>> query_box(const Box& box, const QueryFilter& filter = {});
  Result<std::span<const BodyHandle>> query_point(float x, float y, const QueryFilter& filter = {});
  Result<std::span<const BodyHandle>> query_disc(float x, float y, float radius,
                                                 const QueryFilter& filter = {});
  // Bodies that the sensor, or any body, touched in the last step.
  Result<std::span<const BodyHandle>> query_touching(BodyHandle body);
  // All that it touched then and is still there, walls and segments too, and how; in an order that
  // does not change between runs. Valid until the next one.
  Result<std::span<const BodyContact>> query_contacts(BodyHandle body);
  // What a ray from (x, y) to (x + dx, y + dy) meets first; sensors are passed over.
  Result<RayHit> cast_ray(float x, float y, float dx, float dy, const QueryFilter& filter = {});

  // Frames: position (x, y), rotation (cosine, sine), velocity (x, y), spin, radius, half_length,
  // and the bits active (awake) and present, an element a slot. Spans of a pinned frame are the
  // memory that the step wrote: nothing is copied.
  FrameReader reader() const;  // any thread
  Simulation& simulation();    // registered readers, statistics, trace, memory; not for steps

 private:
  struct State;
  explicit World(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace quadrille
