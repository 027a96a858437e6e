// Quadtree: a linear quadtree over points as one slab image in Morton order, and QuadtreeView, a look at it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>

#include <quadrille/status.h>
#include <quadrille/types.h>

namespace quadrille {

// One quadrant of the linear quadtree. 16 bytes, four to a cache line.
// Invariants: present children stand together at this + offset, in Morton order (popcount of child_mask finds one);
//             a leaf (child_mask == 0) owns bodies [offset, next leaf's offset).
struct Quadrant {
  std::uint16_t min_x, min_y, max_x, max_y;  // relative to the parent's decoded box; always contain the bodies
  std::int32_t offset;                       // inner: first child, in quadrants from here; leaf: first body
  std::uint8_t child_mask;                   // bit c: child c is present (c = 2 * (upper half) + (right half))
  std::uint8_t level;                        // 0 = root
  std::uint16_t reserved;                    // zero; keeps the slab hash stable
};
static_assert(sizeof(Quadrant) == 16 && std::is_trivially_copyable_v<Quadrant>);

inline constexpr int kLeafCapacity = 32;

struct Box {
  float min_x, min_y, max_x, max_y;
};

// Box of a child (or of the root, whose parent box is the tree's bounds), from its parent's decoded box. It contains the
// bodies: the encoder steps outward until this very function contains them.
Box decode_box(const Quadrant& quadrant, const Box& parent);

// Valid as long as the image lives. Any number of threads may read.
struct QuadtreeView {
  std::span<const Quadrant> quadrants;     // [0] is the root; empty when there is no body
  std::span<const BodyID> order;           // order[i]: the body that stands at place i of the Morton order
  std::span<const float> x, y;             // coordinates in Morton order (place i)
  Box bounds{};
  int depth = 0;
  std::int64_t num_leaves = 0;
};

}  // namespace quadrille
