/* Most significant digit first, as many levels at once as the number of points is worth [1]; points
   move to and fro between two buffers and leave them when they are a leaf. What a digit parts is
   planned on its counts (quadtree_plan.h). A cell whose points share one 32-bit key, yet differ,
   gets new keys relative to its own bounds: 16 levels more.
   [1] McIlroy, Bostic, McIlroy. Engineering radix sort. Computing Systems 6, 1993. */
#include "kernels/quadtree_cells.h"

#include <algorithm>

#include "kernels/float_range.h"
#include "kernels/leaf_extent.h"
#include "kernels/morton.h"

namespace quadrille {
namespace {

// Keys that begin later would leave no level for the leaves of the next ones.
constexpr int kLastBase = kMaxQuadtreeLevel - 2 * kKeyLevels;

class CellSorter {
 public:
  // Records of the place `base` stand first in both buffers.
  CellSorter(std::span<TreeCell> cells, std::int32_t at, const LeafColumns& columns,
             std::int32_t base)
      : cells_(cells), size_(at), columns_(columns), base_(base) {}

  void sort(const OpenCell& cell, SortRecord* from, SortRecord* to) {
    if (cell.count <= kLeafCapacity || cell.budget < 3) return write_leaf(cell, from);
    if (cell.bits == 0) {
      const std::span<SortRecord> records(from + (cell.first - base_),
                                          static_cast<std::size_t>(cell.count));
      const Box bounds = bounds_of_records(records);
      if (!may_deepen(cell, bounds)) return write_leaf(cell, from);
      const MortonSquare square = morton_square(bounds);
      for (SortRecord& record : records) record.key = morton_key(record.x, record.y, square);
      return sort(deepened(cell), from, to);
    }
    // So that a digit leaves about a dozen points or more together.
    const std::int32_t levels = cell.count <= 3 * kLeafCapacity    ? 1
                                : cell.count <= 12 * kLeafCapacity ? 2
                                : cell.count <= 48 * kLeafCapacity ? 3
                                                                   : 4;
    switch (std::min(levels, cell.bits / 2)) {
      case 1: return part<1>(cell, from, to);
      case 2: return part<2>(cell, from, to);
      case 3: return part<3>(cell, from, to);
      default: return part<4>(cell, from, to);
    }
  }
  std::int32_t size() const { return size_; }

 private:
  template <int kLevels>
  void part(const OpenCell& cell, SortRecord* from, SortRecord* to) {
    CellPlan<kLevels> plan;
    plan.clear();
    const int shift = cell.bits - 2 * kLevels;
    const auto digit = [shift](const SortRecord& record) {
      return (record.key >> shift) & (CellPlan<kLevels>::kDigits - 1);
    };
    const std::span<const SortRecord> records(from + (cell.first - base_),
                                              static_cast<std::size_t>(cell.count));
    for (const SortRecord& record : records) plan.count(digit(record));
    plan.make(cell);
    if (plan.num_buckets() == 1) return sort(plan[0].cell, from, to);  // nothing parts
    for (const SortRecord& record : records)
      to[plan.next(plan.bucket_of(digit(record)))++ - base_] = record;
    for (std::size_t i = 0; i < plan.size(); ++i) {
      if (plan[i].is_inner) {
        write_inner(plan[i]);
      } else {
        sort(plan[i].cell, to, from);
      }
    }
  }

  void write_inner(const PlannedCell& planned) {
    const OpenCell& cell = planned.cell;
    cells_[static_cast<std::size_t>(size_++)] = {cell.key,       cell.first, cell.count,
                                                 level_of(cell), cell.depth, planned.child_mask,
                                                 cell.base != 0};
  }

  void write_leaf(const OpenCell& cell, const SortRecord* from) {
    const SortRecord* const records = from + (cell.first - base_);
    columns_.boxes[size_] = cell.count < 4 ? write_few(cell, records) : write_bodies(cell, records);
    cells_[static_cast<std::size_t>(size_++)] = leaf_of(cell);
  }

  Box write_few(const OpenCell& cell, const SortRecord* records) {
    LeafBox box;
    for (std::int32_t i = 0; i < cell.count; ++i) {
      const SortRecord& record = records[i];
      columns_.x[cell.first + i] = record.x;
      columns_.y[cell.first + i] = record.y;
      columns_.order[cell.first + i] = record.id;
      box.add(record.x, record.y);
    }
    return box.box();
  }

  // Four records become four of each column; some of the last may be written twice.
  Box write_bodies(const OpenCell& cell, const SortRecord* records) {
    LeafExtent of_x, of_y;
    for (std::int32_t i = 0; i < cell.count; i += 4) {
      const std::int32_t at = std::min(i, cell.count - 4), place = cell.first + at;
      const FloatQuad a = load_four(records + at), b = load_four(records + at + 1);
      const FloatQuad c = load_four(records + at + 2), d = load_four(records + at + 3);
      const FloatQuad ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
      const FloatQuad cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
      const FloatQuad x = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
      const FloatQuad y = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
      const FloatQuad ids_ab = __builtin_shufflevector(a, b, 2, 6, 3, 7);
      const FloatQuad ids_cd = __builtin_shufflevector(c, d, 2, 6, 3, 7);
      store_four(columns_.x + place, x);
      store_four(columns_.y + place, y);
      store_four(columns_.order + place, __builtin_shufflevector(ids_ab, ids_cd, 2, 3, 6, 7));
      of_x.add(x);
      of_y.add(y);
    }
    Box box;
    store_four(&box, settled_edges(edges_of(of_x, of_y)));
    return box;
  }

  std::span<TreeCell> cells_;
  std::int32_t size_;
  LeafColumns columns_;
  std::int32_t base_;
};

}  // namespace

Box bounds_of_records(std::span<const SortRecord> records) {
  Box box{kLargestFloat, kLargestFloat, -kLargestFloat, -kLargestFloat};
  for (const SortRecord& record : records) {
    box.min_x = record.x < box.min_x ? record.x : box.min_x;
    box.min_y = record.y < box.min_y ? record.y : box.min_y;
    box.max_x = record.x > box.max_x ? record.x : box.max_x;
    box.max_y = record.y > box.max_y ? record.y : box.max_y;
  }
  return {std::max(box.min_x, -kLargestFloat), std::max(box.min_y, -kLargestFloat),
          std::min(box.max_x, kLargestFloat), std::min(box.max_y, kLargestFloat)};
}

bool may_deepen(const OpenCell& cell, const Box& bounds) {
  return cell.base <= kLastBase && (bounds.min_x < bounds.max_x || bounds.min_y < bounds.max_y);
}

OpenCell deepened(const OpenCell& cell) {
  OpenCell deeper = cell;
  deeper.base = static_cast<std::uint8_t>(cell.base + kKeyLevels);
  deeper.bits = 2 * kKeyLevels;
  return deeper;
}

std::int32_t sort_into_leaves(const OpenCell& cell, const CellRecords& records,
                              std::span<TreeCell> cells, std::int32_t at,
                              const LeafColumns& columns) {
  CellSorter sorter(cells, at, columns, cell.first);
  sorter.sort(cell, records.from, records.other);
  return sorter.size() - at;
}

}  // namespace quadrille
