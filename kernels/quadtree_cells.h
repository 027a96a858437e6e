// Sorts the points of one cell of a quadtree into leaves, on one thread, in cache.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/quadtree.h>

#include "kernels/quadtree_leaves.h"
#include "kernels/quadtree_plan.h"
#include "kernels/radix_sort.h"

namespace quadrille {

// Where leaves put their bodies, by place; and, by the place of their cell in preorder, their box.
struct LeafColumns {
  float* x;
  float* y;
  BodyID* order;
  Box* boxes;
};

// A cell's points in the order of their ids, each with its key, and as much room beside them; the
// first of them is that of the cell. Both lose their content.
struct CellRecords {
  SortRecord* from;
  SortRecord* other;
};

// Writes the cell's quadrants, at most cell.budget, to cells[at ..) in preorder, and its bodies to
// `columns`. Returns how many quadrants it wrote. Where a key's bits are used up and points still
// differ they get deeper keys, relative to their own bounds.
std::int32_t sort_into_leaves(const OpenCell& cell, const CellRecords& records,
                              std::span<TreeCell> cells, std::int32_t at,
                              const LeafColumns& columns);

// Gives the points of a cell whose bits are used up keys of their own. False: they are all the
// same, or levels have run out, and nothing was done. `encode` sets all keys for a square.
Box bounds_of_records(std::span<const SortRecord> records);
bool may_deepen(const OpenCell& cell, const Box& bounds);
OpenCell deepened(const OpenCell& cell);

}  // namespace quadrille
