#include "kernels/field_energy.h"

#include <algorithm>
#include <cmath>

#include <quadrille/parallel.h>

#include "engine/integers.h"
#include "kernels/fixed_math.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr double kCellTheta = 0.5;
constexpr std::int64_t kBodiesAPart = 256;

// The potential of a law and its derivatives by 2 / ds, at s.
struct PotentialOfLaw {
  double value, first, second;
};
PotentialOfLaw potential_of(bool is_inverse, double s, double log_unit) {
  if (is_inverse) return {0.5 * fixed_math::log(s) - log_unit, 1 / s, -2 / (s * s)};
  const double per_length = 1 / std::sqrt(s), cubed = per_length / s;
  return {-per_length, cubed, -3 * cubed / s};
}

// Taylor's series about the centre up to the second order, at u from there.
double cell_potential(const BarnesHutCell& cell, double ux, double uy, bool is_inverse,
                      double softening2, double log_unit) {
  const PotentialOfLaw law = potential_of(is_inverse, ux * ux + uy * uy + softening2, log_unit);
  const double scale = cell.scale, scale2 = scale * scale;
  const double along = scale * (ux * cell.moment[0][0] + uy * cell.moment[0][1]);
  // Of the moments of inertia their sum, difference and product are known.
  const double sum = scale2 * cell.inertia, difference = scale2 * cell.moment[1][0];
  const double product = 0.5 * scale2 * cell.moment[1][1];
  const double squares = 0.5 * (sum + difference) * ux * ux + 2 * product * ux * uy +
                         0.5 * (sum - difference) * uy * uy;
  return cell.mass * law.value - along * law.first + 0.5 * (squares * law.second + sum * law.first);
}

double drift_scale(double x, double y) { return std::sqrt(x * x + y * y); }

}  // namespace

Result<FieldEnergy> FieldEnergy::create(std::int64_t max_bodies, Parallel& parallel, Arena& arena) {
  FieldEnergy energy;
  energy.parallel_ = &parallel;
  const std::int64_t parts = std::min(max_bodies, 2 * kMostBodies) / kBodiesAPart + 1;
  QUADRILLE_RETURN_IF_ERROR(energy.cells_.allocate(max_bodies, arena));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, max_bodies, {"energy: mass"}, energy.mass_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, parts, {"energy: parts"}, energy.parts_));
  return energy;
}

double FieldEnergy::potential_at(const QuadtreeView& tree, std::size_t place,
                                 const MultipoleOptions& options) const {
  const double side = options.square.side;
  if (options.square.is_open()) return potential_of_image(tree, place, 0, 0, options);
  double sum = 0;
  for (const ImageOffset& image : kNearImages)
    sum += potential_of_image(tree, place, image.x * side, image.y * side, options);
  return sum;
}

// Of all bodies, seen from (off_x, off_y) beside one of them, which it is itself only where it is.
double FieldEnergy::potential_of_image(const QuadtreeView& tree, std::size_t place, double off_x,
                                       double off_y, const MultipoleOptions& options) const {
  const bool is_inverse = options.law == PullLaw::kInverse, is_there = off_x == 0 && off_y == 0;
  const double softening2 = double{options.softening} * options.softening;
  // In a periodic square its side is the unit of length: a constant, but a large one.
  const double log_unit =
      options.square.is_open() ? 0 : fixed_math::log(double{options.square.side});
  const double x = tree.x[place] + off_x, y = tree.y[place] + off_y;
  const std::span<const BarnesHutCell> cells = cells_.cells();
  std::int32_t stack[kMostCellsWaiting] = {0};
  int waiting = cells.empty() ? 0 : 1;
  double sum = 0;
  while (waiting > 0) {
    const std::size_t c = at(stack[--waiting]);
    const BarnesHutCell& cell = cells[c];
    const double ux = x - cell.center_x, uy = y - cell.center_y;
    if (cell.scale ==
        0) {  // a million bodies on one spot are one to each of them, too, less itself
      const BodyRange& there = tree.ranges[c];
      const bool is_one = is_there && place >= at(there.first) && place < at(there.last);
      const double others = double{cell.mass} - (is_one ? double{mass_[place]} : 0.0);
      const double s = ux * ux + uy * uy + softening2;
      if (s > 0) sum += others * potential_of(is_inverse, s, log_unit).value;
    } else if (double{cell.scale} * cell.scale < kCellTheta * kCellTheta * (ux * ux + uy * uy)) {
      sum += cell_potential(cell, ux, uy, is_inverse, softening2, log_unit);
    } else if (cell.num_children != 0) {
      for (std::int32_t child = 0; child < cell.num_children; ++child)
        stack[waiting++] = cell.first_child + child;
    } else {
      for (std::size_t p = at(tree.ranges[c].first); p < at(tree.ranges[c].last); ++p) {
        const double dx = tree.x[p] - x, dy = tree.y[p] - y;
        const double s = dx * dx + dy * dy + softening2;
        if (!(is_there && p == place) && s > 0)
          sum += mass_[p] * potential_of(is_inverse, s, log_unit).value;
      }
    }
  }
  return sum;
}

ConservedQuantities FieldEnergy::measure(const QuadtreeView& tree, const MovingBodies& bodies,
                                         const MultipoleOptions& options) {
  ConservedQuantities result;
  const std::int64_t n = std::ssize(tree.order);
  double total_mass = 0, sampled_mass = 0;
  for (std::size_t p = 0; p < tree.order.size(); ++p) {
    const std::size_t i = at(tree.order[p]);
    const double mass = mass_[p] = bodies.mass[i];
    const double vx = bodies.vx[i], vy = bodies.vy[i];
    total_mass += mass;
    result.momentum_x += mass * vx;
    result.momentum_y += mass * vy;
    result.angular_momentum += mass * (bodies.x[i] * vy - bodies.y[i] * vx);
    result.mass_times_speed += mass * drift_scale(vx, vy);
    result.mass_times_swept += mass * drift_scale(vx, vy) * drift_scale(bodies.x[i], bodies.y[i]);
  }
  cells_.update(tree, mass_, *parallel_);
  const LatticePotential lattice(tree, mass_, options.square);
  const std::int64_t stride = std::max<std::int64_t>(1, n / kMostBodies);
  const std::int64_t count = (n + stride - 1) / stride;
  parallel_->for_range(count, kBodiesAPart, [&](std::int64_t begin, std::int64_t end, int) {
    Part part;
    for (std::int64_t k = begin; k < end; ++k) {
      const std::size_t place = at(k * stride), i = at(tree.order[place]);
      const double mass = mass_[place], vx = bodies.vx[i], vy = bodies.vy[i];
      part.mass += mass;
      part.kinetic += 0.5 * mass * (vx * vx + vy * vy);
      part.potential += 0.5 * mass * potential_at(tree, place, options);
      if (!options.square.is_open())
        part.potential += 0.5 * mass * lattice.at_place(tree.x[place], tree.y[place]);
    }
    parts_[at(begin / kBodiesAPart)] = part;
  });
  for (std::int64_t part = 0; part * kBodiesAPart < count; ++part) {
    result.kinetic += parts_[at(part)].kinetic;
    result.potential += parts_[at(part)].potential;
    sampled_mass += parts_[at(part)].mass;
  }
  if (sampled_mass > 0) {
    result.kinetic *= total_mass / sampled_mass;
    result.potential *= total_mass / sampled_mass;
  }
  return result;
}

}  // namespace quadrille
