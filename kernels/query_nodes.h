// The inner quadrants of a tree, rewritten as queries want them: some levels in one node [1], so
// that a walk has half as many steps to take, one after the other. Which quadrants have a node of
// their own is decided from the leaves upward: where more stand below a quadrant than a node has
// slots, the child that takes most becomes one. That makes the fewest nodes [2].
// [1] Wald, Benthin, Boulos. Getting rid of packets: efficient SIMD single-ray traversal using
// multi-branching BVHs. RT 2008.
// [2] Kundu, Misra. A linear tree partitioning algorithm. SIAM Journal on Computing 6, 1977.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/quadtree.h>

#include "kernels/query_body.h"

namespace quadrille {

// How many nodes there are: at least one, as a root that is a leaf becomes the only child of a
// node. `slots`, as many as quadrants, tells write_query_nodes() which they are. The tree is not
// empty.
std::int64_t choose_query_nodes(const QuadtreeView& tree, std::span<std::uint8_t> slots);

// Whether a quadrant is a leaf of more than kLeafCapacity bodies that all stand on one spot,
// exactly.
bool is_full_spot(const QuadtreeView& tree, std::size_t q);

// As many nodes as were chosen. Where the tree has exact coordinates, its floats are only the
// nearest to them, and boxes are widened by a float.
void write_query_nodes(const QuadtreeView& tree, std::span<const std::uint8_t> slots,
                       std::span<QueryNode> nodes);

}  // namespace quadrille
