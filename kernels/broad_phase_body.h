// The broad-phase's inner loops, as the kernel table holds them.
#pragma once

#include <cstdint>

namespace quadrille {

// One uniform grid of the hierarchy. Cells count row by row from first_cell; discs beyond the grid
// stand in its border cells, which keeps neighbours neighbours.
struct GridLevel {
  float origin_x, origin_y;
  float cell;  // side; a disc stands on the finest level with kCellRadii times its radius <= cell
  float inverse_cell;
  float largest_radius;  // no disc of this level is larger
  std::int32_t columns, rows;
  std::int32_t first_cell;
  std::int32_t num_discs;  // levels without discs are not searched
  // Discs of this level that overlap stand in the same cell or in neighbours, whatever is rounded:
  // none is larger, and kMostNarrow cells along an axis are so few that an edge between cells errs
  // by less than a cell has to spare.
  bool narrow;
};
inline constexpr float kCellRadii = 2 + 1.0f / 32;
inline constexpr std::int32_t kMostNarrow = 1 << 14;
inline constexpr int kMaxGridLevels = 12;

// cell[i] of the disc i in [begin, end).
struct GridCellArgs {
  const float* x;
  const float* y;
  const float* radius;
  const GridLevel* levels;  // coarsest first
  int num_levels;
  std::int32_t* cell;
  std::int64_t begin, end;
};

// Discs in cell order ("places"): place p stands in [cell_start[c], cell_start[c + 1]) of its cell
// c. x, y and radius have kOverlapPadding readable elements behind the last disc.
struct OverlapArgs {
  const float* x;
  const float* y;
  const float* radius;
  const GridLevel* levels;
  int num_levels;
  const std::int32_t* cell_start;
  std::int64_t begin, end;  // places whose neighbours are wanted
  std::int64_t* first;      // first[p] = where the list of place p begins
  std::int32_t* neighbors;  // later places that overlap p, ascending
  std::int64_t next;        // fill: where the list of `begin` begins
  // Stage: `neighbors` is a block of so many, with kOverlapPadding more behind it. When it is full,
  // next_block(blocks, how many are in it) gives the next one.
  std::int64_t room;
  std::int32_t* (*next_block)(void* blocks, std::int64_t count);
  void* blocks;
};
inline constexpr int kOverlapPadding = 16;

struct BroadPhaseBodies {
  void (*grid_cells)(const GridCellArgs& args);
  // Length of all lists of [begin, end); the lists too, block by block, and first[p] counted from
  // the first of them.
  std::int64_t (*stage_overlaps)(const OverlapArgs& args);
  void (*fill_overlaps)(const OverlapArgs& args);
};

}  // namespace quadrille
