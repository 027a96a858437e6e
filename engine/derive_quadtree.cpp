/* Children stand behind their parents, so everything is one pass over the quadrants, forward for
   what parents tell (depths, ends of ranges, decoded boxes) or backward for what children tell
   (first bodies, tight boxes). The first pass proves the places of children; the others rely on
   it. */
#include "engine/derive_quadtree.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "engine/bitmap.h"
#include "engine/region.h"

namespace quadrille {
namespace {

Status bad_tree(const std::string& why) { return {StatusCode::kInvalidInput, "quadtree: " + why}; }

Status bad_quadrant(std::size_t q, const std::string& why) {
  return bad_tree("quadrant " + std::to_string(q) + " " + why);
}
Status bad_place(std::size_t place, const std::string& why) {
  return bad_tree("place " + std::to_string(place) + " " + why);
}

Status verify_order(std::span<const BodyID> order) {
  const auto count = static_cast<std::int64_t>(order.size());
  const std::size_t num_words = Bitmap::num_words(count);
  QUADRILLE_ASSIGN_OR_RETURN(Region scratch, Region::reserve(num_words * sizeof(std::uint64_t)));
  QUADRILLE_RETURN_IF_ERROR(scratch.commit(scratch.capacity()));
  Bitmap seen({reinterpret_cast<std::uint64_t*>(scratch.base()), num_words});
  for (std::size_t place = 0; place < order.size(); ++place) {
    const BodyID body = order[place];
    if (body < 0 || body >= count || seen.test(body)) {
      return bad_place(place, "does not name a new body");
    }
    seen.set(body);
  }
  return Status::ok();
}

Status verify_coordinates(const QuadtreeView& tree) {
  const auto rounds_to = [](double exact, float rounded) {
    return std::fabs(exact) <= double{std::numeric_limits<float>::max()} &&
           static_cast<float>(exact) == rounded;
  };
  for (std::size_t place = 0; place < tree.x.size(); ++place) {
    if (!std::isfinite(tree.x[place]) || !std::isfinite(tree.y[place])) {
      return bad_place(place, "has coordinates that are not finite");
    }
    if (tree.exact_x.empty()) continue;
    if (!rounds_to(tree.exact_x[place], tree.x[place]) ||
        !rounds_to(tree.exact_y[place], tree.y[place])) {
      return bad_place(place, "has exact coordinates that do not round to its floats");
    }
  }
  return Status::ok();
}

class Derivation {
 public:
  Derivation(QuadtreeView& tree, const DerivedQuadtree& room) : tree_(tree), room_(room) {}

  Status verify_places();  // of children, breadth first; sets depth_begin
  Status set_ranges();
  Status set_boxes();

 private:
  std::size_t num_quadrants() const { return tree_.quadrants.size(); }
  const Quadrant& quadrant(std::size_t q) const { return tree_.quadrants[q]; }
  std::size_t first_child(std::size_t q) const {
    return q + static_cast<std::size_t>(quadrant(q).offset);
  }
  std::size_t num_children(std::size_t q) const {
    return static_cast<std::size_t>(std::popcount(quadrant(q).child_mask));
  }
  Status verify_children(std::size_t q, std::size_t next_child) const;
  Box tight_box(std::size_t q) const;

