/* Who stays in a leaf, without a key for each body: quantisation is monotone, so where the lower
   left and the upper right corner of a leaf's tight box are in its square, all its bodies are. Only
   leaves that fail look at each body. Leaves whose ids are a run are read where the caller has
   them; others are gathered into the columns of the old tree, one axis after the other where ids
   are not in order, as quadtree_leaves.cpp says. */
#include "kernels/quadtree_update.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <limits>

#include <quadrille/parallel.h>

#include "kernels/leaf_extent.h"
#include "kernels/morton.h"
#include "kernels/prefetch.h"
#include "kernels/stay_square.h"

namespace quadrille {
namespace {

constexpr std::int64_t kOldCellsAChunk = 512;
constexpr std::int32_t kMoversAtMost = 8;    // one body in so many
constexpr std::int32_t kFewestBodies = 256;  // fewer are built faster
constexpr BodyID kGone = -1;                 // instead of the id of a body that is removed

// Writes the ids that bodies of a unit have now. False: some of them are gone.
bool renumber(const UpdateBodies& bodies, const TreeCell& cell, BodyID* ids) {
  if (bodies.num_removed == 0) return true;
  bool are_all = true;
  for (std::int32_t i = 0; i < cell.count; ++i) {
    const bool gone = bodies.removed.is_gone(ids[i]);
    ids[i] = gone ? kGone : bodies.removed.id_of(ids[i]);
    are_all = are_all && !gone;
  }
  return are_all;
}

// The ends on one axis; of not-a-number, where one of the bodies must be looked at alone.
struct AxisEnds {
  float low, high;
};
AxisEnds ends_of(const WatchedExtent& extent) {
  if (any_of(extent.odd)) return {std::numeric_limits<float>::quiet_NaN(), 0};
  const FloatQuad edges = edges_of(extent, extent);
  return {edges[0], edges[2]};
}

AxisEnds gather_some(const TreeCell& cell, std::span<const float> from, const BodyID* ids,
                     float* to) {
  for (std::int32_t i = 0; i < cell.count; ++i)
    to[i] = ids[i] == kGone ? 0.0f : from[static_cast<std::size_t>(ids[i])];
  return {std::numeric_limits<float>::quiet_NaN(), 0};
}

bool stays_whole(const Box& box, const StaySquare& stay) {
  return box.min_x <= box.max_x && box.min_y <= box.max_y && stay.contains(box);
}

// Closes the ranks of those that stay in a unit; the others are appended to the movers.
class UnitParting {
 public:
  UnitParting(const MortonSquare& square, const OldColumns& at, SortRecord* moved,
              std::int32_t num_moved)
      : square_(square), at_(at), moved_(moved), num_moved_(num_moved) {}

  // Returns how many stayed.
  std::int32_t part(const TreeCell& cell, const StaySquare& stay) {
    const auto first = static_cast<std::size_t>(cell.first);
    const std::size_t end = first + static_cast<std::size_t>(cell.count);
    std::size_t place = first;
    stayed_ = first;
    for (; place + 4 <= end; place += 4) {
      const FloatQuad x = load_four(&at_.x[place]), y = load_four(&at_.y[place]);
      const FloatQuad ids = load_four(&at_.ids[place]);
      const IntQuad leave = stay.leaving(x, y) | (reinterpret_cast<IntQuad>(ids) < 0);
      if (any_of(leave)) {
        for (std::size_t i = 0; i < 4; ++i) take(place + i, leave[i] != 0);
        continue;
      }
      store_four(&at_.x[stayed_], x);
      store_four(&at_.y[stayed_], y);
      store_four(&at_.ids[stayed_], ids);
      stayed_ += 4;
    }
    for (; place < end; ++place) {
      const IntQuad leave = stay.leaving(FloatQuad{} + at_.x[place], FloatQuad{} + at_.y[place]);
      take(place, leave[0] != 0 || at_.ids[place] == kGone);
    }
    return static_cast<std::int32_t>(stayed_ - first);
  }
  std::int32_t num_moved() const { return num_moved_; }

