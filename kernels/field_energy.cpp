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
PotentialOfLaw potential_of(bool is_inverse, double s) {
  if (is_inverse) return {0.5 * fixed_math::log(s), 1 / s, -2 / (s * s)};
  const double per_length = 1 / std::sqrt(s), cubed = per_length / s;
  return {-per_length, cubed, -3 * cubed / s};
}

// Taylor's series about the centre up to the second order, at u from there.
double cell_potential(const BarnesHutCell& cell, double ux, double uy, bool is_inverse,
                      double softening2) {
  const PotentialOfLaw law = potential_of(is_inverse, ux * ux + uy * uy + softening2);
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

double FieldEnergy::potential_at(const QuadtreeView& tree, std::size_t place, bool is_inverse,
                                 double softening2) const {
  const std::span<const BarnesHutCell> cells = cells_.cells();
  std::int32_t stack[kMostCellsWaiting] = {0};
  int waiting = cells.empty() ? 0 : 1;
  double sum = 0;
  while (waiting > 0) {
    const std::size_t c = at(stack[--waiting]);
    const BarnesHutCell& cell = cells[c];
    const double ux = double{tree.x[place]} - cell.center_x;
    const double uy = double{tree.y[place]} - cell.center_y;
    if (cell.scale ==
        0) {  // a million bodies on one spot are one to each of them, too, less itself
      const BodyRange& there = tree.ranges[c];
      const bool is_one = place >= at(there.first) && place < at(there.last);
      const double others = double{cell.mass} - (is_one ? double{mass_[place]} : 0.0);
      const double s = ux * ux + uy * uy + softening2;
      if (s > 0) sum += others * potential_of(is_inverse, s).value;
    } else if (double{cell.scale} * cell.scale < kCellTheta * kCellTheta * (ux * ux + uy * uy)) {
      sum += cell_potential(cell, ux, uy, is_inverse, softening2);
    } else if (cell.num_children != 0) {
      for (std::int32_t child = 0; child < cell.num_children; ++child)
        stack[waiting++] = cell.first_child + child;
    } else {
      for (std::size_t p = at(tree.ranges[c].first); p < at(tree.ranges[c].last); ++p) {
        const double dx = double{tree.x[p]} - tree.x[place];
        const double dy = double{tree.y[p]} - tree.y[place];
        const double s = dx * dx + dy * dy + softening2;
        if (p != place && s > 0) sum += mass_[p] * potential_of(is_inverse, s).value;
      }
    }
  }
  return sum;
}

ConservedQuantities FieldEnergy::measure(const QuadtreeView& tree, const MovingBodies& bodies,
                                         PullLaw law, float softening) {
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
  const std::int64_t stride = std::max<std::int64_t>(1, n / kMostBodies);
  const std::int64_t count = (n + stride - 1) / stride;
  parallel_->for_range(count, kBodiesAPart, [&](std::int64_t begin, std::int64_t end, int) {
    Part part;
    for (std::int64_t k = begin; k < end; ++k) {
      const std::size_t place = at(k * stride), i = at(tree.order[place]);
      const double mass = mass_[place], vx = bodies.vx[i], vy = bodies.vy[i];
      part.mass += mass;
      part.kinetic += 0.5 * mass * (vx * vx + vy * vy);
      part.potential +=
          0.5 * mass *
          potential_at(tree, place, law == PullLaw::kInverse, double{softening} * softening);
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
