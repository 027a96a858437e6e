// From points to the cells of a quadtree in preorder: large cells are parted by all threads, the
// others are sorted by one thread each.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/morton_square.h>
#include <quadrille/quadtree.h>

#include "kernels/quadtree_cells.h"
#include "kernels/radix_sort.h"

namespace quadrille {

class Parallel;
struct KernelTable;

// A run of cells in preorder, that one thread writes: one quadrant above all runs of more, or the
// quadrants that a cell becomes.
struct CellRun {
  OpenCell cell;
  std::int32_t begin, count;  // of its cells; `count` when it is written
  bool is_inner;              // written already
  bool in_spare;              // which buffer its points stand in
};

// Working memory and results. Spans are as long as the points or as the quadrants that may be made.
struct SplitRoom {
  std::span<SortRecord> records, spare;
  RadixScratch& counters;
  std::span<CellRun> runs;    // max_cell_runs()
  std::span<TreeCell> cells;  // out: in preorder, with gaps between runs
  LeafColumns columns;        // out: bodies in order; boxes of leaves, by cell
  std::size_t num_runs = 0;   // out
};

constexpr std::int64_t max_cell_runs(std::int64_t num_points) { return 1024 + num_points / 512; }

// Body i stands at (x[i], y[i]). `keys` is as long, and scratch. At least one.
struct SplitPoints {
  std::span<const float> x, y;
  std::span<std::uint32_t> keys;
  MortonSquare square;
};
void split_points(const SplitPoints& points, SplitRoom& room, Parallel& parallel,
                  const KernelTable& kernels);

}  // namespace quadrille
