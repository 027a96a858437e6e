#include "kernels/query_nodes.h"
#include "kernels/float_range.h"

#include <bit>
#include <cmath>
#include <limits>

namespace quadrille {
namespace {

Box wider(const Box& box) {
  return {std::nextafter(box.min_x, -kFloatInfinity), std::nextafter(box.min_y, -kFloatInfinity),
          std::nextafter(box.max_x, kFloatInfinity), std::nextafter(box.max_y, kFloatInfinity)};
}

void set_box(QueryNode& node, std::size_t child, const Box& box) {
  node.min_x[child] = box.min_x;
  node.min_y[child] = box.min_y;
  node.max_x[child] = box.max_x;
  node.max_y[child] = box.max_y;
}

QueryNode empty_node() {
  QueryNode node{};
  for (std::size_t child = 0; child < 4; ++child) set_box(node, child, kEmptyBox);
  return node;
}

QueryNode node_of(const QuadtreeView& tree, std::size_t q, bool widen) {
  const Quadrant& parent = tree.quadrants[q];
  QueryNode node = empty_node();
  std::size_t quadrant = q + static_cast<std::size_t>(parent.offset);
  std::int32_t place = tree.ranges[q].first;
  for (std::size_t child = 0; child < 4; ++child) {
    node.first[child] = place;
    if ((parent.child_mask >> child & 1) == 0) continue;
    const Box& box = tree.boxes[quadrant];
    set_box(node, child, widen ? wider(box) : box);
    place = tree.ranges[quadrant].last;
    node.child_mask |= 1u << child;
    if (tree.quadrants[quadrant].child_mask != 0) node.inner_mask |= 1u << child;
    ++quadrant;
  }
  node.first[4] = place;
  return node;
}

QueryNode node_of_leaf(const QuadtreeView& tree, bool widen) {
  QueryNode node = empty_node();
  node.child_mask = 1;
  set_box(node, 0, widen ? wider(tree.boxes[0]) : tree.boxes[0]);
  for (std::size_t child = 1; child <= 4; ++child) node.first[child] = tree.ranges[0].last;
  return node;
}

}  // namespace

std::int64_t num_query_nodes(const QuadtreeView& tree) {
  const auto num_inner = static_cast<std::int64_t>(tree.quadrants.size()) - tree.num_leaves;
  return num_inner > 0 ? num_inner : 1;
}

// Both quadrants and nodes stand breadth first, so inner children are numbered as their parents
// come.
void write_query_nodes(const QuadtreeView& tree, bool widen, std::span<QueryNode> nodes) {
  if (tree.quadrants[0].child_mask == 0) {
    nodes[0] = node_of_leaf(tree, widen);
    return;
  }
  std::size_t at = 0;
  std::int32_t next_inner = 1;
  for (std::size_t q = 0; q < tree.quadrants.size(); ++q) {
    if (tree.quadrants[q].child_mask == 0) continue;
    nodes[at] = node_of(tree, q, widen);
    nodes[at].first_inner = next_inner;
    next_inner += std::popcount(nodes[at].inner_mask);
    ++at;
  }
}

}  // namespace quadrille
