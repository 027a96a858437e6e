// collide: discs in a box under gravity, which bounce off each other and the walls and come to rest
// as a pile. Units: lengths as in the input; a second is the time in which gravity's pull adds one
// box height a second of speed. A disc weighs its radius squared. Discs that overlap at the start
// are first moved apart.

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include <quadrille/parallel.h>

#include "engine/random.h"
#include "engine/time_stepper.h"
#include "kernels/broad_phase.h"
#include "kernels/contacts.h"
#include "kernels/scratch.h"
#include "scenes/body_columns.h"
#include "scenes/scenes.h"

namespace quadrille {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kCoverage = 0.5;          // share of the box that discs without radii cover
constexpr std::int64_t kPairsPerDisc = 8;  // room for contacts; equal discs packed densely have 3
constexpr std::int64_t kFirstPairsPerDisc = 2;  // chosen radii are shrunk until there are no more
constexpr int kMaxSeparations = 40;
constexpr float kFirstOverlap = 0.25f;  // separated enough: springs do the rest without violence
constexpr double kFirstSpeed = 0.15;    // box heights a second, of discs without velocity
constexpr float kDampingRatio = 0.1f;   // discs part with 73 % of the speed at which they met
constexpr double kSinking = 0.02;  // of a disc's size: how deep a full box presses its lowest ones

class CollideScene final : public Scene {
 public:
  Status prepare(const SceneContext& context) override {
    points_ = &context.input.points;
    parallel_ = &context.parallel;
    seed_ = context.options.seed;
    const std::int64_t n = points_->size();
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(context.scratch, n, {"collide: radius"}, radius_));
    QUADRILLE_ASSIGN_OR_RETURN(
        overlaps_, BroadPhase::create({.num_bodies = n, .max_pairs = kPairsPerDisc * n + 64},
                                      context.kernels, context.parallel, context.scratch));
    choose_box();
    ContactOptions options;
    options.box = box_;
    options.gravity_y = static_cast<float>(-height());
    options.damping_ratio = kDampingRatio;
    QUADRILLE_ASSIGN_OR_RETURN(solver_, ContactSolver::create(options, n, context.kernels,
                                                              context.parallel, context.scratch));
    return Status::ok();
  }

  FrameSchema schema() const override { return body_schema(points_->size()); }

  Status initialize(FrameWriter& frame) override {
    QUADRILLE_RETURN_IF_ERROR(load_bodies(*points_, "collide", frame));
    QUADRILLE_RETURN_IF_ERROR(choose_radii(frame));
    if (points_->vx.empty()) shake(frame);
    QUADRILLE_RETURN_IF_ERROR(move_apart(frame));
    start_energy_ = energy(frame.column<float>(kPosition, 1), frame.column<float>(kVelocity, 0),
                           frame.column<float>(kVelocity, 1));
    return Status::ok();
  }

  std::vector<Pass> passes() override {
    return {{"broad phase",
             [this](FrameWriter& frame) {
               const Frame& from = frame.previous();
               return find_overlaps(from.column<float>(kPosition, 0),
                                    from.column<float>(kPosition, 1));
             }},
            {"contacts", [this](FrameWriter& frame) { return step_contacts(frame); }}};
  }

  // So small that a box filled to the top presses its lowest discs into each other by kSinking of
  // their size.
  float default_dt() const override {
    const double layers = std::max(1.0, height() / (2.0 * mean_radius_));
    const double sinking = kSinking * 2.0 * mean_radius_;
    return static_cast<float>(ContactSolver::kStiffness * std::sqrt(sinking / (layers * height())));
  }
  std::int64_t work() const override { return steps_ * points_->size(); }
  std::string_view work_unit() const override { return "bodies"; }
  std::int64_t step_bytes() const override {  // position and velocity read and written, radius read
    return points_->size() * 9 * static_cast<std::int64_t>(sizeof(float));
  }

  std::vector<SceneFact> facts(const Frame& last) const override {
    const double now = energy(last.column<float>(kPosition, 1), last.column<float>(kVelocity, 0),
                              last.column<float>(kVelocity, 1));
    return {{"mean radius", mean_radius_, "length"},
            {"contacts", static_cast<double>(overlaps_->num_pairs()), ""},
            {"largest overlap", 100.0 * solver_->largest_overlap(), "%"},
            {"energy left", start_energy_ > 0 ? 100.0 * now / start_energy_ : 0.0, "%"}};
  }

  bool positions(const Frame& frame, std::span<const float>& x,
                 std::span<const float>& y) const override {
    x = frame.column<float>(kPosition, 0);
    y = frame.column<float>(kPosition, 1);
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
    if (chosen_radii_ && steps_ > 0 && solver_->largest_overlap() > 0.5f)
      return {StatusCode::kInvalidInput,
              "collide: two discs overlap by more than half of their size"};
    return Status::ok();
  }

