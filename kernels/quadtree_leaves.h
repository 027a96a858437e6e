// The bodies of a leaf, taken from the caller's columns, and their tight box.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/quadtree.h>

#include "engine/float_quad.h"
#include "kernels/float_range.h"

namespace quadrille {

class Parallel;

// Edges of a box: infinite coordinates count as the largest float, zero is positive.
inline FloatQuad settled_edges(const FloatQuad& edges) {
  const FloatQuad largest = FloatQuad{} + kLargestFloat;
  return lesser(greater(edges, -largest), largest) + FloatQuad{};  // -0 becomes 0
}

// The tight box of a few bodies. Coordinates that are not-a-number do not count; inside out when
// none counts.
class LeafBox {
 public:
  void add(float x, float y) {
    edges_ = lesser(with_maxima_negated(FloatQuad{x, y, x, y}), edges_);
  }
  Box box() const {
    Box box;
    store_four(&box, settled_edges(with_maxima_negated(edges_)));
    return box;
  }

 private:
  // Maxima with their sign changed.
  FloatQuad edges_ = FloatQuad{} + kFloatInfinity;
};

// What leaves are and where their bodies go.
struct FitLeavesArgs {
  std::span<const std::int32_t> leaves;  // quadrants, in the order of their bodies
  std::span<const BodyRange> ranges;
  std::span<const BodyID> order;
  bool ids_ascend;        // in each leaf
  bool are_gathered;      // x and y hold the bodies of leaves already whose ids are no run
  std::span<float> x, y;  // out: of the body at each place
  std::span<Box> boxes;   // out: those of leaves
};

// Takes every leaf's bodies from the columns. A leaf whose ids follow one another is copied; else
// its bodies are read one by one.
void fit_leaves(const FitLeavesArgs& args, const float* from_x, const float* from_y,
                Parallel& parallel);

}  // namespace quadrille
