// Barnes-Hut's inner loops, as the kernel table holds them.
#pragma once

#include <cstdint>

#include <quadrille/field_operators.h>

namespace quadrille {

// Depth first: three siblings wait at each depth at most.
inline constexpr int kMostCellsWaiting = 4 * 256;

// What a quadrant looks like from far away. 64 bytes, a cache line. Moment k is the sum over its
// bodies of m w^k / scale^k, w the complex place relative to the centre: divided by the scale so
// that tiny cells do not leave the range of a float.
struct alignas(64) BarnesHutCell {
  float center_x, center_y;  // centre of mass, as floats have it: moment 1 is what they miss
  float mass;
  float scale;         // no body is farther from the centre; 0: all stand there
  float moment[4][2];  // moment[k - 1]: real, imaginary
  float inertia;       // sum of m |w|^2 / scale^2: felt through softening alone
  float reserved;
  std::int32_t first_child;   // index of the cell; children stand together
  std::int32_t num_children;  // 0: a leaf
};
static_assert(sizeof(BarnesHutCell) == 64);

// A group of targets, places [first, last), and all that acts on them. Adds to ax and ay of those
// places. x, y, mass, ax and ay are by place, with kFieldPadding elements behind the last that
// may be read.
struct BarnesHutArgs {
  const float* x;
  const float* y;
  const float* mass;
  const BarnesHutCell* cells;
  const std::int32_t* far;  // cells taken as a whole
  std::int64_t num_far;
  const BodySpan* near;  // bodies taken one by one
  std::int64_t num_near;
  std::int64_t first, last;
  float softening2;  // > 0: a body's pull on itself must be 0, not 0 / 0
  bool softened;     // softening2 is more than that
  float* ax;
  float* ay;
};

struct BarnesHutBodies {
  void (*accumulate)(const BarnesHutArgs& args);
};

}  // namespace quadrille
