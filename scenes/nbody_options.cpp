#include "scenes/nbody_options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/number_text.h"
#include "scenes/body_columns.h"
#include "scenes/scenes.h"

namespace quadrille {
namespace {

// What far cells do wrong falls with the number of bodies: of a million, uniform or clustered, it
// is 1e-4 to 4e-4 under m / r, and 4e-3 under m / r^2, where more than that comes from neighbours.
// Few bodies err by more, most of all along lines, on lattices and in small clusters (2.5 % under
// m / r, 3 % under m / r^2, by these orders and thetas), and take little time: up to 131,072 of any
// shape tried err by half a percent at most. In a periodic box the mean pull cancels, and what is
// left errs by more of itself.
struct FieldDefault {
  std::int64_t most_bodies;
  int order;
  float theta;
};
constexpr FieldDefault kInverseFields[] = {
    {32768, 6, 0.7f}, {131072, 6, 0.8f}, {INT64_MAX, 4, 0.9f}};
constexpr FieldDefault kInverseSquareFields[] = {
    {32768, 6, 0.4f}, {131072, 6, 0.5f}, {INT64_MAX, 6, 0.8f}};
constexpr FieldDefault kPeriodicFields[] = {{INT64_MAX, 6, 0.5f}};
constexpr double kLeastVerifiedError = 2e-2;
constexpr double kMostErrorGrowth = 1.5;   // from one check to the next
constexpr double kLeastSide = 1e-5;        // over coordinates, which floats know to 6e-8
constexpr float kMostNbodyLength = 1e18f;  // squares of distances are floats

Status refused_option(const std::string& sentence) {
  return {StatusCode::kInvalidArgument, sentence};
}

// What follows the name and a colon: empty, or a number up to the next colon.
template <class Number>
bool read_option_number(std::string_view& text, Number& number) {
  if (text.empty()) return true;
  if (text.front() != ':') return false;
  text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return error == std::errc();
}

Status read_time_steps(const std::string& text, std::optional<BlockStepOptions>& blocks) {
  if (text.empty() || text == "shared") return Status::ok();
  std::string_view rest = text;
  BlockStepOptions options;
  if (rest.starts_with("block")) {
    rest.remove_prefix(5);
    if (read_option_number(rest, options.levels) && read_option_number(rest, options.eta) &&
        rest.empty()) {
      blocks = options;
      return Status::ok();
    }
  }
  return refused_option("'" + text +
                        "' are no time steps; there are shared and block[:LEVELS[:ETA]]");
}

struct NbodyBox {
  bool is_periodic = false;
  float side = 0;  // 0: as wide as the bodies
};

Result<NbodyBox> read_nbody_box(const std::string& text) {
  NbodyBox box;
  if (text.empty() || text == "open") return box;
  std::string_view rest = text;
  box.is_periodic = rest.starts_with("periodic");
  if (box.is_periodic) rest.remove_prefix(8);
  const bool has_side = !rest.empty();
  if (!box.is_periodic || !read_option_number(rest, box.side) || !rest.empty())
    return refused_option("'" + text + "' is no box; there are open and periodic[:SIDE]");
  if (!has_side || (box.side > 0 && box.side <= kMostNbodyLength)) return box;
  return refused_option("the side of the periodic box is " + number_text(box.side) +
                        "; it may be above 0 and up to 1e18");
}

// Stands around the middle of the bodies.
Result<PeriodicSquare> place_square(const NbodyBox& box, const PointSet& points) {
  if (!box.is_periodic) return PeriodicSquare{};
  double low[2] = {0, 0}, high[2] = {0, 0};
  for (const auto& [values, axis] : {std::pair(&points.x, 0), std::pair(&points.y, 1)}) {
    if (values->empty()) continue;
    low[axis] = *std::ranges::min_element(*values);
    high[axis] = *std::ranges::max_element(*values);
  }
  float side = box.side;
  if (side == 0)
    side = static_cast<float>(std::max(high[0] - low[0], high[1] - low[1]) * (1 + 1e-6));
  if (!(side > 0))
    return refused_option("the bodies have no width; say how wide the box is, by periodic:SIDE");
  if (!(side <= kMostNbodyLength))
    return refused_option("the bodies are wider than 1e18; take a larger unit of length");
  const double farthest =
      std::max({std::abs(low[0]), std::abs(low[1]), std::abs(high[0]), std::abs(high[1])});
  if (side < kLeastSide * farthest)
    return refused_option(
        "the side of the periodic box is less than a hundred thousandth of the bodies' "
        "coordinates: floats do not tell places in it apart");
  return PeriodicSquare{static_cast<float>(0.5 * (low[0] + high[0] - side)),
                        static_cast<float>(0.5 * (low[1] + high[1] - side)), side};
}

Status check_nbody_numbers(const SceneOptions& options) {
  if (!(options.softening <= kMostNbodyLength))
    return refused_option("softening is " + number_text(options.softening) +
                          "; it may be from 0 to 1e18");
  if (!(options.dt >= 0 && options.dt <= kMostNbodyLength))
    return refused_option("dt is " + number_text(options.dt) + "; it may be from 0 to 1e18");
  if (!options.law.empty() && options.law != "inverse" && options.law != "inverse-square")
    return refused_option("'" + options.law + "' is no law; there are inverse and inverse-square");
  return Status::ok();
}

Status check_nbody_together(const NbodyOptions& options) {
  const MultipoleOptions& field = options.field;
  if (options.blocks) QUADRILLE_RETURN_IF_ERROR(BlockTimeSteps::check(*options.blocks));
  if (options.blocks && !(field.softening > 0))
    return refused_option("block time steps are chosen by the softening, which is 0");
  if (field.square.is_open()) return Status::ok();
  if (field.law != PullLaw::kInverse) {
    return {StatusCode::kUnsupported,
            "a periodic box is for the law inverse: inverse-square has no sum over images here"};
  }
  if (field.softening > field.square.side / 16)
    return refused_option("softening is more than a sixteenth of the periodic box");
  return Status::ok();
}

// Order and theta, each as it is given, else as suits so many bodies.
void choose_field(const SceneOptions& options, std::int64_t num_bodies, MultipoleOptions& field) {
  const std::span<const FieldDefault> defaults =
      !field.square.is_open()          ? std::span<const FieldDefault>(kPeriodicFields)
      : field.law == PullLaw::kInverse ? std::span<const FieldDefault>(kInverseFields)
                                       : std::span<const FieldDefault>(kInverseSquareFields);
  const FieldDefault& chosen = *std::ranges::find_if(
      defaults, [&](const FieldDefault& entry) { return num_bodies <= entry.most_bodies; });
  field.theta = options.theta >= 0 ? options.theta : chosen.theta;
  field.order = options.order;
  if (options.order > 0) return;
  field.order = chosen.order;  // of a theta beyond 1, which few terms alone may have, no more
  if (field.theta > 1) field.order = std::min(field.order, kMostOrderBeyondOne);
}

// All but the time step. `softening` and `square` are what the bodies have made of those options.
Result<NbodyOptions> read_nbody_options(const SceneOptions& options, std::int64_t num_bodies,
                                        float softening, const PeriodicSquare& square) {
  NbodyOptions result;
  MultipoleOptions& field = result.field;
  field.law = options.law == "inverse-square" ? PullLaw::kInverseSquare : PullLaw::kInverse;
  field.softening = softening;
  field.square = square;
  choose_field(options, num_bodies, field);
  QUADRILLE_RETURN_IF_ERROR(read_time_steps(options.time_steps, result.blocks));
  QUADRILLE_RETURN_IF_ERROR(check_nbody_together(result));
  // Whoever chooses order or theta alone is told the error, and may have wanted it.
  const bool by_hand = options.order > 0 || options.theta >= 0;
  result.most_force_error =
      by_hand ? HUGE_VAL : std::max(kLeastVerifiedError, kMostErrorGrowth * options.force_error);
  if (options.force_error == 0) {
    QUADRILLE_RETURN_IF_ERROR(Multipole::check(field));
    return result;
  }
  QUADRILLE_ASSIGN_OR_RETURN(result.accuracy, FieldAccuracy::create(field, options.force_error));
  return result;
}

}  // namespace

Status check_nbody_options(const SceneOptions& options) {
  QUADRILLE_RETURN_IF_ERROR(check_nbody_numbers(options));
  QUADRILLE_ASSIGN_OR_RETURN(const NbodyBox box, read_nbody_box(options.box));
  // What bodies decide is taken as it suits best: a box for any softening, a softening for any box.
  PeriodicSquare square;
  if (box.is_periodic) square.side = box.side > 0 ? box.side : kMostNbodyLength;
  const float softening = options.softening >= 0 ? options.softening
                          : box.is_periodic      ? square.side / 32
                                                 : 1.0f;
  return read_nbody_options(options, 0, softening, square).status();
}

Result<NbodyOptions> nbody_options(const PointSet& points, const SceneOptions& options) {
  QUADRILLE_RETURN_IF_ERROR(check_nbody_numbers(options));
  QUADRILLE_ASSIGN_OR_RETURN(const NbodyBox box, read_nbody_box(options.box));
  QUADRILLE_ASSIGN_OR_RETURN(const PeriodicSquare square, place_square(box, points));
  const double extent = rms_radius(points);
  float softening = options.softening;
  if (softening < 0) {  // the mean distance of neighbours, or so
    const double n = std::max(1.0, static_cast<double>(points.size()));
    softening = extent > 0 ? static_cast<float>(extent / std::sqrt(n)) : 1.0f;
    if (box.is_periodic) softening = std::min(softening, square.side / 32);
  }
  QUADRILLE_ASSIGN_OR_RETURN(NbodyOptions result,
                             read_nbody_options(options, points.size(), softening, square));
  result.dt = options.dt;
  result.extent = extent;
  return result;
}

Status check_nbody_dt(float dt) {
  if (std::abs(dt) <= kMostNbodyLength) return Status::ok();
  return refused_option("dt is " + number_text(dt) + "; it may be up to 1e18, either way");
}

float wrapped(float value, float low, float side) {
  const float place = (value - low) / side;
  if (place >= 0 && place < 1) return value;
  constexpr float kMostSides = 1e9f;  // beyond, a float knows no place within the square
  if (!(place > -kMostSides && place < kMostSides)) return std::isfinite(value) ? low : value;
  auto sides = static_cast<std::int32_t>(place);
  sides -= static_cast<float>(sides) > place ? 1 : 0;  // downward
  const float inside = value - static_cast<float>(sides) * side;
  return inside >= low && (inside - low) / side < 1 ? inside : low;
}

}  // namespace quadrille
