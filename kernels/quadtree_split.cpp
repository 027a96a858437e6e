/* Top-down, one depth at a time, over points sorted by Morton key [1].
   The highest bit in which the first and the last key of a quadrant differ says at which level it
   parts, so levels at which nothing parts cost nothing; binary searches find the children. Offsets
   follow from a prefix sum over the depth, hence the same tree for any number of threads.
   A quadrant whose points share one 32-bit key, yet differ, gets new keys relative to its own
   bounds: 16 levels more. While building, `reserved` of a quadrant holds the level at which its
   keys begin.
   [1] Lauterbach, Garland, Sengupta, Luebke, Manocha. Fast BVH construction on GPUs. Eurographics
   2009. */
#include "kernels/quadtree_split.h"

#include <algorithm>
#include <bit>
#include <limits>

#include <quadrille/parallel.h>

#include "kernels/float_range.h"
#include "kernels/morton.h"

namespace quadrille {
namespace {

// 16 levels a key, and deeper keys where a cell of one key still holds points that differ.
constexpr int kKeyLevels = 16;
// Keys that begin later would leave no level for the leaves of the next ones.
constexpr int kLastBase = kMaxQuadtreeLevel - 2 * kKeyLevels;
constexpr std::int64_t kCellGrain = 256;        // quadrants of one depth
constexpr std::int32_t kLargeCell = 64 * 1024;  // points; more are given new keys by all threads

struct Builder {
  std::span<SortRecord> records, spare;
  RadixScratch& scratch;
  Parallel& parallel;
  QuadtreeTopology& tree;

