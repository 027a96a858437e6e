#include "kernels/field_cells.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include <quadrille/parallel.h>

#include "engine/integers.h"
#include "kernels/scratch.h"
#include "kernels/upward_pass.h"

namespace quadrille {
namespace {

// Rounded up a little, so that it still bounds what it was computed from.
float rounded_up(double radius) { return static_cast<float>(radius * (1 + 1e-6)); }

double squared_way(const FieldCell& cell, float x, float y) {
  const double dx = double{x} - cell.center_x, dy = double{y} - cell.center_y;
  return dx * dx + dy * dy;
}

void measure_leaf(const FieldBodies& bodies, FieldCell& cell) {
  const std::size_t first = at(cell.first_body), last = at(cell.last_body);
  CenterOfMass center;
  for (std::size_t i = first; i < last; ++i) center.add(bodies.mass[i], bodies.x[i], bodies.y[i]);
  center.store(bodies.x[first], bodies.y[first], cell);
  cell.mass = center.mass();
  double radius2 = 0;
  for (std::size_t i = first; i < last; ++i)
    radius2 = std::max(radius2, squared_way(cell, bodies.x[i], bodies.y[i]));
  cell.scale = rounded_up(std::sqrt(radius2));
}

void measure_inner(std::span<const FieldCell> children, FieldCell& cell) {
  CenterOfMass center;
  for (const FieldCell& child : children) center.add(child.mass, child.center_x, child.center_y);
  center.store(children[0].center_x, children[0].center_y, cell);
  cell.mass = center.mass();
  double radius = 0;
  for (const FieldCell& child : children) {
    radius = std::max(radius,
                      std::sqrt(squared_way(cell, child.center_x, child.center_y)) + child.scale);
  }
  cell.scale = rounded_up(radius);
}

}  // namespace

Status FieldCells::allocate(std::int64_t max_bodies, Arena& arena) {
  const std::int64_t count = max_quadrants(max_bodies);
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, count, {"multipole: cells"}, cells_));
  return allocate_scratch(arena, count * kMostFieldMoments, {"multipole: moments"}, moments_);
}

void FieldCells::update(const QuadtreeView& tree, const FieldBodies& bodies,
                        const FieldOperators& operators, Parallel& parallel) {
  num_cells_ = tree.quadrants.size();
  QUADRILLE_ASSERT(num_cells_ <= cells_.size());
  const auto moments_of = [&](std::size_t cell) {
    return moments_.data() + cell * at(operators.num_moments);
  };
  for_each_upward(tree, parallel, [&](std::size_t q) {
    const Quadrant& quadrant = tree.quadrants[q];
    FieldCell& cell = cells_[q];
    cell.num_children = std::popcount(quadrant.child_mask);
    cell.first_child = cell.num_children == 0 ? 0 : static_cast<std::int32_t>(q) + quadrant.offset;
    cell.first_body = tree.ranges[q].first;
    cell.last_body = tree.ranges[q].last;
    if (cell.num_children == 0) {
      measure_leaf(bodies, cell);
      operators.p2m(bodies, cell, moments_of(q));
    } else {
      const auto children = cells_.subspan(at(cell.first_child), at(cell.num_children));
      measure_inner(children, cell);
      operators.m2m(children.data(), moments_of(at(cell.first_child)), cell, moments_of(q));
    }
  });
}

}  // namespace quadrille
