// BarnesHutCells: mass, centre and moments of every quadrant of a tree, computed from the leaves
// upward.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/quadtree.h>
#include <quadrille/status.h>

#include "kernels/barnes_hut_body.h"

namespace quadrille {

class Parallel;

class BarnesHutCells {
 public:
  Status allocate(std::int64_t max_bodies, Arena& arena);

  // `mass` by place. Cells are summed in double, bodies and children in their order.
  void update(const QuadtreeView& tree, std::span<const float> mass, Parallel& parallel);

  std::span<const BarnesHutCell> cells() const { return cells_.first(num_cells_); }

 private:
  std::span<BarnesHutCell> cells_;
  std::size_t num_cells_ = 0;
};

}  // namespace quadrille
