#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include <quadrille/multipole.h>
#include <quadrille/parallel.h>

#include "engine/integers.h"
#include "engine/number_text.h"
#include "kernels/kernel_table.h"
#include "kernels/multipole_walk.h"
#include "kernels/scratch.h"
#include "kernels/upward_pass.h"

namespace quadrille {
namespace {

constexpr std::int64_t kLoadGrain = 8192;
// Squared, by the power of the law: what keeps a body's pull on itself 0 instead of 0 / 0. All
// masses over that power of it, and a length, are a float.
constexpr float kLeastSoftening2[] = {1e-12f, 1e-37f, 1e-24f, 1e-18f};
constexpr int kMostPower = 3;
constexpr double kMostExtents = 1e9;  // a softening beyond them is no unit of length

// The power of two that brings `value` into [1, 2), as far as floats have it; 1 for 0.
float per_power_of_two(double value) {
  return value > 0 ? static_cast<float>(std::ldexp(1.0, std::clamp(-std::ilogb(value), -126, 126)))
                   : 1.0f;
}

bool is_harmonic(const MultipoleOptions& options) {
  return options.law == PullLaw::kInverse && options.softening == 0;
}

Status check_options(const MultipoleOptions& options) {
  const auto refuse = [](const std::string& sentence) {
    return Status(StatusCode::kInvalidArgument, sentence);
  };
  if (!(options.softening >= 0 && std::isfinite(options.softening)))
    return refuse("softening is " + number_text(options.softening) + "; it may be 0 or more");
  if (!options.square.is_open() && options.law != PullLaw::kInverse)
    return {StatusCode::kUnsupported, "a periodic square is for the law 1/r alone"};
  if (!std::isfinite(options.square.side))
    return refuse("the side of a periodic square is not finite");
  return Status::ok();
}

// Why theta may be no more than 1, as a sentence ends; empty: it may.
std::string_view limit_of_theta(int power, int order, const PeriodicSquare& square) {
  if (power != 1) return " under other laws than 1/r";
  if (!square.is_open()) return " in a periodic square";
  static_assert(kMostOrderBeyondOne == 4);
  return order <= kMostOrderBeyondOne ? "" : " with an order above 4";
}

float most_theta_of(int power, int order, const PeriodicSquare& square) {
  return limit_of_theta(power, order, square).empty() ? kMostTheta : 1.0f;
}

Status check_theta(float theta, int power, int order, const PeriodicSquare& square) {
  const float most = most_theta_of(power, order, square);
  if (theta >= 0 && theta <= most) return Status::ok();
  std::string sentence =
      "theta is " + number_text(theta) + "; it may be from 0 to " + number_text(most);
  if (theta > most) sentence += limit_of_theta(power, order, square);
  return {StatusCode::kInvalidArgument, sentence};
}

Status check_order(const MultipoleOptions& options) {
  const int least = is_harmonic(options) ? 1 : kLeastRadialOrder;
  const int most = is_harmonic(options) ? kMostHarmonicOrder : kMostRadialOrder;
  if (options.order >= least && options.order <= most) return Status::ok();
  const char* const why = is_harmonic(options)                     ? ""
                          : options.law == PullLaw::kInverseSquare ? " under 1/r^2"
                                                                   : " where 1/r is softened";
  return {StatusCode::kInvalidArgument, "the order is " + std::to_string(options.order) +
                                            "; it may be from " + std::to_string(least) + " to " +
                                            std::to_string(most) + why};
}

Status check_operators(const FieldOperators& operators) {
  if (operators.m2l == nullptr)
    return {StatusCode::kInvalidArgument, "the operators of a field are those of no order"};
  if (operators.power >= 0 && operators.power <= kMostPower) return Status::ok();
  return {StatusCode::kInvalidArgument, "the law falls with power " +
                                            std::to_string(operators.power) +
                                            " of the distance; it may be 0 to 3"};
}

Status check_columns(std::size_t num_bodies, std::span<const float> mass, std::span<const float> ax,
                     std::span<const float> ay, const ActiveBodies& active) {
  const auto check = [num_bodies](const char* name, std::size_t size) -> Status {
    if (size == num_bodies) return Status::ok();
    return {StatusCode::kInvalidArgument, "the column of " + std::string(name) + " has " +
                                              std::to_string(size) + " elements for " +
                                              std::to_string(num_bodies) + " bodies"};
  };
  QUADRILLE_RETURN_IF_ERROR(check("results in x", ax.size()));
  QUADRILLE_RETURN_IF_ERROR(check("results in y", ay.size()));
  if (!active.level.empty()) QUADRILLE_RETURN_IF_ERROR(check("levels", active.level.size()));
  return mass.empty() ? Status::ok() : check("masses", mass.size());
}

}  // namespace

float most_theta(const MultipoleOptions& options) {
  const int power = options.law == PullLaw::kInverse ? 1 : 2;
  return most_theta_of(power, options.order, options.square);
}

Result<Multipole> Multipole::create(std::int64_t max_bodies, const KernelTable& kernels,
                                    Parallel& parallel, Arena& arena, const MultipoleLists& lists) {
  if (std::min({lists.sources, lists.far, lists.near, lists.tasks, lists.task_sources}) < 1) {
    return Status(StatusCode::kInvalidArgument, "the lists of a multipole field hold 1 or more");
  }
  Multipole field;
  field.kernels_ = &kernels;
  field.parallel_ = &parallel;
  field.lists_ = lists;
  const std::int64_t padded = max_bodies + kFieldPadding;
  QUADRILLE_RETURN_IF_ERROR(field.cells_.allocate(max_bodies, arena));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, padded, {"multipole: x"}, field.x_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, padded, {"multipole: y"}, field.y_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, padded, {"multipole: mass"}, field.mass_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, padded, {"multipole: ax"}, field.pull_x_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, padded, {"multipole: ay"}, field.pull_y_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, max_quadrants(max_bodies), {"multipole: active"}, field.has_active_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, kMostCoarseCells, {"multipole: coarse cells"}, field.coarse_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, kMostCoarseCells, {"multipole: images"}, field.of_images_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, parallel.num_workers() + 1, {"multipole: walks"}, field.walks_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, lists.tasks, {"multipole: tasks"}, field.tasks_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, lists.task_sources, {"multipole: task sources"},
                                             field.task_sources_));
  for (Walk& walk : field.walks_) {
    walk = {};
    QUADRILLE_RETURN_IF_ERROR(
        allocate_scratch(arena, lists.sources, {"multipole: sources"}, walk.sources));
    QUADRILLE_RETURN_IF_ERROR(
        allocate_scratch(arena, lists.far + 1, {"multipole: sorted"}, walk.sorted));
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, lists.far + 1, {"multipole: far"}, walk.far));
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, lists.near, {"multipole: near"}, walk.near));
    QUADRILLE_RETURN_IF_ERROR(
        allocate_scratch(arena, lists.near, {"multipole: near images"}, walk.near_image));
  }
  for (std::span<float> column : {field.x_, field.y_, field.mass_}) std::ranges::fill(column, 0.0f);
  return field;
}

