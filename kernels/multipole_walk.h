// What one worker of a Multipole holds while it walks down the tree.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/multipole.h>

namespace quadrille {

inline constexpr std::int64_t kMostCoarseCells = 512;

// Lists of fixed size, and where they are full depends on the tree alone. Far cells and near bodies
// are then added to the sums, and the list begun anew; undecided cells are summed body by body.
struct Multipole::Walk {
  std::span<std::int32_t> sources;  // undecided, of one cell after the other down the tree
  std::span<SortedSource> sorted;   // what the family at hand is to do with them
  std::span<std::int32_t> far;      // of one target
  std::span<BodySpan> near;
  std::span<std::int32_t> near_image;  // of each
  std::int32_t num_sources;
  std::size_t num_far, num_near;
  bool records_tasks;
  SourceSorter sorter;
};

// Cells that go through a list of sources together: siblings, or the root alone.
struct Multipole::Family {
  std::int32_t first, count;
  LocalField field[kMostSiblings] = {};                         // of what is far, so far
  std::span<const std::int32_t> undecided[kMostSiblings] = {};  // for the cell's children
};

}  // namespace quadrille
