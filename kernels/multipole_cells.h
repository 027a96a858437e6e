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

class MultipoleCells {
 public:
  Status allocate(std::int64_t max_bodies, Arena& arena);

  // `mass` by place. Summed in double, bodies and children in their order. Moments 0 to `order`.
  void update(const QuadtreeView& tree, std::span<const float> mass, int order, Parallel& parallel);

  std::span<const MultipoleCell> cells() const { return cells_.first(num_cells_); }

 private:
  std::span<MultipoleCell> cells_;
  std::size_t num_cells_ = 0;
};

// The field of `from` around the centre of `to`, which lies inside of it.
LocalField shifted(const LocalField& field, const MultipoleCell& from, const MultipoleCell& to,
                   int order);

}  // namespace quadrille
