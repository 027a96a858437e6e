// A quadtree after its bodies moved: what stays in its leaf stays there, the others are merged in.
//
// The result is what a build in the same square would give, bit for bit, as long as nothing that
// must be sorted anew is large; then nothing is changed, and the caller builds.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/quadtree.h>

#include "kernels/morton_body.h"
#include "kernels/quadtree_cells.h"
#include "kernels/quadtree_plan.h"
#include "kernels/radix_sort.h"

namespace quadrille {

class Parallel;

// Which bodies of the last step are gone, so that a body's id is its rank among those that are
// left.
class RemovedBodies {
 public:
  static std::int64_t num_words(std::int64_t num_bodies) { return num_bodies / 64 + 1; }
  // Both as long as num_words(); `removed` ascends. Empty: nothing is removed.
  RemovedBodies(std::span<std::uint64_t> gone, std::span<std::int32_t> gone_before,
                std::span<const BodyID> removed);

  bool is_gone(BodyID body) const { return any_ && (gone_[word_of(body)] >> (body & 63) & 1) != 0; }
  BodyID id_of(BodyID body) const {
    if (!any_) return body;
    const std::uint64_t below = gone_[word_of(body)] & ((std::uint64_t{1} << (body & 63)) - 1);
    return body - gone_before_[word_of(body)] - static_cast<BodyID>(__builtin_popcountll(below));
  }

 private:
  static std::size_t word_of(BodyID body) { return static_cast<std::size_t>(body) / 64; }
  std::span<std::uint64_t> gone_;
  std::span<std::int32_t> gone_before_;
  bool any_;
};

// Where those bodies of a new leaf that stayed stand together, and those that came.
struct LeafSource {
  std::int32_t stayed_first,
      num_stayed;           // in the gathered columns; -1: the leaf is written already
  std::int32_t came_first;  // in the movers
};

// Bodies of the old tree in its order with their new coordinates and ids.
struct GatheredBodies {
  std::span<float> x, y;
  std::span<BodyID> ids;
};

struct UpdateRoom {
  std::span<SortRecord> records;
  std::span<const BodyID> order;   // of the old tree
  GatheredBodies gathered;         // as long
  std::span<const TreeCell> old;   // the tree's cells, in preorder
  std::span<std::int32_t> sizes;   // as many: of each with all below
  std::span<std::int32_t> totals;  // as many: bodies that stayed
  std::span<TreeCell> cells;       // out
  std::span<LeafSource> sources;   // scratch, as many
  LeafColumns columns;             // out; may share memory with the order
  bool may_part_inside;            // among the old ones
  std::int32_t num_cells = 0;      // out; 0: the old ones stay, with their order
  std::int32_t num_movers = 0;     // out: bodies that changed their leaf, came, or are gone
};

struct UpdateBodies {
  std::span<const float> x, y;
  const RemovedBodies& removed;
  std::int32_t num_old, num_removed;
  MortonSquare square;
};

// A leaf, or points with one key: what is sorted again or not at all.
inline bool is_unit(const TreeCell& cell) {
  return cell.deep == TreeCell::kDeepRoot || (cell.deep == 0 && cell.child_mask == 0);
}

// Gathers all bodies, and sets `totals` of units to how many stayed, which stand at the unit's
// first place. Those that moved stand at the front of `records` then; returns how many.
std::int32_t part_movers(const UpdateBodies& bodies, UpdateRoom& room, Parallel& parallel);

// False: too much is to be sorted anew; num_movers says how many moved, and columns may be lost.
bool update_cells(const UpdateBodies& bodies, UpdateRoom& room, Parallel& parallel);

}  // namespace quadrille
