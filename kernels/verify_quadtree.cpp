/* What an image must be for its reader's safety is verified by deriving boxes, ranges and depths
   anew (engine/derive_quadtree.h); here they are compared with the builder's own, and what only a
   builder promises is added. */
#include "kernels/verify_quadtree.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "engine/derive_quadtree.h"

namespace quadrille {
namespace {

Status wrong_part(const std::string& what, std::size_t where, const char* problem) {
  return {StatusCode::kInvalidInput,
          "quadtree: " + what + " " + std::to_string(where) + " " + problem};
}

// Coordinates are the bodies', and nothing says that they are not exact.
Status verify_columns(const QuadtreeView& tree, std::span<const float> x,
                      std::span<const float> y) {
  if (tree.order.size() != x.size() || tree.x.size() != x.size() || tree.y.size() != x.size()) {
    return wrong_part("column of", x.size(), "bodies has another length");
  }
  for (std::size_t place = 0; place < x.size(); ++place) {
    const auto body = static_cast<std::size_t>(tree.order[place]);
    if (body >= x.size()) return wrong_part("place", place, "does not name a new body");
    if (tree.x[place] != x[body] || tree.y[place] != y[body]) {
      return wrong_part("place", place, "has not its body's coordinates");
    }
  }
  return Status::ok();
}

template <class T>
Status verify_same(const std::string& what, std::span<const T> given, std::span<const T> derived) {
  if (given.size() != derived.size())
    return wrong_part(what, given.size(), "are not as many as derived");
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (std::memcmp(&given[i], &derived[i], sizeof(T)) != 0) {
      return wrong_part(what, i, "is not what the quadrants say");
    }
  }
  return Status::ok();
}

Status verify_derived(const QuadtreeView& tree) {
  std::vector<Box> boxes(tree.quadrants.size());
  std::vector<BodyRange> ranges(tree.quadrants.size());
  std::vector<std::int32_t> depth_begin(kMaxQuadtreeDepth + 2);
  QuadtreeView derived = tree;
  derived.boxes = {};
  derived.ranges = {};
  derived.depth_begin = {};
  QUADRILLE_RETURN_IF_ERROR(derive_quadtree(derived, {boxes, ranges, depth_begin}));
  QUADRILLE_RETURN_IF_ERROR(verify_same("box", tree.boxes, derived.boxes));
  QUADRILLE_RETURN_IF_ERROR(verify_same("range", tree.ranges, derived.ranges));
  return verify_same("depth", tree.depth_begin, derived.depth_begin);
}

// Bodies with one place stand in the order of their ids: sorting was stable.
Status verify_ties(const QuadtreeView& tree) {
  for (std::size_t place = 1; place < tree.order.size(); ++place) {
    if (tree.x[place] == tree.x[place - 1] && tree.y[place] == tree.y[place - 1] &&
        tree.order[place] < tree.order[place - 1]) {
      return wrong_part("place", place, "has a lower id than the same point before it");
    }
  }
  return Status::ok();
}

Box body_bounds(const QuadtreeView& tree, BodyRange range) {
  const auto first = static_cast<std::size_t>(range.first);
  const auto count = static_cast<std::size_t>(range.last) - first;
  const auto [low_x, high_x] = std::ranges::minmax(tree.x.subspan(first, count));
  const auto [low_y, high_y] = std::ranges::minmax(tree.y.subspan(first, count));
  return {low_x, low_y, high_x, high_y};
}

// Children of q in Morton order: left of, and below, those that are right and above.
Status verify_parting(const QuadtreeView& tree, std::size_t q) {
  const Quadrant& parent = tree.quadrants[q];
  Box bounds[4];
  std::size_t child = q + static_cast<std::size_t>(parent.offset);
  for (std::size_t c = 0; c < 4; ++c) {
    if ((parent.child_mask >> c & 1) != 0) bounds[c] = body_bounds(tree, tree.ranges[child++]);
  }
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = 0; b < 4; ++b) {
      if ((parent.child_mask >> a & 1) == 0 || (parent.child_mask >> b & 1) == 0) continue;
      if ((a & 1) < (b & 1) && bounds[a].max_x > bounds[b].min_x) {
        return wrong_part("quadrant", q, "has a left child that reaches right of a right one");
      }
      if ((a & 2) < (b & 2) && bounds[a].max_y > bounds[b].min_y) {
        return wrong_part("quadrant", q, "has a lower child that reaches above an upper one");
      }
    }
  }
  return Status::ok();
}

Status verify_fresh(const QuadtreeView& tree) {
  QUADRILLE_RETURN_IF_ERROR(verify_ties(tree));
  for (std::size_t q = 0; q < tree.quadrants.size(); ++q) {
    const BodyRange range = tree.ranges[q];
    const bool is_full = range.last - range.first > kLeafCapacity;
    if (tree.quadrants[q].child_mask != 0) {
      if (!is_full) return wrong_part("quadrant", q, "parts bodies that a leaf could hold");
      QUADRILLE_RETURN_IF_ERROR(verify_parting(tree, q));
      continue;
    }
    const Box bounds = is_full ? body_bounds(tree, range) : Box{};
    if (bounds.min_x != bounds.max_x || bounds.min_y != bounds.max_y) {
      return wrong_part("leaf", q, "holds more points that differ than a leaf may");
    }
  }
  return Status::ok();
}

}  // namespace

Status verify_quadtree(const QuadtreeView& tree, std::span<const float> x, std::span<const float> y,
                       bool fresh) {
  QUADRILLE_RETURN_IF_ERROR(verify_columns(tree, x, y));
  if (std::ssize(tree.quadrants) > max_quadrants(std::ssize(tree.order))) {
    return wrong_part("tree of", tree.quadrants.size(), "quadrants has more than its bodies allow");
  }
  QUADRILLE_RETURN_IF_ERROR(verify_derived(tree));
  return fresh ? verify_fresh(tree) : Status::ok();
}

}  // namespace quadrille
