#include "kernels/barnes_hut_potential.h"

#include "kernels/fixed_math.h"

namespace quadrille {
namespace {

double half_log(double r2, double softening2) { return 0.5 * fixed_math::log(r2 + softening2); }

// Monopole and quadrupole: Re(m log u - M2 / (2 u^2)), softened as the field is.
double cell_potential(const BarnesHutCell& cell, double ux, double uy, double softening2) {
  const double r2 = ux * ux + uy * uy, inverse = 1 / (r2 + softening2);
  const double qx = cell.scale * ux * inverse, qy = -cell.scale * uy * inverse;
  const double quadrupole =
      (qx * qx - qy * qy) * cell.moment[1][0] - 2 * qx * qy * cell.moment[1][1];
  const double spread = softening2 * inverse * cell.scale * cell.scale * inverse * cell.inertia;
  return cell.mass * half_log(r2, softening2) - 0.5 * quadrupole + spread;
}

double leaf_potential(const PotentialArgs& args, const BodyRange& bodies, std::size_t place,
                      double softening2) {
  double sum = 0;
  for (auto p = static_cast<std::size_t>(bodies.first); p < static_cast<std::size_t>(bodies.last);
       ++p) {
    if (p == place) continue;
    const double dx = double{args.tree.x[p]} - args.tree.x[place];
    const double dy = double{args.tree.y[p]} - args.tree.y[place];
    sum += args.mass[static_cast<std::size_t>(args.tree.order[p])] *
           half_log(dx * dx + dy * dy, softening2);
  }
  return sum;
}

// A million bodies on one spot are one to each of them, too, less itself.
double spot_potential(const PotentialArgs& args, std::size_t c, std::size_t place,
                      double squared_distance, double softening2) {
  const BodyRange& bodies = args.tree.ranges[c];
  const auto at = static_cast<std::int32_t>(place);
  const bool is_one = bodies.first <= at && at < bodies.last;
  const float own = is_one ? args.mass[static_cast<std::size_t>(args.tree.order[place])] : 0.0f;
  return (double{args.cells[c].mass} - own) * half_log(squared_distance, softening2);
}

}  // namespace

double potential_at(const PotentialArgs& args, std::size_t place) {
  const double softening2 = double{args.softening} * args.softening;
  const double theta2 = double{args.theta} * args.theta;
  std::int32_t stack[kMostCellsWaiting] = {0};
  int waiting = args.cells.empty() ? 0 : 1;
  double sum = 0;
  while (waiting > 0) {
    const auto c = static_cast<std::size_t>(stack[--waiting]);
    const BarnesHutCell& cell = args.cells[c];
    const double ux = double{args.tree.x[place]} - cell.center_x;
    const double uy = double{args.tree.y[place]} - cell.center_y;
    if (cell.scale == 0) {
      sum += spot_potential(args, c, place, ux * ux + uy * uy, softening2);
    } else if (2.0 * cell.scale * cell.scale < theta2 * (ux * ux + uy * uy)) {
      sum += cell_potential(cell, ux, uy, softening2);
    } else if (cell.num_children == 0) {
      sum += leaf_potential(args, args.tree.ranges[c], place, softening2);
    } else {
      for (std::int32_t child = 0; child < cell.num_children; ++child)
        stack[waiting++] = cell.first_child + child;
    }
  }
  return sum;
}

}  // namespace quadrille
