// Where the slabs of a quadtree image lie, from the counts alone; the builder fills them,
// Quadtree::open reads them.
#pragma once

#include <cstdint>

#include <quadrille/quadtree.h>

#include "engine/slab.h"

namespace quadrille {

struct QuadtreeImageShape {
  std::int64_t num_bodies = 0;
  std::int64_t num_quadrants = 0;
  bool has_exact = false;  // the input's doubles stand behind the quadrants
};

// The finished header of such an image. What stands for the bodies comes first: where it lies
// follows from their number, so it can be written before the number of quadrants is known. What the
// counts do not say (version, leaves, depth, bounds) is zero.
HeaderSlab plan_quadtree_image(const QuadtreeImageShape& shape);

// Adds to a planned header what is known when the tree stands.
void describe_tree(const QuadtreeView& tree, HeaderSlab& header);

}  // namespace quadrille
