// collide: discs in a box under gravity, which bounce off each other and the walls, roll, rub and
// come to rest as a pile. Units: lengths as in the input; a second is, unless gravity is given, the
// time in which its pull adds one box height a second of speed. A disc weighs its radius squared.
// Discs that overlap at the start are first moved apart.

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <quadrille/parallel.h>

#include "engine/integers.h"
#include "engine/random.h"
#include "engine/time_stepper.h"
#include "kernels/broad_phase.h"
#include "kernels/dynamics.h"
#include "kernels/scratch.h"
#include "scenes/body_columns.h"
#include "scenes/collide_options.h"
#include "scenes/scenes.h"

namespace quadrille {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kCoverage = 0.5;               // share of the box that discs without radii cover
constexpr double kMostOfASide = 0.45;           // so that each of them fits into the box
constexpr std::int64_t kFirstPairsPerDisc = 2;  // chosen radii are shrunk until there are no more
constexpr int kMaxSeparations = 40;             // rounds, of given radii
// Points that fill their box take 11 to 17 rounds (a thousand to a million of them, also in
// clusters or at random places of a line) and are half way there by the 12th at the latest.
constexpr int kMaxOfChosen = 24;
constexpr int kMaxHalvings = 4;         // of chosen radii that have no room to part
constexpr float kFirstOverlap = 0.25f;  // separated enough: the steps do the rest without violence
// Of the mean overlap: less is no matter; and how much of it is left after a round where there is
// room (0.71 to 0.89 measured; 0.9 and more along full rows).
constexpr double kHardlyPressed = 0.01, kComesApart = 0.89;
constexpr float kFirstPush = 1.0f;    // of a radius, while they are moved apart
constexpr double kFirstSpeed = 0.15;  // box heights a second, of discs without velocity
constexpr double kSinking = 0.01;     // of a radius: how deep a full box presses its lowest discs
constexpr double kFewLayers = 40;     // fewer do not make a step longer
constexpr float kBounceSteps = 6.0f;  // of gravity: what meets more slowly does not bounce
constexpr std::int64_t kBodiesAtOnce = 16384;  // a multiple of the bits in a word
constexpr ColumnID kActive = 2;                // who is awake

class CollideScene final : public Scene {
 public:
  Status prepare(const SceneContext& context) override {
    points_ = &context.input.points;
    parallel_ = &context.parallel;
    seed_ = context.options.seed;
    const std::int64_t n = points_->size();
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(context.scratch, n, {"collide: radius"}, radius_));
    QUADRILLE_ASSIGN_OR_RETURN(chosen_, collide_options(context.options));
    DynamicsOptions options;
    options.max_bodies = n;
    options.may_roll = chosen_.rolling > 0;
    if (chosen_.sub_steps > 0) options.sub_steps = chosen_.sub_steps;
    options.max_pairs = kPairsPerDisc * n + 4096;
    QUADRILLE_ASSIGN_OR_RETURN(
        dynamics_, Dynamics::create(options, context.kernels, context.parallel, context.scratch));
    box_ = collide_box(*points_);
    if (chosen_.gravity < 0) chosen_.gravity = static_cast<float>(height());
    QUADRILLE_RETURN_IF_ERROR(place_segments(context.scratch));
    dynamics_->shapes().box = box_;
    dynamics_->shapes().friction = chosen_.friction;
    dynamics_->shapes().restitution = chosen_.restitution;
    dynamics_->contacts().rolling = chosen_.rolling > 0;
    return Status::ok();
  }

  FrameSchema schema() const override {
    FrameSchema schema = body_schema(points_->size());
    schema.add({.name = "active",
                .type = ColumnType::kBit,
                .mode = ColumnMode::kRewritten,
                .size = points_->size()});
    return schema;
  }

  Status initialize(FrameWriter& frame) override {
    QUADRILLE_RETURN_IF_ERROR(load_bodies(*points_, "collide", frame));
    QUADRILLE_ASSIGN_OR_RETURN(pairs_on_one_spot_,
                               check_discs(*points_, box_, frame.column<float>(kPosition, 0),
                                           frame.column<float>(kPosition, 1)));
    QUADRILLE_RETURN_IF_ERROR(choose_radii(frame));
    if (points_->vx.empty()) shake(frame);
    QUADRILLE_RETURN_IF_ERROR(move_apart(frame));
    begin_steps(frame);
    write_columns(frame);
    start_energy_ = energy(frame.column<float>(kPosition, 1), frame.column<float>(kVelocity, 0),
                           frame.column<float>(kVelocity, 1));
    return Status::ok();
  }

