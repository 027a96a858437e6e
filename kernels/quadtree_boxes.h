// The boxes of a linear quadtree whose topology stands: upward as floats, then downward in 16 bits
// an edge.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/quadtree.h>

namespace quadrille {

class Parallel;

struct QuadtreeBoxArgs {
  std::span<Quadrant> quadrants;              // offsets and masks in, edges out
  std::span<const std::int32_t> depth_begin;  // of each depth, and the end
  std::span<Box> boxes;                       // in: leaves' own, tight; out: decoded
};

// Returns the tight bounds of all bodies. A quadrant whose leaves are all inside out, because no
// body in them counts, gets a box that is inside out, which no query meets.
Box fit_boxes(const QuadtreeBoxArgs& args, Parallel& parallel);

}  // namespace quadrille
