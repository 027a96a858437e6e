// Going through the points of an index, or those in a window, by calling a function for each: no
// allocation, no other thread, any number of walks at a time.
//
// Which part to use: visit_window() for boxes and discs; visit_places() for another shape, which
// says what it touches and holds, or where places are wanted; walk_points() under queries of
// another kind. All go in the index's own order, which is a Morton order and the same for equal
// points; who wants another one sorts.
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

// Windows, as walks test them: what they hold, as PointIndex::list would find it, and what may.
struct BoxAround {
  double min_x, min_y, max_x, max_y;
  BoxAround(double x, double y, double extent)
      : min_x(x - extent), min_y(y - extent), max_x(x + extent), max_y(y + extent) {}
  bool touches(const Box& box) const {
    return static_cast<double>(box.min_x) <= max_x && min_x <= static_cast<double>(box.max_x) &&
           static_cast<double>(box.min_y) <= max_y && min_y <= static_cast<double>(box.max_y);
  }
  bool holds(const PointAt& point) const {
    return min_x <= point.x && point.x <= max_x && min_y <= point.y && point.y <= max_y;
  }
};
struct DiscAround {
  double x, y, squared_radius;
  DiscAround(double center_x, double center_y, double radius)
      : x(center_x), y(center_y), squared_radius(radius * radius) {}
  // By distances alone: the disc's own box would lose points by rounding.
  bool touches(const Box& box) const {
    const double left = static_cast<double>(box.min_x) - x, right = x - box.max_x;
    const double below = static_cast<double>(box.min_y) - y, above = y - box.max_y;
    const double dx = std::max({left, right, 0.0}), dy = std::max({below, above, 0.0});
    return dx * dx + dy * dy <= squared_radius;
  }
  bool holds(const PointAt& point) const {
    const double dx = point.x - x, dy = point.y - y;
    return dx * dx + dy * dy <= squared_radius;
  }
};

// What run() returns for the one of them that the window around (x, y) is.
template <class Run>
auto with_window(double x, double y, const Window& window, const Run& run) {
  return window.shape == WindowShape::kBox ? run(BoxAround(x, y, window.extent))
                                           : run(DiscAround(x, y, window.extent));
}

// Calls visit(place) for each point that `where` holds, until it returns false; says whether it
// never did. points.order[place] is the point's id, point_at() its coordinates.
template <class Where, class Visit>
bool visit_places(const PointColumnsView& points, const Where& where, const Visit& visit) {
  return walk_points(
      points, [&where](const Box& box) { return where.touches(box); },
      [&](std::int32_t first, std::int32_t last) {
        for (std::int32_t place = first; place < last; ++place) {
          if (where.holds(point_at(points, place)) && !visit(place)) return false;
        }
        return true;
      });
}

// Calls visit(id) for each point in the window around (x, y), as PointIndex::list would find them,
// until it returns false; says whether it never did. `x`, `y` finite, window.extent not negative.
template <class Visit>
bool visit_window(const PointColumnsView& points, double x, double y, const Window& window,
                  const Visit& visit) {
  return with_window(x, y, window, [&](const auto& where) {
    return visit_places(points, where,
                        [&](std::int32_t place) { return visit(points.order[place]); });
  });
}

}  // namespace quadrille
