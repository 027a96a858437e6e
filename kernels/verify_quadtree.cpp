#include "kernels/verify_quadtree.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <vector>

namespace quadrille {
namespace {

Status wrong(const char* what, std::size_t where, const char* problem) {
  return {StatusCode::kInvalidInput,
          "quadtree: " + std::string(what) + " " + std::to_string(where) + " " + problem};
}

bool contains(const Box& outer, const Box& inner) {
  return outer.min_x <= inner.min_x && outer.min_y <= inner.min_y && inner.max_x <= outer.max_x &&
         inner.max_y <= outer.max_y;
}

Box bounds_of(const QuadtreeView& tree, BodyRange range) {
  const auto first = static_cast<std::size_t>(range.first);
  const auto count = static_cast<std::size_t>(range.last) - first;
  const auto [low_x, high_x] = std::ranges::minmax(tree.x.subspan(first, count));
  const auto [low_y, high_y] = std::ranges::minmax(tree.y.subspan(first, count));
  return {low_x, low_y, high_x, high_y};
}

Status verify_order(const QuadtreeView& tree, std::span<const float> x, std::span<const float> y) {
  if (tree.order.size() != x.size() || tree.x.size() != x.size() || tree.y.size() != x.size()) {
    return wrong("column of", x.size(), "bodies has another length");
  }
  std::vector<bool> seen(x.size());
  for (std::size_t place = 0; place < x.size(); ++place) {
    const auto body = static_cast<std::size_t>(tree.order[place]);
    if (body >= x.size() || seen[body]) return wrong("place", place, "does not name a new body");
    seen[body] = true;
    if (tree.x[place] != x[body] || tree.y[place] != y[body]) {
      return wrong("place", place, "has not its body's coordinates");
    }
  }
  return Status::ok();
}

// Children of q in Morton order: left of, and below, those that are right and above.
Status verify_parting(const QuadtreeView& tree, std::size_t q) {
  const Quadrant& parent = tree.quadrants[q];
  Box bounds[4];
  std::size_t child = q + static_cast<std::size_t>(parent.offset);
  for (std::size_t c = 0; c < 4; ++c) {
    if ((parent.child_mask >> c & 1) != 0) bounds[c] = bounds_of(tree, tree.ranges[child++]);
  }
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = 0; b < 4; ++b) {
      if ((parent.child_mask >> a & 1) == 0 || (parent.child_mask >> b & 1) == 0) continue;
      if ((a & 1) < (b & 1) && bounds[a].max_x > bounds[b].min_x) {
        return wrong("quadrant", q, "has a left child that reaches right of a right one");
      }
      if ((a & 2) < (b & 2) && bounds[a].max_y > bounds[b].min_y) {
        return wrong("quadrant", q, "has a lower child that reaches above an upper one");
      }
    }
  }
  return Status::ok();
}

Status verify_inner(const QuadtreeView& tree, std::size_t q, std::size_t& next_child) {
  const Quadrant& parent = tree.quadrants[q];
  const auto num_children = static_cast<std::size_t>(std::popcount(parent.child_mask));
  const std::size_t first_child = q + static_cast<std::size_t>(parent.offset);
  if (parent.child_mask > 15 || num_children < 2)
    return wrong("quadrant", q, "has a wrong child mask");
  if (first_child != next_child || first_child + num_children > tree.quadrants.size()) {
    return wrong("quadrant", q, "has its children in the wrong place");
  }
  next_child += num_children;
  std::int32_t place = tree.ranges[q].first;
  for (std::size_t child = first_child; child < next_child; ++child) {
    if (tree.ranges[child].first != place) return wrong("quadrant", child, "leaves bodies out");
    place = tree.ranges[child].last;
    if (tree.quadrants[child].level <= parent.level) {
      return wrong("quadrant", child, "is not deeper than its parent");
    }
    const Box decoded = decode_box(tree.quadrants[child], tree.boxes[q]);
    if (std::memcmp(&decoded, &tree.boxes[child], sizeof(Box)) != 0) {
      return wrong("quadrant", child, "has another box than its bits decode to");
    }
  }
  if (place != tree.ranges[q].last) return wrong("quadrant", q, "has bodies that no child has");
  return Status::ok();
}

