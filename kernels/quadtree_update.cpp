/* Three passes. Bodies are gathered in the order of the last tree, given new keys, and stay or move
   by one comparison with their leaf's (all threads). Movers are sorted, and the old tree is walked
   once beside them: an inner cell of which enough is left stays, a leaf takes what came to it, and
   only where more than a leaf holds has come together, or a level that was left out is needed, are
   points sorted again (one thread; a fiftieth of the bodies' time). Then leaves are written, the
   stayed and the come merged by id (all threads).
   Cells whose points share a key are always sorted again: their own keys depend on their bounds. */
#include "kernels/quadtree_update.h"

#include <algorithm>
#include <array>
#include <bit>

#include <quadrille/parallel.h>

#include "kernels/kernel_table.h"
#include "kernels/morton.h"

namespace quadrille {
namespace {

constexpr std::int64_t kCellsAChunk = 512;
constexpr std::int32_t kMoversAtMost = 8;    // one body in so many
constexpr std::int32_t kSortedAtMost = 4;    // one body in so many stands in what is sorted again
constexpr std::int32_t kFewestBodies = 256;  // fewer are built faster
constexpr BodyID kGone = -1;                 // instead of the id of a body that is removed

// Of a leaf, or of points with one key: what is sorted again or not at all.
bool is_unit(const TreeCell& cell) {
  return cell.deep == TreeCell::kDeepRoot || (cell.deep == 0 && cell.child_mask == 0);
}
int slot_bits(const TreeCell& cell) { return cell.deep != 0 ? 0 : 2 * (kKeyLevels - cell.level); }

// The bodies at places [first, last), with their new coordinates; what is gone has none.
void gather_bodies(const UpdateBodies& bodies, const UpdateRoom& room, std::size_t first,
                   std::size_t last) {
  const GatheredBodies& to = room.gathered;
  if (bodies.num_removed == 0) {
    for (std::size_t place = first; place < last; ++place) {
      const BodyID id = room.order[place];
      to.ids[place] = id;
      to.x[place] = bodies.x[static_cast<std::size_t>(id)];
      to.y[place] = bodies.y[static_cast<std::size_t>(id)];
    }
    return;
  }
  for (std::size_t place = first; place < last; ++place) {
    const BodyID id = room.order[place];
    const bool gone = bodies.removed.is_gone(id);
    to.ids[place] = gone ? kGone : bodies.removed.id_of(id);
    to.x[place] = gone ? 0.0f : bodies.x[static_cast<std::size_t>(to.ids[place])];
    to.y[place] = gone ? 0.0f : bodies.y[static_cast<std::size_t>(to.ids[place])];
  }
}

// Closes the ranks of those that stay in a leaf; the others are appended at `moved`. Returns how
// many these are.
std::int32_t part_leaf(const TreeCell& cell, UpdateRoom& room, SortRecord* moved,
                       std::int32_t& num_stayed) {
  const GatheredBodies& at = room.gathered;
  const int bits = slot_bits(cell);
  const auto first = static_cast<std::size_t>(cell.first);
  const std::size_t end = first + static_cast<std::size_t>(cell.count);
  std::size_t stayed = first;
  std::int32_t num_moved = 0;
  for (std::size_t place = first; place < end; ++place) {
    const SortRecord body{at.x[place], at.y[place], at.keys[place], at.ids[place]};
    if (body.id == kGone) continue;
    if (((std::uint64_t{body.key} ^ cell.key) >> bits) != 0) {
      moved[num_moved++] = body;
      continue;
    }
    at.x[stayed] = body.x;
    at.y[stayed] = body.y;
    at.keys[stayed] = body.key;
    at.ids[stayed++] = body.id;
  }
  num_stayed = static_cast<std::int32_t>(stayed - first);
  return num_moved;
}

// Whether all bodies of a leaf stay in it.
bool stays_whole(const TreeCell& cell, const GatheredBodies& at) {
  std::uint32_t differing = 0;
  BodyID negative = 0;  // where any id is
  const auto first = static_cast<std::size_t>(cell.first);
  for (std::size_t place = first; place < first + static_cast<std::size_t>(cell.count); ++place) {
    differing |= at.keys[place] ^ cell.key;
    negative |= at.ids[place];
  }
  return negative >= 0 && std::uint64_t{differing} >> slot_bits(cell) == 0;
}

// Pass one, of the cells [begin, end): returns how many moved, who stand at the front of these
// cells' places in `records`.
std::int32_t part_movers(const UpdateBodies& bodies, UpdateRoom& room, std::size_t begin,
                         std::size_t end, const KernelTable& kernels) {
  std::size_t first = room.order.size(), last = 0;
  for (std::size_t i = begin; i < end; ++i) {
    const TreeCell& cell = room.old[i];
    if (!is_unit(cell)) continue;
    first = std::min(first, static_cast<std::size_t>(cell.first));
    last = static_cast<std::size_t>(cell.first) + static_cast<std::size_t>(cell.count);
  }
  if (first >= last) return 0;
  gather_bodies(bodies, room, first, last);
  const GatheredBodies& at = room.gathered;
  kernels.morton.encode({at.x.data() + first, at.y.data() + first, at.keys.data() + first,
                         static_cast<std::int64_t>(last - first), bodies.square});
  std::int32_t num_moved = 0;
  for (std::size_t i = begin; i < end; ++i) {
    const TreeCell& cell = room.old[i];
    if (!is_unit(cell)) continue;
    room.totals[i] = cell.count;
    if (stays_whole(cell, at)) continue;
    SortRecord* const moved = room.records.data() + first + num_moved;
    num_moved += part_leaf(cell, room, moved, room.totals[i]);
  }
  return num_moved;
}

// Puts the movers of all chunks, whose numbers stand in `sizes`, behind each other.
std::int32_t close_ranks(UpdateRoom& room) {
  std::int32_t num_movers = 0;
  for (std::size_t begin = 0; begin < room.old.size(); begin += kCellsAChunk) {
    if (room.sizes[begin] == 0) continue;
    std::size_t unit = begin;
    while (!is_unit(room.old[unit])) ++unit;
    std::copy_n(room.records.begin() + room.old[unit].first, room.sizes[begin],
                room.records.begin() + num_movers);
    num_movers += room.sizes[begin];
  }
  return num_movers;
}

class TreeWalk {
 public:
  TreeWalk(UpdateRoom& room, std::int32_t num_movers, std::int32_t most_sorted)
      : room_(room), movers_(room.records.first(static_cast<std::size_t>(num_movers))),
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

