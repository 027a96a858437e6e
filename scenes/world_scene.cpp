#include "scenes/world_scene.h"

#include <algorithm>
#include <string>

#include <quadrille/parallel.h>

#include "engine/integers.h"
#include "engine/time_stepper.h"
#include "kernels/scratch.h"
#include "scenes/body_columns.h"

namespace quadrille {
namespace {

constexpr std::int64_t kSlotsAtOnce = 16384;  // a multiple of the bits in a word
// After position and velocity.
constexpr ColumnID kRotation = 2, kTurning = 3, kRadius = 4, kHalfLength = 5, kAwakeBits = 6,
                   kPresentBits = 7;

void set_bit(std::span<std::uint64_t> bits, std::int64_t i, bool value) {
  std::uint64_t& word = bits[at(i / 64)];
  word = (i % 64 == 0 ? 0 : word) | (value ? std::uint64_t{1} << (i % 64) : 0);
}

}  // namespace

BodyState state_at(const RigidBodies& bodies, std::int64_t place) {
  const float* const row = bodies.row(place);
  const std::size_t p = at(place);
  const float inverse = row[kInverseMass];
  return {bodies.x[p],
          bodies.y[p],
          bodies.cosine[p],
          bodies.sine[p],
          row[kVx],
          row[kVy],
          row[kSpin],
          bodies.radius[p],
          bodies.half_length[p],
          inverse > 0 ? 1 / inverse : 0,
          bodies.is(place, kAwake)};
}

Status WorldScene::prepare(const SceneContext& context) {
  parallel_ = &context.parallel;
  DynamicsOptions options;
  options.max_bodies = options_.max_bodies;
  options.capsules = options.events = options.may_roll = options.traits = true;
  options.sleeping = options_.sleeping;
  options.sub_steps = options_.sub_steps;
  options.motion.gravity_x = options_.gravity_x;
  options.motion.gravity_y = options_.gravity_y;
  options.motion.linear_damping = options_.linear_damping;
  options.motion.angular_damping = options_.angular_damping;
  QUADRILLE_ASSIGN_OR_RETURN(
      dynamics_, Dynamics::create(options, context.kernels, context.parallel, context.scratch));
  QUADRILLE_ASSIGN_OR_RETURN(
      queries_,
      BodyQueries::create(options_.max_bodies, dynamics_->pairs().broad_phase(), context.scratch));
  for (std::span<float>* column : {&ax, &ay, &bx, &by})
    QUADRILLE_RETURN_IF_ERROR(
        allocate_scratch(context.scratch, options_.max_segments, {"world: segments"}, *column));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(context.scratch, options_.max_segments,
                                             {"world: segments"}, segment_present));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(context.scratch, options_.max_segments, {"world: segments"}, segment_bits));
  std::ranges::fill(segment_present, std::uint8_t{0});
  StaticShapes& shapes = dynamics_->shapes();
  shapes.box = options_.box;
  shapes.friction = options_.friction;
  shapes.restitution = options_.restitution;
  shapes.ax = ax, shapes.ay = ay, shapes.bx = bx, shapes.by = by;
  shapes.present = segment_present;
  shapes.bits = segment_bits;
  dynamics_->contacts().bounce_speed = options_.bounce_speed;
  dynamics_->contacts().push_time = options_.parting_time;
  dynamics_->contacts().bouncing = options_.restitution > 0;
  return Status::ok();
}

FrameSchema WorldScene::schema() const {
  FrameSchema schema = body_schema(options_.max_bodies);
  const auto add = [&](const char* name, ColumnType type, int planes) {
    schema.add({.name = name,
                .type = type,
                .mode = ColumnMode::kRewritten,
                .size = options_.max_bodies,
                .planes = planes});
  };
  add("rotation", ColumnType::kFloat32, 2);
  add("spin", ColumnType::kFloat32, 1);
  add("radius", ColumnType::kFloat32, 1);
  add("half_length", ColumnType::kFloat32, 1);
  add("active", ColumnType::kBit, 1);
  add("present", ColumnType::kBit, 1);
  return schema;
}

Status WorldScene::initialize(FrameWriter& frame) {
  write_columns(frame);
  return Status::ok();
}

std::vector<Pass> WorldScene::passes() {
  return {{"dynamics",
           [this](FrameWriter& frame) {
             work_ += dynamics_->bodies().count;
             const Status status = dynamics_->step(frame.dt());
             if (status.is_ok()) return status;
             return Status(status.code(), "world: " + status.message());
           }},
          {"columns", [this](FrameWriter& frame) { return write_columns(frame), Status::ok(); }}};
}

std::int64_t WorldScene::step_bytes() const {  // place and motion read and written
  return options_.max_bodies * 2 * 7 * static_cast<std::int64_t>(sizeof(float));
}

std::vector<SceneFact> WorldScene::facts(const Frame&) const {
  return {{"bodies", static_cast<double>(dynamics_->bodies().count), ""},
          {"contacts", static_cast<double>(dynamics_->solver().num_contacts()), ""},
          {"awake", static_cast<double>(dynamics_->num_awake()), "bodies"}};
}

bool WorldScene::positions(const Frame& frame, std::span<const float>& x,
                           std::span<const float>& y) const {
  x = frame.column<float>(kPosition, 0);
  y = frame.column<float>(kPosition, 1);
  return true;
}

bool WorldScene::shapes(const Frame& frame, BodyShapes& shapes) const {
  shapes.radius = frame.column<float>(kRadius);
  shapes.half_length = frame.column<float>(kHalfLength);
  shapes.cosine = frame.column<float>(kRotation, 0);
  shapes.sine = frame.column<float>(kRotation, 1);
  for (std::size_t s = 0; s < segment_present.size(); ++s) {
    if (segment_present[s] != 0)
      shapes.segments.insert(shapes.segments.end(), {ax[s], ay[s], bx[s], by[s]});
  }
  const Box& box = options_.box;
  shapes.box = {box.min_x, box.min_y, box.max_x, box.max_y};
  return true;
}

Status WorldScene::verify(const Frame& last) const { return verify_finite("world", last); }

void WorldScene::write_columns(FrameWriter& frame) {
  const RigidBodies& bodies = dynamics_->bodies();
  std::span<float> columns[9];
  int next = 0;
  for (const ColumnID column : {kPosition, kRotation, kVelocity})
    for (const int axis : {0, 1}) columns[next++] = frame.column<float>(column, axis);
  for (const ColumnID column : {kTurning, kRadius, kHalfLength})
    columns[next++] = frame.column<float>(column);
  const auto active = frame.column<std::uint64_t>(kAwakeBits);
  const auto present = frame.column<std::uint64_t>(kPresentBits);
  parallel_->for_range(
      options_.max_bodies, kSlotsAtOnce, [&](std::int64_t begin, std::int64_t end, int) {
        for (std::int64_t slot = begin; slot < end; ++slot) {
          const std::int32_t p = bodies.place[at(slot)];
          const BodyState body = p == kNoPlace ? BodyState{} : state_at(bodies, p);
          set_bit(present, slot, p != kNoPlace);
          set_bit(active, slot, body.awake);
          const float values[] = {body.x,  body.y,    body.cosine, body.sine,       body.vx,
                                  body.vy, body.spin, body.radius, body.half_length};
          for (int c = 0; c < next; ++c) columns[c][at(slot)] = values[c];
        }
      });
}

}  // namespace quadrille
