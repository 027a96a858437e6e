// What the tests of bodies share: an arena, discs, and everything on each instruction set and
// thread count.
#pragma once

#include <quadrille/arena.h>

#include <functional>
#include <vector>

#include "kernels/broad_phase.h"
#include "tests/kernels/spatial_shapes.h"

namespace quadrille::test {

inline Arena scratch_arena() {
  ArenaOptions options;
  options.capacity_bytes = std::size_t{1} << 30;
  return std::move(Arena::create(options)).value();
}

// run(kernels, parallel) for every instruction set of this machine on 1, 2, 3 and 8 threads.
inline void on_every_backend(
    const std::function<void(const KernelTable&, Parallel&, const std::string&)>& run) {
  for (const KernelTable* table : tables_here()) {
    for (const int threads : {1, 2, 3, 8}) {
      const auto parallel = with_threads(threads);
      run(*table, *parallel, std::string(table->name) + ' ' + std::to_string(threads));
    }
  }
}

struct Discs {
  std::vector<float> x, y, radius;
  DiscColumns columns() const { return {x, y, radius}; }
  std::int64_t size() const { return static_cast<std::int64_t>(x.size()); }
};

// Equal discs that cover `share` of the shape's bounding box.
inline Discs equal_discs(const Shape& shape, float share) {
  Discs discs{shape.x, shape.y, {}};
  if (shape.x.empty()) return discs;
  const auto [left, right] = std::minmax_element(shape.x.begin(), shape.x.end());
  const auto [low, high] = std::minmax_element(shape.y.begin(), shape.y.end());
  const float area = (*right - *left) * (*high - *low);
  discs.radius.assign(shape.x.size(),
                      std::sqrt(share * area / (3.14f * static_cast<float>(shape.x.size()))));
  return discs;
}

}  // namespace quadrille::test
