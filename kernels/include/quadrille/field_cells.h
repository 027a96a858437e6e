// FieldCells: centre, radius and moments of every quadrant of a tree, computed from the leaves
// upward.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/field_operators.h>
#include <quadrille/quadtree.h>
#include <quadrille/status.h>

namespace quadrille {

class Parallel;

class FieldCells {
 public:
  Status allocate(std::int64_t max_bodies, Arena& arena);

  // Of the quadrants of `tree`, whose bodies stand at x, y (by place, as `mass`). Centres are
  // summed in double, bodies and children in their order.
  void update(const QuadtreeView& tree, const FieldBodies& bodies, const FieldOperators& operators,
              Parallel& parallel);

  // How near cells may be to each other and still act as wholes: theta times the distance is what
  // the sum of their radii may reach, less where there is much mass. `power` is the law's.
  void set_reaches(float theta, int power, Parallel& parallel);

  std::span<const FieldCell> cells() const { return cells_.first(num_cells_); }
  // Of cell c: num_moments floats from c * num_moments, as the operators of the last update have.
  const float* moments() const { return moments_.data(); }

 private:
  std::span<FieldCell> cells_;
  std::span<float> moments_;
  std::size_t num_cells_ = 0;
};

}  // namespace quadrille
