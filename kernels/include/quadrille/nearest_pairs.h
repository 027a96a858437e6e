// The pairs of points that are nearest to each other.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/status.h>
#include <quadrille/types.h>

namespace quadrille {

class PointIndex;

struct PointPair {
  double squared_distance;  // as queries compute it
  BodyID a, b;              // a < b
};

inline constexpr PointPair kBeforeAllPairs = {-1, -1, -1};

// The pairs.size() nearest pairs by (distance, a, b) behind `after`, or all if they are fewer; how
// many is returned. Who goes on behind the last one found iterates over all pairs, in memory of his
// own: `pairs` of a few hundred, as each call looks through the points once.
// Allocates nothing; one thread, any number of calls at a time. Time goes by the points, and by the
// pairs whose distance equals the last one's, or that only doubles tell apart.
// kInvalidArgument: there is no room for any.
Result<std::int64_t> nearest_pairs(const PointIndex& index, std::span<PointPair> pairs,
                                   const PointPair& after = kBeforeAllPairs);

}  // namespace quadrille
