#include "engine/quadtree_image.h"

namespace quadrille {

HeaderSlab plan_quadtree_image(const QuadtreeImageShape& shape) {
  HeaderSlab header = plan_header(SlabKind::kQuadtree);
  header.num_nodes = shape.num_quadrants;
  header.num_edges = shape.num_bodies;
  append_slab(header, kSlabOrder, shape.num_bodies, sizeof(BodyID));
  append_slab(header, kSlabX, shape.num_bodies, sizeof(float));
  append_slab(header, kSlabY, shape.num_bodies, sizeof(float));
  append_slab(header, kSlabNodes, shape.num_quadrants, sizeof(Quadrant));
  if (shape.has_exact) {
    append_slab(header, kSlabExactX, shape.num_bodies, sizeof(double));
    append_slab(header, kSlabExactY, shape.num_bodies, sizeof(double));
  }
  return header;
}

void describe_tree(const QuadtreeView& tree, HeaderSlab& header) {
  header.version = tree.version;
  header.num_arcs = tree.num_leaves;
  header.depth = tree.depth;
  header.bounds[0] = double{tree.bounds.min_x};
  header.bounds[1] = double{tree.bounds.min_y};
  header.bounds[2] = double{tree.bounds.max_x};
  header.bounds[3] = double{tree.bounds.max_y};
}

}  // namespace quadrille
