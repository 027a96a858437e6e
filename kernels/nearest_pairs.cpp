/* Pairs of all points by PairSearch. The few points of a small window are gathered, sorted by x and
   swept over [1] instead; here with a bound from the start, and no tree of the strip, which holds
   few points.
   [1] Shamos, Hoey. Closest-point problems. FOCS 1975. */

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>

#include <quadrille/nearest_pairs.h>
#include <quadrille/parallel.h>
#include <quadrille/point_walk.h>

#include "engine/integers.h"
#include "kernels/pair_search.h"
#include "kernels/query_order.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

using pair_search::BestPairs;
using pair_search::PairSearch;

constexpr std::size_t kFewPoints = 1024;       // 24 KiB of a stack
constexpr std::int64_t kPairWindowGrain = 16;  // windows
constexpr std::int64_t kMostPairs = std::int64_t{1} << 58;

constexpr std::int64_t pairs_of(std::int64_t num_points) {
  return num_points * (num_points - 1) / 2;
}

struct GatheredPoint {
  PointAt at;
  BodyID id;
};
using FewPoints = std::array<GatheredPoint, kFewPoints>;

// Dealt into as many columns as there are points, then sorted in each of them: of comparisons of
// all with all no processor guesses the outcome, which took as long as the rest.
void sort_by_x(std::span<const GatheredPoint> points, std::span<GatheredPoint> sorted) {
  double low = points[0].at.x, high = low;
  for (const GatheredPoint& point : points) {
    low = std::min(low, point.at.x);
    high = std::max(high, point.at.x);
  }
  const auto last = static_cast<double>(points.size() - 1);
  const double all = last / (high - low), per_length = std::isfinite(all) ? all : 0.0;
  std::array<std::uint16_t, kFewPoints + 1> end{};
  const auto column_of = [&](const GatheredPoint& point) {
    return static_cast<std::size_t>(std::min((point.at.x - low) * per_length, last));
  };
  for (const GatheredPoint& point : points) ++end[column_of(point)];
  std::partial_sum(end.begin(), end.begin() + std::ssize(points), end.begin());
  for (const GatheredPoint& point : points) sorted[--end[column_of(point)]] = point;
  end[points.size()] = static_cast<std::uint16_t>(points.size());
  for (std::size_t column = 0; column < points.size(); ++column) {
    if (end[column + 1] - end[column] < 2) continue;
    std::sort(sorted.begin() + end[column], sorted.begin() + end[column + 1],
              [](const GatheredPoint& a, const GatheredPoint& b) { return a.at.x < b.at.x; });
  }
}

std::int64_t sweep(std::span<const GatheredPoint> sorted, BestPairs& best) {
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    for (std::size_t j = i + 1; j < sorted.size(); ++j) {
      const double dx = sorted[j].at.x - sorted[i].at.x;
      if (dx * dx > best.limit()) break;
      best.add(sorted[i].at, sorted[j].at, sorted[i].id, sorted[j].id);
    }
  }
  return best.finish();
}

// In a window; `found` has no room for more pairs than all points have.
template <class Where>
std::int64_t find_pairs(const PointColumnsView& points, const Where& where, const PointPair& after,
                        std::span<PointPair> found) {
  FewPoints few, sorted;
  std::size_t count = 0;
  BestPairs best(after, found);
  const bool are_few = visit_places(points, where, [&](std::int32_t place) {
    if (count == few.size()) return false;
    few[count] = {point_at(points, place), points.order[place]};
    if (count > 0) best.add_bound(few[count - 1].at, few[count].at);
    ++count;
    return true;
  });
  if (count == 0) return 0;
  // A search knows what to leave out of many points on one spot.
  if (!are_few || best.limit() == 0) return PairSearch<Where>(points, where, after, found).run();
  best.begin();
  sort_by_x(std::span(few).first(count), sorted);
  return sweep(std::span(sorted).first(count), best);
}

