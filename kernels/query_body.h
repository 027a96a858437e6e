// Nearest, box and radius queries on a point index: the inner loops, as the kernel table holds
// them.
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

// The queries numbered which[begin .. end), in that order, which should be a Morton order; results
// go to their own place. All finite, and no larger than a float can be; so are the points.
struct QueryBatch {
  const double* x;
  const double* y;
  const BodyID* which;  // null: 0, 1, 2, ...
  std::int64_t begin, end;
};

struct NearestArgs {
  PointColumnsView points;
  QueryBatch queries;
  std::int32_t k;  // at most the number of points, at least 1
  Neighbor* best;  // k of them, in the end those of the last query by (distance, id)
  BodyID* ids;     // of query q: ids[q * k .. q * k + k), as ordered; null: not asked for
};

// Points with |x - qx| <= extent and |y - qy| <= extent (boxes), or at most `extent` from the query
// (discs), edges included: x between qx - extent and qx + extent as doubles round; (x - qx)^2 + (y
// - qy)^2 <= extent^2 as doubles round.
// Hits stand in the order of the tree. What is written where they are more than there is room for
// is not said, and nothing beyond it.
struct WindowArgs {
  PointColumnsView points;
  QueryBatch queries;
  double extent;
  std::int64_t* counts;       // of query q: counts[q]; null: not asked for
  const std::int64_t* begin;  // null: only count; else hits of q go to hits[begin[q], begin[q + 1])
  BodyID* hits;
  bool as_places;  // in that order, instead of ids
  // Where nobody knows yet how many there are, `begin` is null, and hits of one query after the
  // other go to hits[0 .. room): those of q begin `staged_at[q] - staged_first` behind its front;
  // -1: there was no room.
  std::int64_t* staged_at = nullptr;
  std::int64_t staged_first = 0, room = 0;
  std::int64_t* used = nullptr;  // how many were staged
};

struct QueryBodies {
  void (*nearest)(const NearestArgs& args);
  void (*boxes)(const WindowArgs& args);
  void (*discs)(const WindowArgs& args);
};

}  // namespace quadrille
