#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include <quadrille/field_energy.h>
#include <quadrille/parallel.h>
#include <quadrille/periodic_square.h>

#include "engine/integers.h"
#include "kernels/barnes_hut_cells.h"
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

double size_of(double x, double y) { return std::sqrt(x * x + y * y); }

std::string column_problem(const char* name, std::size_t size, std::size_t bodies) {
  return "the column " + std::string(name) + " of moving bodies has " + std::to_string(size) +
         " elements; the tree has " + std::to_string(bodies) + " bodies";
}

}  // namespace

struct FieldEnergy::State {
  // Sums in double that some neighbouring bodies have.
  struct Part {
    double mass = 0, kinetic = 0, potential = 0;
  };
  Parallel* parallel = nullptr;
  BarnesHutCells cells;
  std::span<float> masses;  // by place
  std::span<Part> parts;

  Status check(const QuadtreeView& tree, const MovingBodies& bodies,
               const MultipoleOptions& options) const;
  double load_masses(const QuadtreeView& tree, const MovingBodies& bodies,
                     ConservedQuantities& momenta);
  double potential_at(const QuadtreeView& tree, std::size_t place,
                      const MultipoleOptions& options) const;
  double potential_of_image(const QuadtreeView& tree, std::size_t place, double off_x, double off_y,
                            const MultipoleOptions& options) const;
};

FieldEnergy::FieldEnergy(std::unique_ptr<State> state) : state_(std::move(state)) {}
FieldEnergy::FieldEnergy(FieldEnergy&&) noexcept = default;
FieldEnergy& FieldEnergy::operator=(FieldEnergy&&) noexcept = default;
FieldEnergy::~FieldEnergy() = default;

Result<FieldEnergy> FieldEnergy::create(std::int64_t max_bodies, Parallel& parallel, Arena& arena) {
  auto state = std::make_unique<State>();
  state->parallel = &parallel;
  const std::int64_t parts = std::min(max_bodies, 2 * kMostBodies) / kBodiesAPart + 1;
  QUADRILLE_RETURN_IF_ERROR(state->cells.allocate(max_bodies, arena));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, max_bodies, {"energy: mass"}, state->masses));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, parts, {"energy: parts"}, state->parts));
  return FieldEnergy(std::move(state));
}

Status FieldEnergy::State::check(const QuadtreeView& tree, const MovingBodies& bodies,
                                 const MultipoleOptions& options) const {
  QUADRILLE_RETURN_IF_ERROR(Multipole::check(
      {.law = options.law, .softening = options.softening, .square = options.square}));
  const std::size_t n = tree.order.size();
  const auto refuse = [](std::string sentence) {
    return Status(StatusCode::kInvalidArgument, std::move(sentence));
  };
  if (n > masses.size()) {
    return refuse("the tree has " + std::to_string(n) + " bodies; there is room for " +
                  std::to_string(masses.size()));
  }
  if (bodies.x.size() != n) return refuse(column_problem("x", bodies.x.size(), n));
  if (bodies.y.size() != n) return refuse(column_problem("y", bodies.y.size(), n));
  if (bodies.vx.size() != n) return refuse(column_problem("vx", bodies.vx.size(), n));
  if (bodies.vy.size() != n) return refuse(column_problem("vy", bodies.vy.size(), n));
  if (!bodies.mass.empty() && bodies.mass.size() != n)
    return refuse(column_problem("mass", bodies.mass.size(), n));
  return Status::ok();
}

// Their sum is returned.
double FieldEnergy::State::load_masses(const QuadtreeView& tree, const MovingBodies& bodies,
                                       ConservedQuantities& momenta) {
  double total = 0;
  for (std::size_t p = 0; p < tree.order.size(); ++p) {
    const std::size_t i = at(tree.order[p]);
    const double mass = masses[p] = bodies.mass.empty() ? 1.0f : bodies.mass[i];
    const double vx = bodies.vx[i], vy = bodies.vy[i];
    total += mass;
    momenta.momentum_x += mass * vx;
    momenta.momentum_y += mass * vy;
    momenta.angular_momentum += mass * (bodies.x[i] * vy - bodies.y[i] * vx);
    momenta.mass_times_speed += mass * size_of(vx, vy);
    momenta.mass_times_swept += mass * size_of(vx, vy) * size_of(bodies.x[i], bodies.y[i]);
  }
  return total;
}

