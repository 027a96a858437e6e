/* Four bodies at a time; some may be taken twice, which changes neither what is written nor a
   minimum. A leaf of bodies that follow one another is eight such steps, however few they are: no
   branch to guess.
   Others are read one axis after the other: at random ids a column of a million floats is read from
   the second level of cache for the better part where two would not be (a third less time on a core
   with 2 MB). */
#include "kernels/quadtree_leaves.h"

#include <algorithm>
#include <atomic>

#include <quadrille/parallel.h>

#include "engine/float_quad.h"

namespace quadrille {
namespace {

constexpr std::int64_t kFitGrain = 512;  // quadrants

// The ends of what was seen on one axis, in each of four lanes.
struct Extent {
  FloatQuad low = FloatQuad{} + kFloatInfinity, high = FloatQuad{} - kFloatInfinity;
  void add(const FloatQuad& values) {
    low = lesser(values, low);
    high = greater(values, high);
  }
};

// The box of both axes.
FloatQuad edges_of(const Extent& x, const Extent& y) {
  const auto halved = [](const Extent& axis) {  // two minima, two maxima with their sign changed
    const FloatQuad opposite = -axis.high;
    return lesser(__builtin_shufflevector(axis.low, opposite, 0, 1, 4, 5),
                  __builtin_shufflevector(axis.low, opposite, 2, 3, 6, 7));
  };
  const FloatQuad of_x = halved(x), of_y = halved(y);
  const FloatQuad edges = lesser(__builtin_shufflevector(of_x, of_y, 0, 4, 2, 6),
                                 __builtin_shufflevector(of_x, of_y, 1, 5, 3, 7));
  return settled_edges(with_maxima_negated(edges));
}

void take_four(const float* from, std::int32_t at, float* to, Extent& extent) {
  const FloatQuad values = load_four(from + at);
  store_four(to + at, values);
  extent.add(values);
}

// A leaf whose bodies follow one another in the columns.
FloatQuad copy_leaf(const float* from_x, const float* from_y, std::int32_t count, float* x,
                    float* y) {
  Extent extent_x, extent_y;
  const auto take = [&](std::int32_t at) {
    take_four(from_x, at, x, extent_x);
    take_four(from_y, at, y, extent_y);
  };
  if (count < 4) {
    for (std::int32_t i = 0; i < count; ++i) {
      extent_x.add(FloatQuad{} + (x[i] = from_x[i]));
      extent_y.add(FloatQuad{} + (y[i] = from_y[i]));
    }
  } else if (count <= kLeafCapacity) {
#pragma GCC unroll 8
    for (std::int32_t i = 0; i < kLeafCapacity; i += 4) take(std::min(i, count - 4));
  } else {
    for (std::int32_t i = 0; i < count; i += 4) take(std::min(i, count - 4));
  }
  return edges_of(extent_x, extent_y);
}

// One axis of any other leaf: the edges as if both were that one.
FloatQuad gather_leaf(const float* from, const BodyID* ids, std::int32_t count, float* to) {
  Extent extent;
  if (count < 4) {
    for (std::int32_t i = 0; i < count; ++i) extent.add(FloatQuad{} + (to[i] = from[ids[i]]));
    return edges_of(extent, extent);
  }
  for (std::int32_t i = 0; i < count; i += 4) {
    const std::int32_t at = std::min(i, count - 4);
    const FloatQuad values{from[ids[at]], from[ids[at + 1]], from[ids[at + 2]], from[ids[at + 3]]};
    store_four(to + at, values);
    extent.add(values);
  }
  return edges_of(extent, extent);
}

struct Leaf {
  std::size_t first;  // place
  std::int32_t count;
  const BodyID* ids;
  Box& box;
};

// Whether the ids of a leaf, which ascend, leave none out.
bool is_run(const Leaf& leaf) { return leaf.ids[leaf.count - 1] - leaf.ids[0] == leaf.count - 1; }

template <class Body>
void for_leaves(const FitLeavesArgs& args, Parallel& parallel, const Body& body) {
  parallel.for_range(
      std::ssize(args.quadrants), kFitGrain, [&](std::int64_t begin, std::int64_t end, int) {
        for (auto q = static_cast<std::size_t>(begin); q < static_cast<std::size_t>(end); ++q) {
          if (args.quadrants[q].child_mask != 0) continue;
          const BodyRange& range = args.ranges[q];
          body(Leaf{static_cast<std::size_t>(range.first), range.last - range.first,
                    args.order.data() + range.first, args.boxes[q]});
        }
      });
}

}  // namespace

void fit_leaves(const FitLeavesArgs& args, std::span<const float> from_x,
                std::span<const float> from_y, Parallel& parallel) {
  std::atomic<bool> is_any_scattered = false;  // relaxed: for_range() orders it
  for_leaves(args, parallel, [&](const Leaf& leaf) {
    float* const x = args.x.data() + leaf.first;
    if (args.ids_ascend && is_run(leaf)) {
      const auto id = static_cast<std::size_t>(leaf.ids[0]);
      store_four(&leaf.box, copy_leaf(from_x.data() + id, from_y.data() + id, leaf.count, x,
                                      args.y.data() + leaf.first));
      return;
    }
    const FloatQuad edges = gather_leaf(from_x.data(), leaf.ids, leaf.count, x);
    leaf.box.min_x = edges[0];
    leaf.box.max_x = edges[2];
    if (!is_any_scattered.load(std::memory_order_relaxed))
      is_any_scattered.store(true, std::memory_order_relaxed);
  });
  if (!is_any_scattered.load(std::memory_order_relaxed)) return;
  for_leaves(args, parallel, [&](const Leaf& leaf) {
    if (args.ids_ascend && is_run(leaf)) return;
    float* const y = args.y.data() + leaf.first;
    const FloatQuad edges = gather_leaf(from_y.data(), leaf.ids, leaf.count, y);
    leaf.box.min_y = edges[1];
    leaf.box.max_y = edges[3];
  });
}

}  // namespace quadrille
