// The broad-phase's inner loops, as the kernel table holds them.
#pragma once

#include <cstdint>

namespace quadrille {

// One uniform grid of the hierarchy. Cells count row by row from first_cell; discs beyond the grid
// stand in its border cells, which keeps neighbours neighbours.
struct GridLevel {
  float origin_x, origin_y;
  float cell;  // side; a disc stands on the finest level with diameter <= cell
  float inverse_cell;
  float largest_radius;  // no disc of this level is larger
  std::int32_t columns, rows;
  std::int32_t first_cell;
  std::int32_t num_discs;  // levels without discs are not searched
};
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
  std::int64_t room;        // stage: of `neighbors`, kOverlapPadding more behind it
};
inline constexpr int kOverlapPadding = 16;

struct BroadPhaseBodies {
  void (*grid_cells)(const GridCellArgs& args);
  // Length of all lists of [begin, end); the lists too, where they have room, and first[p] counted
  // from the first of them.
  std::int64_t (*stage_overlaps)(const OverlapArgs& args);
  void (*fill_overlaps)(const OverlapArgs& args);
};

}  // namespace quadrille
