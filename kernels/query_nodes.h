// The inner quadrants of a tree, rewritten as queries want them: two levels and more in one node
// [1], so that a walk has half as many steps to take, one after the other.
// [1] Wald, Benthin, Boulos. Getting rid of packets: efficient SIMD single-ray traversal using
// multi-branching BVHs. RT 2008.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/quadtree.h>

#include "kernels/query_body.h"

namespace quadrille {

// At least one: a root that is a leaf becomes the only child of a node.
std::int64_t num_query_nodes(const QuadtreeView& tree);

// Whether a quadrant is a leaf of more than kLeafCapacity bodies that all stand on one spot.
bool is_full_spot(const QuadtreeView& tree, std::size_t q);

// `nodes` has num_query_nodes(tree). `widen`: the tree's floats are not the exact coordinates, only
// the nearest floats to them. The tree is not empty.
void write_query_nodes(const QuadtreeView& tree, bool widen, std::span<QueryNode> nodes);

}  // namespace quadrille