Status Multipole::check(const MultipoleOptions& options) {
  QUADRILLE_RETURN_IF_ERROR(check_options(options));
  QUADRILLE_RETURN_IF_ERROR(check_order(options));
  const int power = options.law == PullLaw::kInverse ? 1 : 2;
  return check_theta(options.theta, power, options.order, options.square);
}

FieldOperators Multipole::operators_of(const MultipoleOptions& options) const {
  const FieldTable& table = kernels_->fields;
  const FieldOperators* of_order = options.law == PullLaw::kInverseSquare ? table.inverse_square
                                   : is_harmonic(options)                 ? table.harmonic
                                                                          : table.inverse;
  return of_order[options.order];
}

Status Multipole::accelerate(const QuadtreeView& tree, std::span<const float> mass,
                             const MultipoleOptions& options, std::span<float> ax,
                             std::span<float> ay, const ActiveBodies& active) {
  QUADRILLE_RETURN_IF_ERROR(check_order(options));
  potential_ = {};
  return solve(tree, mass, operators_of(options), options, ax, ay, active);
}

Status Multipole::accelerate(const QuadtreeView& tree, std::span<const float> mass,
                             const FieldOperators& operators, const MultipoleOptions& options,
                             std::span<float> ax, std::span<float> ay) {
  potential_ = {};
  QUADRILLE_RETURN_IF_ERROR(check_operators(operators));
  if (!options.square.is_open())
    return {StatusCode::kUnsupported, "a law of one's own has no periodic square"};
  return solve(tree, mass, operators, options, ax, ay, {});
}

Status Multipole::potentials(const QuadtreeView& tree, std::span<const float> mass,
                             const MultipoleOptions& options, std::span<float> potential) {
  QUADRILLE_RETURN_IF_ERROR(check_order(options));
  FieldOperators operators = operators_of(options);
  operators.potential =
      options.law == PullLaw::kInverse ? &kInversePotential : &kInverseSquarePotential;
  return potentials(tree, mass, operators, options, potential);
}

