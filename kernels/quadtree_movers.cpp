/* Who stays in a leaf, without a key for each body: quantisation is monotone, so where the lower
   left and the upper right corner of a leaf's tight box are in its square, all its bodies are. Only
   leaves that fail look at each body. Bodies are gathered one axis after the other, as
   quadtree_leaves.cpp says. */
#include "kernels/quadtree_update.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include <quadrille/parallel.h>

#include "kernels/leaf_extent.h"
#include "kernels/morton.h"

namespace quadrille {
namespace {

constexpr std::int64_t kOldCellsAChunk = 512;
constexpr std::int64_t kBodiesAChunk = 16 * 1024;
constexpr BodyID kGone = -1;  // instead of the id of a body that is removed

// The square that bodies of a unit stay in, and which of four coordinates are outside of it.
class StaySquare {
 public:
  StaySquare(const TreeCell& cell, const MortonSquare& square)
      : square_(square), shift_(cell.deep != 0 ? 0 : kKeyLevels - cell.level),
        column_(static_cast<std::int32_t>(morton_compact(cell.key))),
        row_(static_cast<std::int32_t>(morton_compact(cell.key >> 1))) {}

  bool contains(const Box& box) const {
    const FloatQuad origin{square_.origin_x, square_.origin_y, square_.origin_x, square_.origin_y};
    const IntQuad cells = cells_of(load_four(&box), origin);
    return !any_of((cells ^ IntQuad{column_, row_, column_, row_}) >> shift_);
  }
  // Not 0 in the lanes of bodies that leave.
  IntQuad leaving(const FloatQuad& x, const FloatQuad& y) const {
    const IntQuad columns = cells_of(x, FloatQuad{} + square_.origin_x);
    const IntQuad rows = cells_of(y, FloatQuad{} + square_.origin_y);
    return ((columns ^ column_) | (rows ^ row_)) >> shift_;
  }

 private:
  // morton_cell() of four.
  IntQuad cells_of(const FloatQuad& coordinates, const FloatQuad& origin) const {
    const FloatQuad at = (coordinates * square_.prescale - origin) * square_.scale;
    const FloatQuad low = greater(at, FloatQuad{});
    return __builtin_convertvector(lesser(low, FloatQuad{} + 65535.0f), IntQuad);
  }

  MortonSquare square_;
  std::int32_t shift_, column_, row_;
};

// Ids that bodies of a unit have now. False: some of them are gone.
bool take_ids(const UpdateBodies& bodies, const TreeCell& cell, const BodyID* old, BodyID* ids) {
  if (bodies.num_removed == 0) return true;  // they are there
  bool are_all = true;
  for (std::int32_t i = 0; i < cell.count; ++i) {
    const bool gone = bodies.removed.is_gone(old[i]);
    ids[i] = gone ? kGone : bodies.removed.id_of(old[i]);
    are_all = are_all && !gone;
  }
  return are_all;
}

// One axis of a unit without bodies that are gone; ids of its bodies ascend where it is a leaf.
WatchedExtent take_axis(const TreeCell& cell, const float* from, const BodyID* ids, float* to) {
  if (cell.deep == 0 && is_run(ids, cell.count))
    return copy_axis<WatchedExtent>(from + ids[0], cell.count, to);
  return gather_axis<WatchedExtent>(from, ids, cell.count, to);
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

AxisEnds take_axis_of_some(const TreeCell& cell, std::span<const float> from, const BodyID* ids,
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
  UnitParting(const MortonSquare& square, const GatheredBodies& at, SortRecord* moved)
      : square_(square), at_(at), moved_(moved) {}

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
  const GatheredBodies& at_;
  SortRecord* moved_;
  std::int32_t num_moved_ = 0;
  std::size_t stayed_ = 0;
};

// visit(i, cell) for the units of a chunk.
template <class Visit>
void for_units(const UpdateRoom& room, std::int64_t begin, std::int64_t end, const Visit& visit) {
  for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
    if (is_unit(room.old[i])) visit(i, room.old[i]);
}

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

std::int32_t part_movers(const UpdateBodies& bodies, UpdateRoom& room, Parallel& parallel) {
  const GatheredBodies& at = room.gathered;
  Box* const boxes = room.columns.boxes;  // of units, while this runs
  const auto num_cells = static_cast<std::int64_t>(room.old.size());
  // By itself: beside the gathering it would drive the column that is read at random out of cache.
  if (bodies.num_removed == 0) {
    const auto copy = [&](std::int64_t begin, std::int64_t end, int) {
      std::copy(room.order.begin() + begin, room.order.begin() + end, at.ids.begin() + begin);
    };
    parallel.for_range(bodies.num_old, kBodiesAChunk, copy);
  }
  parallel.for_range(num_cells, kOldCellsAChunk, [&](std::int64_t begin, std::int64_t end, int) {
    for_units(room, begin, end, [&](std::size_t i, const TreeCell& cell) {
      const auto first = static_cast<std::size_t>(cell.first);
      BodyID* const ids = at.ids.data() + first;
      float* const x = at.x.data() + first;
      const bool are_all = take_ids(bodies, cell, room.order.data() + first, ids);
      const AxisEnds ends = are_all ? ends_of(take_axis(cell, bodies.x.data(), ids, x))
                                    : take_axis_of_some(cell, bodies.x, ids, x);
      boxes[i].min_x = ends.low;
      boxes[i].max_x = ends.high;
    });
  });
  parallel.for_range(num_cells, kOldCellsAChunk, [&](std::int64_t begin, std::int64_t end, int) {
    std::size_t unit = static_cast<std::size_t>(begin);
    while (unit < static_cast<std::size_t>(end) && !is_unit(room.old[unit])) ++unit;
    if (unit == static_cast<std::size_t>(end)) {
      room.sizes[static_cast<std::size_t>(begin)] = 0;
      return;
    }
    // At the front of the chunk's places.
    UnitParting parting(bodies.square, at, room.records.data() + room.old[unit].first);
    for_units(room, begin, end, [&](std::size_t i, const TreeCell& cell) {
      const auto first = static_cast<std::size_t>(cell.first);
      const BodyID* const ids = at.ids.data() + first;
      float* const y = at.y.data() + first;
      const bool are_some = bodies.num_removed > 0 && std::isnan(boxes[i].min_x);
      const AxisEnds ends = are_some ? take_axis_of_some(cell, bodies.y, ids, y)
                                     : ends_of(take_axis(cell, bodies.y.data(), ids, y));
      const StaySquare stay(cell, bodies.square);
      room.totals[i] = cell.count;
      if (!stays_whole({boxes[i].min_x, ends.low, boxes[i].max_x, ends.high}, stay))
        room.totals[i] = parting.part(cell, stay);
    });
    room.sizes[static_cast<std::size_t>(begin)] = parting.num_moved();
  });
  return close_ranks(room);
}

}  // namespace quadrille
