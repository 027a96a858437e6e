// Verifier of a linear quadtree: what must hold of any, however it was built.
#pragma once

#include <span>

#include <quadrille/quadtree.h>
#include <quadrille/status.h>

namespace quadrille {

// Body i stands at (x[i], y[i]), all finite. Checks that the order names each body once and that
// the columns follow it; that quadrants stand breadth first, each deeper than its parent, and their
// ranges cover all bodies once; that the bounds are tight, and that boxes are what the quadrants
// decode to and contain the bodies below; that there are no more quadrants than bodies allow. Of a
// `fresh` tree (built, not refitted) also that siblings are parted in Morton order, that only what
// a leaf cannot hold is parted, that a leaf over the capacity holds one point many times, and that
// equal points stand in the order of their ids. Allocates; takes time in proportion to bodies *
// depth. The error names what is wrong first.
Status verify_quadtree(const QuadtreeView& tree, std::span<const float> x, std::span<const float> y,
                       bool fresh = true);

}  // namespace quadrille
