// Neighbors among the leaves of a linear quadtree: no pointers, each is found by its key [1].
//
// [1] Gargantini. An effective way to represent quadtrees. CACM 25, 1982; Samet. Neighbor finding
// techniques for images represented by quadtrees. Computer Graphics and Image Processing 18, 1982.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include <quadrille/linear_quadtree.h>
#include <quadrille/morton_square.h>

namespace quadrille {

struct LeafCorner {
  std::uint32_t x, y;  // lower left, in cells of the root's grid
};
inline LeafCorner corner_of(std::uint32_t key) {
  return {morton_compact(key), morton_compact(key >> 1)};
}
inline std::uint32_t side_of(int level) { return kRootLen >> level; }  // in cells
inline std::uint64_t end_key(const LeafSquare& leaf) {  // one beyond the keys of its cells
  return leaf.key + (std::uint64_t{1} << (2 * (kLinearLevels - leaf.level)));
}

// The square of the same size that many squares to the right and above. False: outside of the root.
inline bool same_size_neighbor(std::uint32_t key, int level, int dx, int dy,
                               std::uint32_t& neighbor) {
  const LeafCorner corner = corner_of(key);
  const auto side = static_cast<std::int64_t>(side_of(level));
  const std::int64_t x = corner.x + dx * side, y = corner.y + dy * side;
  if (x < 0 || y < 0 || x >= kRootLen || y >= kRootLen) return false;
  neighbor = morton_spread(static_cast<std::uint32_t>(x)) |
             morton_spread(static_cast<std::uint32_t>(y)) << 1;
  return true;
}

// The leaf that covers the cell with that key.
inline std::size_t leaf_at(std::span<const LeafSquare> leaves, std::uint32_t key) {
  const auto after =
      std::upper_bound(leaves.begin(), leaves.end(), key,
                       [](std::uint32_t at, const LeafSquare& leaf) { return at < leaf.key; });
  return static_cast<std::size_t>(after - leaves.begin()) - 1;
}

enum class Face : std::uint8_t { kLeft, kRight, kBelow, kAbove };

// Calls visit(number of a leaf) for all leaves of the square that touch its side `face`, from below
// or from the left. A leaf that covers the square and more counts.
template <class Visit>
void visit_side(std::span<const LeafSquare> leaves, std::uint32_t key, int level, Face face,
                const Visit& visit) {
  const std::size_t leaf = leaf_at(leaves, key);
  if (leaves[leaf].level <= level) return visit(leaf);
  const std::uint32_t first = face == Face::kRight ? 1 : face == Face::kAbove ? 2 : 0;
  const std::uint32_t step = face == Face::kLeft || face == Face::kRight ? 2 : 1;
  const int shift = 2 * (kLinearLevels - 1 - level);
  visit_side(leaves, key | first << shift, level + 1, face, visit);
  visit_side(leaves, key | (first + step) << shift, level + 1, face, visit);
}

// Calls visit(number of a leaf) for each leaf that shares a part of that side of `leaf`: one that
// is as large or larger, or several smaller ones, from below or from the left. None at the root's
// own side. Takes a binary search for each.
template <class Visit>
void visit_face_neighbors(std::span<const LeafSquare> leaves, std::size_t leaf, Face face,
                          const Visit& visit) {
  constexpr int kStepX[] = {-1, 1, 0, 0}, kStepY[] = {0, 0, -1, 1};
  constexpr Face kOpposite[] = {Face::kRight, Face::kLeft, Face::kAbove, Face::kBelow};
  const auto side = static_cast<std::size_t>(face);
  const LeafSquare& of = leaves[leaf];
  std::uint32_t neighbor = 0;
  if (!same_size_neighbor(of.key, of.level, kStepX[side], kStepY[side], neighbor)) return;
  visit_side(leaves, neighbor, of.level, kOpposite[side], visit);
}

}  // namespace quadrille
