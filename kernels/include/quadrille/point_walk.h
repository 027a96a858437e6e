// Going through the points of an index, or those in a window, by calling a function for each: no
// allocation, no other thread, any number of walks at a time.
//
// Which part to use: visit_window() for boxes and discs; walk_points() under queries of another
// shape. Both go in the index's own order, which is a Morton order and the same for equal points;
// who wants another one sorts.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include <quadrille/point_columns.h>
#include <quadrille/point_index.h>
#include <quadrille/quadtree.h>

namespace quadrille {

struct PointAt {
  double x, y;
};
inline PointAt point_at(const PointColumnsView& points, std::int64_t place) {
  return points.exact_x != nullptr
             ? PointAt{points.exact_x[place], points.exact_y[place]}
             : PointAt{static_cast<double>(points.x[place]), static_cast<double>(points.y[place])};
}

inline Box child_box(const QueryNode& node, std::size_t child) {
  return {node.min_x[child], node.min_y[child], node.max_x[child], node.max_y[child]};
}

// A child of a node: a leaf's bodies, or another node.
struct NodePart {
  Box box;
  std::int32_t first, last;  // bodies
  std::int32_t node;         // -1: a leaf
};
inline NodePart part_of(const QueryNode& node, std::size_t child) {
  const std::uint32_t bit = 1u << child;
  const bool inner = (node.inner_mask & bit) != 0;
  return {child_box(node, child), node.first[child], node.first[child + 1],
          inner ? node.first_inner + std::popcount(node.inner_mask & (bit - 1)) : -1};
}

// Calls run(first, last) for the bodies of each leaf whose box touches(box), until run() returns
// false; says whether it never did.
template <class Touches, class Run>
bool walk_points(const PointColumnsView& points, const Touches& touches, const Run& run) {
  if (points.nodes == nullptr) return true;
  struct Waiting {
    std::int32_t first, last, node;
  };
  std::array<Waiting, kMostWaitingNodes> waiting;
  std::size_t size = 0;
  waiting[size++] = {0, 0, 0};
  while (size > 0) {
    const Waiting part = waiting[--size];
    if (part.node < 0) {
      if (!run(part.first, part.last)) return false;
      continue;
    }
    const QueryNode& node = points.nodes[part.node];
    for (std::size_t child = kNodeChildren; child-- > 0;) {
      const NodePart of = part_of(node, child);
      if (of.first != of.last && touches(of.box)) waiting[size++] = {of.first, of.last, of.node};
    }
  }
  return true;
}

// Calls visit(id) for each point in the window around (x, y), as PointIndex::list would find them,
// until it returns false; says whether it never did. `x`, `y` finite, window.extent not negative.
template <class Visit>
bool visit_window(const PointColumnsView& points, double x, double y, const Window& window,
                  const Visit& visit) {
  const double extent = window.extent;
  const double min_x = x - extent, min_y = y - extent, max_x = x + extent, max_y = y + extent;
  const bool is_box = window.shape == WindowShape::kBox;
  const auto touches = [&](const Box& box) {
    return static_cast<double>(box.min_x) <= max_x && min_x <= static_cast<double>(box.max_x) &&
           static_cast<double>(box.min_y) <= max_y && min_y <= static_cast<double>(box.max_y);
  };
  // A disc's bound is tested point by point: rounding must not let its box lose one.
  const auto touches_disc = [&](const Box& box) {
    const double left = static_cast<double>(box.min_x) - x, right = x - box.max_x;
    const double below = static_cast<double>(box.min_y) - y, above = y - box.max_y;
    const double dx = std::max({left, right, 0.0}), dy = std::max({below, above, 0.0});
    return dx * dx + dy * dy <= extent * extent;
  };
  const auto run = [&](std::int32_t first, std::int32_t last) {
    for (std::int32_t place = first; place < last; ++place) {
      const PointAt point = point_at(points, place);
      const double dx = point.x - x, dy = point.y - y;
      const bool inside =
          is_box ? min_x <= point.x && point.x <= max_x && min_y <= point.y && point.y <= max_y
                 : dx * dx + dy * dy <= extent * extent;
      if (inside && !visit(points.order[place])) return false;
    }
    return true;
  };
  return is_box ? walk_points(points, touches, run) : walk_points(points, touches_disc, run);
}

}  // namespace quadrille
