/* Upward: an inner quadrant's box from its children, depth by depth from the deepest. Downward:
   each box is written in steps of its parent's decoded box and decoded at once, so that what stands
   in `boxes` is what any reader of the quadrants alone will find. */
#include "kernels/quadtree_boxes.h"

#include <algorithm>
#include <bit>

#include <quadrille/parallel.h>

#include "engine/quadtree_box.h"

namespace quadrille {
namespace {

constexpr std::int64_t kBoxGrain = 512;  // quadrants

std::span<Box> children_of(const QuadtreeBoxArgs& args, std::size_t q) {
  const Quadrant& quadrant = args.quadrants[q];
  return args.boxes.subspan(q + static_cast<std::size_t>(quadrant.offset),
                            static_cast<std::size_t>(std::popcount(quadrant.child_mask)));
}

Box union_of(std::span<const Box> boxes) {
  Box all = boxes[0];
  for (const Box& box : boxes.subspan(1)) {
    all = {std::min(all.min_x, box.min_x), std::min(all.min_y, box.min_y),
           std::max(all.max_x, box.max_x), std::max(all.max_y, box.max_y)};
  }
  return all;
}

void quantise_children(const QuadtreeBoxArgs& args, std::size_t q) {
  if (args.quadrants[q].child_mask == 0) return;
  std::size_t child = q + static_cast<std::size_t>(args.quadrants[q].offset);
  const BoxSteps steps(args.boxes[q]);
  for (Box& box : children_of(args, q)) {
    steps.encode(box, args.quadrants[child]);
    box = steps.decode(args.quadrants[child]);
    ++child;
  }
}

template <class Body>
void for_depth(const QuadtreeBoxArgs& args, std::size_t depth, Parallel& parallel,
               const Body& body) {
  const std::int64_t first = args.depth_begin[depth];
  parallel.for_range(args.depth_begin[depth + 1] - first, kBoxGrain,
                     [&](std::int64_t begin, std::int64_t end, int) {
                       for (std::int64_t q = first + begin; q < first + end; ++q)
                         body(static_cast<std::size_t>(q));
                     });
}

}  // namespace

Box fit_boxes(const QuadtreeBoxArgs& args, Parallel& parallel) {
  const std::size_t num_depths = args.depth_begin.size() - 1;
  for (std::size_t depth = num_depths; depth-- > 0;) {
    for_depth(args, depth, parallel, [&](std::size_t q) {
      if (args.quadrants[q].child_mask != 0) args.boxes[q] = union_of(children_of(args, q));
    });
  }
  const Box bounds = args.boxes[0];
  encode_box(bounds, bounds, args.quadrants[0]);
  for (std::size_t depth = 0; depth < num_depths; ++depth) {
    for_depth(args, depth, parallel, [&](std::size_t q) { quantise_children(args, q); });
  }
  return bounds;
}

}  // namespace quadrille
