// Quadtree: a linear quadtree over points as one slab image in Morton order, and QuadtreeView, a
// look at one without ownership.
//
// A builder keeps its tree as an image, too, so whoever has a tree has bytes for a file, a mapping
// or shared memory: order, coordinates and quadrants, all by relative offsets. Boxes, ranges and
// depths follow from them and are not in the image.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>

#include <quadrille/status.h>
#include <quadrille/types.h>

namespace quadrille {

// One quadrant of the linear quadtree. 16 bytes, four to a cache line.
// Invariants: present children stand together at this + offset, in Morton order (popcount of
//             child_mask finds one);
//             a leaf (child_mask == 0) owns bodies [offset, offset of the next leaf in Morton
//             order);
//             an inner quadrant has two children or more: levels at which nothing parts are left
//             out.
struct Quadrant {
  std::uint16_t min_x, min_y, max_x,
      max_y;                // relative to the parent's decoded box; always contain the bodies
  std::int32_t offset;      // inner: first child, in quadrants from here; leaf: first body
  std::uint8_t child_mask;  // bit c: child c is present (c = 2 * (upper half) + (right half))
  std::uint8_t level;       // of the smallest square that holds the bodies; deeper is greater
  std::uint16_t reserved;   // zero; keeps the slab hash stable
};
static_assert(sizeof(Quadrant) == 16 && std::is_trivially_copyable_v<Quadrant>);

inline constexpr int kLeafCapacity = 32;
inline constexpr int kMaxQuadtreeLevel = 255;
inline constexpr int kMaxQuadtreeDepth = kMaxQuadtreeLevel;  // each is on a level of its own
inline constexpr std::int64_t kMaxQuadtreeBodies = std::int64_t{1}
                                                   << 30;  // places count in 32 bits

// No tree over that many bodies has more. One over points of any natural shape has far fewer than a
// quadrant for four bodies; where a made-up shape needs more, the quadrants that are left when they
// run out stay leaves, fuller than kLeafCapacity.
constexpr std::int64_t max_quadrants(std::int64_t num_bodies) {
  return std::min(2 * num_bodies + 1, num_bodies / 4 + 1024);
}

struct Box {
  float min_x, min_y, max_x, max_y;
};

// Box of a child (or of the root, whose parent box is the tree's bounds), from its parent's decoded
// box.
Box decode_box(const Quadrant& quadrant, const Box& parent);
// Sets the quadrant's box so that decode_box() contains `bodies`, which `parent` contains; as tight
// as 16 bits allow, or a little wider where the parent is only a few floats wide.
void encode_box(const Box& bodies, const Box& parent, Quadrant& quadrant);

// Bodies [first, last), as places in the Morton order.
struct BodyRange {
  std::int32_t first, last;
};

// Quadrants stand breadth first, so those of one depth are neighbours, in Morton order. Valid as
// long as the image lives and is not moved. Any number of threads may read.
struct QuadtreeView {
  std::span<const Quadrant> quadrants;  // [0] is the root; empty when there is no body
  std::span<const BodyID> order;  // order[i]: the body that stands at place i of the Morton order
  std::span<const float> x, y;    // coordinates in Morton order (place i)
  // The same as the input gave them, where floats do not hold them: x and y are the nearest floats,
  // and boxes contain those. Empty: x and y are exact.
  std::span<const double> exact_x, exact_y;
  Box bounds{};   // tight
  int depth = 0;  // of the deepest leaf; the root alone is 0
  std::int64_t num_leaves = 0;
  std::uint64_t version = 0;  // of the topology: a build makes the next one, a refit keeps it
  // Derived from what stands above.
  std::span<const Box> boxes;         // boxes[q]: quadrant q's box, decoded
  std::span<const BodyRange> ranges;  // ranges[q]: all bodies below quadrant q, leaf or not
  std::span<const std::int32_t>
      depth_begin;  // quadrants of depth d: [depth_begin[d], depth_begin[d + 1])
};

class Region;
class MemoryBudget;

// Owns a quadtree image and what is derived from it.
class Quadtree {
 public:
  Quadtree();
  Quadtree(Quadtree&&) noexcept;
  Quadtree& operator=(Quadtree&&) noexcept;
  ~Quadtree();

  // Copies untrusted bytes, then verifies all that a traversal relies on: quadrants breadth first,
  // each with one parent, deeper than it and with a body; an order that names every body once;
  // finite coordinates inside of every box that should hold them. kInvalidInput else. `budget` may
  // be null and must outlive this.
  static Result<Quadtree> open(std::span<const std::byte> image, MemoryBudget* budget = nullptr);

  const QuadtreeView& view() const { return view_; }
  std::span<const std::byte> image() const;  // what `convert` writes

 private:
  std::unique_ptr<Region> image_, derived_;
  QuadtreeView view_;
};

}  // namespace quadrille