Status Multipole::potentials(const QuadtreeView& tree, std::span<const float> mass,
                             const FieldOperators& operators, const MultipoleOptions& options,
                             std::span<float> potential) {
  QUADRILLE_RETURN_IF_ERROR(check_operators(operators));
  if (operators.potential == nullptr)
    return {StatusCode::kUnsupported, "the law of the field has no potential"};
  if (!options.square.is_open())
    return {StatusCode::kUnsupported, "potentials in a periodic square are not given"};
  potential_ = {.law = operators.potential,
                .order = operators.order,
                .is_harmonic = operators.is_harmonic,
                .is_softened = options.softening > 0};
  return solve(tree, mass, operators, options, potential, potential, {});
}

Status Multipole::solve(const QuadtreeView& tree, std::span<const float> mass,
                        const FieldOperators& operators, const MultipoleOptions& options,
                        std::span<float> ax, std::span<float> ay, const ActiveBodies& active) {
  QUADRILLE_RETURN_IF_ERROR(check_options(options));
  QUADRILLE_RETURN_IF_ERROR(
      check_theta(options.theta, operators.power, operators.order, options.square));
  is_open_ = options.square.is_open();
  if (!is_open_ && std::ssize(tree.quadrants) > kCellMask)
    return {StatusCode::kUnsupported, "a periodic square holds 2^27 quadrants at most"};
  if (!is_open_ && lists_.sources < kNumNearImages)
    return {StatusCode::kUnsupported, "a periodic square needs lists of 9 sources or more"};
  const std::size_t num_bodies = tree.order.size(), room = x_.size() - kFieldPadding;
  if (num_bodies > room) {
    return {StatusCode::kInvalidArgument, "the tree has " + std::to_string(num_bodies) +
                                              " bodies; the field has room for " +
                                              std::to_string(room)};
  }
  QUADRILLE_RETURN_IF_ERROR(check_columns(num_bodies, mass, ax, ay, active));
  tree_ = tree;
  operators_ = operators;
  active_ = active;
  masses_ = mass;
  ax_ = ax;
  ay_ = ay;
  choose_units(tree, mass, options);
  load_bodies(tree, mass, options.square);
  cells_.update(tree, bodies(), operators, *parallel_);
  if (cells_.cells().empty()) return Status::ok();
  mark_active();
  open_square(options);
  cells_.set_reaches(options.theta, operators.power, *parallel_);
  lump_coincident();
  if (potential_.law != nullptr) add_potentials_of_spots();
  descend_all();
  return Status::ok();
}

void Multipole::choose_units(const QuadtreeView& tree, std::span<const float> mass,
                             const MultipoleOptions& options) {
  const float softening = options.softening;
  std::atomic<float> most = mass.empty() ? 1.0f : 0.0f;
  std::atomic<bool> is_even = true;
  const auto num_masses = static_cast<std::int64_t>(mass.size());
  parallel_->for_range(num_masses, kLoadGrain, [&](std::int64_t begin, std::int64_t end, int) {
    float largest = mass[0];
    std::uint32_t differing = 0;  // bits; without a branch
    for (const float m : mass.subspan(at(begin), at(end - begin)))
      differing |= std::bit_cast<std::uint32_t>(m) ^ std::bit_cast<std::uint32_t>(largest);
    if (differing != 0) {
      is_even.store(false, std::memory_order_relaxed);
      largest = *std::max_element(mass.begin() + begin, mass.begin() + end);
    }
    float seen = most.load(std::memory_order_relaxed);
    while (seen < largest &&
           !most.compare_exchange_weak(seen, largest, std::memory_order_relaxed)) {
    }
  });
  has_even_masses_ = is_even.load(std::memory_order_relaxed);
  const Box& bounds = tree.bounds;
  const double extent =
      std::max({double{bounds.max_x} - bounds.min_x, double{bounds.max_y} - bounds.min_y,
                double{options.square.side}});
  const int power = operators_.power;  // a law without one knows lengths of its own
  const double length = std::max(extent, softening / kMostExtents);
  per_length_ = power == 0 ? 1.0f : per_power_of_two(length);
  per_mass_ = per_power_of_two(double{most.load(std::memory_order_relaxed)} *
                               static_cast<double>(tree.order.size()));
  pull_unit_ = 1 / double{per_mass_};
  for (int i = 0; i < power; ++i) pull_unit_ *= per_length_;
  softening2_ =
      std::max(softening * per_length_ * (softening * per_length_), kLeastSoftening2[power]);
  if (potential_.law == nullptr) return;
  // A potential falls by one power less; that of 1/r is a logarithm, which units of length shift.
  pull_unit_ /= power == 0 ? 1.0 : double{per_length_};
  if (power == 1) {
    const double per_square = 1 / (double{per_length_} * per_length_);
    potential_.offset = potential_.law->value(per_square) - potential_.law->value(1);
  }
}

