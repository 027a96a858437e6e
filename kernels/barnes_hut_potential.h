// The potential of the field that barnes_hut.h computes, at one body, in double: for energies in
// reports, not for state.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/quadtree.h>

#include "kernels/barnes_hut_body.h"

namespace quadrille {

struct PotentialArgs {
  const QuadtreeView& tree;
  std::span<const BarnesHutCell> cells;  // of that tree
  std::span<const float> mass;           // by BodyID
  float softening;                       // > 0
  float theta;                           // as in BarnesHutOptions
};

// Sum over the other bodies of mass * log(distance^2 + softening^2) / 2, at the body that stands at
// `place`.
double potential_at(const PotentialArgs& args, std::size_t place);

}  // namespace quadrille
