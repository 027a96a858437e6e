// What follows from the quadrants of a linear quadtree (depths, ranges, boxes), derived and
// verified in one go.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/quadtree.h>
#include <quadrille/status.h>

namespace quadrille {

// Room for what is derived.
struct DerivedQuadtree {
  std::span<Box> boxes;                 // as many as quadrants
  std::span<BodyRange> ranges;          // as many
  std::span<std::int32_t> depth_begin;  // kMaxQuadtreeDepth + 2
};

// `tree` holds what an image holds, none of it trusted but the lengths of its spans; its boxes,
// ranges and depth_begin are set. kInvalidInput names the first place at which it is not a tree
// over those bodies, whoever built it and whether it was refitted since: siblings may have moved
// across each other. Takes time in proportion to bodies and quadrants. One thread.
Status derive_quadtree(QuadtreeView& tree, const DerivedQuadtree& room);

}  // namespace quadrille
