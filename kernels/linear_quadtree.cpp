/* Squares that must be parted are known by level, as sorted keys: those above a leaf of the tree,
   and for balance, from the finest level upward, those above a parted square's neighbors of its own
   size: a neighbor may be one level coarser than the square's children, so it must exist, and hence
   its parent be parted. One pass a level is enough, because what a level adds concerns the next
   coarser one only [1]. Leaves are the children of parted squares that are not parted themselves.
   [1] Sundar, Sampath, Biros. Bottom-up construction and 2:1 balance refinement of linear octrees
   in parallel. SIAM J. Sci. Comput. 30, 2008. */

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include <quadrille/leaf_neighbors.h>
#include <quadrille/linear_quadtree.h>

#include "kernels/morton.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

Result<Arena> square_arena(std::size_t bytes, MemoryBudget* budget) {
  ArenaOptions options;
  options.budget = budget;
  options.name = {"linear quadtree"};
  options.capacity_bytes = bytes + kCacheLineBytes;
  return Arena::create(options);
}

// A square of the tree that holds bodies: a leaf's, or a cell of the grid that quadrants part.
using Unit = LeafSquare;

// Sorted keys of the squares of one level that are parted.
struct PartedSquares {
  std::optional<Arena> arena;
  std::span<std::uint32_t> keys;
  std::size_t count = 0;
};

std::uint32_t key_above(std::uint32_t key, int level) {  // of the square of that level
  return level == 0 ? 0 : key & (~std::uint32_t{0} << (2 * (kLinearLevels - level)));
}

class LeafMaker {
 public:
  LeafMaker(const QuadtreeView& tree, const Box& square, MemoryBudget* budget)
      : tree_(tree), square_(morton_square(square)), budget_(budget) {}

  Status collect_units();
  Status part(Balance balance);
  Result<LinearQuadtree> leaves();

 private:
  template <class Add>
  void for_each_unit(const Add& add) const;
  bool holds_its_bodies(const Unit& unit) const;
  template <class Add>
  void add_neighbors_above(int level, Balance balance, const Add& add) const;
  template <class Emit>
  void emit(std::uint32_t key, int level, const Emit& emit_leaf);

  const QuadtreeView& tree_;
  MortonSquare square_;
  MemoryBudget* budget_;
  std::optional<Arena> unit_arena_;
  std::span<Unit> units_;
  std::array<PartedSquares, kLinearLevels> parted_;
  std::array<std::size_t, kLinearLevels> next_{};  // of each level's, while leaves are emitted
};

// In Morton order.
template <class Add>
void LeafMaker::for_each_unit(const Add& add) const {
  std::array<std::int32_t, 3 * kMaxQuadtreeDepth + 4> waiting;
  std::size_t size = 0;
  waiting[size++] = 0;
  while (size > 0) {
    const std::int32_t q = waiting[--size];
    const Quadrant& quadrant = tree_.quadrants[static_cast<std::size_t>(q)];
    if (quadrant.child_mask == 0 || quadrant.level >= kLinearLevels) {
      const auto body = static_cast<std::size_t>(tree_.ranges[static_cast<std::size_t>(q)].first);
      const int level = std::min<int>(quadrant.level, kLinearLevels);
      const std::uint32_t key = morton_key(tree_.x[body], tree_.y[body], square_);
      add(Unit{key_above(key, level), q, static_cast<std::uint8_t>(level), {}});
      continue;
    }
    for (int child = std::popcount(quadrant.child_mask); child-- > 0;)
      waiting[size++] = q + quadrant.offset + child;
  }
}

bool LeafMaker::holds_its_bodies(const Unit& unit) const {
  const BodyRange& bodies = tree_.ranges[static_cast<std::size_t>(unit.quadrant)];
  for (auto p = static_cast<std::size_t>(bodies.first); p < static_cast<std::size_t>(bodies.last);
       ++p) {
    if (key_above(morton_key(tree_.x[p], tree_.y[p], square_), unit.level) != unit.key)
      return false;
  }
  return true;
}

Status LeafMaker::collect_units() {
  if (tree_.quadrants.empty()) return Status::ok();
  std::int64_t count = 0;
  for_each_unit([&count](const Unit&) { ++count; });
  QUADRILLE_ASSIGN_OR_RETURN(unit_arena_,
                             square_arena(static_cast<std::size_t>(count) * sizeof(Unit), budget_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*unit_arena_, count, {"tree squares"}, units_));
  std::size_t at = 0;
  for_each_unit([&](const Unit& unit) { units_[at++] = unit; });
  for (std::size_t i = 0; i < units_.size(); ++i) {
    const bool in_order = i == 0 || units_[i].key >= end_key(units_[i - 1]);
    if (!in_order || !holds_its_bodies(units_[i])) {
      return {StatusCode::kInvalidArgument,
              "the tree's bodies do not stand in the order of their squares: it was refitted, or "
              "built in another square"};
    }
  }
  return Status::ok();
}

