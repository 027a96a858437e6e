// The topology of a linear quadtree: which points stand together, decided on sorted Morton keys.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/quadtree.h>

#include "kernels/radix_sort.h"

namespace quadrille {

class Parallel;

// Where an inner quadrant's children begin: child c owns bodies [cut[c - 1], cut[c]), with its
// parent's own ends outside.
struct QuadrantCuts {
  std::int32_t cut[3];
  std::int32_t num_children;  // 0: a leaf
};

struct QuadtreeTopology {
  std::span<Quadrant> quadrants;  // as many as may be made
  std::span<BodyRange> ranges;
  std::span<QuadrantCuts> cuts;         // scratch
  std::span<std::int32_t> depth_begin;  // kMaxQuadtreeDepth + 2
  std::int32_t num_quadrants = 0;
  std::int32_t num_leaves = 0;
  int depth = 0;
};

// `records` are sorted by key; those of cells too full for their 32 bits are sorted again by deeper
// keys, and their keys lose their meaning. Boxes stay unset. Where all quadrants are used up, the
// rest of the depth stays leaves.
void split_quadrants(std::span<SortRecord> records, std::span<SortRecord> spare,
                     RadixScratch& scratch, Parallel& parallel, QuadtreeTopology& tree);

}  // namespace quadrille
