// CellPlan: how a cell of a quadtree parts, decided on counts of its points' next key bits.
//
// Counts over digits of 2 * kLevels bits, summed to the levels above, say which quadrants are made
// and which points become a leaf together, before a point is moved. So one stable scatter brings
// points to their leaves: bodies of a leaf stand in the order of their ids, and what is sorted is
// no more than the tree needs.
#pragma once

#include <array>
#include <cstdint>

#include <quadrille/quadtree.h>

namespace quadrille {

// A quadrant while its tree is made; cells stand in preorder. 16 bytes.
struct TreeCell {
  // The least key of its square (inner) or of the slot below its parent (leaf). In cells below
  // `deep`, whose points share one key: that key.
  std::uint32_t key;
  std::int32_t first, count;  // its bodies
  std::uint8_t level, depth, child_mask;
  std::uint8_t deep;  // not 0: parted by keys of its own, or below one that is (TreeCell::kDeep)
  static constexpr std::uint8_t kDeep = 1;
  static constexpr std::uint8_t kDeepRoot = 2;  // the first of those, once cells are numbered
};
static_assert(sizeof(TreeCell) == 16);

// As many as bits are set: a table, as baseline processors have no instruction for it.
constexpr std::uint32_t num_children(std::uint8_t child_mask) {
  return 0x4332'3221'3221'2110u >> (4 * (child_mask & 15)) & 15;
}

// Points that share all key bits but the lowest `bits`, to be parted as long as more than
// kLeafCapacity stand together.
struct OpenCell {
  std::uint32_t key;
  std::int32_t first, count;
  std::int32_t budget;  // quadrants that it may become, at least 1
  std::uint8_t bits;
  std::uint8_t base;  // the level at which its keys begin; above 0: deep
  std::uint8_t slot;  // its level if it is a leaf: one below its parent's
  std::uint8_t depth;
};

// Cells that are made of so many points, at most: more than quadrants, so that where shapes need
// many, these go to the depths where they are needed.
constexpr std::int64_t max_tree_cells(std::int64_t num_points) {
  const std::int64_t most = num_points / 2 + 2048;
  return 2 * num_points + 1 < most ? 2 * num_points + 1 : most;
}

inline constexpr int kKeyLevels = 16;  // of a 32-bit Morton key

// All points of a tree.
inline OpenCell root_of(std::int32_t num_points) {
  return {.key = 0,
          .first = 0,
          .count = num_points,
          .budget = static_cast<std::int32_t>(max_tree_cells(num_points)),
          .bits = 2 * kKeyLevels,
          .base = 0,
          .slot = 0,
          .depth = 0};
}

// The level of a cell's square.
inline std::uint8_t level_of(const OpenCell& cell) {
  return static_cast<std::uint8_t>(cell.base + kKeyLevels - cell.bits / 2);
}

inline TreeCell leaf_of(const OpenCell& cell) {
  return {cell.key, cell.first, cell.count, cell.slot, cell.depth, 0, cell.base != 0};
}

// Quadrant number `child` of a cell, with no points yet.
inline OpenCell child_of(const OpenCell& cell, std::uint32_t child) {
  OpenCell of = cell;
  of.bits = static_cast<std::uint8_t>(cell.bits - 2);
  if (cell.base == 0) of.key |= child << of.bits;
  return of;
}

// How many quadrants each child may become, so that no tree has more than its root may: a leaf is
// one, what is left goes to the others by their points. Of the children in `counts` (0: absent) at
// least two are there. False: the cell may not become that many, and stays a leaf.
inline bool share_budget(std::int32_t budget, const std::array<std::int32_t, 4>& counts,
                         std::array<std::int32_t, 4>& shares) {
  std::int32_t num_children = 0;
  std::int64_t in_large = 0;
  for (const std::int32_t count : counts) {
    num_children += count > 0;
    in_large += count > kLeafCapacity ? count : 0;
  }
  const std::int64_t rest = budget - 1 - num_children;
  if (rest < 0) return false;
  for (std::size_t c = 0; c < 4; ++c) {
    const std::int64_t more = counts[c] > kLeafCapacity ? rest * counts[c] / in_large : 0;
    shares[c] = static_cast<std::int32_t>(1 + more);
  }
  return true;
}

// What a plan makes of its cell, in preorder: inner quadrants, and cells without `is_inner` that
// are leaves or have more points than a leaf at the last of the levels.
struct PlannedCell {
  OpenCell cell;
  std::uint8_t child_mask;
  bool is_inner;
};

template <int kLevels>
class CellPlan {
 public:
  static constexpr std::size_t kDigits = std::size_t{1} << (2 * kLevels);
  static constexpr std::size_t kMostCells = (4 * kDigits - 1) / 3;

