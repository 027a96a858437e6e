// nbody: gravity in the plane. Every body pulls every other by m / r, softened; leapfrog,
// kick-drift-kick. Units: those of the input, with the constant of gravity 1. A body without a mass
// has 1 / n, without a velocity none.

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include <quadrille/parallel.h>

#include "engine/integers.h"
#include "engine/time_stepper.h"
#include "kernels/barnes_hut.h"
#include "kernels/barnes_hut_potential.h"
#include "kernels/quadtree_build.h"
#include "kernels/scratch.h"
#include "scenes/body_columns.h"
#include "scenes/scenes.h"

namespace quadrille {
namespace {

constexpr std::int64_t kBodiesAChunk = 16384;
constexpr std::int64_t kEnergySample = 2048, kErrorSample = 32;
constexpr double kMostSpread = 1e18;  // rms: squares of distances are floats

class NbodyScene final : public Scene {
 public:
  Status prepare(const SceneContext& context) override {
    points_ = &context.input.points;
    parallel_ = &context.parallel;
    kernels_ = &context.kernels;
    QUADRILLE_RETURN_IF_ERROR(check_options(context.options));
    const std::int64_t n = points_->size();
    QUADRILLE_RETURN_IF_ERROR(tree_.prepare(n, context.budget));
    QUADRILLE_ASSIGN_OR_RETURN(
        field_, BarnesHut::create(n, context.kernels, context.parallel, context.scratch));
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(context.scratch, n, {"nbody: mass"}, mass_));
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(context.scratch, n, {"nbody: ax"}, ax_));
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(context.scratch, n, {"nbody: ay"}, ay_));
    set_masses();
    extent_ = rms_radius(*points_);
    options_.theta = context.options.theta;
    options_.softening = context.options.softening;
    if (options_.softening == 0)  // the mean distance of neighbours, or so
      options_.softening =
          static_cast<float>(extent_ / std::sqrt(std::max(1.0, static_cast<double>(n))));
    if (!(options_.softening > 0)) options_.softening = 1.0f;  // all bodies on one spot
    return Status::ok();
  }

  FrameSchema schema() const override { return body_schema(points_->size()); }

  Status initialize(FrameWriter& frame) override {
    QUADRILLE_RETURN_IF_ERROR(load_bodies(*points_, "nbody", frame));
    if (extent_ > kMostSpread) {
      return {StatusCode::kInvalidInput,
              "nbody: bodies are spread over more than 1e18 units of length; take a larger unit"};
    }
    accelerate(frame);
    start_ = measure(frame.column<float>(kVelocity, 0), frame.column<float>(kVelocity, 1));
    return Status::ok();
  }

  std::vector<Pass> passes() override {
    return {{"kick and drift", [this](FrameWriter& frame) { return kick_and_drift(frame); }},
            {"gravity", [this](FrameWriter& frame) { return accelerate(frame), Status::ok(); }},
            {"kick", [this](FrameWriter& frame) { return kick(frame); }}};
  }

  // A hundredth of the time in which a body crosses the whole at the speed of a circle around it.
  float default_dt() const override {
    const double speed = std::sqrt(total_mass_);
    return speed > 0 && extent_ > 0 ? static_cast<float>(0.01 * extent_ / speed) : 0.01f;
  }
  std::int64_t work() const override { return steps_ * points_->size(); }
  std::string_view work_unit() const override { return "bodies"; }
  std::int64_t step_bytes()
      const override {  // position, velocity and acceleration, each read and written
    return points_->size() * 3 * 2 * 2 * static_cast<std::int64_t>(sizeof(float));
  }

  std::vector<SceneFact> facts(const Frame& last) const override {
    std::vector<SceneFact> facts = {{"softening", options_.softening, "length"},
                                    {"theta", options_.theta, ""}};
    if (last.step() != steps_) return facts;  // the tree is of the last step alone
    const Measures now =
        measure(last.column<float>(kVelocity, 0), last.column<float>(kVelocity, 1));
    const double scale = std::max(std::abs(start_.potential), start_.kinetic);
    const double drift = (now.kinetic + now.potential) - (start_.kinetic + start_.potential);
    facts.push_back(
        {points_->size() > kEnergySample ? "energy drift (2,048 bodies)" : "energy drift",
         scale > 0 ? drift / scale : 0, ""});
    facts.push_back({"momentum drift", momentum_drift(now), ""});
    facts.push_back({"force error (32 bodies, rms)", force_error(last), ""});
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
    const double momentum =
        momentum_drift(measure(last.column<float>(kVelocity, 0), last.column<float>(kVelocity, 1)));
    if (momentum > 1e-2)
      return {StatusCode::kInvalidInput, "nbody: momentum drifted by " + std::to_string(momentum)};
    const double error = force_error(last);
    if (error > 2e-2)
      return {StatusCode::kInvalidInput, "nbody: forces err by " + std::to_string(error)};
    return Status::ok();
  }

 private:
  struct Measures {
    double kinetic = 0, potential = 0;
    double momentum_x = 0, momentum_y = 0, mass_times_speed = 0;
  };

  static Status check_options(const SceneOptions& options) {
    if (!(options.theta > 0 && options.theta <= 1.2f))
      return {StatusCode::kInvalidArgument,
              "theta is " + std::to_string(options.theta) + "; it may be up to 1.2"};
    if (!(options.softening >= 0 && options.softening < 1e18f))
      return {StatusCode::kInvalidArgument,
              "softening is " + std::to_string(options.softening) + "; it may not be negative"};
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

  void accelerate(FrameWriter& frame) {
    const QuadtreeView& tree =
        tree_.build(frame.column<float>(kPosition, 0), frame.column<float>(kPosition, 1),
                    *parallel_, *kernels_);
    field_->accelerate(tree, mass_, options_, ax_, ay_);
  }

  Status kick_and_drift(FrameWriter& frame) {
    const Frame& from = frame.previous();
    for (const int axis : {0, 1}) {
      const auto speed = frame.column<float>(kVelocity, axis);
      axpy(from.column<float>(kVelocity, axis), acceleration(axis), 0.5f * frame.dt(), speed);
      axpy(from.column<float>(kPosition, axis), speed, frame.dt(),
           frame.column<float>(kPosition, axis));
    }
    return Status::ok();
  }

  Status kick(FrameWriter& frame) {
    for (const int axis : {0, 1}) {
      const auto speed = frame.column<float>(kVelocity, axis);
      axpy(speed, acceleration(axis), 0.5f * frame.dt(), speed);
    }
    ++steps_;
    return Status::ok();
  }

  std::span<const float> acceleration(int axis) const { return axis == 0 ? ax_ : ay_; }

  void axpy(std::span<const float> from, std::span<const float> rate, float scale,
            std::span<float> to) {
    parallel_->for_range(static_cast<std::int64_t>(from.size()), kBodiesAChunk,
                         [&](std::int64_t begin, std::int64_t end, int) {
                           kernels_->integrate.axpy({.from = from.data() + begin,
                                                     .rate = rate.data() + begin,
                                                     .to = to.data() + begin,
                                                     .scale = scale,
                                                     .count = end - begin});
                         });
  }

  // Energy on every stride-th place of the tree, scaled up; momentum of all.
  Measures measure(std::span<const float> vx, std::span<const float> vy) const {
    Measures m;
    for (std::size_t i = 0; i < mass_.size(); ++i) {
      m.momentum_x += double{mass_[i]} * vx[i];
      m.momentum_y += double{mass_[i]} * vy[i];
      m.mass_times_speed += mass_[i] * std::sqrt(double{vx[i]} * vx[i] + double{vy[i]} * vy[i]);
    }
    const std::int64_t n = points_->size();
    const std::int64_t stride = std::max<std::int64_t>(1, n / kEnergySample);
    const PotentialArgs args{tree_.view(), field_->cells(), mass_, options_.softening, 0.5f};
    double sampled_mass = 0;
    for (std::int64_t place = 0; place < n; place += stride) {
      const auto body = at(args.tree.order[at(place)]);
      m.kinetic += 0.5 * mass_[body] * (double{vx[body]} * vx[body] + double{vy[body]} * vy[body]);
      m.potential += 0.5 * mass_[body] * potential_at(args, at(place));
      sampled_mass += mass_[body];
    }
    if (sampled_mass > 0) {
      m.kinetic *= total_mass_ / sampled_mass;
      m.potential *= total_mass_ / sampled_mass;
    }
    return m;
  }

  double momentum_drift(const Measures& now) const {
    const double dx = now.momentum_x - start_.momentum_x, dy = now.momentum_y - start_.momentum_y;
    const double scale = std::max(now.mass_times_speed, start_.mass_times_speed);
    return scale > 0 ? std::sqrt(dx * dx + dy * dy) / scale : 0;
  }

  // Against direct sums in double.
  double force_error(const Frame& last) const {
    const auto x = last.column<float>(kPosition, 0), y = last.column<float>(kPosition, 1);
    const double softening2 = double{options_.softening} * options_.softening;
    const std::int64_t n = points_->size(), stride = std::max<std::int64_t>(1, n / kErrorSample);
    double errors = 0, forces = 0;
    for (std::int64_t i = 0; i < n; i += stride) {
      double ax = 0, ay = 0;
      for (std::size_t j = 0; j < x.size(); ++j) {
        const double dx = double{x[j]} - x[at(i)], dy = double{y[j]} - y[at(i)];
        const double pull = mass_[j] / (dx * dx + dy * dy + softening2);
        ax += pull * dx;
        ay += pull * dy;
      }
      errors += (ax_[at(i)] - ax) * (ax_[at(i)] - ax) + (ay_[at(i)] - ay) * (ay_[at(i)] - ay);
      forces += ax * ax + ay * ay;
    }
    return forces > 0 ? std::sqrt(errors / forces) : 0;
  }

  const PointSet* points_ = nullptr;
  Parallel* parallel_ = nullptr;
  const KernelTable* kernels_ = nullptr;
  QuadtreeBuilder tree_;
  std::optional<BarnesHut> field_;
  BarnesHutOptions options_;
  std::span<float> mass_, ax_, ay_;
  double total_mass_ = 0, extent_ = 0;
  Measures start_;
  std::int64_t steps_ = 0;
};

}  // namespace

std::unique_ptr<Scene> create_nbody_scene() { return std::make_unique<NbodyScene>(); }

}  // namespace quadrille
