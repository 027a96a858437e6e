/* One axis after the other at random ids: a column of a million floats is read from the second
   level of cache for the better part where two would not be (a third less time on a core with
   2 MB). */
#include "kernels/quadtree_leaves.h"

#include <atomic>

#include <quadrille/parallel.h>

#include "kernels/leaf_extent.h"

namespace quadrille {
namespace {

constexpr std::int64_t kFitGrain = 512;  // leaves

struct Leaf {
  std::size_t first;  // place
  std::int32_t count;
  const BodyID* ids;
  Box& box;
};

// Where its bodies stand in the columns, behind one another; -1: they do not.
std::int32_t run_of(const FitLeavesArgs& args, const Leaf& leaf) {
  return args.ids_ascend && is_run(leaf.ids, leaf.count) ? leaf.ids[0] : -1;
}

template <class Body>
void for_leaves(const FitLeavesArgs& args, Parallel& parallel, const Body& body) {
  parallel.for_range(
      std::ssize(args.leaves), kFitGrain, [&](std::int64_t begin, std::int64_t end, int) {
        for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
          const auto q = static_cast<std::size_t>(args.leaves[i]);
          const BodyRange& range = args.ranges[q];
          body(Leaf{static_cast<std::size_t>(range.first), range.last - range.first,
                    args.order.data() + range.first, args.boxes[q]});
        }
      });
}

}  // namespace

void fit_leaves(const FitLeavesArgs& args, const float* from_x, const float* from_y,
                Parallel& parallel) {
  std::atomic<bool> is_any_scattered = false;  // relaxed: for_range() orders it
  for_leaves(args, parallel, [&](const Leaf& leaf) {
    float* const x = args.x.data() + leaf.first;
    float* const y = args.y.data() + leaf.first;
    if (const std::int32_t run = run_of(args, leaf); run >= 0) {
      const FloatQuad edges = edges_of(copy_axis<LeafExtent>(from_x + run, leaf.count, x),
                                       copy_axis<LeafExtent>(from_y + run, leaf.count, y));
      store_four(&leaf.box, settled_edges(edges));
      return;
    }
    if (args.are_gathered) {
      const FloatQuad edges =
          edges_of(extent_of<LeafExtent>(x, leaf.count), extent_of<LeafExtent>(y, leaf.count));
      return store_four(&leaf.box, settled_edges(edges));
    }
    const auto extent = gather_axis<LeafExtent>(from_x, leaf.ids, leaf.count, x);
    const FloatQuad edges = settled_edges(edges_of(extent, extent));
    leaf.box.min_x = edges[0];
    leaf.box.max_x = edges[2];
    if (!is_any_scattered.load(std::memory_order_relaxed))
      is_any_scattered.store(true, std::memory_order_relaxed);
  });
  if (!is_any_scattered.load(std::memory_order_relaxed)) return;
  for_leaves(args, parallel, [&](const Leaf& leaf) {
    if (run_of(args, leaf) >= 0) return;
    float* const y = args.y.data() + leaf.first;
    const auto extent = gather_axis<LeafExtent>(from_y, leaf.ids, leaf.count, y);
    const FloatQuad edges = settled_edges(edges_of(extent, extent));
    leaf.box.min_y = edges[1];
    leaf.box.max_y = edges[3];
  });
}

}  // namespace quadrille
