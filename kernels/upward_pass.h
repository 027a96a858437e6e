// What a pass over a quadtree from the leaves upward needs: its order, and centres of mass.
#pragma once

#include <cstdint>

#include <quadrille/parallel.h>
#include <quadrille/quadtree.h>

namespace quadrille {

// visit(q) for each quadrant, after those below it; those of one depth by any worker.
template <class Visit>
void for_each_upward(const QuadtreeView& tree, Parallel& parallel, Visit visit) {
  constexpr std::int64_t kQuadrantsATask = 256;
  for (int depth = tree.depth; depth >= 0 && !tree.quadrants.empty(); --depth) {
    const auto d = static_cast<std::size_t>(depth);
    const std::int64_t begin = tree.depth_begin[d], count = tree.depth_begin[d + 1] - begin;
    parallel.for_range(count, kQuadrantsATask, [&](std::int64_t first, std::int64_t last, int) {
      for (std::int64_t q = begin + first; q < begin + last; ++q)
        visit(static_cast<std::size_t>(q));
    });
  }
}

// In double, in the order of the calls.
class CenterOfMass {
 public:
  void add(double mass, float x, float y) {
    mass_ += mass;
    x_ += mass * double{x};
    y_ += mass * double{y};
  }
  float mass() const { return static_cast<float>(mass_); }
  // Where there is no mass the spare place serves.
  template <class Cell>
  void store(float spare_x, float spare_y, Cell& cell) const {
    cell.center_x = mass_ > 0 ? static_cast<float>(x_ / mass_) : spare_x;
    cell.center_y = mass_ > 0 ? static_cast<float>(y_ / mass_) : spare_y;
  }

 private:
  double mass_ = 0, x_ = 0, y_ = 0;
};

}  // namespace quadrille