  void clear() { counts_.fill(0); }
  void count(std::size_t digit) { ++counts_[kLeaves + digit]; }
  void count(std::size_t digit, std::uint32_t points) {
    counts_[kLeaves + digit] += static_cast<std::int32_t>(points);
  }

  // When all is counted: decides.
  void make(const OpenCell& cell) {
    for (std::size_t i = kLeaves; i-- > 0;) {
      const std::int32_t* const children = &counts_[4 * i + 1];
      counts_[i] = children[0] + children[1] + children[2] + children[3];
    }
    visit(0, 0, cell);
  }

  // Points of that digit go to one run with all others of its bucket.
  std::size_t bucket_of(std::size_t digit) const { return buckets_[digit]; }
  std::int32_t& next(std::size_t bucket) { return next_[bucket]; }  // first at the bucket's begin
  std::size_t num_buckets() const { return num_buckets_; }
  std::size_t size() const { return size_; }
  const PlannedCell& operator[](std::size_t i) const { return cells_[i]; }

 private:
  static constexpr std::size_t kLeaves = (kDigits - 1) / 3;  // counts above the digits'

  // Counts stand level by level: children of i are 4 i + 1 and the three behind it.
  void visit(int level, std::size_t i, const OpenCell& cell) {
    if (level == kLevels || cell.count <= kLeafCapacity) return add_bucket(level, i, cell);
    std::array<std::int32_t, 4> counts, shares;
    std::uint8_t mask = 0;
    for (std::size_t c = 0; c < 4; ++c) {
      counts[c] = counts_[4 * i + 1 + c];
      mask = static_cast<std::uint8_t>(mask | (counts[c] > 0) << c);
    }
    const bool parts = (mask & (mask - 1)) != 0;  // else all are in one child
    if (!parts) shares.fill(cell.budget);
    if (parts && !share_budget(cell.budget, counts, shares)) return add_bucket(level, i, cell);
    if (parts) cells_[size_++] = {cell, mask, true};
    std::int32_t first = cell.first;
    for (std::uint32_t c = 0; c < 4; ++c) {
      if (counts[c] == 0) continue;
      OpenCell child = child_of(cell, c);
      child.first = first;
      child.count = counts[c];
      child.budget = shares[c];
      if (parts) {
        child.slot = static_cast<std::uint8_t>(level_of(cell) + 1);
        child.depth = static_cast<std::uint8_t>(cell.depth + 1);
      }
      visit(level + 1, 4 * i + 1 + c, child);
      first += counts[c];
    }
  }

  void add_bucket(int level, std::size_t i, const OpenCell& cell) {
    const int below = 2 * (kLevels - level);
    const std::size_t at_level = (std::size_t{1} << (2 * level)) / 3;  // counts above this level's
    const std::size_t begin = (i - at_level) << below;
    for (std::size_t digit = begin; digit < begin + (std::size_t{1} << below); ++digit)
      buckets_[digit] = static_cast<std::uint8_t>(num_buckets_);
    next_[num_buckets_++] = cell.first;
    // A cell that may not part is a leaf, whatever stands in it.
    cells_[size_] = {cell, 0, false};
    if (level < kLevels) cells_[size_].cell.budget = 1;
    ++size_;
  }

  std::array<std::int32_t, kMostCells> counts_;
  std::array<std::uint8_t, kDigits> buckets_;
  std::array<std::int32_t, kDigits> next_;
  std::array<PlannedCell, kMostCells> cells_;
  std::size_t num_buckets_ = 0, size_ = 0;
};

}  // namespace quadrille