  Quadrant& quadrant(std::int64_t q) const { return tree.quadrants[static_cast<std::size_t>(q)]; }
  BodyRange& range(std::int64_t q) const { return tree.ranges[static_cast<std::size_t>(q)]; }
  QuadrantCuts& cuts(std::int64_t q) const { return tree.cuts[static_cast<std::size_t>(q)]; }
  std::uint32_t key(std::int32_t place) const {
    return records[static_cast<std::size_t>(place)].key;
  }
};

Box record_bounds(std::span<const SortRecord> records) {
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

bool needs_deeper_keys(const Builder& b, std::int64_t q) {
  const BodyRange range = b.range(q);
  return range.last - range.first > kLeafCapacity && b.key(range.first) == b.key(range.last - 1) &&
         b.quadrant(q).reserved <= kLastBase;
}

void encode(std::span<SortRecord> records, const MortonSquare& square) {
  for (SortRecord& record : records) record.key = morton_key(record.x, record.y, square);
}

// Points that are all the same keep their one key: the quadrant will be a leaf.
void give_deeper_keys(const Builder& b, std::int64_t q, bool by_all_threads) {
  const auto first = static_cast<std::size_t>(b.range(q).first);
  const auto count = static_cast<std::size_t>(b.range(q).last) - first;
  const auto records = b.records.subspan(first, count);
  const auto spare = b.spare.subspan(first, count);
  const Box bounds = record_bounds(records);
  if (!(bounds.min_x < bounds.max_x || bounds.min_y < bounds.max_y)) return;
  const MortonSquare square = morton_square(bounds);
  b.quadrant(q).reserved = static_cast<std::uint16_t>(b.quadrant(q).reserved + kKeyLevels);
  if (!by_all_threads) {
    encode(records, square);
    radix_sort_cell(records, spare);
    return;
  }
  b.parallel.for_range(
      static_cast<std::int64_t>(count), kLargeCell, [&](std::int64_t begin, std::int64_t end, int) {
        encode(
            records.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)),
            square);
      });
  radix_sort(records, spare, b.scratch, b.parallel);
}

void deepen_keys(const Builder& b, std::int64_t begin, std::int64_t end) {
  const auto is_large = [&](std::int64_t q) {
    return b.range(q).last - b.range(q).first > kLargeCell;
  };
  b.parallel.for_range(end - begin, kCellGrain, [&](std::int64_t from, std::int64_t to, int) {
    for (std::int64_t q = begin + from; q < begin + to; ++q) {
      if (needs_deeper_keys(b, q) && !is_large(q)) give_deeper_keys(b, q, false);
    }
  });
  for (std::int64_t q = begin; q < end; ++q) {
    if (is_large(q) && needs_deeper_keys(b, q)) give_deeper_keys(b, q, true);
  }
}

// First place in [first, last) whose key has at least `child` in the two bits at `shift`.
std::int32_t lower_bound(const Builder& b, BodyRange range, int shift, std::uint32_t child) {
  const auto at = std::partition_point(
      b.records.begin() + range.first, b.records.begin() + range.last,
      [&](const SortRecord& record) { return ((record.key >> shift) & 3u) < child; });
  return static_cast<std::int32_t>(at - b.records.begin());
}

void cut(const Builder& b, std::int64_t q) {
  const BodyRange range = b.range(q);
  QuadrantCuts& cuts = b.cuts(q);
  Quadrant& quadrant = b.quadrant(q);
  quadrant.offset = range.first;
  quadrant.child_mask = 0;
  cuts.num_children = 0;
  if (range.last - range.first <= kLeafCapacity) return;
  const std::uint32_t differing = b.key(range.first) ^ b.key(range.last - 1);
  if (differing == 0) return;
  const int key_level = std::countl_zero(differing) / 2;
  const int shift = 2 * (kKeyLevels - 1 - key_level);
  quadrant.level = static_cast<std::uint8_t>(quadrant.reserved + key_level);
  std::int32_t first = range.first;
  for (std::uint32_t child = 0; child < 4; ++child) {
    const std::int32_t last =
        child == 3 ? range.last : lower_bound(b, {first, range.last}, shift, child + 1);
    if (child < 3) cuts.cut[child] = last;
    if (last == first) continue;
    quadrant.child_mask = static_cast<std::uint8_t>(quadrant.child_mask | (1u << child));
    ++cuts.num_children;
    first = last;
  }
}

void place_children(const Builder& b, std::int64_t q) {
  const Quadrant& parent = b.quadrant(q);
  if (parent.child_mask == 0) return;
  const std::int32_t* const cut = b.cuts(q).cut;
  std::int64_t child_at = q + parent.offset;
  for (std::size_t child = 0; child < 4; ++child) {
    if ((parent.child_mask >> child & 1) == 0) continue;
    b.range(child_at) = {child == 0 ? b.range(q).first : cut[child - 1],
                         child == 3 ? b.range(q).last : cut[child]};
    Quadrant& placed = b.quadrant(child_at);
    placed = {};
    placed.level = static_cast<std::uint8_t>(parent.level + 1);
    placed.reserved = parent.reserved;
    ++child_at;
  }
}

// Children of the quadrants in [begin, end) are put from `end` on; the end of what is used is
// returned.
std::int32_t give_offsets(const Builder& b, std::int32_t begin, std::int32_t end) {
  const auto capacity = static_cast<std::int64_t>(b.tree.quadrants.size());
  std::int32_t next = end;
  for (std::int32_t q = begin; q < end; ++q) {
    Quadrant& quadrant = b.quadrant(q);
    const std::int32_t num_children = b.cuts(q).num_children;
    if (num_children == 0 || next + num_children > capacity) {
      quadrant.child_mask = 0;  // its offset is its first body already
      ++b.tree.num_leaves;
    } else {
      quadrant.offset = next - q;
      next += num_children;
    }
  }
  return next;
}

}  // namespace

void split_quadrants(std::span<SortRecord> records, std::span<SortRecord> spare,
                     RadixScratch& scratch, Parallel& parallel, QuadtreeTopology& tree) {
  const Builder b{records, spare, scratch, parallel, tree};
  tree.depth = 0;
  tree.num_leaves = 0;
  tree.depth_begin[0] = 0;
  b.quadrant(0) = {};
  b.range(0) = {0, static_cast<std::int32_t>(records.size())};
  std::int32_t begin = 0, end = 1;
  while (true) {
    tree.depth_begin[static_cast<std::size_t>(tree.depth) + 1] = end;
    deepen_keys(b, begin, end);
    parallel.for_range(end - begin, kCellGrain, [&](std::int64_t from, std::int64_t to, int) {
      for (std::int64_t q = begin + from; q < begin + to; ++q) cut(b, q);
    });
    const std::int32_t next = give_offsets(b, begin, end);
    if (next == end) break;
    parallel.for_range(end - begin, kCellGrain, [&](std::int64_t from, std::int64_t to, int) {
      for (std::int64_t q = begin + from; q < begin + to; ++q) place_children(b, q);
    });
    begin = end;
    end = next;
    ++tree.depth;
  }
  tree.num_quadrants = end;
  for (std::int32_t q = 0; q < end; ++q) b.quadrant(q).reserved = 0;
}

}  // namespace quadrille
