#include "kernels/query_nodes.h"
#include "kernels/float_range.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

namespace quadrille {
namespace {

Box wider(const Box& box) {
  return {std::nextafter(box.min_x, -kFloatInfinity), std::nextafter(box.min_y, -kFloatInfinity),
          std::nextafter(box.max_x, kFloatInfinity), std::nextafter(box.max_y, kFloatInfinity)};
}

constexpr std::uint8_t kOwnNode = 0x80;  // beside how many slots of a node a quadrant takes

// That a quadrant takes as long as it has no node of its own.
int open_slots(std::uint8_t slots) { return (slots & kOwnNode) != 0 ? 1 : slots; }

// The quadrants that stand for a node's children, in Morton order.
struct ChildList {
  std::array<std::size_t, kNodeChildren> quadrants;
  std::size_t count = 0;
};

bool is_inner(const QuadtreeView& tree, std::size_t q) { return tree.quadrants[q].child_mask != 0; }
std::size_t children_of(const QuadtreeView& tree, std::size_t q) {
  return static_cast<std::size_t>(std::popcount(tree.quadrants[q].child_mask));
}

// The quadrant at `at` of the list makes room for its children.
void open_child(const QuadtreeView& tree, std::size_t at, ChildList& list) {
  const std::size_t q = list.quadrants[at], more = children_of(tree, q);
  const auto behind = list.quadrants.begin() + static_cast<std::ptrdiff_t>(at) + 1;
  const auto end = list.quadrants.begin() + static_cast<std::ptrdiff_t>(list.count);
  std::copy_backward(behind, end, end + static_cast<std::ptrdiff_t>(more) - 1);
  const std::size_t first = q + static_cast<std::size_t>(tree.quadrants[q].offset);
  for (std::size_t i = 0; i < more; ++i) list.quadrants[at + i] = first + i;
  list.count += more - 1;
}

// The quadrants below `q` that have no node of their own make room for their children.
ChildList list_children(const QuadtreeView& tree, std::span<const std::uint8_t> slots,
                        std::size_t q) {
  ChildList list;
  list.quadrants[list.count++] = q;
  if (!is_inner(tree, q)) return list;
  open_child(tree, 0, list);
  for (std::size_t at = 0; at < list.count;) {
    const std::size_t child = list.quadrants[at];
    if (is_inner(tree, child) && (slots[child] & kOwnNode) == 0) {
      open_child(tree, at, list);
    } else {
      ++at;
    }
  }
  return list;
}

// The tree's box, but for leaves on one spot, which quantised boxes may be wider than.
Box box_of_quadrant(const QuadtreeView& tree, std::size_t q) {
  if (!is_full_spot(tree, q)) return tree.boxes[q];
  const auto at = static_cast<std::size_t>(tree.ranges[q].first);
  return {tree.x[at], tree.y[at], tree.x[at], tree.y[at]};
}

// Of a child that is absent. It is finite: the sides of a box at the end of floats' range may be
// infinite, and those of queries too, whose difference would be no number.
constexpr Box kAbsentBox = {kLargestFloat, kLargestFloat, -kLargestFloat, -kLargestFloat};

QueryNode node_of(const QuadtreeView& tree, const ChildList& list, bool widen) {
  QueryNode node{};
  for (std::size_t c = 0; c < kNodeChildren; ++c) {
    const bool is_present = c < list.count;
    const Box box = is_present ? box_of_quadrant(tree, list.quadrants[c]) : kAbsentBox;
    const Box wanted = is_present && widen ? wider(box) : box;
    node.min_x[c] = wanted.min_x;
    node.min_y[c] = wanted.min_y;
    node.max_x[c] = wanted.max_x;
    node.max_y[c] = wanted.max_y;
    if (is_present) {
      const std::size_t q = list.quadrants[c];
      const auto bit = static_cast<std::uint16_t>(1u << c);
      node.first[c] = tree.ranges[q].first;
      node.child_mask |= bit;
      if (is_inner(tree, q)) node.inner_mask |= bit;
      if (is_full_spot(tree, q)) node.spot_mask |= bit;
    } else {
      node.first[c] = tree.ranges[list.quadrants[list.count - 1]].last;
    }
  }
  node.first[kNodeChildren] = tree.ranges[list.quadrants[list.count - 1]].last;
  return node;
}

}  // namespace

bool is_full_spot(const QuadtreeView& tree, std::size_t q) {
  const auto first = static_cast<std::size_t>(tree.ranges[q].first);
  const auto count = static_cast<std::size_t>(tree.ranges[q].last) - first;
  if (is_inner(tree, q) || count <= kLeafCapacity) return false;
  const auto is_spot = [&](auto coordinates) {
    const auto of = coordinates.subspan(first, count);
    return std::ranges::adjacent_find(of, std::not_equal_to<>()) == of.end();
  };
  const bool is_exact = tree.exact_x.empty();
  return is_spot(tree.x) && is_spot(tree.y) &&
         (is_exact || (is_spot(tree.exact_x) && is_spot(tree.exact_y)));
}

// From the last quadrant to the first, as children stand behind their parents.
std::int64_t choose_query_nodes(const QuadtreeView& tree, std::span<std::uint8_t> slots) {
  std::int64_t count = 1;
  for (std::size_t q = tree.quadrants.size(); q-- > 0;) {
    if (!is_inner(tree, q)) {
      slots[q] = 1;
      continue;
    }
    const auto first = q + static_cast<std::size_t>(tree.quadrants[q].offset);
    const auto below = slots.subspan(first, children_of(tree, q));
    int sum = std::accumulate(below.begin(), below.end(), 0);
    for (; sum > kNodeChildren; ++count) {
      std::uint8_t& heaviest = *std::ranges::max_element(below, {}, open_slots);
      sum -= heaviest - 1;
      heaviest |= kOwnNode;
    }
    slots[q] = static_cast<std::uint8_t>(sum);
  }
  slots[0] |= kOwnNode;
  return count;
}

// Breadth first, so inner children are numbered as their parents come. Until a node is written its
// first word says of which quadrant it is.
void write_query_nodes(const QuadtreeView& tree, std::span<const std::uint8_t> slots,
                       std::span<QueryNode> nodes) {
  std::size_t next = 1;
  nodes[0].first[0] = 0;
  for (QueryNode& node : nodes) {
    const ChildList list = list_children(tree, slots, static_cast<std::size_t>(node.first[0]));
    node = node_of(tree, list, !tree.exact_x.empty());
    node.first_inner = static_cast<std::int32_t>(next);
    for (std::size_t c = 0; c < list.count; ++c)
      if ((node.inner_mask >> c & 1) != 0)
        nodes[next++].first[0] = static_cast<std::int32_t>(list.quadrants[c]);
  }
}

}  // namespace quadrille
