// LinearQuadtree: the leaves of a quadtree as squares that tile its root, in Morton order, 2:1
// balanced where wanted: the linear quadtree of the p4est literature, for who needs cells with
// sides and neighbors (leaf_neighbors.h), not boxes around bodies.
//
// A QuadtreeView leaves levels out at which nothing parts, and quadrants without bodies. Here both
// are: every inner square has four children. Squares are those of the keys' grid of 65,536 a side;
// bodies that share a cell of it stay in that cell, whatever quadrants part them further.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/quadtree.h>
#include <quadrille/status.h>

namespace quadrille {

class MemoryBudget;

inline constexpr int kLinearLevels = 16;
inline constexpr std::uint32_t kRootLen = 1u << kLinearLevels;  // side of the root, in cells

// A leaf: the square of kRootLen >> level cells a side at the cell with that Morton key. 12 bytes.
struct LeafSquare {
  std::uint32_t key;
  std::int32_t quadrant;  // of the tree, that holds its bodies and perhaps more squares; -1: none
  std::uint8_t level;
  std::uint8_t reserved[3];  // zero
};
static_assert(sizeof(LeafSquare) == 12);

// Across what neighbors may be at most one level apart.
enum class Balance : std::uint8_t { kNone, kFace, kFull };  // kFull: corners, too

struct LinearQuadtree {
  std::optional<Arena> arena;  // holds the rest
  std::span<const LeafSquare> leaves;
};

// `tree` as QuadtreeBuilder built or updated it in `square` (QuadtreeBuilder::square()), not
// refitted: kInvalidArgument where its bodies do not stand in the order of their squares. An empty
// tree is one leaf. One thread; any number of calls at a time. `budget` may be null.
// Of a million clustered points a balanced tree has a tenth more leaves than one that is not.
Result<LinearQuadtree> linear_quadtree(const QuadtreeView& tree, const Box& square, Balance balance,
                                       MemoryBudget* budget);

}  // namespace quadrille
