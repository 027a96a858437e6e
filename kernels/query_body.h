// Nearest, box and radius queries on a point index: the inner loops, as the kernel table holds
// them.
#pragma once

#include <cstdint>

#include <quadrille/point_columns.h>
#include <quadrille/types.h>

namespace quadrille {

// The queries numbered which[begin .. end), in that order, which should be a Hilbert order; results
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