void Multipole::load_bodies(const QuadtreeView& tree, std::span<const float> mass,
                            const PeriodicSquare& square) {
  const auto num_bodies = static_cast<std::int64_t>(tree.order.size());
  // In a square places are taken from its corner: images stand off by sides, which a float of a far
  // place could not tell. Else, where all have the same, from that, which units of a short extent
  // would make too large; others are at most 2^24 extents from 0, as floats have them.
  const auto same = [](float low, float high) { return low == high ? low : 0.0f; };
  const Box& bounds = tree.bounds;
  const float corner_x = is_open_ ? same(bounds.min_x, bounds.max_x) : square.min_x;
  const float corner_y = is_open_ ? same(bounds.min_y, bounds.max_y) : square.min_y;
  parallel_->for_range(num_bodies, kLoadGrain, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::size_t p = at(begin); p < at(end); ++p) {
      x_[p] = (tree.x[p] - corner_x) * per_length_;
      y_[p] = (tree.y[p] - corner_y) * per_length_;
      pull_x_[p] = pull_y_[p] = 0;
    }
    // Where all have the same mass it need not be fetched from all over memory.
    if (has_even_masses_) {
      const float all = (mass.empty() ? 1.0f : mass[0]) * per_mass_;
      std::fill(mass_.begin() + begin, mass_.begin() + end, all);
      return;
    }
    for (std::size_t p = at(begin); p < at(end); ++p)
      mass_[p] = mass[at(tree.order[p])] * per_mass_;
  });
}

// Which cells hold a body whose pull is wanted.
void Multipole::mark_active() {
  if (active_.are_all()) return;
  for_each_upward(tree_, *parallel_, [this](std::size_t q) {
    const FieldCell& cell = cells_.cells()[q];
    bool any = false;
    if (cell.is_leaf()) {
      for (std::int32_t p = cell.first_body; p < cell.last_body; ++p)
        any = any || active_.has(tree_.order[at(p)]);
    } else {
      const auto first = static_cast<std::int32_t>(cell.first_child);
      for (std::int32_t c = first; c < first + cell.num_children(); ++c)
        any = any || has_active_[at(c)] != 0;
    }
    has_active_[q] = any ? 1 : 0;
  });
}

// Bodies of a leaf that all stand on one spot are a point to everyone: the first one has their
// mass.
void Multipole::lump_coincident() {
  const auto cells = cells_.cells();
  parallel_->for_range(
      std::ssize(cells), kLoadGrain, [&](std::int64_t begin, std::int64_t end, int) {
        for (const FieldCell& cell : cells.subspan(at(begin), at(end - begin))) {
          if (!cell.is_leaf() || cell.scale > 0) continue;
          std::fill(mass_.begin() + cell.first_body, mass_.begin() + cell.last_body, 0.0f);
          mass_[at(cell.first_body)] = cell.mass;
        }
      });
}

// What bodies of one spot are to each other, which no walk adds, and their marks. Cells above come
// before those below: a spot may be an inner cell, whose bodies no unit of length tells apart. Of
// masses as doubles, as one body may have nearly all of it.
void Multipole::add_potentials_of_spots() {
  if (!potential_.is_softened) return;
  const double of_unit = potential_.of_pair(softening2_) * per_mass_;
  const auto mass_of = [this](std::size_t p) {
    return masses_.empty() ? 1.0 : double{masses_[at(tree_.order[p])]};
  };
  for (const FieldCell& cell : cells_.cells()) {
    const std::size_t first = at(cell.first_body), last = at(cell.last_body);
    if (cell.scale > 0 || std::bit_cast<std::int32_t>(pull_y_[first]) != 0) continue;
    double mass = 0;
    for (std::size_t p = first; p < last; ++p) mass += mass_of(p);
    for (std::size_t p = first; p < last; ++p) {
      pull_x_[p] = static_cast<float>((mass - mass_of(p)) * of_unit);
      pull_y_[p] = mark_of_spot(cell.first_body);
    }
  }
}

}  // namespace quadrille