  // Movers of a range whose keys have those of a cell's bits.
  Range within(const OpenCell& cell, Range movers) const {
    const std::uint64_t begin = cell.key, end = begin + (std::uint64_t{1} << cell.bits);
    const auto at = [&](std::uint64_t key) {
      const auto from = movers_.begin() + static_cast<std::ptrdiff_t>(movers.first);
      const auto to = movers_.begin() + static_cast<std::ptrdiff_t>(movers.last);
      return static_cast<std::size_t>(
          std::partition_point(from, to, [&](const SortRecord& r) { return r.key < key; }) -
          movers_.begin());
    };
    if (movers.count() == 0) return movers;
    return {at(begin), at(end)};
  }

  // Makes what a slot becomes, which held the old cell `i` and its like, or nothing (kNoCell).
  void visit(const OpenCell& slot, std::size_t i, Range movers);
  void part(const OpenCell& slot, std::size_t i, Range movers);
  void sort_again(const OpenCell& slot, std::size_t i, Range movers);

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
  if (within(square, movers).count() != movers.count()) return sort_again(slot, i, movers);
  std::array<OpenCell, 4> children;
  std::array<std::size_t, 4> old_child;
  std::array<Range, 4> come;
  std::array<std::int32_t, 4> counts, shares;
  std::size_t next_old = i + 1;
  std::uint8_t mask = 0;
  for (std::uint32_t c = 0; c < 4; ++c) {
    children[c] = child_of(square, c);
    come[c] = within(children[c], movers);
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
      *end++ = {at.x[place], at.y[place], at.keys[place], at.ids[place]};
  }
  end = std::copy(movers_.begin() + static_cast<std::ptrdiff_t>(movers.first),
                  movers_.begin() + static_cast<std::ptrdiff_t>(movers.last), end);
  std::sort(sorted_.begin(), end,
            [](const SortRecord& a, const SortRecord& b) { return a.id < b.id; });
  OpenCell cell = slot;
  cell.first = 0;
  const LeafColumns columns{room_.columns.x + slot.first, room_.columns.y + slot.first,
                            room_.columns.order + slot.first, room_.columns.boxes};
  const std::int32_t written =
      sort_into_leaves(cell, sorted_.data(), other_.data(), room_.cells, size_, columns);
  for (std::int32_t at = size_; at < size_ + written; ++at) {
    room_.cells[static_cast<std::size_t>(at)].first += slot.first;
    room_.sources[static_cast<std::size_t>(at)].num_stayed = -1;
  }
  size_ += written;
}

// A leaf to which nobody came.
Box copy_leaf(const TreeCell& cell, const GatheredBodies& from, std::int32_t stayed_first,
              const LeafColumns& columns) {
  LeafBox box;
  const float* const x = from.x.data() + stayed_first;
  const float* const y = from.y.data() + stayed_first;
  std::copy_n(x, cell.count, columns.x + cell.first);
  std::copy_n(y, cell.count, columns.y + cell.first);
  std::copy_n(from.ids.data() + stayed_first, cell.count, columns.order + cell.first);
  for (std::int32_t i = 0; i < cell.count; ++i) box.add(x[i], y[i]);
  return box.box();
}

// `came`, all that are not among the stayed, by ascending id, as these are.
Box merge_leaf(const TreeCell& cell, const GatheredBodies& from, const LeafSource& source,
               const SortRecord* came, const LeafColumns& columns) {
  LeafBox box;
  auto stayed = static_cast<std::size_t>(source.stayed_first);
  const std::size_t stayed_end = stayed + static_cast<std::size_t>(source.num_stayed);
  const SortRecord* const came_end = came + (cell.count - source.num_stayed);
  for (std::int32_t place = cell.first; place < cell.first + cell.count; ++place) {
    const bool take_stayed =
        came == came_end || (stayed != stayed_end && from.ids[stayed] < came->id);
    columns.x[place] = take_stayed ? from.x[stayed] : came->x;
    columns.y[place] = take_stayed ? from.y[stayed] : came->y;
    columns.order[place] = take_stayed ? from.ids[stayed] : came->id;
    box.add(columns.x[place], columns.y[place]);
    take_stayed ? void(++stayed) : void(++came);
  }
  return box.box();
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

RemovedBodies::RemovedBodies(std::span<std::uint64_t> gone, std::span<std::int32_t> gone_before,
                             std::span<const BodyID> removed)
    : gone_(gone), gone_before_(gone_before), any_(!removed.empty()) {
  if (!any_) return;
  std::ranges::fill(gone, 0);
  for (const BodyID body : removed) gone[word_of(body)] |= std::uint64_t{1} << (body & 63);
  std::int32_t before = 0;
  for (std::size_t word = 0; word < gone.size(); ++word) {
    gone_before[word] = before;
    before += std::popcount(gone[word]);
  }
}

bool update_cells(const UpdateBodies& bodies, UpdateRoom& room, Parallel& parallel,
                  const KernelTable& kernels) {
  const auto count = static_cast<std::int32_t>(bodies.x.size());
  const std::int32_t num_added = count - (bodies.num_old - bodies.num_removed);
  const std::int32_t most_movers = count / kMoversAtMost;
  room.num_movers = num_added + bodies.num_removed;
  if (count < kFewestBodies || room.num_movers > most_movers) return false;
  // Chunk by chunk, behind each other.
  const auto num_cells = static_cast<std::int64_t>(room.old.size());
  parallel.for_range(num_cells, kCellsAChunk, [&](std::int64_t begin, std::int64_t end, int) {
    room.sizes[static_cast<std::size_t>(begin)] = part_movers(
        bodies, room, static_cast<std::size_t>(begin), static_cast<std::size_t>(end), kernels);
  });
  std::int32_t num_movers = close_ranks(room);
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
  std::sort(room.records.begin(), room.records.begin() + num_movers,
            [](const SortRecord& a, const SortRecord& b) {
              return a.key != b.key ? a.key < b.key : a.id < b.id;
            });
  TreeWalk walk(room, num_movers, count / kSortedAtMost);
  if (!walk.run(root_of(count))) return false;
  parallel.for_range(room.num_cells, kCellsAChunk, [&](std::int64_t begin, std::int64_t end, int) {
    write_leaves(room, static_cast<std::size_t>(begin), static_cast<std::size_t>(end));
  });
  return true;
}

}  // namespace quadrille
