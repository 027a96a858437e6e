/* Three passes. Bodies are gathered in the order of the last tree, and stay or move
   (quadtree_movers.cpp; all threads). Movers are sorted, and the old tree is walked once beside
   them: an inner cell of which enough is left stays, a leaf takes what came to it, and
   only where more than a leaf holds has come together, or a level that was left out is needed, are
   points sorted again (one thread; a fiftieth of the bodies' time). Then leaves are written, the
   stayed and the come merged by id (all threads).
   Cells whose points share a key are always sorted again: their own keys depend on their bounds. */
#include "kernels/quadtree_update.h"

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <utility>

#include <quadrille/parallel.h>

#include "kernels/leaf_extent.h"
#include "kernels/morton.h"

namespace quadrille {
namespace {

constexpr std::int64_t kCellsAChunk = 512;
constexpr std::int32_t kMoversAtMost = 8;    // one body in so many
constexpr std::int32_t kSortedAtMost = 4;    // one body in so many stands in what is sorted again
constexpr std::int32_t kFewestBodies = 256;  // fewer are built faster

class TreeWalk {
 public:
  TreeWalk(UpdateRoom& room, const MortonSquare& square, std::int32_t num_movers,
           std::int32_t most_sorted)
      : room_(room), square_(square),
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
      for (int child = std::popcount(cell.child_mask); child > 0; --child) {
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

  UpdateRoom& room_;
  MortonSquare square_;
  std::span<const SortRecord> movers_;
  std::int32_t most_sorted_;
  std::span<SortRecord> sorted_, other_;
  std::int32_t size_ = 0;
  bool failed_ = false;
};

void TreeWalk::visit(const OpenCell& slot, std::size_t i, Range movers) {
  if (failed_) return;
  if (i == kNoCell) return sort_again(slot, i, movers);
  const TreeCell& cell = room_.old[i];
  const bool is_leaf = cell.deep == 0 && cell.child_mask == 0;
  if (is_leaf && slot.count <= kLeafCapacity) {
    const auto at = static_cast<std::size_t>(size_++);
    room_.cells[at] = leaf_of(slot);
    room_.sources[at] = {cell.first, room_.totals[i], static_cast<std::int32_t>(movers.first)};
    return;
  }
  if (is_leaf || cell.deep != 0 || slot.count <= kLeafCapacity) return sort_again(slot, i, movers);
  part(slot, i, movers);
}

void TreeWalk::part(const OpenCell& slot, std::size_t i, Range movers) {
  const TreeCell& cell = room_.old[i];
  OpenCell square = slot;
  square.key = cell.key;
  square.bits = static_cast<std::uint8_t>(2 * (kKeyLevels - cell.level));
  if (!are_within(square, movers)) return sort_again(slot, i, movers);
  std::array<OpenCell, 4> children;
  std::array<std::size_t, 4> old_child;
  std::array<Range, 4> come;
  std::array<std::int32_t, 4> counts, shares;
  std::size_t next_old = i + 1;
  Range rest = movers;
  std::uint8_t mask = 0;
  for (std::uint32_t c = 0; c < 4; ++c) {
    children[c] = child_of(square, c);
    come[c] = take_front(rest, c, children[c].bits);
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
  }
  std::int32_t first = slot.first;
  for (std::size_t c = 0; c < 4; ++c) {
    if (counts[c] == 0) continue;
    children[c].first = first;
    children[c].count = counts[c];
    children[c].budget = shares[c];
    if (parts) {
      children[c].slot = static_cast<std::uint8_t>(cell.level + 1);
      children[c].depth = static_cast<std::uint8_t>(slot.depth + 1);
    }
    visit(children[c], old_child[c], come[c]);
    first += counts[c];
  }
}

// As a build would, from the points alone.
void TreeWalk::sort_again(const OpenCell& slot, std::size_t i, Range movers) {
  failed_ = failed_ || slot.count > most_sorted_;
  if (failed_) return;
  auto end = sorted_.begin();
  const std::size_t last = i == kNoCell ? 0 : i + static_cast<std::size_t>(room_.sizes[i]);
  for (std::size_t unit = i; unit < last; ++unit) {
    if (!is_unit(room_.old[unit])) continue;
    const GatheredBodies& at = room_.gathered;
    const auto first = static_cast<std::size_t>(room_.old[unit].first);
    const std::size_t past = first + static_cast<std::size_t>(room_.totals[unit]);
    for (std::size_t place = first; place < past; ++place)
      *end++ = {at.x[place], at.y[place], morton_key(at.x[place], at.y[place], square_),
                at.ids[place]};
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

// A leaf to which nobody came.
Box copy_leaf(const TreeCell& cell, const GatheredBodies& from, std::int32_t stayed_first,
              const LeafColumns& columns) {
  const auto at = static_cast<std::size_t>(stayed_first);
  const auto x = copy_axis<LeafExtent>(from.x.data() + at, cell.count, columns.x + cell.first);
  const auto y = copy_axis<LeafExtent>(from.y.data() + at, cell.count, columns.y + cell.first);
  copy_ids(from.ids.data() + at, cell.count, columns.order + cell.first);
  Box box;
  store_four(&box, settled_edges(edges_of(x, y)));
  return box;
}

// The same with `came`, all that are not among the stayed, by ascending id, as these are. Each that
// came is put before the first of the stayed with a greater id, and all from there on behind it.
Box merge_leaf(const TreeCell& cell, const GatheredBodies& from, const LeafSource& source,
               const SortRecord* came, const LeafColumns& columns) {
  const auto stayed = static_cast<std::size_t>(source.stayed_first);
  float* const x = columns.x + cell.first;
  float* const y = columns.y + cell.first;
  BodyID* const order = columns.order + cell.first;
  auto of_x = copy_axis<LeafExtent>(from.x.data() + stayed, source.num_stayed, x);
  auto of_y = copy_axis<LeafExtent>(from.y.data() + stayed, source.num_stayed, y);
  copy_ids(from.ids.data() + stayed, source.num_stayed, order);
  std::int32_t before = 0;  // of the stayed
  for (std::int32_t i = 0; i < cell.count - source.num_stayed; ++i) {
    while (before < source.num_stayed &&
           from.ids[stayed + static_cast<std::size_t>(before)] < came[i].id)
      ++before;
    const std::size_t rest = stayed + static_cast<std::size_t>(before);
    const std::int32_t num_rest = source.num_stayed - before, place = before + i;
    copy_axis<LeafExtent>(from.x.data() + rest, num_rest, x + place + 1);
    copy_axis<LeafExtent>(from.y.data() + rest, num_rest, y + place + 1);
    copy_ids(from.ids.data() + rest, num_rest, order + place + 1);
    x[place] = came[i].x;
    y[place] = came[i].y;
    order[place] = came[i].id;
    of_x.add(FloatQuad{} + came[i].x);
    of_y.add(FloatQuad{} + came[i].y);
  }
  Box box;
  store_four(&box, settled_edges(edges_of(of_x, of_y)));
  return box;
}

void write_leaves(UpdateRoom& room, std::size_t begin, std::size_t end) {
  std::array<SortRecord, kLeafCapacity> came;
  for (std::size_t i = begin; i < end; ++i) {
    const LeafSource& source = room.sources[i];
    if (source.num_stayed < 0) continue;
    const TreeCell& cell = room.cells[i];
    const std::int32_t num_came = cell.count - source.num_stayed;
    if (num_came == 0) {
      room.columns.boxes[i] = copy_leaf(cell, room.gathered, source.stayed_first, room.columns);
      continue;
    }
    const auto by_key = room.records.begin() + source.came_first;
    std::copy(by_key, by_key + num_came, came.begin());
    std::sort(came.begin(), came.begin() + num_came,
              [](const SortRecord& a, const SortRecord& b) { return a.id < b.id; });
    room.columns.boxes[i] = merge_leaf(cell, room.gathered, source, came.data(), room.columns);
  }
}

}  // namespace

bool update_cells(const UpdateBodies& bodies, UpdateRoom& room, Parallel& parallel) {
  const auto count = static_cast<std::int32_t>(bodies.x.size());
  const std::int32_t num_added = count - (bodies.num_old - bodies.num_removed);
  const std::int32_t most_movers = count / kMoversAtMost;
  room.num_movers = num_added + bodies.num_removed;
  if (count < kFewestBodies || room.num_movers > most_movers) return false;
  std::int32_t num_movers = part_movers(bodies, room, parallel);
  room.num_movers += num_movers;
  if (num_movers + num_added > most_movers) return false;
  room.num_cells = 0;
  if (room.num_movers == 0 && !room.may_part_inside) return true;
  for (std::int32_t body = count - num_added; body < count; ++body) {
    const float x = bodies.x[static_cast<std::size_t>(body)];
    const float y = bodies.y[static_cast<std::size_t>(body)];
    room.records[static_cast<std::size_t>(num_movers++)] = {x, y, morton_key(x, y, bodies.square),
                                                            body};
  }
  // Those of one key in any order: leaves sort them by id.
  const auto movers = static_cast<std::size_t>(num_movers);
  radix_sort_cell(room.records.first(movers), room.records.subspan(movers, movers));
  TreeWalk walk(room, bodies.square, num_movers, count / kSortedAtMost);
  if (!walk.run(root_of(count))) return false;
  parallel.for_range(room.num_cells, kCellsAChunk, [&](std::int64_t begin, std::int64_t end, int) {
    write_leaves(room, static_cast<std::size_t>(begin), static_cast<std::size_t>(end));
  });
  return true;
}

}  // namespace quadrille
