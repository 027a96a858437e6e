// The pairs of points that are nearest to each other: of all points, or of those in a window.
//
// Which part to use: nearest_pairs() for all points; nearest_pairs_in() for one window, or a batch
// of them, answered in Hilbert order. Calls for one allocate nothing, use one thread and 128 KiB of
// its stack; any number of them may run at a time. All are ordered by (distance, a, b).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/point_index.h>
#include <quadrille/status.h>
#include <quadrille/types.h>

namespace quadrille {

class Parallel;

struct PointPair {
  double squared_distance;  // as queries compute it
  BodyID a, b;              // a < b
};

inline constexpr PointPair kBeforeAllPairs = {-1, -1, -1};

// The pairs.size() nearest pairs behind `after`, or all if they are fewer; how many is returned.
// Who goes on behind the last one found iterates over all pairs, in memory of his own: `pairs` of a
// few hundred, as each call looks through the points once. Time goes by the points, and by the
// pairs whose distance equals the last one's, or that only doubles tell apart.
// kInvalidArgument: there is no room for any.
Result<std::int64_t> nearest_pairs(const PointIndex& index, std::span<PointPair> pairs,
                                   const PointPair& after = kBeforeAllPairs);

// The same of the points in the window around (x, y), edges included: pairs of which both are.
// kInvalidArgument, also: x or y is not finite or beyond a float, the window's extent negative.
Result<std::int64_t> nearest_pairs_in(const PointIndex& index, double x, double y,
                                      const Window& window, std::span<PointPair> pairs,
                                      const PointPair& after = kBeforeAllPairs);

// The pairs of window q are pairs[begin[q] .. begin[q + 1]).
struct WindowPairs {
  std::optional<Arena> numbers, arena;  // hold the rest
  std::span<std::int64_t> begin;
  std::span<PointPair> pairs;
  std::int64_t num_queries() const { return static_cast<std::int64_t>(begin.size()) - 1; }
  std::span<PointPair> of(std::size_t query) const {
    return pairs.subspan(static_cast<std::size_t>(begin[query]),
                         static_cast<std::size_t>(begin[query + 1] - begin[query]));
  }
};

// Of each window around a query the k nearest pairs, or all if they are fewer; the same bytes for
// any number of threads. Takes 16 bytes a pair and 8 a query, and 36 a query until it returns.
// kInvalidArgument: as above, k < 1, columns of different lengths; kOutOfMemory: the system, or the
// index's budget, has no room for the answer.
Result<WindowPairs> nearest_pairs_in(const PointIndex& index, const QueryPoints& queries,
                                     const Window& window, std::int64_t k, Parallel& parallel);

}  // namespace quadrille
