// nbody: gravity in the plane. Every body pulls every other by m / r, or m / r^2 if asked to,
// softened; leapfrog, kick-drift-kick. Units: those of the input, with the constant of gravity 1. A
// body without a mass has 1 / n, without a velocity none.

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include <quadrille/parallel.h>

#include "engine/integers.h"
#include "engine/time_stepper.h"
#include "kernels/field_accuracy.h"
#include "kernels/field_energy.h"
#include "kernels/multipole.h"
#include "kernels/quadtree_build.h"
#include "kernels/scratch.h"
#include "scenes/body_columns.h"
#include "scenes/scenes.h"

namespace quadrille {
namespace {

constexpr std::int64_t kBodiesAChunk = 16384;
constexpr double kMostSpread = 1e18;  // rms: squares of distances are floats
constexpr int kOrder = 5;
constexpr float kTheta = 0.8f;
constexpr double kMostMomentumDrift = 1e-2, kMostForceError = 2e-2;
constexpr double kMostGrowth = 1.5;  // of an error, from one check to the next

class NbodyScene final : public Scene {
 public:
  Status prepare(const SceneContext& context) override {
    points_ = &context.input.points;
    parallel_ = &context.parallel;
    kernels_ = &context.kernels;
    QUADRILLE_RETURN_IF_ERROR(choose_options(context.options));
    const std::int64_t n = points_->size();
    QUADRILLE_RETURN_IF_ERROR(tree_.prepare(n, context.budget));
    QUADRILLE_ASSIGN_OR_RETURN(
        field_, Multipole::create(n, context.kernels, context.parallel, context.scratch));
    QUADRILLE_ASSIGN_OR_RETURN(energy_, FieldEnergy::create(n, context.parallel, context.scratch));
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(context.scratch, n, {"nbody: mass"}, mass_));
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(context.scratch, n, {"nbody: ax"}, ax_));
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(context.scratch, n, {"nbody: ay"}, ay_));
    set_masses();
    return Status::ok();
  }

  FrameSchema schema() const override { return body_schema(points_->size()); }

  Status initialize(FrameWriter& frame) override {
    QUADRILLE_RETURN_IF_ERROR(load_bodies(*points_, "nbody", frame));
    if (extent_ > kMostSpread) {
      return {StatusCode::kInvalidInput,
              "nbody: bodies are spread over more than 1e18 units of length; take a larger unit"};
    }
    QUADRILLE_RETURN_IF_ERROR(accelerate(frame));
    start_ = energy_->measure(
        tree_.view(),
        {frame.column<float>(kPosition, 0), frame.column<float>(kPosition, 1),
         frame.column<float>(kVelocity, 0), frame.column<float>(kVelocity, 1), mass_},
        options_.law, options_.softening);
    return Status::ok();
  }

  std::vector<Pass> passes() override {
    return {{"kick and drift", [this](FrameWriter& frame) { return kick_and_drift(frame); }},
            {"gravity", [this](FrameWriter& frame) { return accelerate(frame); }},
            {"kick", [this](FrameWriter& frame) { return kick(frame); }}};
  }

  // A hundredth of the time in which a body crosses the whole at the speed of a circle around it.
  float default_dt() const override {
    const double pull = options_.law == PullLaw::kInverse ? total_mass_ : total_mass_ / extent_;
    const double speed = std::sqrt(pull);
    return speed > 0 && extent_ > 0 ? static_cast<float>(0.01 * extent_ / speed) : 0.01f;
  }
  std::int64_t work() const override { return steps_ * points_->size(); }
  std::string_view work_unit() const override { return "bodies"; }
  std::int64_t step_bytes()
      const override {  // position, velocity and acceleration, each read and written
    return points_->size() * 3 * 2 * 2 * static_cast<std::int64_t>(sizeof(float));
  }

  std::vector<SceneFact> facts(const Frame& last) const override {
    const MultipoleOptions& options = accuracy_ ? accuracy_->options() : options_;
    std::vector<SceneFact> facts = {{"softening", options.softening, "length"},
                                    {"order", static_cast<double>(options.order), ""},
                                    {"theta", options.theta, ""}};
    if (last.step() != steps_) return facts;  // the tree is of the last step alone
    const ConservedQuantities now = conserved(last);
    const double scale = std::max(std::abs(start_.potential), start_.kinetic);
    facts.push_back({points_->size() >= 2 * FieldEnergy::kMostBodies ? "energy drift (of a sample)"
                                                                     : "energy drift",
                     scale > 0 ? (now.energy() - start_.energy()) / scale : 0, ""});
    facts.push_back({"momentum drift", momentum_drift(now), ""});
    const double swept = std::max(now.mass_times_swept, start_.mass_times_swept);
    facts.push_back({"angular momentum drift",
                     swept > 0 ? (now.angular_momentum - start_.angular_momentum) / swept : 0, ""});
    facts.push_back({"force error (128 bodies, rms)", force_error(), ""});
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
    const double error = force_error();
    if (error > most_force_error_)
      return {StatusCode::kInvalidInput, "nbody: forces err by " + std::to_string(error)};
    return Status::ok();
  }

 private:
  Status choose_options(const SceneOptions& options) {
    if (options.softening >= 1e18f || std::isnan(options.softening))
      return {StatusCode::kInvalidArgument,
              "softening is " + std::to_string(options.softening) + "; it may be up to 1e18"};
    if (!options.law.empty() && options.law != "inverse" && options.law != "inverse-square")
      return {StatusCode::kInvalidArgument,
              "'" + options.law + "' is no law; there are inverse and inverse-square"};
    extent_ = rms_radius(*points_);
    options_.law = options.law == "inverse-square" ? PullLaw::kInverseSquare : PullLaw::kInverse;
    options_.order = options.order > 0 ? options.order : kOrder;
    options_.theta = options.theta < 0 ? kTheta : options.theta;
    options_.softening = options.softening;
    const double n = std::max(1.0, static_cast<double>(points_->size()));
    if (options.softening < 0)  // the mean distance of neighbours, or so
      options_.softening = extent_ > 0 ? static_cast<float>(extent_ / std::sqrt(n)) : 1.0f;
    // Whoever chooses order or theta alone is told the error, and may have wanted it.
    const bool by_hand = options.order > 0 || options.theta >= 0;
    most_force_error_ =
        by_hand ? HUGE_VAL : std::max(kMostForceError, kMostGrowth * options.force_error);
    if (options.force_error == 0) return Multipole::check(options_);
    QUADRILLE_ASSIGN_OR_RETURN(accuracy_, FieldAccuracy::create(options_, options.force_error));
    return Status::ok();
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

  Status accelerate(FrameWriter& frame) {
    const QuadtreeView& tree =
        tree_.build(frame.column<float>(kPosition, 0), frame.column<float>(kPosition, 1),
                    *parallel_, *kernels_);
    return accuracy_ ? accuracy_->accelerate(*field_, tree, mass_, ax_, ay_, *parallel_)
                     : field_->accelerate(tree, mass_, options_, ax_, ay_);
  }

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

  ConservedQuantities conserved(const Frame& last) const {
    return energy_->measure(
        tree_.view(),
        {last.column<float>(kPosition, 0), last.column<float>(kPosition, 1),
         last.column<float>(kVelocity, 0), last.column<float>(kVelocity, 1), mass_},
        options_.law, options_.softening);
  }

  double momentum_drift(const ConservedQuantities& now) const {
    const double dx = now.momentum_x - start_.momentum_x, dy = now.momentum_y - start_.momentum_y;
    const double scale = std::max(now.mass_times_speed, start_.mass_times_speed);
    return scale > 0 ? std::sqrt(dx * dx + dy * dy) / scale : 0;
  }

  double force_error() const {
    return measure_field_error(tree_.view(), mass_, options_, ax_, ay_, FieldAccuracy::kSample,
                               *parallel_);
  }

  const PointSet* points_ = nullptr;
  Parallel* parallel_ = nullptr;
  const KernelTable* kernels_ = nullptr;
  QuadtreeBuilder tree_;
  std::optional<Multipole> field_;
  mutable std::optional<FieldEnergy> energy_;  // has scratch memory of its own
  std::optional<FieldAccuracy> accuracy_;      // where an error is asked for
  MultipoleOptions options_;
  std::span<float> mass_, ax_, ay_;
  double total_mass_ = 0, extent_ = 0, most_force_error_ = 0;
  ConservedQuantities start_;
  std::int64_t steps_ = 0;
};

}  // namespace

std::unique_ptr<Scene> create_nbody_scene() { return std::make_unique<NbodyScene>(); }

}  // namespace quadrille