  QuadtreeView& tree_;
  const DerivedQuadtree& room_;
};

Status Derivation::verify_children(std::size_t q, std::size_t next_child) const {
  const Quadrant& parent = quadrant(q);
  if (parent.child_mask > 15 || num_children(q) < 2)
    return bad_quadrant(q, "has a wrong child mask");
  if (std::int64_t{parent.offset} != static_cast<std::int64_t>(next_child - q) ||
      num_children(q) > num_quadrants() - next_child) {
    return bad_quadrant(q, "has its children in the wrong place");
  }
  for (std::size_t child = next_child; child < next_child + num_children(q); ++child) {
    if (quadrant(child).level <= parent.level) {
      return bad_quadrant(child, "is not deeper than its parent");
    }
  }
  return Status::ok();
}

// A quadrant's level is at least its depth, because it is deeper than its parent: so depths end
// where levels do.
Status Derivation::verify_places() {
  std::size_t next_child = 1, depth = 0;
  std::int64_t num_leaves = 0;
  room_.depth_begin[0] = 0;
  room_.depth_begin[1] = 1;
  for (std::size_t q = 0; q < num_quadrants(); ++q) {
    if (q == next_child) return bad_quadrant(q, "has no parent");
    if (static_cast<std::int64_t>(q) == room_.depth_begin[depth + 1]) {
      room_.depth_begin[++depth + 1] = static_cast<std::int32_t>(next_child);
    }
    if (quadrant(q).reserved != 0) return bad_quadrant(q, "has reserved bits set");
    if (quadrant(q).child_mask == 0) {
      ++num_leaves;
      continue;
    }
    QUADRILLE_RETURN_IF_ERROR(verify_children(q, next_child));
    next_child += num_children(q);
  }
  if (num_leaves != tree_.num_leaves || depth != static_cast<std::size_t>(tree_.depth)) {
    return bad_tree("it has " + std::to_string(num_leaves) + " leaves down to depth " +
                    std::to_string(depth) + ", not " + std::to_string(tree_.num_leaves) +
                    " down to depth " + std::to_string(tree_.depth));
  }
  tree_.depth_begin = room_.depth_begin.first(depth + 2);
  return Status::ok();
}

// A leaf says where its bodies begin; they end where the next leaf's begin.
Status Derivation::set_ranges() {
  const auto num_bodies = static_cast<std::int32_t>(tree_.order.size());
  for (std::size_t q = num_quadrants(); q-- > 0;) {
    const bool is_leaf = quadrant(q).child_mask == 0;
    room_.ranges[q].first = is_leaf ? quadrant(q).offset : room_.ranges[first_child(q)].first;
  }
  if (room_.ranges[0].first != 0)
    return bad_tree("its first leaf does not begin with the first body");
  room_.ranges[0].last = num_bodies;
  for (std::size_t q = 0; q < num_quadrants(); ++q) {
    const BodyRange& range = room_.ranges[q];
    if (range.first >= range.last) return bad_quadrant(q, "has no body");
    if (quadrant(q).child_mask == 0) continue;
    const std::size_t last_child = first_child(q) + num_children(q) - 1;
    for (std::size_t child = first_child(q); child < last_child; ++child) {
      room_.ranges[child].last = room_.ranges[child + 1].first;
    }
    room_.ranges[last_child].last = range.last;
  }
  tree_.ranges = room_.ranges;
  return Status::ok();
}

Box Derivation::tight_box(std::size_t q) const {
  if (quadrant(q).child_mask != 0) {
    Box all = room_.boxes[first_child(q)];
    for (const Box& box : room_.boxes.subspan(first_child(q) + 1, num_children(q) - 1)) {
      all = {std::min(all.min_x, box.min_x), std::min(all.min_y, box.min_y),
             std::max(all.max_x, box.max_x), std::max(all.max_y, box.max_y)};
    }
    return all;
  }
  const auto first = static_cast<std::size_t>(room_.ranges[q].first);
  const auto last = static_cast<std::size_t>(room_.ranges[q].last);
  Box box{tree_.x[first], tree_.y[first], tree_.x[first], tree_.y[first]};
  for (std::size_t place = first + 1; place < last; ++place) {
    const float x = tree_.x[place], y = tree_.y[place];
    box = {std::min(box.min_x, x), std::min(box.min_y, y), std::max(box.max_x, x),
           std::max(box.max_y, y)};
  }
  return {box.min_x + 0.0f, box.min_y + 0.0f, box.max_x + 0.0f, box.max_y + 0.0f};  // no -0
}

// Upward what the boxes must contain, downward what they are.
Status Derivation::set_boxes() {
  for (std::size_t q = num_quadrants(); q-- > 0;) room_.boxes[q] = tight_box(q);
  if (std::memcmp(&room_.boxes[0], &tree_.bounds, sizeof(Box)) != 0) {
    return bad_tree("its bounds are not those of its bodies");
  }
  const auto decode = [this](std::size_t q, const Box& parent) {
    const Box box = decode_box(quadrant(q), parent), tight = room_.boxes[q];
    room_.boxes[q] = box;
    return box.min_x <= tight.min_x && box.min_y <= tight.min_y && tight.max_x <= box.max_x &&
           tight.max_y <= box.max_y;
  };
  if (!decode(0, tree_.bounds)) return bad_quadrant(0, "has a body outside of its box");
  for (std::size_t q = 0; q < num_quadrants(); ++q) {
    for (std::size_t child = 0; child < num_children(q); ++child) {
      if (!decode(first_child(q) + child, room_.boxes[q])) {
        return bad_quadrant(first_child(q) + child, "has a body outside of its box");
      }
    }
  }
  tree_.boxes = room_.boxes;
  return Status::ok();
}

}  // namespace

Status derive_quadtree(QuadtreeView& tree, const DerivedQuadtree& room) {
  if (tree.quadrants.empty()) {
    return tree.order.empty() && tree.num_leaves == 0 && tree.depth == 0
               ? Status::ok()
               : bad_tree("it has bodies, leaves or depth but no quadrant");
  }
  QUADRILLE_RETURN_IF_ERROR(verify_order(tree.order));
  QUADRILLE_RETURN_IF_ERROR(verify_coordinates(tree));
  Derivation derivation(tree, room);
  QUADRILLE_RETURN_IF_ERROR(derivation.verify_places());
  QUADRILLE_RETURN_IF_ERROR(derivation.set_ranges());
  return derivation.set_boxes();
}

}  // namespace quadrille
