// PointIndex: nearest, box and radius queries on points that do not move.
//
// Distances are compared as doubles: squared, (x - qx)^2 + (y - qy)^2, as they round (exact for
// integers below 2^26); equal ones by id. Answers do not depend on threads, instruction set, or how
// queries are batched. Which part to use: create() once; then any number of threads may query it,
// each with a Parallel of its own and 128 KiB of stack. A batch is answered in Hilbert order and
// given in the caller's; a single query is a batch of one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/morton_square.h>
#include <quadrille/point_columns.h>
#include <quadrille/status.h>
#include <quadrille/types.h>

namespace quadrille {

class MemoryBudget;
class Parallel;
struct KernelTable;
struct QuadtreeView;

struct QueryPoints {
  std::span<const double> x, y;
  std::int64_t size() const { return static_cast<std::int64_t>(x.size()); }
  QueryPoints part(std::int64_t first, std::int64_t count) const {
    const auto at = static_cast<std::size_t>(first), length = static_cast<std::size_t>(count);
    return {x.subspan(at, length), y.subspan(at, length)};
  }
};

enum class WindowShape : std::uint8_t { kBox, kDisc };

// Box: |x - qx| <= extent and |y - qy| <= extent. Disc: distance <= extent. Edges belong to it.
struct Window {
  WindowShape shape;
  double extent;  // half of the side, or the radius; not negative
};

// Of a window's hits. kTree: as the index stores points, a Morton order of them; the same on any
// machine, and five times as fast to list.
enum class ListOrder : std::uint8_t { kDistance, kTree };  // kDistance: by (distance, id)

// The hits of query q are of(q), in the order asked for: counts[q] of `ids` from begin[q] on, which
// need not stand one query after the other. It keeps 16 bytes for each query that is answered (up
// to 32 where more than half of those asked are), and four for each hit, with room for an eighth
// more hits of the queries that were searched together, and for 4096 a worker.
struct WindowHits {
  std::optional<Arena> numbers, arena;  // hold the rest
  std::span<std::int64_t> begin, counts;
  std::span<BodyID> ids;
  std::int64_t num_queries() const { return static_cast<std::int64_t>(counts.size()); }
  std::span<BodyID> of(std::size_t query) const {
    return ids.subspan(static_cast<std::size_t>(begin[query]),
                       static_cast<std::size_t>(counts[query]));
  }
};

// kInvalidArgument unless all are finite and as large as a float may be; `what` names one of them.
Status check_points(const char* what, std::span<const double> x, std::span<const double> y);
// kInvalidArgument unless the extent is 0 or more; it may be infinite.
Status check_window(const Window& window);

class PointIndex {
 public:
  // About 14 bytes a point, and 16 more where a coordinate is not a float's. `budget` may be null;
  // it and `kernels` outlive this. kInvalidArgument: a coordinate is not finite or beyond what a
  // float holds, columns of different lengths, more than 2^30 points; kOutOfMemory,
  // kBudgetExceeded.
  static Result<PointIndex> create(std::span<const double> x, std::span<const double> y,
                                   Parallel& parallel, MemoryBudget* budget,
                                   const KernelTable& kernels);
  // The same index of a tree that stands, opened, built or updated: nothing is sorted. `tree` may
  // go afterwards. kInvalidArgument: a coordinate is not finite.
  static Result<PointIndex> create(const QuadtreeView& tree, Parallel& parallel,
                                   MemoryBudget* budget, const KernelTable& kernels);
  PointIndex(PointIndex&&) noexcept;
  PointIndex& operator=(PointIndex&&) noexcept;
  ~PointIndex();

  std::int64_t size() const;
  std::int64_t neighbors_of(
      std::int64_t k) const;  // how many nearest() finds: the lesser of k and size()

  // The k nearest points of each query, by (distance, id), the nearest first: those of query q from
  // ids[q * n] on, where n = neighbors_of(k). kInvalidArgument: a query is not finite or beyond a
  // float, columns of different lengths, k < 1, or ids too short; kOutOfMemory for the order of
  // queries, kBudgetExceeded.
  Status nearest(const QueryPoints& queries, std::int64_t k, std::span<BodyID> ids,
                 Parallel& parallel) const;

  // The same of one query, without allocation or other threads: found.size() points, or all if they
  // are fewer; how many is returned. Any number of threads at a time.
  Result<std::int64_t> nearest_to(double x, double y, std::span<Neighbor> found) const;

  // How many points are in the window around each query. Errors as above; also kInvalidArgument: an
  // extent below 0 or that is no number, counts too short.
  Status count(const QueryPoints& queries, const Window& window, std::span<std::int64_t> counts,
               Parallel& parallel) const;
  // Which they are, of as many of the first queries as have `max_hits` hits together, but of one at
  // least: WindowHits::num_queries() says of how many. Ask again for the rest. While it is found,
  // 16 bytes are taken for each query asked.
  Result<WindowHits> list(const QueryPoints& queries, const Window& window, std::int64_t max_hits,
                          Parallel& parallel, ListOrder order = ListOrder::kDistance) const;

  // Of one window, without allocation or other threads: how many points are in it. Where ids.size()
  // is no less, they stand in `ids`, in ListOrder::kTree (visit_window() in point_walk.h has them
  // one by one). Errors as above, of its query.
  Result<std::int64_t> list_in(double x, double y, const Window& window,
                               std::span<BodyID> ids) const;

  // What iteration goes through (point_walk.h, nearest_cursor.h, ray_query.h, nearest_pairs.h);
  // valid as long as the index. Its nodes are null if there is no point.
  PointColumnsView columns() const;
  const MortonSquare& square() const;  // in whose order the points stand
  MemoryBudget* budget() const;        // may be null

 private:
  struct State;
  explicit PointIndex(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace quadrille
