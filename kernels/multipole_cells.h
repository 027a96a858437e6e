// MultipoleCells: centre, radius and moments of every quadrant of a tree, computed from the leaves
// upward.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/quadtree.h>
#include <quadrille/status.h>

#include "kernels/multipole_body.h"

namespace quadrille {

class Parallel;

struct PlacedBodies {
  std::span<const float> x, y, mass;
};

class MultipoleCells {
 public:
  Status allocate(std::int64_t max_bodies, Arena& arena);

  // Of the quadrants of `tree`, whose bodies stand at x, y (by place, as `mass`). Summed in double,
  // bodies and children in their order.
  void update(const QuadtreeView& tree, const PlacedBodies& bodies, int order, Parallel& parallel);

  // Moments above the order of the last update are not set.
  std::span<const MultipoleCell> cells() const { return cells_.first(num_cells_); }

 private:
  std::span<MultipoleCell> cells_;
  std::size_t num_cells_ = 0;
};

// The field of `from` around the centre of `to`, which lies inside of it.
LocalField shifted(const LocalField& field, const MultipoleCell& from, const MultipoleCell& to,
                   int order);

}  // namespace quadrille
