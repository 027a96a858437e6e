// From cells in preorder to quadrants that stand breadth first.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/quadtree.h>

#include "kernels/quadtree_split.h"

namespace quadrille {

class Parallel;

struct QuadtreeTopology {
  std::span<Quadrant> quadrants;  // as many as may be made
  std::span<BodyRange> ranges;
  std::span<Box> boxes;                 // those of leaves are set
  std::span<std::int32_t> depth_begin;  // kMaxQuadtreeDepth + 2
  std::span<std::int32_t> leaves;       // those quadrants that are, in the bodies' order
  std::span<TreeCell> cells;            // the same cells without gaps; empty: not asked for
  // Bodies that may part without leaving their cell, where one is deep or as full as a spot is.
  std::int32_t num_unsettled = 0;
  bool ids_ascend = true;  // in each leaf: none was made of several cells
  std::int32_t num_cells = 0;
  std::int32_t num_quadrants = 0;
  std::int32_t num_leaves = 0;
  int depth = 0;
};

// Numbers the cells of all runs. In preorder cells of one depth come in Morton order, and the
// children of an inner cell are the next of their depth: one pass with a counter a depth. Where
// they are more than there is room for, the deepest whole depth that has room is all leaves.
struct MadeCells {
  std::span<const CellRun> runs;
  std::span<const TreeCell> cells;
  const Box* boxes;  // of leaves, by cell
};
void number_cells(const MadeCells& made, QuadtreeTopology& tree);

}  // namespace quadrille