// Parents of the neighbors of each parted square of a level, as large as it.
template <class Add>
void LeafMaker::add_neighbors_above(int level, Balance balance, const Add& add) const {
  const PartedSquares& parted = parted_[static_cast<std::size_t>(level)];
  for (const std::uint32_t key : parted.keys.first(parted.count)) {
    for (int dy = -1; dy <= 1; ++dy) {
      for (int dx = -1; dx <= 1; ++dx) {
        if (balance == Balance::kFace && dx != 0 && dy != 0) continue;
        std::uint32_t neighbor = 0;
        if (same_size_neighbor(key, level, dx, dy, neighbor)) add(key_above(neighbor, level - 1));
      }
    }
  }
}

Status LeafMaker::part(Balance balance) {
  for (int level = kLinearLevels - 1; level >= 0; --level) {
    PartedSquares& parted = parted_[static_cast<std::size_t>(level)];
    const auto add_all = [&](const auto& add) {
      for (const Unit& unit : units_)
        if (unit.level > level) add(key_above(unit.key, level));
      if (balance != Balance::kNone && level + 1 < kLinearLevels)
        add_neighbors_above(level + 1, balance, add);
    };
    std::int64_t most = 0;
    std::uint32_t last = 1;  // no key of a level above the finest is odd
    const auto is_new = [&last](std::uint32_t key) { return std::exchange(last, key) != key; };
    add_all([&](std::uint32_t key) { most += is_new(key); });
    QUADRILLE_ASSIGN_OR_RETURN(
        parted.arena,
        square_arena(static_cast<std::size_t>(most) * sizeof(std::uint32_t), budget_));
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*parted.arena, most, {"squares"}, parted.keys));
    last = 1;
    add_all([&](std::uint32_t key) {
      if (is_new(key)) parted.keys[parted.count++] = key;
    });
    std::sort(parted.keys.begin(), parted.keys.end());
    const auto end = std::unique(parted.keys.begin(), parted.keys.end());
    parted.count = static_cast<std::size_t>(end - parted.keys.begin());
  }
  return Status::ok();
}

template <class Emit>
void LeafMaker::emit(std::uint32_t key, int level, const Emit& emit_leaf) {
  if (level < kLinearLevels) {
    const PartedSquares& parted = parted_[static_cast<std::size_t>(level)];
    std::size_t& next = next_[static_cast<std::size_t>(level)];
    if (next < parted.count && parted.keys[next] == key) {
      ++next;
      for (std::uint32_t child = 0; child < 4; ++child)
        emit(key | child << (2 * (kLinearLevels - 1 - level)), level + 1, emit_leaf);
      return;
    }
  }
  emit_leaf(key, level);
}

Result<LinearQuadtree> LeafMaker::leaves() {
  LinearQuadtree linear;
  std::int64_t count = 0;
  emit(0, 0, [&count](std::uint32_t, int) { ++count; });
  QUADRILLE_ASSIGN_OR_RETURN(
      linear.arena, square_arena(static_cast<std::size_t>(count) * sizeof(LeafSquare), budget_));
  std::span<LeafSquare> leaves;
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*linear.arena, count, {"leaf squares"}, leaves));
  next_ = {};
  std::size_t at = 0, unit = 0;
  emit(0, 0, [&](std::uint32_t key, int level) {
    while (unit < units_.size() && end_key(units_[unit]) <= key) ++unit;
    const bool holds = unit < units_.size() && units_[unit].key <= key;
    leaves[at++] = {key, holds ? units_[unit].quadrant : -1, static_cast<std::uint8_t>(level), {}};
  });
  linear.leaves = leaves;
  return linear;
}

}  // namespace

Result<LinearQuadtree> linear_quadtree(const QuadtreeView& tree, const Box& square, Balance balance,
                                       MemoryBudget* budget) {
  LeafMaker maker(tree, square, budget);
  QUADRILLE_RETURN_IF_ERROR(maker.collect_units());
  QUADRILLE_RETURN_IF_ERROR(maker.part(balance));
  return maker.leaves();
}

}  // namespace quadrille