double FieldEnergy::State::potential_at(const QuadtreeView& tree, std::size_t place,
                                        const MultipoleOptions& options) const {
  const double side = options.square.side;
  if (options.square.is_open()) return potential_of_image(tree, place, 0, 0, options);
  double sum = 0;
  for (const ImageOffset& image : kNearImages)
    sum += potential_of_image(tree, place, image.x * side, image.y * side, options);
  return sum;
}

// Of all bodies, seen from (off_x, off_y) beside one of them, which it is itself only where it is.
double FieldEnergy::State::potential_of_image(const QuadtreeView& tree, std::size_t place,
                                              double off_x, double off_y,
                                              const MultipoleOptions& options) const {
  const bool is_inverse = options.law == PullLaw::kInverse, is_there = off_x == 0 && off_y == 0;
  const double softening2 = double{options.softening} * options.softening;
  // In a periodic square its side is the unit of length: a constant, but a large one.
  const double log_unit =
      options.square.is_open() ? 0 : fixed_math::log(double{options.square.side});
  const double x = tree.x[place] + off_x, y = tree.y[place] + off_y;
  const std::span<const BarnesHutCell> all = cells.cells();
  std::int32_t stack[kMostCellsWaiting] = {0};
  int waiting = all.empty() ? 0 : 1;
  double sum = 0;
  while (waiting > 0) {
    const std::size_t c = at(stack[--waiting]);
    const BarnesHutCell& cell = all[c];
    const double ux = x - cell.center_x, uy = y - cell.center_y;
    if (cell.scale == 0) {  // a million on one spot are one to each of them, too, less itself
      const BodyRange& there = tree.ranges[c];
      const bool is_one = is_there && place >= at(there.first) && place < at(there.last);
      const double others = double{cell.mass} - (is_one ? double{masses[place]} : 0.0);
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
          sum += masses[p] * potential_of(is_inverse, s, log_unit).value;
      }
    }
  }
  return sum;
}

Result<ConservedQuantities> FieldEnergy::measure(const QuadtreeView& tree,
                                                 const MovingBodies& bodies,
                                                 const MultipoleOptions& options) {
  State& s = *state_;
  QUADRILLE_RETURN_IF_ERROR(s.check(tree, bodies, options));
  ConservedQuantities result;
  const double total_mass = s.load_masses(tree, bodies, result);
  s.cells.update(tree, s.masses, *s.parallel);
  const LatticePotential lattice(tree, s.masses, options.square);
  const std::int64_t n = std::ssize(tree.order);
  const std::int64_t stride = std::max<std::int64_t>(1, n / kMostBodies);
  const std::int64_t count = (n + stride - 1) / stride;
  s.parallel->for_range(count, kBodiesAPart, [&](std::int64_t begin, std::int64_t end, int) {
    State::Part part;
    for (std::int64_t k = begin; k < end; ++k) {
      const std::size_t place = at(k * stride), i = at(tree.order[place]);
      const double mass = s.masses[place], vx = bodies.vx[i], vy = bodies.vy[i];
      part.mass += mass;
      part.kinetic += 0.5 * mass * (vx * vx + vy * vy);
      part.potential += 0.5 * mass * s.potential_at(tree, place, options);
      if (!options.square.is_open())
        part.potential += 0.5 * mass * lattice.at_place(tree.x[place], tree.y[place]);
    }
    s.parts[at(begin / kBodiesAPart)] = part;
  });
  double sampled_mass = 0;
  for (std::int64_t part = 0; part * kBodiesAPart < count; ++part) {
    result.kinetic += s.parts[at(part)].kinetic;
    result.potential += s.parts[at(part)].potential;
    sampled_mass += s.parts[at(part)].mass;
  }
  if (sampled_mass > 0) {
    result.kinetic *= total_mass / sampled_mass;
    result.potential *= total_mass / sampled_mass;
  }
  return result;
}

}  // namespace quadrille