 private:
  double height() const { return double{box_.max_y} - box_.min_y; }
  double width() const { return double{box_.max_x} - box_.min_x; }

  // The points' bounding box; a side without length is as long as the other, or 1.
  void choose_box() {
    double low[2] = {0, 0}, high[2] = {0, 0};
    for (const auto& [values, axis] : {std::pair(&points_->x, 0), std::pair(&points_->y, 1)}) {
      if (values->empty()) continue;
      low[axis] = *std::ranges::min_element(*values);
      high[axis] = *std::ranges::max_element(*values);
    }
    double side = std::max(high[0] - low[0], high[1] - low[1]);
    side = side > 0 ? side : 1;
    for (const int axis : {0, 1}) {
      if (high[axis] > low[axis]) continue;
      low[axis] -= side / 2;
      high[axis] += side / 2;
    }
    box_ = {static_cast<float>(low[0]), static_cast<float>(low[1]), static_cast<float>(high[0]),
            static_cast<float>(high[1])};
  }

  // The input's radii; else equal ones that cover kCoverage of the box, halved while clustered
  // discs still overlap so often that nothing could move.
  Status choose_radii(FrameWriter& frame) {
    const auto n = static_cast<double>(std::max<std::int64_t>(points_->size(), 1));
    chosen_radii_ = points_->radius.empty();
    if (!chosen_radii_) {
      std::ranges::copy(points_->radius, radius_.begin());
      double sum = 0;
      for (const float radius : radius_) sum += radius;
      mean_radius_ = sum > 0 ? sum / n : 1e-3 * height();
      return Status::ok();
    }
    mean_radius_ = std::sqrt(kCoverage * width() * height() / (kPi * n));
    const DiscColumns discs = {frame.column<float>(kPosition, 0), frame.column<float>(kPosition, 1),
                               radius_};
    for (int halvings = 0; halvings < 60; ++halvings, mean_radius_ /= 2) {
      std::ranges::fill(radius_, static_cast<float>(mean_radius_));
      overlaps_->update(discs);
      if (overlaps_->num_pairs() <= kFirstPairsPerDisc * points_->size()) break;
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

  Status move_apart(FrameWriter& frame) {
    const auto x = frame.column<float>(kPosition, 0), y = frame.column<float>(kPosition, 1);
    for (int i = 0; i < kMaxSeparations; ++i) {
      QUADRILLE_RETURN_IF_ERROR(find_overlaps(x, y));
      solver_->separate(*overlaps_, x, y);
      if (solver_->largest_overlap() < kFirstOverlap) break;
    }
    return Status::ok();
  }

  Status find_overlaps(std::span<const float> x, std::span<const float> y) {
    if (overlaps_->update({x, y, radius_}) == BroadPhaseOutcome::kComplete) return Status::ok();
    return {StatusCode::kBudgetExceeded, "collide: " + std::to_string(overlaps_->num_pairs()) +
                                             " pairs of discs overlap; there is room for " +
                                             std::to_string(kPairsPerDisc) +
                                             " a disc: smaller radii are needed"};
  }

  Status step_contacts(FrameWriter& frame) {
    const Frame& from = frame.previous();
    solver_->step(*overlaps_,
                  {from.column<float>(kPosition, 0), from.column<float>(kPosition, 1),
                   from.column<float>(kVelocity, 0), from.column<float>(kVelocity, 1)},
                  frame.dt(),
                  {frame.column<float>(kPosition, 0), frame.column<float>(kPosition, 1),
                   frame.column<float>(kVelocity, 0), frame.column<float>(kVelocity, 1)});
    ++steps_;
    return Status::ok();
  }

  // Of motion and height above the floor.
  double energy(std::span<const float> y, std::span<const float> vx,
                std::span<const float> vy) const {
    double sum = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      const double mass = double{radius_[i]} * radius_[i];
      sum += mass * (0.5 * (double{vx[i]} * vx[i] + double{vy[i]} * vy[i]) +
                     height() * (double{y[i]} - box_.min_y));
    }
    return sum;
  }

  const PointSet* points_ = nullptr;
  Parallel* parallel_ = nullptr;
  std::uint64_t seed_ = 1;
  Box box_{};
  std::span<float> radius_;
  bool chosen_radii_ = false;
  double mean_radius_ = 1, start_energy_ = 0;
  std::optional<BroadPhase> overlaps_;
  std::optional<ContactSolver> solver_;
  std::int64_t steps_ = 0;
};

}  // namespace

std::unique_ptr<Scene> create_collide_scene() { return std::make_unique<CollideScene>(); }

}  // namespace quadrille
