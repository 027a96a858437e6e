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

// The scale is rounded up a little, so that it still bounds what it was computed from.
void store(const Complex* terms, double radius, int order, MultipoleCell& cell) {
  cell.mass = static_cast<float>(terms[0].re);
  cell.scale = static_cast<float>(radius * (1 + 1e-6));
  const double per_scale = cell.scale > 0 ? 1 / double{cell.scale} : 0;
  double factor = per_scale;
  for (int k = 1; k <= order; ++k) {
    cell.moment[k - 1][0] = static_cast<float>(terms[k].re * factor);
    cell.moment[k - 1][1] = static_cast<float>(terms[k].im * factor);
    factor *= per_scale;
  }
}

void update_leaf(const QuadtreeView& tree, std::span<const float> mass, int order,
                 MultipoleCell& cell) {
  const std::size_t first = at(cell.first_body), last = at(cell.last_body);
  CenterOfMass center;
  for (std::size_t i = first; i < last; ++i) center.add(mass[i], tree.x[i], tree.y[i]);
  center.store(tree.x[first], tree.y[first], cell);
  Complex terms[kMostMoments];
  double radius2 = 0;
  for (std::size_t i = first; i < last; ++i) {
    const Complex w = {double{tree.x[i]} - cell.center_x, double{tree.y[i]} - cell.center_y};
    radius2 = std::max(radius2, norm(w));
    add_body(terms, order + 1, mass[i], w);
  }
  store(terms, std::sqrt(radius2), order, cell);
}

void update_inner(std::span<const MultipoleCell> children, int order, MultipoleCell& cell) {
  CenterOfMass center;
  for (const MultipoleCell& child : children)
    center.add(child.mass, child.center_x, child.center_y);
  center.store(children[0].center_x, children[0].center_y, cell);
  Complex terms[kMostMoments];
  double radius = 0;
  for (const MultipoleCell& child : children) {
    Complex own[kMostMoments] = {{child.mass, 0}};
    double factor = child.scale;
    for (int k = 1; k <= order; ++k) {
      own[k] = {factor * child.moment[k - 1][0], factor * child.moment[k - 1][1]};
      factor *= child.scale;
    }
    const Complex t = {double{child.center_x} - cell.center_x,
                       double{child.center_y} - cell.center_y};
    add_shifted(terms, order + 1, own, t);
    radius = std::max(radius, std::sqrt(norm(t)) + child.scale);
  }
  store(terms, radius, order, cell);
}

}  // namespace

Status MultipoleCells::allocate(std::int64_t max_bodies, Arena& arena) {
  return allocate_scratch(arena, max_quadrants(max_bodies), {"multipole: cells"}, cells_);
}

void MultipoleCells::update(const QuadtreeView& tree, std::span<const float> mass, int order,
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
      update_leaf(tree, mass, order, cell);
    } else {
      update_inner(cells_.subspan(at(cell.first_child), at(cell.num_children)), order, cell);
    }
  });
}

// Horner's scheme, term by term; then from one scale to the other.
LocalField shifted(const LocalField& field, const MultipoleCell& from, const MultipoleCell& to,
                   int order) {
  LocalField result = field;
  // A cell with children has an extent, if one whose inverse no float holds.
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
