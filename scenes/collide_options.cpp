#include "scenes/collide_options.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "engine/number_text.h"
#include "scenes/scenes.h"

namespace quadrille {
namespace {

constexpr float kMostFriction = 100, kMostRestitution = 1;  // of rolling as of friction
constexpr int kMostSubSteps = 64;
constexpr double kThinnestBox = 1e-6;  // of its length: thinner ones are lines, but for given radii
constexpr double kLeastTime = 1e-18;   // so that floats hold what is over it
constexpr double kLeastLength = 1e-15, kMostLength = 1e15;  // so that floats hold squares
// On one spot: more are not even counted any more.
constexpr std::int64_t kCrowdedPairsPerDisc = 64, kCrowdedPairs = 100000;

Status refused_number(const std::string& sentence) {
  return {StatusCode::kInvalidArgument, "collide: " + sentence};
}

Status check_up_to(const char* name, float value, float most) {
  if (value <= most) return Status::ok();  // below 0: the scene's own
  return refused_number(std::string(name) + " is " + number_text(value) + "; it may be from 0 to " +
                        number_text(most));
}

}  // namespace

Status check_collide_dt(float dt) {
  if (dt >= kLeastTime && dt <= kMostLength) return Status::ok();
  return refused_number("dt is " + number_text(dt) + "; it may be from 1e-18 to 1e15");
}

Status check_collide_options(const SceneOptions& options) {
  QUADRILLE_RETURN_IF_ERROR(check_up_to("friction", options.friction, kMostFriction));
  QUADRILLE_RETURN_IF_ERROR(check_up_to("restitution", options.restitution, kMostRestitution));
  QUADRILLE_RETURN_IF_ERROR(
      check_up_to("gravity", options.gravity, static_cast<float>(kMostLength)));
  if (!(options.rolling >= 0 && options.rolling <= kMostFriction))  // it has no other default
    return refused_number("rolling is " + number_text(options.rolling) + "; it may be from 0 to " +
                          number_text(kMostFriction));
  if (options.dt != 0) QUADRILLE_RETURN_IF_ERROR(check_collide_dt(options.dt));
  if (options.sub_steps >= 0 && options.sub_steps <= kMostSubSteps) return Status::ok();
  return refused_number("sub_steps is " + std::to_string(options.sub_steps) +
                        "; it may be from 1 to 64");
}

Result<CollideOptions> collide_options(const SceneOptions& options) {
  QUADRILLE_RETURN_IF_ERROR(check_collide_options(options));
  CollideOptions chosen;
  if (options.friction >= 0) chosen.friction = options.friction;
  if (options.restitution >= 0) chosen.restitution = options.restitution;
  chosen.gravity = options.gravity;
  chosen.rolling = options.rolling;
  chosen.dt = options.dt;
  chosen.sub_steps = options.sub_steps;
  return chosen;
}

Box collide_box(const PointSet& points) {
  if (points.box.size() == 4) {
    const std::vector<double>& b = points.box;
    return {static_cast<float>(b[0]), static_cast<float>(b[1]), static_cast<float>(b[2]),
            static_cast<float>(b[3])};
  }
  double low[2] = {0, 0}, high[2] = {0, 0};
  for (const auto& [values, axis] : {std::pair(&points.x, 0), std::pair(&points.y, 1)}) {
    if (values->empty()) continue;
    low[axis] = static_cast<float>(*std::ranges::min_element(*values));
    high[axis] = static_cast<float>(*std::ranges::max_element(*values));
  }
  double side = std::max(high[0] - low[0], high[1] - low[1]);
  side = side > 0 ? side : 1;
  for (const int axis : {0, 1}) side = std::max(side, 1e-6 * std::abs(low[axis]));
  const double least = points.radius.empty() ? kThinnestBox * side : 0;
  for (const int axis : {0, 1}) {
    if (high[axis] - low[axis] > least) continue;
    low[axis] -= side / 2;
    high[axis] += side / 2;
  }
  return {static_cast<float>(low[0]), static_cast<float>(low[1]), static_cast<float>(high[0]),
          static_cast<float>(high[1])};
}

Result<std::int64_t> check_discs(const PointSet& points, const Box& box, std::span<const float> x,
                                 std::span<const float> y) {
  if (!(box.min_x < box.max_x && box.min_y < box.max_y))
    return Status(StatusCode::kInvalidInput, "collide: the box is inside out, or flat");
  for (const float end : points.segments) {
    if (!(std::abs(end) <= kMostLength))
      return Status(StatusCode::kInvalidInput, "collide: a segment ends beyond 1e15, or nowhere");
  }
  const double side = std::max(double{box.max_x} - box.min_x, double{box.max_y} - box.min_y);
  if (!(side >= kLeastLength && side <= kMostLength)) {
    return Status(
        StatusCode::kInvalidInput,
        "collide: the box is shorter than 1e-15 or longer than 1e15 units of length; take "
        "another unit");
  }
  for (std::size_t i = 0; i < points.radius.size(); ++i) {
    if (points.radius[i] >= kLeastLength && points.radius[i] <= kMostLength) continue;
    return Status(StatusCode::kInvalidInput,
                  "collide: body " + std::to_string(i) + " has the radius " +
                      number_text(points.radius[i]) + "; it may be from 1e-15 to 1e15");
  }
  std::vector<std::pair<float, float>> spots(x.size());
  for (std::size_t i = 0; i < spots.size(); ++i) spots[i] = {x[i], y[i]};
  std::ranges::sort(spots);
  std::int64_t pairs = 0, here = 0;
  for (std::size_t i = 1; i < spots.size(); ++i) {
    here = spots[i] == spots[i - 1] ? here + 1 : 0;
    pairs += here;
  }
  if (pairs <= kCrowdedPairsPerDisc * points.size() + kCrowdedPairs) return pairs;
  return Status(StatusCode::kBudgetExceeded,
                "collide: " + std::to_string(pairs) +
                    " pairs of discs stand on one spot; there is room for " +
                    std::to_string(kPairsPerDisc) + " a disc");
}

}  // namespace quadrille
