#include <algorithm>
#include <bit>
#include <cmath>

#include <quadrille/field_cells.h>
#include <quadrille/parallel.h>

#include "engine/integers.h"
#include "kernels/scratch.h"
#include "kernels/upward_pass.h"

namespace quadrille {
namespace {

constexpr std::uint32_t kMostCells = (1u << 30) - 1;
constexpr std::int64_t kReachGrain = 8192;
constexpr double kFewBodies = 32;  // as many as a leaf may hold

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

void set_children(const Quadrant& quadrant, std::size_t q, FieldCell& cell) {
  const int num_children = std::popcount(quadrant.child_mask);
  QUADRILLE_ASSERT(num_children != 1);
  cell.branching = static_cast<std::uint32_t>(std::max(num_children - 1, 0)) & 3u;
  cell.first_child =
      num_children == 0 ? 0 : static_cast<std::uint32_t>(q + at(quadrant.offset)) & kMostCells;
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
    set_children(quadrant, q, cell);
    cell.first_body = tree.ranges[q].first;
    cell.last_body = tree.ranges[q].last;
    if (cell.is_leaf()) {
      measure_leaf(bodies, cell);
      operators.p2m(bodies, cell, moments_of(q));
    } else {
      const auto children = cells_.subspan(at(cell.first_child), at(cell.num_children()));
      measure_inner(children, cell);
      operators.m2m(children.data(), moments_of(at(cell.first_child)), cell, moments_of(q));
    }
  });
}

/* Every level of a tree adds pairs of cells, and pulls of pairs in the plane do not fall with
   their size: under 1/r they grow with it. So cells of much mass are held to less than theta, which
   costs little, since they are few. Where each level adds n_l pairs whose pulls are w_l, the least
   work for a given error has theta^(2 order + 4) in proportion to n_l / w_l^2 [Dehnen 2002,
   there for one law]: a root of the share of all mass, of which the 8th and the 16th are near the
   best for every order. Found by square roots, which have the same bytes everywhere. */
void FieldCells::set_reaches(float theta, int power, Parallel& parallel) {
  const auto cells = cells_.first(num_cells_);
  const int num_roots = power == 1 ? 3 : 4;
  const double all = cells[0].mass,
               few = all * kFewBodies / (cells[0].last_body - cells[0].first_body);
  parallel.for_range(
      std::ssize(cells), kReachGrain, [&](std::int64_t begin, std::int64_t end, int) {
        for (FieldCell& cell : cells.subspan(at(begin), at(end - begin))) {
          double share = few > 0 ? std::max(cell.mass / few, 1.0) : 1.0;
          for (int i = 0; i < num_roots; ++i) share = std::sqrt(share);
          cell.reach = theta > 0 ? static_cast<float>(cell.scale * share / theta) : HUGE_VALF;
        }
      });
}

}  // namespace quadrille