 private:
  void take(std::size_t place, bool leaves) {
    const float x = at_.x[place], y = at_.y[place];
    const BodyID id = at_.ids[place];
    if (id == kGone) return;
    if (leaves) {
      moved_[num_moved_++] = {x, y, morton_key(x, y, square_), id};
      return;
    }
    at_.x[stayed_] = x;
    at_.y[stayed_] = y;
    at_.ids[stayed_++] = id;
  }

  const MortonSquare& square_;
  const OldColumns& at_;
  SortRecord* moved_;
  std::int32_t num_moved_;
  std::size_t stayed_ = 0;
};

// The units of a chunk of old cells. Those that move stand at the front of the chunk's places;
// `sizes` of its first cell is how many.
class UnitChunk {
 public:
  UnitChunk(const UpdateBodies& bodies, UpdateRoom& room, std::int64_t begin, std::int64_t end)
      : bodies_(bodies), room_(room), begin_(static_cast<std::size_t>(begin)),
        end_(static_cast<std::size_t>(end)) {}

  // Both axes of all units where ids are in order, else of runs alone, and x of others. Returns
  // whether these lack y.
  bool take_x() {
    bool any_left = false;
    room_.sizes[begin_] = 0;
    for_units([&](std::size_t i, const TreeCell& cell, UnitParting& parting) {
      BodyID* const ids = room_.old_columns.ids.data() + cell.first;
      const bool are_all = renumber(bodies_, cell, ids);
      if (are_all && room_.are_runs_left && cell.deep == 0 && is_run(ids, cell.count))
        return take_run(i, cell, ids[0], parting);
      float* const x = room_.old_columns.x.data() + cell.first;
      const AxisEnds ends =
          are_all ? ends_of(gather_axis<WatchedExtent>(bodies_.x.data(), ids, cell.count, x))
                  : gather_some(cell, bodies_.x, ids, x);
      room_.old_boxes[i].min_x = ends.low;
      room_.old_boxes[i].max_x = ends.high;
      room_.totals[i] = kLacksY;
      if (room_.are_in_order) return take_y_of(i, cell, parting);
      any_left = true;
    });
    return any_left;
  }

  void take_y() {
    for_units([&](std::size_t i, const TreeCell& cell, UnitParting& parting) {
      if (room_.totals[i] == kLacksY) take_y_of(i, cell, parting);
    });
  }

 private:
  static constexpr std::int32_t kLacksY = -1;  // instead of how many stayed
  static constexpr std::size_t kCellsAhead = 16;

  void take_y_of(std::size_t i, const TreeCell& cell, UnitParting& parting) {
    const BodyID* const ids = room_.old_columns.ids.data() + cell.first;
    float* const y = room_.old_columns.y.data() + cell.first;
    const Box& box = room_.old_boxes[i];
    const bool are_some = bodies_.num_removed > 0 && std::isnan(box.min_x);
    const AxisEnds ends =
        are_some ? gather_some(cell, bodies_.y, ids, y)
                 : ends_of(gather_axis<WatchedExtent>(bodies_.y.data(), ids, cell.count, y));
    const StaySquare stay(cell, bodies_.square);
    const bool is_whole = stays_whole({box.min_x, ends.low, box.max_x, ends.high}, stay);
    room_.totals[i] = is_whole ? cell.count : parting.part(cell, stay);
  }

  void take_run(std::size_t i, const TreeCell& cell, BodyID body, UnitParting& parting) {
    const float* const x = bodies_.x.data() + body;
    const float* const y = bodies_.y.data() + body;
    const auto of_x = extent_of<WatchedExtent>(x, cell.count);
    const auto of_y = extent_of<WatchedExtent>(y, cell.count);
    const StaySquare stay(cell, bodies_.square);
    room_.totals[i] = cell.count;
    Box box;
    store_four(&box, edges_of(of_x, of_y));
    if (!any_of(of_x.odd | of_y.odd) && stays_whole(box, stay)) return;
    std::copy_n(x, cell.count, room_.old_columns.x.data() + cell.first);
    std::copy_n(y, cell.count, room_.old_columns.y.data() + cell.first);
    room_.totals[i] = parting.part(cell, stay);
  }

