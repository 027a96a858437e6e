#include "kernels/multipole_cells.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include <quadrille/parallel.h>

#include "engine/integers.h"
#include "kernels/complex_moments.h"
#include "kernels/scratch.h"
#include "kernels/upward_pass.h"

namespace quadrille {
namespace {

static_assert(kMostMoments == kMostMultipoleOrder + 1);

// Rounded up a little, so that it still bounds what it was computed from.
float rounded_up(double radius) { return static_cast<float>(radius * (1 + 1e-6)); }

// Terms are in units of the scale already: no power of a tiny or huge length is taken anywhere.
void store(const Complex* terms, int order, MultipoleCell& cell) {
  cell.mass = static_cast<float>(terms[0].re);
  for (int k = 1; k <= order; ++k) {
    cell.moment[k - 1][0] = static_cast<float>(terms[k].re);
    cell.moment[k - 1][1] = static_cast<float>(terms[k].im);
  }
}

void update_leaf(const PlacedBodies& bodies, int order, MultipoleCell& cell) {
  const std::size_t first = at(cell.first_body), last = at(cell.last_body);
  CenterOfMass center;
  for (std::size_t i = first; i < last; ++i) center.add(bodies.mass[i], bodies.x[i], bodies.y[i]);
  center.store(bodies.x[first], bodies.y[first], cell);
  const auto from_center = [&](std::size_t i) {
    return Complex{double{bodies.x[i]} - cell.center_x, double{bodies.y[i]} - cell.center_y};
  };
  double radius2 = 0;
  for (std::size_t i = first; i < last; ++i) radius2 = std::max(radius2, norm(from_center(i)));
  cell.scale = rounded_up(std::sqrt(radius2));
  const double per_scale = cell.scale > 0 ? 1 / double{cell.scale} : 0;
  Complex terms[kMostMoments];
  for (std::size_t i = first; i < last; ++i)
    add_body(terms, order + 1, bodies.mass[i], per_scale * from_center(i));
  store(terms, order, cell);
}

void update_inner(std::span<const MultipoleCell> children, int order, MultipoleCell& cell) {
  CenterOfMass center;
  for (const MultipoleCell& child : children)
    center.add(child.mass, child.center_x, child.center_y);
  center.store(children[0].center_x, children[0].center_y, cell);
  const auto from_center = [&](const MultipoleCell& child) {
    return Complex{double{child.center_x} - cell.center_x, double{child.center_y} - cell.center_y};
  };
  double radius = 0;
  for (const MultipoleCell& child : children)
    radius = std::max(radius, std::sqrt(norm(from_center(child))) + child.scale);
  cell.scale = rounded_up(radius);
  const double per_scale = cell.scale > 0 ? 1 / double{cell.scale} : 0;
  Complex terms[kMostMoments];
  for (const MultipoleCell& child : children) {
    Complex own[kMostMoments] = {{child.mass, 0}};
    const double ratio = child.scale * per_scale;
    double factor = ratio;
    for (int k = 1; k <= order; ++k) {
      own[k] = {factor * child.moment[k - 1][0], factor * child.moment[k - 1][1]};
      factor *= ratio;
    }
    add_shifted(terms, order + 1, own, per_scale * from_center(child));
  }
  store(terms, order, cell);
}

}  // namespace

Status MultipoleCells::allocate(std::int64_t max_bodies, Arena& arena) {
  return allocate_scratch(arena, max_quadrants(max_bodies), {"multipole: cells"}, cells_);
}

void MultipoleCells::update(const QuadtreeView& tree, const PlacedBodies& bodies, int order,
                            Parallel& parallel) {
  num_cells_ = tree.quadrants.size();
  QUADRILLE_ASSERT(num_cells_ <= cells_.size());
  for_each_upward(tree, parallel, [&](std::size_t q) {
    const Quadrant& quadrant = tree.quadrants[q];
    MultipoleCell& cell = cells_[q];
    cell.num_children = std::popcount(quadrant.child_mask);
    cell.first_child = cell.num_children == 0 ? 0 : static_cast<std::int32_t>(q) + quadrant.offset;
    cell.first_body = tree.ranges[q].first;
    cell.last_body = tree.ranges[q].last;
    if (cell.num_children == 0) {
      update_leaf(bodies, order, cell);
    } else {
      update_inner(cells_.subspan(at(cell.first_child), at(cell.num_children)), order, cell);
    }
  });
}

// Horner's scheme, term by term; then from one scale to the other.
LocalField shifted(const LocalField& field, const MultipoleCell& from, const MultipoleCell& to,
                   int order) {
  LocalField result = field;
  if (!(from.scale > 0)) {  // all stand on one spot, as after a refit they may
    for (int l = 1; l <= order; ++l) result.term[l][0] = result.term[l][1] = 0;
    return result;
  }
  const float x = (to.center_x - from.center_x) / from.scale;
  const float y = (to.center_y - from.center_y) / from.scale;
  for (int l = 0; l < order; ++l) {
    for (int k = order - 1; k >= l; --k) {
      const float re = result.term[k + 1][0], im = result.term[k + 1][1];
      result.term[k][0] += x * re - y * im;
      result.term[k][1] += x * im + y * re;
    }
  }
  const float ratio = to.scale / from.scale;
  float factor = ratio;
  for (int l = 1; l <= order; ++l) {
    result.term[l][0] *= factor;
    result.term[l][1] *= factor;
    factor *= ratio;
  }
  return result;
}

}  // namespace quadrille
