// QuadtreeBuilder: the linear quadtree of a set of points, built or refitted in place, allocating
// only in prepare(). It is kept as a slab image.
//
// Which part to use: build() for points in any order; update() after a step in which some bodies
// moved, came or went, which gives the tree of a build at less cost; refit() after a small move
// (below about half of the mean spacing), which keeps the topology, so that leaves may reach into
// one another, and recomputes the boxes. The bytes of the result do not depend on threads or
// instruction set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <quadrille/quadtree.h>
#include <quadrille/status.h>

namespace quadrille {

class MemoryBudget;
class Parallel;
struct KernelTable;

enum class QuadtreeUse : std::uint8_t { kBuild, kUpdate };

// What an update did.
struct QuadtreeUpdate {
  enum Kind : std::uint8_t {
    kBuilt,     // built anew, in a new square
    kRefitted,  // no body changed its leaf: boxes alone
    kMerged     // those that did were merged in
  };
  Kind kind;
  std::int32_t num_moved;  // bodies that changed their leaf, came or went; -1: not counted
};

class QuadtreeBuilder {
 public:
  QuadtreeBuilder();
  QuadtreeBuilder(QuadtreeBuilder&&) noexcept;
  QuadtreeBuilder& operator=(QuadtreeBuilder&&) noexcept;
  ~QuadtreeBuilder();

  // Memory for up to `max_bodies` points: about 75 bytes a body; 18 more for updates. `budget` may
  // be null and must outlive this. Views become invalid; nothing changes where it fails.
  // kInvalidArgument: less than 0, or more than kMaxQuadtreeBodies; kOutOfMemory, kBudgetExceeded.
  Status prepare(std::int64_t max_bodies, MemoryBudget* budget,
                 QuadtreeUse use = QuadtreeUse::kBuild);

  // Body i stands at (x[i], y[i]). x and y are as long as each other, at most max_bodies, here and
  // below (asserted). One caller at a time. The view, which holds
  // copies of the coordinates in Morton order, is valid until the next build, update, refit or
  // prepare. Bodies with a coordinate that is not finite are kept in some leaf, and boxes need not
  // contain them.
  const QuadtreeView& build(std::span<const float> x, std::span<const float> y, Parallel& parallel,
                            const KernelTable& kernels);
  // The same with keys relative to the square on the lower left corner of `square` with its longer
  // side, instead of that on the bodies' own bounds. Finite, not inside out.
  const QuadtreeView& build_in(const Box& square, std::span<const float> x,
                               std::span<const float> y, Parallel& parallel,
                               const KernelTable& kernels);
  // Needs QuadtreeUse::kUpdate. The bodies of the last step without those in `removed` (ascending
  // ids of that step), moved: those that are left close ranks, so that they keep their order and
  // ids are 0, 1, 2 ... again; what x and y hold beyond is new. The tree is the one that
  // build_in(square()) would give, bit for bit.
  // Costs half of a build where no body changed its leaf, and about as much as one where one in a
  // hundred did and ids are at random; where they follow the tree's order a third and two thirds,
  // as most of it is gathering. It is a build where a sample of the leaves, or the count of all,
  // says that one is faster, or where the bodies have outgrown the square, or shrunk to less than
  // half of it: then a new one is chosen. Where more than 2^16 times the extent lies between
  // bodies, cells of their own keys are sorted again each time; it is a build, too, where a quarter
  // of the bodies stand in such.
  const QuadtreeView& update(std::span<const float> x, std::span<const float> y,
                             std::span<const BodyID> removed, Parallel& parallel,
                             const KernelTable& kernels);
  QuadtreeUpdate last_update() const;
  const Box& square() const;  // of the last build
  // The same bodies as in the last build or update, moved: same topology and order, new coordinates
  // and boxes. Costs a third where ids follow the tree's order, as they do for a caller who once
  // sorted its columns: its new body `place` is the one that was view().order[place], and a tree
  // built of those has the order 0, 1, 2 ... It pays to sort again when most have moved to other
  // leaves.
  const QuadtreeView& refit(std::span<const float> x, std::span<const float> y, Parallel& parallel);

  const QuadtreeView& view() const;  // of the last build, update or refit; empty before
  // What the view looks at, with a header: Quadtree::open takes it if all coordinates are finite.
  // No copy; valid as long as the view: an update may make the next one elsewhere. Empty before the
  // first build.
  std::span<const std::byte> image() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace quadrille