Status verify_leaf(const QuadtreeView& tree, std::size_t q, bool fresh) {
  const BodyRange range = tree.ranges[q];
  if (tree.quadrants[q].offset != range.first) return wrong("leaf", q, "has not its first body");
  if (range.last - range.first <= kLeafCapacity || !fresh) return Status::ok();
  const Box bounds = bounds_of(tree, range);
  if (bounds.min_x != bounds.max_x || bounds.min_y != bounds.max_y) {
    return wrong("leaf", q, "holds more points that differ than a leaf may");
  }
  return Status::ok();
}

Status verify_quadrants(const QuadtreeView& tree, bool fresh) {
  std::size_t next_child = 1, depth = 0;
  std::int64_t num_leaves = 0;
  for (std::size_t q = 0; q < tree.quadrants.size(); ++q) {
    while (static_cast<std::int64_t>(q) >= tree.depth_begin[depth + 1]) {
      if (next_child != static_cast<std::size_t>(tree.depth_begin[++depth + 1])) {
        return wrong("depth", depth, "does not begin where it says");
      }
    }
    if (tree.ranges[q].first >= tree.ranges[q].last) return wrong("quadrant", q, "has no body");
    if (!contains(tree.boxes[q], bounds_of(tree, tree.ranges[q]))) {
      return wrong("quadrant", q, "has a body outside of its box");
    }
    if (tree.quadrants[q].reserved != 0) return wrong("quadrant", q, "has reserved bits set");
    if (tree.quadrants[q].child_mask == 0) {
      ++num_leaves;
      QUADRILLE_RETURN_IF_ERROR(verify_leaf(tree, q, fresh));
      continue;
    }
    QUADRILLE_RETURN_IF_ERROR(verify_inner(tree, q, next_child));
    if (fresh) QUADRILLE_RETURN_IF_ERROR(verify_parting(tree, q));
  }
  if (next_child != tree.quadrants.size()) return wrong("quadrant", next_child, "has no parent");
  if (num_leaves != tree.num_leaves)
    return wrong("tree of", tree.quadrants.size(), "quadrants miscounts leaves");
  return Status::ok();
}

}  // namespace

Status verify_quadtree(const QuadtreeView& tree, std::span<const float> x, std::span<const float> y,
                       bool fresh) {
  QUADRILLE_RETURN_IF_ERROR(verify_order(tree, x, y));
  if (x.empty()) {
    return tree.quadrants.empty() ? Status::ok() : wrong("quadrant", 0, "has no body");
  }
  const std::size_t num_quadrants = tree.quadrants.size();
  if (num_quadrants == 0 || tree.boxes.size() != num_quadrants ||
      tree.ranges.size() != num_quadrants) {
    return wrong("tree of", num_quadrants, "quadrants lacks boxes or ranges");
  }
  if (tree.depth_begin.size() != static_cast<std::size_t>(tree.depth) + 2 ||
      tree.depth_begin[0] != 0 || tree.depth_begin[1] != 1 ||
      tree.depth_begin.back() != static_cast<std::int32_t>(num_quadrants)) {
    return wrong("tree of", num_quadrants, "quadrants has wrong depths");
  }
  if (tree.ranges[0].first != 0 || tree.ranges[0].last != static_cast<std::int32_t>(x.size())) {
    return wrong("root of", x.size(), "bodies leaves some out");
  }
  const Box root = decode_box(tree.quadrants[0], tree.bounds);
  if (std::memcmp(&root, &tree.boxes[0], sizeof(Box)) != 0)
    return wrong("quadrant", 0, "is not the bounds");
  return verify_quadrants(tree, fresh);
}

}  // namespace quadrille