std::int64_t find_pairs_in(const PointColumnsView& points, double x, double y, const Window& window,
                           const PointPair& after, std::span<PointPair> found) {
  return with_window(x, y, window,
                     [&](const auto& where) { return find_pairs(points, where, after, found); });
}

// As many as there are at all, at most; more than none.
Result<std::span<PointPair>> room_for_pairs(const PointIndex& index, std::span<PointPair> found) {
  if (found.empty())
    return Status(StatusCode::kInvalidArgument, "there is no room for a nearest pair; at least 1");
  return found.first(at(std::min(pairs_of(index.size()), std::ssize(found))));
}

// How many pairs each window has becomes where its first one stands; where all end is last.
Status sum_pairs(std::int64_t k, std::span<std::int64_t> begin) {
  std::int64_t sum = 0;
  for (std::int64_t& of_window : begin) {
    const std::int64_t count = std::min(k, pairs_of(of_window));
    of_window = sum;
    sum += count;
    if (sum <= kMostPairs) continue;
    return {StatusCode::kOutOfMemory,
            "there is no room for " + std::to_string(k) + " nearest pairs of each window"};
  }
  return Status::ok();
}

}  // namespace

Result<std::int64_t> nearest_pairs(const PointIndex& index, std::span<PointPair> pairs,
                                   const PointPair& after) {
  QUADRILLE_ASSIGN_OR_RETURN(const auto room, room_for_pairs(index, pairs));
  if (room.empty()) return std::int64_t{0};
  return PairSearch<pair_search::Everywhere>(index.columns(), {}, after, room).run();
}

Result<std::int64_t> nearest_pairs_in(const PointIndex& index, double x, double y,
                                      const Window& window, std::span<PointPair> pairs,
                                      const PointPair& after) {
  QUADRILLE_RETURN_IF_ERROR(check_points("query", {&x, 1}, {&y, 1}));
  QUADRILLE_RETURN_IF_ERROR(check_window(window));
  QUADRILLE_ASSIGN_OR_RETURN(const auto room, room_for_pairs(index, pairs));
  return room.empty() ? 0 : find_pairs_in(index.columns(), x, y, window, after, room);
}

Result<WindowPairs> nearest_pairs_in(const PointIndex& index, const QueryPoints& queries,
                                     const Window& window, std::int64_t k, Parallel& parallel) {
  if (k < 1) {
    return Status(StatusCode::kInvalidArgument,
                  "the number of nearest pairs is " + std::to_string(k) + "; at least 1");
  }
  WindowPairs found;
  const std::size_t num_begins = queries.x.size() + 1;
  QUADRILLE_ASSIGN_OR_RETURN(found.numbers,
                             query_arena(num_begins * sizeof(std::int64_t), index.budget()));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(*found.numbers, queries.size() + 1, {"pair offsets"}, found.begin));
  QUADRILLE_RETURN_IF_ERROR(index.count(queries, window, found.begin, parallel));
  found.begin.back() = 0;
  QUADRILLE_RETURN_IF_ERROR(sum_pairs(k, found.begin));
  const std::int64_t num_pairs = found.begin.back();
  QUADRILLE_ASSIGN_OR_RETURN(found.arena,
                             query_arena(at(num_pairs) * sizeof(PointPair), index.budget()));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(*found.arena, num_pairs, {"nearest pairs"}, found.pairs));
  QUADRILLE_ASSIGN_OR_RETURN(
      const QueryScratch scratch,
      order_queries(queries.x, queries.y, index.square(), 0, index.budget(), parallel));
  parallel.for_range(queries.size(), kPairWindowGrain,
                     [&](std::int64_t begin, std::int64_t end, int) {
                       for (std::int64_t i = begin; i < end; ++i) {
                         const std::size_t q = scratch.query(at(i));
                         if (found.of(q).empty()) continue;
                         find_pairs_in(index.columns(), queries.x[q], queries.y[q], window,
                                       kBeforeAllPairs, found.of(q));
                       }
                     });
  return found;
}

}  // namespace quadrille
