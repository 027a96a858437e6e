// nbody: gravity in the plane. Every body pulls every other by m / r, or m / r^2 if asked to,
// softened; leapfrog, kick-drift-kick, all in step or each with a time step of its own; in an open
// plane or in a box that repeats itself. Units: those of the input, with the constant of gravity 1.
// A body without a mass has 1 / n, without a velocity none.

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include <quadrille/block_time_steps.h>
#include <quadrille/field_accuracy.h>
#include <quadrille/field_energy.h>
#include <quadrille/multipole.h>
#include <quadrille/parallel.h>
#include <quadrille/quadtree_builder.h>

#include "engine/integers.h"
#include "engine/number_text.h"
#include "engine/time_stepper.h"
#include "kernels/kernel_table.h"
#include "kernels/scratch.h"
#include "scenes/body_columns.h"
#include "scenes/nbody_options.h"
#include "scenes/scenes.h"

namespace quadrille {
namespace {

constexpr std::int64_t kBodiesAChunk = 16384;
constexpr double kMostSpread = 1e18;  // rms: squares of distances are floats
constexpr double kMostMomentumDrift = 1e-2;
// When most bodies have changed their leaves the next steps do not try an update.
constexpr int kBuildsInARow = 7;

class NbodyScene final : public Scene {
 public:
  Status prepare(const SceneContext& context) override {
    points_ = &context.input.points;
    parallel_ = &context.parallel;
    kernels_ = &context.kernels;
    QUADRILLE_ASSIGN_OR_RETURN(options_, nbody_options(*points_, context.options));
    const std::int64_t n = points_->size();
    QUADRILLE_RETURN_IF_ERROR(tree_.prepare(n, context.budget, QuadtreeUse::kUpdate));
    QUADRILLE_ASSIGN_OR_RETURN(
        field_, Multipole::create(n, context.kernels, context.parallel, context.scratch));
    QUADRILLE_ASSIGN_OR_RETURN(energy_, FieldEnergy::create(n, context.parallel, context.scratch));
    if (options_.blocks) {
      QUADRILLE_ASSIGN_OR_RETURN(
          blocks_, BlockTimeSteps::create(n, *options_.blocks, context.kernels, context.parallel,
                                          context.scratch));
    }
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(context.scratch, n, {"nbody: mass"}, mass_));
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(context.scratch, n, {"nbody: ax"}, ax_));
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(context.scratch, n, {"nbody: ay"}, ay_));
    set_masses();
    return Status::ok();
  }

  FrameSchema schema() const override { return body_schema(points_->size()); }

  Status initialize(FrameWriter& frame) override {
    QUADRILLE_RETURN_IF_ERROR(load_bodies(*points_, "nbody", frame));
    if (options_.extent > kMostSpread) {
      return {StatusCode::kInvalidInput,
              "nbody: bodies are spread over more than 1e18 units of length; take a larger unit"};
    }
    wrap(frame);
    QUADRILLE_RETURN_IF_ERROR(build_tree(frame));
    QUADRILLE_RETURN_IF_ERROR(accelerate());
    const MovingColumns bodies = columns(frame);
    QUADRILLE_ASSIGN_OR_RETURN(
        start_, energy_->measure(tree_.view(), {bodies.x, bodies.y, bodies.vx, bodies.vy, mass_},
                                 options_.field));
    return Status::ok();
  }

  std::vector<Pass> passes() override {
    if (blocks_)
      return {{"block steps", [this](FrameWriter& frame) { return block_steps(frame); }}};
    return {{"kick and drift", [this](FrameWriter& frame) { return kick_and_drift(frame); }},
            {"quadtree", [this](FrameWriter& frame) { return build_tree(frame); }},
            {"gravity", [this](FrameWriter&) { return accelerate(); }},
            {"kick", [this](FrameWriter& frame) { return kick(frame); }}};
  }

  // A hundredth of the time in which a body crosses the whole at the speed of a circle around it.
  float default_dt() const override {
    if (options_.dt > 0) return options_.dt;
    const double extent = options_.extent;
    const double pull =
        options_.field.law == PullLaw::kInverse ? total_mass_ : total_mass_ / extent;
    const double speed = std::sqrt(pull);
    return speed > 0 && extent > 0 ? static_cast<float>(0.01 * extent / speed) : 0.01f;
  }
  Status check_dt(float dt) const override { return check_nbody_dt(dt); }
  std::int64_t work() const override { return steps_ * points_->size(); }
  std::string_view work_unit() const override { return "bodies"; }
  std::int64_t step_bytes()
      const override {  // position, velocity and acceleration, each read and written
    return points_->size() * 3 * 2 * 2 * static_cast<std::int64_t>(sizeof(float));
  }

  std::vector<SceneFact> facts(const Frame& last) const override {
    const MultipoleOptions& field = used();
    std::vector<SceneFact> facts = {{"softening", field.softening, ""},
                                    {"order", static_cast<double>(field.order), ""},
                                    {"theta", field.theta, ""}};
    if (!field.square.is_open()) facts.push_back({"periodic box", field.square.side, ""});
    if (blocks_) add_block_facts(facts);
    if (last.step() != steps_) return facts;  // the tree is of the last step alone
    const ConservedQuantities now = conserved(last);
    const double scale = std::max(std::abs(start_.potential), start_.kinetic);
    facts.push_back({points_->size() >= 2 * FieldEnergy::kMostBodies ? "energy drift (of a sample)"
                                                                     : "energy drift",
                     scale > 0 ? (now.energy() - start_.energy()) / scale : 0, ""});
    facts.push_back({"momentum drift", momentum_drift(now), ""});
    const double swept = std::max(now.mass_times_swept, start_.mass_times_swept);
    if (field.square.is_open()) {  // a square knows no direction to turn in
      facts.push_back({"angular momentum drift",
                       swept > 0 ? (now.angular_momentum - start_.angular_momentum) / swept : 0,
                       ""});
    }
    const std::int64_t sample = std::min<std::int64_t>(FieldAccuracy::kSample, points_->size());
    facts.push_back(
        {"force error (" + counted(sample, "body") + ", rms)", force_errors().relative(), ""});
    return facts;
  }

  bool positions(const Frame& frame, std::span<const float>& x,
                 std::span<const float>& y) const override {
    x = frame.column<float>(kPosition, 0);
    y = frame.column<float>(kPosition, 1);
    return true;
  }

  Status verify(const Frame& last) const override {
    QUADRILLE_RETURN_IF_ERROR(verify_finite("nbody", last));
    if (last.step() != steps_) return Status::ok();
    // Forces are equal and opposite but for what the tree approximates.
    const double momentum = momentum_drift(conserved(last));
    if (momentum > kMostMomentumDrift)
      return {StatusCode::kInvalidInput, "nbody: momentum drifted by " + std::to_string(momentum)};
    const FieldErrors errors = force_errors();
    if (std::isnan(errors.error) || errors.relative() > options_.most_force_error) {
      return {StatusCode::kInvalidInput,
              "nbody: forces err by " + std::to_string(errors.relative())};
    }
    return Status::ok();
  }

 private:
  static MovingColumns columns(FrameWriter& frame) {
    return {frame.column<float>(kPosition, 0), frame.column<float>(kPosition, 1),
            frame.column<float>(kVelocity, 0), frame.column<float>(kVelocity, 1)};
  }
  const MultipoleOptions& used() const {
    return options_.accuracy ? options_.accuracy->options() : options_.field;
  }

  void set_masses() {
    const float even = points_->size() == 0
                           ? 0.0f
                           : static_cast<float>(1.0 / static_cast<double>(points_->size()));
    total_mass_ = 0;
    for (std::size_t i = 0; i < mass_.size(); ++i) {
      mass_[i] = points_->mass.empty() ? even : points_->mass[i];
      total_mass_ += mass_[i];
    }
  }

  // ---- forces ----

  // Where bodies move little a step, the order of the last tree is that of this one, nearly.
  Status build_tree(FrameWriter& frame) {
    const auto x = frame.column<float>(kPosition, 0), y = frame.column<float>(kPosition, 1);
    if (builds_left_ > 0) {
      --builds_left_;
      tree_.build(x, y, *parallel_, *kernels_);
      return Status::ok();
    }
    tree_.update(x, y, {}, *parallel_, *kernels_);
    const QuadtreeUpdate update = tree_.last_update();
    if (update.kind == QuadtreeUpdate::kBuilt && update.num_moved >= 0)
      builds_left_ = kBuildsInARow;
    return Status::ok();
  }

  Status accelerate() {
    return options_.accuracy
               ? options_.accuracy->accelerate(*field_, tree_.view(), mass_, ax_, ay_, *parallel_)
               : field_->accelerate(tree_.view(), mass_, options_.field, ax_, ay_);
  }

  // ---- all in step ----

  Status kick_and_drift(FrameWriter& frame) {
    const Frame& from = frame.previous();
    for_each_chunk([&](int axis, std::int64_t begin, std::int64_t count) {
      float* const speed = frame.column<float>(kVelocity, axis).data() + begin;
      kernels_->integrate.axpy({.from = from.column<float>(kVelocity, axis).data() + begin,
                                .rate = acceleration(axis).data() + begin,
                                .to = speed,
                                .scale = 0.5f * frame.dt(),
                                .count = count});
      kernels_->integrate.axpy({.from = from.column<float>(kPosition, axis).data() + begin,
                                .rate = speed,
                                .to = frame.column<float>(kPosition, axis).data() + begin,
                                .scale = frame.dt(),
                                .count = count});
    });
    wrap(frame);
    return Status::ok();
  }

  Status kick(FrameWriter& frame) {
    for_each_chunk([&](int axis, std::int64_t begin, std::int64_t count) {
      float* const speed = frame.column<float>(kVelocity, axis).data() + begin;
      kernels_->integrate.axpy({.from = speed,
                                .rate = acceleration(axis).data() + begin,
                                .to = speed,
                                .scale = 0.5f * frame.dt(),
                                .count = count});
    });
    ++steps_;
    return Status::ok();
  }

  std::span<const float> acceleration(int axis) const { return axis == 0 ? ax_ : ay_; }

  // visit(axis, begin, count): what a chunk of bodies has is still in the cache for its next use.
  template <class Visit>
  void for_each_chunk(Visit visit) {
    parallel_->for_range(points_->size(), kBodiesAChunk,
                         [&](std::int64_t begin, std::int64_t end, int) {
                           for (const int axis : {0, 1}) visit(axis, begin, end - begin);
                         });
  }

  // ---- each with a time step of its own ----

  Status block_steps(FrameWriter& frame) {
    const Frame& from = frame.previous();
    for_each_chunk([&](int axis, std::int64_t begin, std::int64_t count) {
      for (const ColumnID column : {kPosition, kVelocity})
        std::copy_n(from.column<float>(column, axis).data() + begin, count,
                    frame.column<float>(column, axis).data() + begin);
    });
    const MovingColumns bodies = columns(frame);
    QUADRILLE_RETURN_IF_ERROR(blocks_->begin(frame.dt(), options_.field.softening, ax_, ay_));
    while (!blocks_->finished()) {
      QUADRILLE_RETURN_IF_ERROR(blocks_->kick_and_drift(bodies, ax_, ay_));
      wrap(frame);
      QUADRILLE_RETURN_IF_ERROR(build_tree(frame));
      // The error is measured where all bodies have their forces: at the end of the step.
      QUADRILLE_RETURN_IF_ERROR(
          blocks_->finished()
              ? accelerate()
              : field_->accelerate(tree_.view(), mass_, used(), ax_, ay_, blocks_->active()));
      QUADRILLE_RETURN_IF_ERROR(blocks_->kick(bodies, ax_, ay_));
    }
    ++steps_;
    return Status::ok();
  }

  void add_block_facts(std::vector<SceneFact>& facts) const {
    const BlockStepCounts& counts = blocks_->counts();
    const double steps = static_cast<double>(std::max<std::int64_t>(counts.steps, 1));
    const double bodies = static_cast<double>(std::max<std::int64_t>(points_->size(), 1));
    const double all = bodies * static_cast<double>(std::max<std::int64_t>(counts.sub_steps, 1));
    facts.push_back({"deepest level of time steps", static_cast<double>(counts.deepest), ""});
    facts.push_back({"sub-steps a step", static_cast<double>(counts.sub_steps) / steps, ""});
    facts.push_back(
        {"forces a body and step", static_cast<double>(counts.kicked) / (bodies * steps), ""});
    facts.push_back({"forces saved", 1 - static_cast<double>(counts.kicked) / all, "of 1"});
  }

  // ---- a box that repeats itself: who leaves comes back on the other side ----

  void wrap(FrameWriter& frame) {
    const PeriodicSquare& square = options_.field.square;
    if (square.is_open()) return;
    for_each_chunk([&](int axis, std::int64_t begin, std::int64_t count) {
      const float low = axis == 0 ? square.min_x : square.min_y;
      float* const place = frame.column<float>(kPosition, axis).data() + begin;
      for (std::int64_t i = 0; i < count; ++i) place[i] = wrapped(place[i], low, square.side);
    });
  }

  // ---- what is reported ----

  ConservedQuantities conserved(const Frame& last) const {
    return energy_
        ->measure(tree_.view(),
                  {last.column<float>(kPosition, 0), last.column<float>(kPosition, 1),
                   last.column<float>(kVelocity, 0), last.column<float>(kVelocity, 1), mass_},
                  options_.field)
        .value();
  }

  double momentum_drift(const ConservedQuantities& now) const {
    const double dx = now.momentum_x - start_.momentum_x, dy = now.momentum_y - start_.momentum_y;
    double scale = std::max(now.mass_times_speed, start_.mass_times_speed);
    // In a periodic box all pulls may cancel; what they would give each body else counts.
    if (const PeriodicSquare& square = options_.field.square; !square.is_open()) {
      const double time = static_cast<double>(steps_) * default_dt();
      scale = std::max(scale, kLeastPeriodicPull * total_mass_ / square.side * total_mass_ * time);
    }
    return scale > 0 ? std::sqrt(dx * dx + dy * dy) / scale : 0;
  }

  FieldErrors force_errors() const {
    return measure_field_errors(tree_.view(), mass_, options_.field, ax_, ay_,
                                FieldAccuracy::kSample, *parallel_);
  }

  const PointSet* points_ = nullptr;
  Parallel* parallel_ = nullptr;
  const KernelTable* kernels_ = nullptr;
  QuadtreeBuilder tree_;
  int builds_left_ = 0;  // before an update is tried again
  std::optional<Multipole> field_;
  mutable std::optional<FieldEnergy> energy_;  // has scratch memory of its own
  std::optional<BlockTimeSteps> blocks_;       // none: all bodies are in step
  NbodyOptions options_;
  std::span<float> mass_, ax_, ay_;
  double total_mass_ = 0;
  ConservedQuantities start_;
  std::int64_t steps_ = 0;
};

}  // namespace

std::unique_ptr<Scene> create_nbody_scene() { return std::make_unique<NbodyScene>(); }

}  // namespace quadrille
