// The inner quadrants of a tree, rewritten as queries want them.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/quadtree.h>

#include "kernels/query_body.h"

namespace quadrille {

// One a inner quadrant, and at least one: a root that is a leaf becomes the only child of a node.
std::int64_t num_query_nodes(const QuadtreeView& tree);

// `nodes` has num_query_nodes(tree). `widen`: the tree's floats are not the exact coordinates, only
// the nearest floats to them. The tree is not empty.
void write_query_nodes(const QuadtreeView& tree, bool widen, std::span<QueryNode> nodes);

}  // namespace quadrille
