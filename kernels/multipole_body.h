// The inner loops of the fast multipole method, as the kernel table holds them.
#pragma once

#include <cstdint>

namespace quadrille {

inline constexpr int kMostMultipoleOrder = 8;

// What a quadrant looks like from far away: its bodies' moments about their centre of mass. 96
// bytes, of which a walk of the tree reads the first 32. Moment k is the sum of m w^k / scale^k, w
// the complex place relative to the centre: divided by the scale so that tiny cells do not leave
// the range of a float.
struct alignas(32) MultipoleCell {
  float center_x, center_y;  // as floats have it: moment 1 is what they miss
  float scale;               // no body is farther from the centre; 0: nearer than a float can tell
  float mass;
  std::int32_t first_child, num_children;  // children stand together; 0: a leaf
  std::int32_t first_body, last_body;      // places [first, last)
  float moment[kMostMultipoleOrder][2];    // moment[k - 1]: real, imaginary
};
static_assert(sizeof(MultipoleCell) == 96);

// The field of far bodies inside of a cell: the sum of term[l] (w / scale)^l, w the complex place
// relative to its centre. The pull is minus the conjugate.
struct LocalField {
  float term[kMostMultipoleOrder + 1][2];
};

// Adds to `field`, which is that of `target`, what the cells `sources` do to it.
struct TransferArgs {
  const MultipoleCell* cells;
  const std::int32_t* sources;
  std::int64_t num_sources;
  const MultipoleCell* target;
  LocalField* field;
};

// Adds the pull of `field` to ax and ay of the bodies at places [first, last) of `cell`. x, y, ax
// and ay are by place, with kBarnesHutPadding elements behind the last that may be read.
struct FieldArgs {
  const LocalField* field;
  const MultipoleCell* cell;
  const float* x;
  const float* y;
  std::int64_t first, last;
  float* ax;
  float* ay;
};

struct MultipoleBodies {
  // [p]: with moments and terms 0 to p.
  void (*transfer[kMostMultipoleOrder + 1])(const TransferArgs& args);
  void (*evaluate[kMostMultipoleOrder + 1])(const FieldArgs& args);
};

}  // namespace quadrille