  std::vector<Pass> passes() override {
    return {{"dynamics", [this](FrameWriter& frame) { return step(frame.dt()); }},
            {"columns", [this](FrameWriter& frame) { return write_columns(frame), Status::ok(); }}};
  }

  // So that a box filled to the top presses its lowest discs hardly into each other: overlaps grow
  // with the layers above and the square of dt. Where gravity is weak, what else moves counts.
  float default_dt() const override { return chosen_.dt > 0 ? chosen_.dt : gentle_dt(); }
  Status check_dt(float dt) const override { return check_collide_dt(dt); }
  float gentle_dt() const {
    const double layers = std::max(kFewLayers, height() / (2.0 * mean_radius_));
    return static_cast<float>(std::sqrt(
        kSinking * mean_radius_ /
        (ContactSolver::kSinking * layers * std::max(double{chosen_.gravity}, height()))));
  }
  std::int64_t work() const override { return steps_ * points_->size(); }
  std::string_view work_unit() const override { return "bodies"; }
  std::int64_t step_bytes() const override {  // position and velocity read and written, radius read
    return points_->size() * 9 * static_cast<std::int64_t>(sizeof(float));
  }

  std::vector<SceneFact> facts(const Frame& last) const override {
    const double now = energy(last.column<float>(kPosition, 1), last.column<float>(kVelocity, 0),
                              last.column<float>(kVelocity, 1));
    return {{"mean radius", mean_radius_, ""},
            {"contacts", static_cast<double>(dynamics_->solver().num_contacts()), ""},
            {"largest overlap", 100.0 * dynamics_->solver().largest_overlap(), "%"},
            {"awake", static_cast<double>(dynamics_->num_awake()), "discs"},
            {"energy left", start_energy_ > 0 ? 100.0 * now / start_energy_ : 0.0, "%"}};
  }

  bool positions(const Frame& frame, std::span<const float>& x,
                 std::span<const float>& y) const override {
    x = frame.column<float>(kPosition, 0);
    y = frame.column<float>(kPosition, 1);
    return true;
  }

  bool shapes(const Frame&, BodyShapes& shapes) const override {
    shapes.radius = radius_;
    shapes.segments = points_->segments;
    shapes.box = {box_.min_x, box_.min_y, box_.max_x, box_.max_y};
    return true;
  }

