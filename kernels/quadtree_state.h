// What a QuadtreeBuilder holds: quadtree_memory.cpp allocates it, quadtree_builder.cpp builds
// and refits in it, quadtree_change.cpp updates.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/quadtree.h>
#include <quadrille/quadtree_builder.h>

#include "kernels/morton_body.h"
#include "kernels/quadtree_leaves.h"
#include "kernels/quadtree_number.h"
#include "kernels/quadtree_split.h"
#include "kernels/quadtree_update.h"
#include "kernels/radix_sort.h"

namespace quadrille {

struct QuadtreeBuilder::State {
  std::optional<Arena> arena;
  std::span<SortRecord> records;
  std::span<RadixScratch> radix;
  // Of the tree that stands, and where an update writes the next one; they take turns.
  std::span<std::byte> image, other_image;
  std::span<float> x, y;  // of the image, as the next three
  std::span<BodyID> order;
  std::span<Quadrant> quadrants;  // as many as may be made
  std::span<Box> boxes;
  std::span<BodyRange> ranges;
  std::span<std::int32_t> leaf_numbers;  // of the quadrants that are leaves, in the bodies' order
  std::span<TreeCell> cells;             // while a tree is made
  std::span<Box> leaf_boxes;             // the same
  std::span<CellRun> runs;               // the same
  MortonSquare square{};                 // of the last build
  Box square_box{};                      // the same, as a box
  // Of updates alone.
  std::span<TreeCell> kept_cells;  // of the tree that stands
  std::span<std::int32_t> cell_sizes, cell_totals;
  std::span<LeafSource> sources;
  std::span<std::uint64_t> gone;
  std::span<std::int32_t> gone_before;
  std::int32_t num_kept_cells = 0;
  std::int32_t num_unsettled = 0;
  bool ids_ascend = true;
  QuadtreeUpdate last_update{};
  std::array<std::int32_t, kMaxQuadtreeDepth + 2> depth_begin{};
  QuadtreeView view;

  Status allocate(std::int64_t max_bodies);
  Status allocate_update(std::int64_t max_bodies);
  void lay_out(std::size_t num_bodies);
  void part(std::span<const float> from_x, std::span<const float> from_y, Parallel& parallel,
            const KernelTable& kernels);
  std::span<SortRecord> spare() const {  // while no update runs
    return {reinterpret_cast<SortRecord*>(other_image.data()), records.size()};
  }
  FitLeavesArgs leaves(bool are_gathered) const {
    return {leaf_numbers.first(static_cast<std::size_t>(view.num_leaves)),
            view.ranges,
            view.order,
            ids_ascend,
            are_gathered,
            x,
            y,
            boxes};
  }
  // `kept`: where the cells are kept for the next update, if at all; may be where they stand.
  void number(const MadeCells& made, std::span<TreeCell> kept);
  bool is_outgrown() const;
  bool change(std::span<const float> to_x, std::span<const float> to_y,
              std::span<const BodyID> removed, Parallel& parallel);
  void look_at(const QuadtreeTopology& tree);
  void fit(Parallel& parallel);
  void write_header();
};

}  // namespace quadrille
