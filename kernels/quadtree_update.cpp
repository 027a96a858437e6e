/* Three passes. Each leaf of the old tree is looked at, and bodies stay or move
   (quadtree_movers.cpp; all threads). Movers are sorted, and the old tree is walked once beside
   them: an inner cell of which enough is left stays, a leaf takes what came to it, and
   only where more than a leaf holds has come together, or a level that was left out is needed, are
   points sorted again (one thread; with the numbering of cells a fifth of an update on one). Then
   leaves are written, the stayed and the come merged by id (all threads).
   Cells whose points share a key are always sorted again: their own keys depend on their bounds. */
#include "kernels/quadtree_update.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include <quadrille/parallel.h>

#include "kernels/leaf_extent.h"
#include "kernels/morton.h"

namespace quadrille {
namespace {

constexpr std::int64_t kCellsAChunk = 512;
constexpr std::int32_t kSortedAtMost = 4;  // one body in so many stands in what is sorted again

BodyColumns gathered(const OldColumns& old, std::int32_t first) {
  return {old.x.data() + first, old.y.data() + first, old.ids.data() + first};
}

class TreeWalk {
 public:
  TreeWalk(const UpdateBodies& bodies, UpdateRoom& room, std::int32_t num_movers,
           std::int32_t most_sorted)
      : bodies_(bodies), room_(room),
        movers_(room.records.first(static_cast<std::size_t>(num_movers))),
        most_sorted_(most_sorted),
        sorted_(room.records.data() + num_movers, static_cast<std::size_t>(most_sorted)),
        other_(sorted_.data() + most_sorted, static_cast<std::size_t>(most_sorted)) {}

  bool run(const OpenCell& root) {
    set_totals();
    visit(root, 0, {0, movers_.size()});
    room_.num_cells = size_;
    return !failed_;
  }

 private:
  struct Range {
    std::size_t first, last;
    std::int32_t count() const { return static_cast<std::int32_t>(last - first); }
  };
  static constexpr std::size_t kNoCell = static_cast<std::size_t>(-1);
  static constexpr std::int32_t kFewMovers = 8;  // not worth halving

  // Of inner cells, from those of their children, which stand behind them.
  void set_totals() {
    for (std::size_t i = room_.old.size(); i-- > 0;) {
      const TreeCell& cell = room_.old[i];
      std::int32_t size = 1, total = 0;
      for (std::uint32_t child = num_children(cell.child_mask); child > 0; --child) {
        total += room_.totals[i + static_cast<std::size_t>(size)];
        size += room_.sizes[i + static_cast<std::size_t>(size)];
      }
      room_.sizes[i] = size;
      if (!is_unit(cell)) room_.totals[i] = total;
    }
  }

  // Whether all movers of a range have the bits that a cell's keys share.
  bool are_within(const OpenCell& cell, Range movers) const {
    const auto is_within = [&](const SortRecord& mover) {
      return (std::uint64_t{mover.key} ^ cell.key) >> cell.bits == 0;
    };
    return movers.count() == 0 ||
           (is_within(movers_[movers.first]) && is_within(movers_[movers.last - 1]));
  }

  bool is_leaf(std::size_t i) const {
    return room_.old[i].deep == 0 && room_.old[i].child_mask == 0;
  }
  // In place of the old leaf `i`.
  void write_leaf(const TreeCell& leaf, std::size_t i, Range movers) {
    const auto at = static_cast<std::size_t>(size_++);
    room_.cells[at] = leaf;
    room_.sources[at] = {room_.old[i].first, room_.totals[i],
                         static_cast<std::int32_t>(movers.first)};
  }

  // Takes those from the front of a range that belong to one of four children; keys ascend.
  Range take_front(Range& movers, std::uint32_t child, int child_bits) const {
    const auto is_behind = [&](const SortRecord& mover) {
      return (mover.key >> child_bits & 3) > child;
    };
    std::size_t end = movers.first;
    if (movers.count() <= kFewMovers) {
      while (end < movers.last && !is_behind(movers_[end])) ++end;
    } else {
      const auto rest = movers_.subspan(movers.first, movers.last - movers.first);
      end += static_cast<std::size_t>(
          std::partition_point(rest.begin(), rest.end(), std::not_fn(is_behind)) - rest.begin());
    }
    return {std::exchange(movers.first, end), end};
  }

  // Makes what a slot becomes, which held the old cell `i` and its like, or nothing (kNoCell).
  void visit(const OpenCell& slot, std::size_t i, Range movers);
  void part(const OpenCell& slot, std::size_t i, Range movers);
  void sort_again(const OpenCell& slot, std::size_t i, Range movers);

