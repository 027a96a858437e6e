#include "kernels/barnes_hut_cells.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include <quadrille/parallel.h>
#include <quadrille/quadtree_builder.h>

#include "kernels/complex_moments.h"
#include "kernels/scratch.h"
#include "kernels/upward_pass.h"

namespace quadrille {
namespace {

constexpr int kTerms = 5;  // moments 0 to 4

struct Moments {
  Complex term[kTerms];
  double inertia = 0;
};

// At the complex distance t from the parent's centre.
void add_child(Moments& sum, const Moments& child, Complex t) {
  const Complex dipole = child.term[1];
  sum.inertia +=
      child.inertia + 2 * (t.re * dipole.re + t.im * dipole.im) + norm(t) * child.term[0].re;
  add_shifted(sum.term, kTerms, child.term, t);
}

Moments unscaled(const BarnesHutCell& cell) {
  Moments moments;
  moments.term[0] = {cell.mass, 0};
  moments.inertia = double{cell.inertia} * cell.scale * cell.scale;
  double power = cell.scale;
  int k = 1;
  for (const auto& m : cell.moment) {
    moments.term[k++] = {power * m[0], power * m[1]};
    power *= cell.scale;
  }
  return moments;
}

// The scale is rounded up a little, so that it still bounds what it was computed from.
void store(const Moments& moments, double radius, BarnesHutCell& cell) {
  cell.mass = static_cast<float>(moments.term[0].re);
  cell.scale = static_cast<float>(radius * (1 + 1e-6));
  double power = cell.scale;
  cell.inertia = power > 0 ? static_cast<float>(moments.inertia / (power * power)) : 0.0f;
  cell.reserved = 0;
  int k = 1;
  for (auto& m : cell.moment) {
    m[0] = power > 0 ? static_cast<float>(moments.term[k].re / power) : 0.0f;
    m[1] = power > 0 ? static_cast<float>(moments.term[k].im / power) : 0.0f;
    power *= cell.scale;
    ++k;
  }
}

void update_leaf(const QuadtreeView& tree, const BodyRange& bodies, std::span<const float> mass,
                 BarnesHutCell& cell) {
  const auto first = static_cast<std::size_t>(bodies.first);
  const auto last = static_cast<std::size_t>(bodies.last);
  CenterOfMass center;
  for (std::size_t i = first; i < last; ++i) center.add(mass[i], tree.x[i], tree.y[i]);
  center.store(tree.x[first], tree.y[first], cell);
  Moments moments;
  double radius2 = 0;
  for (std::size_t i = first; i < last; ++i) {
    const Complex w = {double{tree.x[i]} - cell.center_x, double{tree.y[i]} - cell.center_y};
    radius2 = std::max(radius2, norm(w));
    moments.inertia += mass[i] * norm(w);
    add_body(moments.term, kTerms, mass[i], w);
  }
  store(moments, std::sqrt(radius2), cell);
}

void update_inner(std::span<const BarnesHutCell> children, BarnesHutCell& cell) {
  CenterOfMass center;
  for (const BarnesHutCell& child : children)
    center.add(child.mass, child.center_x, child.center_y);
  center.store(children[0].center_x, children[0].center_y, cell);
  Moments moments;
  double radius = 0;
  for (const BarnesHutCell& child : children) {
    const Complex t = {double{child.center_x} - cell.center_x,
                       double{child.center_y} - cell.center_y};
    add_child(moments, unscaled(child), t);
    radius = std::max(radius, std::sqrt(norm(t)) + child.scale);
  }
  store(moments, radius, cell);
}

}  // namespace

Status BarnesHutCells::allocate(std::int64_t max_bodies, Arena& arena) {
  return allocate_scratch(arena, max_quadrants(max_bodies), {"barnes-hut: cells"}, cells_);
}

void BarnesHutCells::update(const QuadtreeView& tree, std::span<const float> mass,
                            Parallel& parallel) {
  num_cells_ = tree.quadrants.size();
  QUADRILLE_ASSERT(num_cells_ <= cells_.size());
  for_each_upward(tree, parallel, [&](std::size_t q) {
    const Quadrant& quadrant = tree.quadrants[q];
    BarnesHutCell& cell = cells_[q];
    cell.num_children = std::popcount(quadrant.child_mask);
    cell.first_child = static_cast<std::int32_t>(q) + quadrant.offset;
    if (cell.num_children == 0) {
      cell.first_child = 0;
      update_leaf(tree, tree.ranges[q], mass, cell);
    } else {
      update_inner(cells_.subspan(static_cast<std::size_t>(cell.first_child),
                                  static_cast<std::size_t>(cell.num_children)),
                   cell);
    }
  });
}

}  // namespace quadrille
