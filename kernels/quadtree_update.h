// A quadtree after its bodies moved: what stays in its leaf stays there, the others are merged in.
//
// The result is what a build in the same square would give, bit for bit. Where many moved, or much
// must be sorted anew, there is none, and the caller builds; by then the old tree may be lost.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/morton_square.h>
#include <quadrille/quadtree.h>

#include "kernels/leaf_extent.h"
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
      num_stayed;           // in the old columns; -1: the leaf is written already
  std::int32_t came_first;  // in the movers
};

// Of the old tree: ids that its bodies have now, and their new coordinates where ids are no run.
struct OldColumns {
  std::span<float> x, y;
  std::span<BodyID> ids;
};

struct UpdateRoom {
  std::span<SortRecord> records;
  OldColumns old_columns;          // in: the old order; ids and coordinates are lost
  std::span<const TreeCell> old;   // the tree's cells, in preorder
  std::span<Box> old_boxes;        // scratch, as many
  std::span<std::int32_t> sizes;   // as many: of each with all below
  std::span<std::int32_t> totals;  // as many: bodies that stayed
  std::span<TreeCell> cells;       // out: of the new tree
  std::span<LeafSource> sources;   // scratch, as many
  LeafColumns columns;             // out, not those of the old tree
  std::int32_t num_unsettled;      // of the old tree
  bool are_in_order = true;        // ids are near those of neighbours, or all is in cache
  bool are_runs_left;              // where ids of a leaf are a run, nothing is gathered
  std::int32_t num_cells = 0;      // out
  std::int32_t num_movers = -1;    // out: bodies that changed their leaf, came, or are gone
};

struct UpdateBodies {
  std::span<const float> x, y;
  const RemovedBodies& removed;
  std::int32_t num_old, num_removed;
  MortonSquare square;
  std::int32_t num_added() const {
    return static_cast<std::int32_t>(x.size()) - (num_old - num_removed);
  }
};

// A leaf, or points with one key: what is sorted again or not at all.
inline bool is_unit(const TreeCell& cell) {
  return cell.deep == TreeCell::kDeepRoot || (cell.deep == 0 && cell.child_mask == 0);
}

// Where the bodies of a leaf whose ids ascend stand: in the caller's columns if these are a run.
struct BodyColumns {
  const float* x;
  const float* y;
  const BodyID* ids;
};
inline BodyColumns columns_of(const UpdateBodies& bodies, const OldColumns& old, std::int32_t first,
                              std::int32_t count) {
  const auto place = static_cast<std::size_t>(first);
  const BodyID* const ids = old.ids.data() + place;
  if (count == 0 || !is_run(ids, count)) return {old.x.data() + place, old.y.data() + place, ids};
  return {bodies.x.data() + ids[0], bodies.y.data() + ids[0], ids};
}

// Whether an update is likely to cost less than a build; looks at a few leaves, and says whether
// ids are in order.
bool is_worth_updating(const UpdateBodies& bodies, UpdateRoom& room);

// Finds who stays where it is. `totals` of units are how many stayed, which stand at the unit's
// first place then; those that moved or came stand at the front of `records`. False: they are too
// many, or all bodies too few; num_movers says how many, or -1 if nobody was looked at.
bool find_movers(const UpdateBodies& bodies, UpdateRoom& room, Parallel& parallel);

// Merges them into the old tree. False: too much is to be sorted anew.
bool merge_movers(const UpdateBodies& bodies, UpdateRoom& room, Parallel& parallel);

}  // namespace quadrille