  // Who came to a leaf from elsewhere has, for the most part, its least or its greatest id, and is
  // the one whose coordinates are not in cache. An inner cell's ids may be of a later chunk, where
  // another thread closes ranks at the same time.
  QUADRILLE_PREFETCHING void ask_for_strays(const TreeCell& cell) const {
    if (!is_unit(cell)) return;
    const BodyID* const ids = room_.old_columns.ids.data() + cell.first;
    for (const BodyID id : {ids[0], ids[cell.count - 1]}) {
      __builtin_prefetch(bodies_.x.data() + id);
      __builtin_prefetch(bodies_.y.data() + id);
    }
  }

  // visit(i, cell, parting)
  template <class Visit>
  void for_units(const Visit& visit) {
    std::size_t i = begin_;
    while (i < end_ && !is_unit(room_.old[i])) ++i;
    if (i == end_) return;
    UnitParting parting(bodies_.square, room_.old_columns,
                        room_.records.data() + room_.old[i].first, room_.sizes[begin_]);
    const bool are_asked_for = room_.are_in_order && bodies_.num_removed == 0;
    for (; i < end_; ++i) {
      if (are_asked_for && i + kCellsAhead < end_) ask_for_strays(room_.old[i + kCellsAhead]);
      if (is_unit(room_.old[i])) visit(i, room_.old[i], parting);
    }
    room_.sizes[begin_] = parting.num_moved();
  }

  const UpdateBodies& bodies_;
  UpdateRoom& room_;
  std::size_t begin_, end_;
};

// Puts the movers of all chunks, whose numbers stand in `sizes`, behind each other.
std::int32_t close_ranks(UpdateRoom& room) {
  std::int32_t num_movers = 0;
  for (std::size_t begin = 0; begin < room.old.size(); begin += kOldCellsAChunk) {
    if (room.sizes[begin] == 0) continue;
    std::size_t unit = begin;
    while (!is_unit(room.old[unit])) ++unit;
    std::copy_n(room.records.begin() + room.old[unit].first, room.sizes[begin],
                room.records.begin() + num_movers);
    num_movers += room.sizes[begin];
  }
  return num_movers;
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

bool find_movers(const UpdateBodies& bodies, UpdateRoom& room, Parallel& parallel) {
  const auto count = static_cast<std::int32_t>(bodies.x.size());
  const std::int32_t num_added = bodies.num_added(), most_movers = count / kMoversAtMost;
  const std::int32_t num_others = num_added + bodies.num_removed;
  if (count < kFewestBodies || num_others > most_movers) return false;
  const auto num_cells = static_cast<std::int64_t>(room.old.size());
  std::atomic<bool> is_any_left = false;  // relaxed: for_range() orders it
  parallel.for_range(num_cells, kOldCellsAChunk, [&](std::int64_t begin, std::int64_t end, int) {
    if (UnitChunk(bodies, room, begin, end).take_x())
      is_any_left.store(true, std::memory_order_relaxed);
  });
  if (is_any_left.load(std::memory_order_relaxed)) {
    parallel.for_range(num_cells, kOldCellsAChunk, [&](std::int64_t begin, std::int64_t end, int) {
      UnitChunk(bodies, room, begin, end).take_y();
    });
  }
  std::int32_t num_records = close_ranks(room);
  room.num_movers = num_others + num_records;
  if (num_records + num_added > most_movers) return false;
  for (std::int32_t body = count - num_added; body < count; ++body) {
    const float x = bodies.x[static_cast<std::size_t>(body)];
    const float y = bodies.y[static_cast<std::size_t>(body)];
    room.records[static_cast<std::size_t>(num_records++)] = {x, y, morton_key(x, y, bodies.square),
                                                             body};
  }
  return true;
}

}  // namespace quadrille