  const UpdateBodies& bodies_;
  UpdateRoom& room_;
  std::span<const SortRecord> movers_;
  std::int32_t most_sorted_;
  std::span<SortRecord> sorted_, other_;
  std::int32_t size_ = 0;
  bool failed_ = false;
};

void TreeWalk::visit(const OpenCell& slot, std::size_t i, Range movers) {
  if (failed_) return;
  if (i == kNoCell) return sort_again(slot, i, movers);
  const bool fits = slot.count <= kLeafCapacity;
  if (is_leaf(i) && fits) return write_leaf(leaf_of(slot), i, movers);
  if (is_unit(room_.old[i]) || fits) return sort_again(slot, i, movers);
  part(slot, i, movers);
}

void TreeWalk::part(const OpenCell& slot, std::size_t i, Range movers) {
  const TreeCell cell = room_.old[i];
  OpenCell square = slot;
  square.key = cell.key;
  square.bits = static_cast<std::uint8_t>(2 * (kKeyLevels - cell.level));
  if (!are_within(square, movers)) return sort_again(slot, i, movers);
  std::array<std::size_t, 4> old_child;
  std::array<Range, 4> come;
  std::array<std::int32_t, 4> counts, shares;
  std::size_t next_old = i + 1;
  Range rest = movers;
  std::uint8_t mask = 0;
  for (std::uint32_t c = 0; c < 4; ++c) {
    come[c] = take_front(rest, c, square.bits - 2);
    counts[c] = come[c].count();
    old_child[c] = kNoCell;
    if ((cell.child_mask >> c & 1) != 0) {
      old_child[c] = next_old;
      counts[c] += room_.totals[next_old];
      next_old += static_cast<std::size_t>(room_.sizes[next_old]);
    }
    mask = static_cast<std::uint8_t>(mask | (counts[c] > 0) << c);
  }
  const bool parts = (mask & (mask - 1)) != 0;
  if (!parts) shares.fill(slot.budget);
  if (parts && !share_budget(slot.budget, counts, shares)) return sort_again(slot, i, movers);
  if (parts) {
    const auto at = static_cast<std::size_t>(size_++);
    room_.cells[at] = {cell.key, slot.first, slot.count, cell.level, slot.depth, mask, 0};
    room_.sources[at].num_stayed = -1;
    square.slot = static_cast<std::uint8_t>(cell.level + 1);
    square.depth = static_cast<std::uint8_t>(slot.depth + 1);
  }
  for (std::uint32_t c = 0; c < 4; ++c) {
    if (counts[c] == 0) continue;
    OpenCell child = child_of(square, c);
    child.count = counts[c];
    child.budget = shares[c];
    square.first += counts[c];
    // What visit() would do, for most.
    if (counts[c] <= kLeafCapacity && old_child[c] != kNoCell && is_leaf(old_child[c]))
      write_leaf(leaf_of(child), old_child[c], come[c]);
    else
      visit(child, old_child[c], come[c]);
  }
}

// As a build would, from the points alone.
void TreeWalk::sort_again(const OpenCell& slot, std::size_t old_cell, Range movers) {
  failed_ = failed_ || slot.count > most_sorted_;
  if (failed_) return;
  auto end = sorted_.begin();
  const std::size_t last =
      old_cell == kNoCell ? 0 : old_cell + static_cast<std::size_t>(room_.sizes[old_cell]);
  for (std::size_t unit = old_cell; unit < last; ++unit) {
    const TreeCell& cell = room_.old[unit];
    if (!is_unit(cell)) continue;
    const std::int32_t count = room_.totals[unit];
    const BodyColumns at = cell.deep == 0
                               ? columns_of(bodies_, room_.old_columns, cell.first, count)
                               : gathered(room_.old_columns, cell.first);
    for (std::int32_t i = 0; i < count; ++i)
      *end++ = {at.x[i], at.y[i], morton_key(at.x[i], at.y[i], bodies_.square), at.ids[i]};
  }
  end = std::copy(movers_.begin() + static_cast<std::ptrdiff_t>(movers.first),
                  movers_.begin() + static_cast<std::ptrdiff_t>(movers.last), end);
  std::sort(sorted_.begin(), end,
            [](const SortRecord& a, const SortRecord& b) { return a.id < b.id; });
  const std::int32_t written =
      sort_into_leaves(slot, {sorted_.data(), other_.data()}, room_.cells, size_, room_.columns);
  for (std::int32_t at = size_; at < size_ + written; ++at)
    room_.sources[static_cast<std::size_t>(at)].num_stayed = -1;
  size_ += written;
}

// Writes a leaf: those that stayed, and those that came, both by ascending id. Each that came
// stands before the first of the stayed with a greater id.
class LeafMerge {
 public:
  LeafMerge(const BodyColumns& from, std::int32_t num_stayed, const TreeCell& cell,
            const LeafColumns& columns)
      : from_(from), num_stayed_(num_stayed), x_(columns.x + cell.first),
        y_(columns.y + cell.first), order_(columns.order + cell.first) {}

