// What a PointIndex stores, for those who walk it themselves: nodes of sixteen boxes, and points in
// Morton order.
#pragma once

#include <cstdint>
#include <type_traits>

#include <quadrille/quadtree.h>
#include <quadrille/types.h>

namespace quadrille {

inline constexpr int kNodeChildren = 16;

// An inner quadrant as a query wants it, with what stands some levels below it for children: their
// boxes side by side, so one or two comparisons look at all of them. The present ones come first,
// in Morton order; one that is absent has no bodies and a box inside out.
struct QueryNode {  // 336 bytes
  float min_x[kNodeChildren], min_y[kNodeChildren], max_x[kNodeChildren],
      max_y[kNodeChildren];               // contain the exact coordinates
  std::int32_t first[kNodeChildren + 1];  // child c owns the bodies [first[c], first[c + 1])
  std::int32_t first_inner;  // children that are not leaves stand together from here on
  std::uint16_t inner_mask;  // bit c: child c is not a leaf
  std::uint16_t child_mask;  // bit c: child c has bodies
  std::uint16_t spot_mask;   // bit c: more than kLeafCapacity of them, on one spot, by their ids
  std::uint16_t reserved;    // zero
};
// Of a tree of 255 levels: the longest path of nodes, and what waits at most while they are walked
// depth first, all children but one at every level.
inline constexpr int kLongestPath = 256;
inline constexpr int kMostWaitingNodes = (kNodeChildren - 1) * kLongestPath + 1;
static_assert(sizeof(QueryNode) == 336 && std::is_trivially_copyable_v<QueryNode>);

// Points in Morton order; more than kLeafCapacity of a leaf, all on one spot, stand by their ids,
// so that few of them need be looked at.
// Floats find candidates, many at once; the exact coordinates decide.
struct PointColumnsView {
  const QueryNode* nodes;  // [0] is the root; null: no point
  const float* x;          // readable for kQueryPadding more than there are
  const float* y;
  const double* exact_x;  // null: the floats are exact
  const double* exact_y;
  const BodyID* order;  // readable for as many more
  std::int64_t size;    // how many
  double slack;         // at most so far is a float from its exact coordinate
};
inline constexpr int kQueryPadding = 16;

struct Neighbor {
  double squared_distance;
  BodyID id;
};

}  // namespace quadrille
