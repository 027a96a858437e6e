/* Upward: an inner quadrant's box from its children, depth by depth from the deepest. Downward:
   each box is written in steps of its parent's decoded box and decoded at once, so that what stands
   in `boxes` is what any reader of the quadrants alone will find. */
#include "kernels/quadtree_boxes.h"

#include <cstddef>

#include <quadrille/parallel.h>

#include "engine/float_quad.h"
#include "engine/quadtree_box.h"
#include "kernels/quadtree_plan.h"

namespace quadrille {
namespace {

constexpr std::int64_t kBoxGrain = 512;  // quadrants

std::size_t first_child_of(const QuadtreeBoxArgs& args, std::size_t q) {
  return q + static_cast<std::size_t>(args.quadrants[q].offset);
}

std::size_t num_children_of(const QuadtreeBoxArgs& args, std::size_t q) {
  return num_children(args.quadrants[q].child_mask);
}

void unite_children(const QuadtreeBoxArgs& args, std::size_t q) {
  const Box* const children = &args.boxes[first_child_of(args, q)];
  FloatQuad all = with_maxima_negated(load_four(children));
  for (std::size_t child = 1; child < num_children_of(args, q); ++child)
    all = lesser(with_maxima_negated(load_four(children + child)), all);
  store_four(&args.boxes[q], with_maxima_negated(all));
}

void quantise_children(const QuadtreeBoxArgs& args, std::size_t q) {
  const std::size_t first = first_child_of(args, q);
  const std::size_t end = first + num_children_of(args, q);
  const BoxSteps steps(args.boxes[q]);
  for (std::size_t child = first; child < end; ++child)
    args.boxes[child] = steps.encode(args.boxes[child], args.quadrants[child]);
}

// The inner quadrants of a depth.
template <class Body>
void for_depth(const QuadtreeBoxArgs& args, std::size_t depth, Parallel& parallel,
               const Body& body) {
  const std::int64_t first = args.depth_begin[depth];
  parallel.for_range(args.depth_begin[depth + 1] - first, kBoxGrain,
                     [&](std::int64_t begin, std::int64_t end, int) {
                       for (auto q = static_cast<std::size_t>(first + begin);
                            q < static_cast<std::size_t>(first + end); ++q)
                         if (args.quadrants[q].child_mask != 0) body(q);
                     });
}

}  // namespace

Box fit_boxes(const QuadtreeBoxArgs& args, Parallel& parallel) {
  const std::size_t num_depths = args.depth_begin.size() - 2;  // the deepest is all leaves
  for (std::size_t depth = num_depths; depth-- > 0;) {
    for_depth(args, depth, parallel, [&](std::size_t q) { unite_children(args, q); });
  }
  const Box bounds = args.boxes[0];
  encode_box(bounds, bounds, args.quadrants[0]);
  for (std::size_t depth = 0; depth < num_depths; ++depth) {
    for_depth(args, depth, parallel, [&](std::size_t q) { quantise_children(args, q); });
  }
  return bounds;
}

}  // namespace quadrille