  Box merge(std::span<const SortRecord> came) {
    for (const SortRecord& body : came) {
      std::int32_t before = taken_;
      while (before < num_stayed_ && from_.ids[before] < body.id) ++before;
      take_stayed(before);
      x_[size_] = body.x;
      y_[size_] = body.y;
      order_[size_++] = body.id;
      add(FloatQuad{} + body.x, FloatQuad{} + body.y);
    }
    take_stayed(num_stayed_);
    Box box;
    store_four(&box, settled_edges(edges_of(of_x_, of_y_)));
    return box;
  }

 private:
  // The three columns in one loop, so that where it ends is guessed once.
  void take_stayed(std::int32_t end) {
    const std::int32_t first = std::exchange(taken_, end), count = end - first;
    const std::int32_t to = std::exchange(size_, size_ + count);
    if (count < 4) {
      for (std::int32_t i = 0; i < count; ++i) {
        x_[to + i] = from_.x[first + i];
        y_[to + i] = from_.y[first + i];
        order_[to + i] = from_.ids[first + i];
        add(FloatQuad{} + x_[to + i], FloatQuad{} + y_[to + i]);
      }
      return;
    }
    for (std::int32_t i = 0; i < count; i += 4) {
      const std::int32_t at = std::min(i, count - 4);
      const FloatQuad x = load_four(from_.x + first + at), y = load_four(from_.y + first + at);
      store_four(x_ + to + at, x);
      store_four(y_ + to + at, y);
      store_four(order_ + to + at, load_four(from_.ids + first + at));
      add(x, y);
    }
  }
  void add(const FloatQuad& x, const FloatQuad& y) {
    of_x_.add(x);
    of_y_.add(y);
  }

  const BodyColumns& from_;
  std::int32_t num_stayed_, taken_ = 0, size_ = 0;
  float* x_;
  float* y_;
  BodyID* order_;
  LeafExtent of_x_, of_y_;
};

void write_leaves(const UpdateBodies& bodies, UpdateRoom& room, std::size_t begin,
                  std::size_t end) {
  std::array<SortRecord, kLeafCapacity> came;
  for (std::size_t i = begin; i < end; ++i) {
    const LeafSource& source = room.sources[i];
    if (source.num_stayed < 0) continue;
    const TreeCell& cell = room.cells[i];
    const std::int32_t num_came = cell.count - source.num_stayed;
    const BodyColumns from =
        columns_of(bodies, room.old_columns, source.stayed_first, source.num_stayed);
    const auto by_key = room.records.begin() + source.came_first;
    std::copy(by_key, by_key + num_came, came.begin());
    std::sort(came.begin(), came.begin() + num_came,
              [](const SortRecord& a, const SortRecord& b) { return a.id < b.id; });
    room.columns.boxes[i] = LeafMerge(from, source.num_stayed, cell, room.columns)
                                .merge(std::span(came).first(static_cast<std::size_t>(num_came)));
  }
}

}  // namespace

bool merge_movers(const UpdateBodies& bodies, UpdateRoom& room, Parallel& parallel) {
  const auto count = static_cast<std::int32_t>(bodies.x.size());
  const std::int32_t num_records = room.num_movers - bodies.num_removed;
  // Those of one key in any order: leaves sort them by id.
  const auto movers = static_cast<std::size_t>(num_records);
  radix_sort_cell(room.records.first(movers), room.records.subspan(movers, movers));
  TreeWalk walk(bodies, room, num_records, count / kSortedAtMost);
  if (!walk.run(root_of(count))) return false;
  parallel.for_range(room.num_cells, kCellsAChunk, [&](std::int64_t begin, std::int64_t end, int) {
    write_leaves(bodies, room, static_cast<std::size_t>(begin), static_cast<std::size_t>(end));
  });
  return true;
}

}  // namespace quadrille
