// QuadtreeBuilder: the linear quadtree of a set of points, built or refitted in place, allocating
// only in prepare(). It is kept as a slab image.
//
// Which part to use: build() for points in any order; refit() after a small move (below about half
// of the mean spacing), which keeps the topology and recomputes the boxes. The bytes of the result
// do not depend on threads or instruction set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <quadrille/quadtree.h>
#include <quadrille/status.h>

namespace quadrille {

class MemoryBudget;
class Parallel;
struct KernelTable;

class QuadtreeBuilder {
 public:
  QuadtreeBuilder();
  QuadtreeBuilder(QuadtreeBuilder&&) noexcept;
  QuadtreeBuilder& operator=(QuadtreeBuilder&&) noexcept;
  ~QuadtreeBuilder();

  // Memory for up to `max_bodies` points. `budget` may be null and must outlive this. Views become
  // invalid.
  Status prepare(std::int64_t max_bodies, MemoryBudget* budget);

  // Body i stands at (x[i], y[i]). At most max_bodies. One caller at a time. The view, which holds
  // copies of the coordinates in Morton order, is valid until the next build, refit or prepare.
  // Bodies with a coordinate that is not finite are kept in some leaf, and boxes need not contain
  // them.
  const QuadtreeView& build(std::span<const float> x, std::span<const float> y, Parallel& parallel,
                            const KernelTable& kernels);
  // The same bodies as in the last build, moved: same topology and order, new coordinates and
  // boxes.
  const QuadtreeView& refit(std::span<const float> x, std::span<const float> y, Parallel& parallel);

  const QuadtreeView& view() const;  // of the last build or refit; empty before
  // What the view looks at, with a header: Quadtree::open takes it if all coordinates are finite.
  // No copy; valid as long as the view. Empty before the first build.
  std::span<const std::byte> image() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace quadrille