  Status verify(const Frame& last) const override {
    QUADRILLE_RETURN_IF_ERROR(verify_finite("collide", last));
    const auto x = last.column<float>(kPosition, 0), y = last.column<float>(kPosition, 1);
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (x[i] < box_.min_x || x[i] > box_.max_x || y[i] < box_.min_y || y[i] > box_.max_y)
        return {StatusCode::kInvalidInput,
                "collide: disc " + std::to_string(i) + " has left the box"};
    }
    if (chosen_radii_ && steps_ > 0 && dynamics_->solver().largest_overlap() > 0.5f)
      return {StatusCode::kInvalidInput,
              "collide: two discs overlap by more than half of their size"};
    return Status::ok();
  }

 private:
  double height() const { return double{box_.max_y} - box_.min_y; }
  double width() const { return double{box_.max_x} - box_.min_x; }

  Status place_segments(Arena& scratch) {
    const auto count = static_cast<std::int64_t>(points_->segments.size() / 4);
    QUADRILLE_RETURN_IF_ERROR(
        allocate_scratch(scratch, 4 * count, {"collide: segments"}, segment_ends_));
    for (std::int64_t i = 0; i < 4 * count; ++i)
      segment_ends_[at(i % 4 * count + i / 4)] = points_->segments[at(i)];
    StaticShapes& shapes = dynamics_->shapes();
    shapes.ax = segment_ends_.subspan(0, at(count));
    shapes.ay = segment_ends_.subspan(at(count), at(count));
    shapes.bx = segment_ends_.subspan(at(2 * count), at(count));
    shapes.by = segment_ends_.subspan(at(3 * count), at(count));
    return Status::ok();
  }

  // The input's radii; else equal ones that cover kCoverage of the box, halved while clustered
  // discs still overlap so often that nothing could move. On one spot they do at any size.
  Status choose_radii(FrameWriter& frame) {
    const auto n = static_cast<double>(std::max<std::int64_t>(points_->size(), 1));
    BroadPhase& overlaps = dynamics_->pairs().broad_phase();
    const DiscColumns discs = {frame.column<float>(kPosition, 0), frame.column<float>(kPosition, 1),
                               radius_};
    chosen_radii_ = points_->radius.empty();
    if (!chosen_radii_) {
      std::ranges::copy(points_->radius, radius_.begin());
      double sum = 0;
      for (const float radius : radius_) sum += radius;
      mean_radius_ = sum > 0 ? sum / n : 1e-3 * height();
      if (overlaps.update(discs) == BroadPhaseOutcome::kComplete) return Status::ok();
      return {StatusCode::kBudgetExceeded, "collide: " + std::to_string(overlaps.num_pairs()) +
                                               " pairs of discs overlap; there is room for " +
                                               std::to_string(kPairsPerDisc) +
                                               " a disc: smaller radii are needed"};
    }
    mean_radius_ = std::min(std::sqrt(kCoverage * width() * height() / (kPi * n)),
                            kMostOfASide * std::min(width(), height()));
    for (int halvings = 0; halvings < 60; ++halvings, mean_radius_ /= 2) {
      std::ranges::fill(radius_, static_cast<float>(mean_radius_));
      overlaps.update(discs);
      if (overlaps.num_pairs() <= kFirstPairsPerDisc * points_->size() + pairs_on_one_spot_) break;
    }
    return Status::ok();
  }

  void shake(FrameWriter& frame) {
    constexpr std::int64_t kChunk = 16384;
    const auto vx = frame.column<float>(kVelocity, 0), vy = frame.column<float>(kVelocity, 1);
    const double speed = kFirstSpeed * height();
    parallel_->for_range(points_->size(), kChunk, [&](std::int64_t begin, std::int64_t end, int) {
      Random random(seed_, static_cast<std::uint64_t>(begin / kChunk));
      for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
        vx[i] = static_cast<float>(speed * (2 * random.next_unit() - 1));
        vy[i] = static_cast<float>(speed * (2 * random.next_unit() - 1));
      }
    });
  }

  void add_bodies(FrameWriter& frame) {
    const auto x = frame.column<float>(kPosition, 0), y = frame.column<float>(kPosition, 1);
    // Fourth powers of very small and very large radii leave the floats: another unit of mass then.
    const bool is_usual = mean_radius_ > 1e-6 && mean_radius_ < 1e6;
    const float unit = is_usual ? 1.0f : static_cast<float>(1.0 / mean_radius_);
    for (std::size_t i = 0; i < radius_.size(); ++i) {
      const float scaled = radius_[i] * unit, mass = scaled * scaled;
      RigidBody body;
      body.x = x[i];
      body.y = y[i];
      body.radius = radius_[i];
      body.inverse_mass = mass > 0 ? 1.0f / mass : 0.0f;
      body.inverse_inertia =
          mass > 0 ? 2.0f / (mass * (radius_[i] * radius_[i])) : 0.0f;  // a full disc's
      body.friction = chosen_.friction;
      body.restitution = chosen_.restitution;
      body.rolling = chosen_.rolling;
      dynamics_->add(static_cast<BodyID>(i), body);
    }
  }

  // Chosen radii are halved where discs have no room to part, as in a row along which they overlap:
  // what cannot give way sideways is pressed together until it buckles, with more energy than the
  // discs had.
  Status move_apart(FrameWriter& frame) {
    bool apart = false;
    for (int halvings = 0; !apart && halvings <= kMaxHalvings; ++halvings) {
      if (halvings > 0) {
        mean_radius_ /= 2;
        std::ranges::fill(radius_, static_cast<float>(mean_radius_));
        dynamics_->clear();
      }
      add_bodies(frame);
      QUADRILLE_ASSIGN_OR_RETURN(apart, push_apart());
      apart = apart || !chosen_radii_;
    }
    return Status::ok();
  }

  // Steps without gravity and speed, which only push. False: what overlaps does not come apart.
  Result<bool> push_apart() {
    ContactSolverOptions& contacts = dynamics_->contacts();
    const float push = std::exchange(contacts.push, kFirstPush);
    contacts.push_time = gentle_dt();
    contacts.bouncing = false;
    const int rounds = chosen_radii_ ? kMaxOfChosen : kMaxSeparations;
    bool apart = false, hopeless = false;
    double before = 1;
    for (int i = 0; i < rounds && !apart && !hopeless; ++i) {
      QUADRILLE_RETURN_IF_ERROR(step_dynamics(gentle_dt()));
      set_speeds({}, {});
      const float largest = dynamics_->solver().largest_overlap();
      const double mean = chosen_radii_ ? mean_overlap() : 0;
      apart = largest < kFirstOverlap && (mean < kHardlyPressed || mean < kComesApart * before);
      hopeless = chosen_radii_ && 2 * i >= rounds && largest > 2 * kFirstOverlap;
      before = mean;
    }
    contacts.push = push;
    return apart;
  }

  // Of discs that the last round found near each other, as they stand now: a disc's share.
  double mean_overlap() const {
    const RigidBodies& bodies = dynamics_->bodies();
    double sum = 0;
    for (const ContactChunk& chunk : dynamics_->solver().chunks()) {
      for (std::int64_t i = 0; i < chunk.count; ++i) {
        const std::size_t a = at(chunk.entries[i].a);
        if (chunk.entries[i].b < 0) continue;
        const std::size_t b = at(chunk.entries[i].b);
        const double dx = double{bodies.x[b]} - bodies.x[a], dy = double{bodies.y[b]} - bodies.y[a];
        const double radii = double{bodies.radius[a]} + bodies.radius[b];
        sum += std::max(0.0, 1.0 - std::sqrt(dx * dx + dy * dy) / radii);
      }
    }
    return sum / static_cast<double>(std::max<std::int64_t>(bodies.count, 1));
  }

  void begin_steps(FrameWriter& frame) {
    ContactSolverOptions& contacts = dynamics_->contacts();
    set_speeds(frame.column<float>(kVelocity, 0), frame.column<float>(kVelocity, 1));
    contacts.bouncing = chosen_.restitution > 0;
    contacts.bounce_speed = kBounceSteps * chosen_.gravity * default_dt();
    dynamics_->motion().gravity_y = -chosen_.gravity;
  }

  // By id; none: all stop.
  void set_speeds(std::span<const float> vx, std::span<const float> vy) {
    RigidBodies& bodies = dynamics_->bodies();
    for (std::int64_t p = 0; p < bodies.count; ++p) {
      const std::size_t id = at(bodies.id[at(p)]);
      float* const row = bodies.row(p);
      row[kVx] = vx.empty() ? 0.0f : vx[id];
      row[kVy] = vy.empty() ? 0.0f : vy[id];
      row[kSpin] = 0;
    }
  }

  Status step_dynamics(float dt) {
    const Status status = dynamics_->step(dt);
    if (status.is_ok()) return status;
    return {status.code(), "collide: " + status.message()};
  }

  Status step(float dt) {
    ++steps_;
    return step_dynamics(dt);
  }

  // From places to ids.
  void write_columns(FrameWriter& frame) {
    const RigidBodies& bodies = dynamics_->bodies();
    const auto x = frame.column<float>(kPosition, 0), y = frame.column<float>(kPosition, 1);
    const auto vx = frame.column<float>(kVelocity, 0), vy = frame.column<float>(kVelocity, 1);
    const auto active = frame.column<std::uint64_t>(kActive);
    parallel_->for_range(bodies.count, kBodiesAtOnce,
                         [&](std::int64_t begin, std::int64_t end, int) {
                           for (std::int64_t id = begin; id < end; ++id) {
                             const std::int64_t p = bodies.place[at(id)];
                             x[at(id)] = bodies.x[at(p)];
                             y[at(id)] = bodies.y[at(p)];
                             vx[at(id)] = bodies.row(p)[kVx];
                             vy[at(id)] = bodies.row(p)[kVy];
                             const std::uint64_t bit = bodies.is(p, kAwake) ? 1 : 0;
                             std::uint64_t& word = active[at(id / 64)];
                             word = (id % 64 == 0 ? 0 : word) | bit << (id % 64);
                           }
                         });
  }

  // Of motion and height above the floor.
  double energy(std::span<const float> y, std::span<const float> vx,
                std::span<const float> vy) const {
    double sum = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      const double mass = double{radius_[i]} * radius_[i];
      sum += mass * (0.5 * (double{vx[i]} * vx[i] + double{vy[i]} * vy[i]) +
                     double{chosen_.gravity} * (double{y[i]} - box_.min_y));
    }
    return sum;
  }

  const PointSet* points_ = nullptr;
  Parallel* parallel_ = nullptr;
  std::uint64_t seed_ = 1;
  Box box_{};
  std::span<float> radius_, segment_ends_;
  bool chosen_radii_ = false;
  CollideOptions chosen_;  // gravity, once the box is known, is that of the steps
  double mean_radius_ = 1, start_energy_ = 0;
  std::optional<Dynamics> dynamics_;
  std::int64_t steps_ = 0, pairs_on_one_spot_ = 0;
};

}  // namespace

std::unique_ptr<Scene> create_collide_scene() { return std::make_unique<CollideScene>(); }

}  // namespace quadrille
