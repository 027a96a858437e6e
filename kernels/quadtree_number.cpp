#include "kernels/quadtree_number.h"

#include <algorithm>
#include <array>
#include <utility>

#include "kernels/float_range.h"

namespace quadrille {
namespace {

template <class Body>
void for_each_cell(const MadeCells& made, const Body& body) {
  for (const CellRun& run : made.runs) {
    const auto begin = static_cast<std::size_t>(run.begin);
    for (std::size_t i = begin; i < begin + static_cast<std::size_t>(run.count); ++i)
      body(i, made.cells[i]);
  }
}

// Copies the cells without gaps, and marks the first of those that have keys of their own.
void keep_cells(const MadeCells& made, QuadtreeTopology& tree) {
  tree.num_unsettled = 0;
  tree.num_cells = 0;
  int root_depth = kMaxQuadtreeDepth + 1;  // of the deep cells at hand
  for_each_cell(made, [&](std::size_t, const TreeCell& cell) {
    TreeCell& kept = tree.cells[static_cast<std::size_t>(tree.num_cells++)];
    kept = cell;
    const bool is_first = cell.deep != 0 && cell.depth <= root_depth;
    if (cell.deep != 0) kept.deep = is_first ? TreeCell::kDeepRoot : TreeCell::kDeep;
    if (cell.deep == 0 || is_first) root_depth = is_first ? cell.depth : kMaxQuadtreeDepth + 1;
    // As many in a leaf stand on one spot, or were cut off.
    const bool is_full = cell.deep == 0 && cell.child_mask == 0 && cell.count > kLeafCapacity;
    if (is_first || is_full) tree.num_unsettled += cell.count;
  });
}

// The deepest depth whose quadrants find room, with all above them.
int deepest_with_room(std::span<const std::int32_t> at_depth, std::size_t capacity) {
  std::size_t used = 0, depth = 0;
  while (depth < at_depth.size() && used + static_cast<std::size_t>(at_depth[depth]) <= capacity)
    used += static_cast<std::size_t>(at_depth[depth++]);
  return static_cast<int>(depth) - 1;
}

Box wider_by(const Box& box, const Box& other) {
  return {std::min(box.min_x, other.min_x), std::min(box.min_y, other.min_y),
          std::max(box.max_x, other.max_x), std::max(box.max_y, other.max_y)};
}

}  // namespace

void number_cells(const MadeCells& made, QuadtreeTopology& tree) {
  std::array<std::int32_t, kMaxQuadtreeDepth + 2> next{};
  for_each_cell(made, [&](std::size_t, const TreeCell& cell) { ++next[cell.depth]; });
  const int deepest = deepest_with_room(next, tree.quadrants.size());
  tree.ids_ascend = deepest > kMaxQuadtreeDepth || next[static_cast<std::size_t>(deepest) + 1] == 0;
  std::int32_t before = 0;
  tree.depth = 0;
  for (int depth = 0; depth <= deepest; ++depth) {
    const auto d = static_cast<std::size_t>(depth);
    tree.depth_begin[d] = before;
    if (next[d] > 0) tree.depth = depth;
    before += std::exchange(next[d], before);
  }
  tree.num_quadrants = before;
  tree.depth_begin[static_cast<std::size_t>(tree.depth) + 1] = before;
  tree.num_leaves = 0;
  std::size_t last = 0;  // the last one numbered
  for_each_cell(made, [&](std::size_t i, const TreeCell& cell) {
    if (cell.depth > deepest) {
      if (cell.child_mask == 0) tree.boxes[last] = wider_by(tree.boxes[last], made.boxes[i]);
      return;
    }
    const std::int32_t number = next[cell.depth]++;
    last = static_cast<std::size_t>(number);
    const bool is_leaf = cell.child_mask == 0 || cell.depth == deepest;
    Quadrant quadrant{};
    quadrant.offset =
        is_leaf ? cell.first : next[static_cast<std::size_t>(cell.depth) + 1] - number;
    quadrant.child_mask = is_leaf ? std::uint8_t{0} : cell.child_mask;
    quadrant.level = cell.level;
    tree.quadrants[last] = quadrant;
    tree.ranges[last] = {cell.first, cell.first + cell.count};
    if (is_leaf) tree.boxes[last] = cell.child_mask == 0 ? made.boxes[i] : kEmptyBox;
    tree.leaves[static_cast<std::size_t>(tree.num_leaves)] = number;
    tree.num_leaves += is_leaf;
  });
  if (!tree.cells.empty()) keep_cells(made, tree);
}

}  // namespace quadrille
