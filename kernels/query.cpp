#include "kernels/query.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include <quadrille/arena.h>
#include <quadrille/parallel.h>

#include "kernels/float_range.h"
#include "kernels/hit_stage.h"
#include "kernels/kernel_table.h"
#include "kernels/morton.h"
#include "kernels/quadtree_build.h"
#include "kernels/query_nodes.h"
#include "kernels/query_order.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kPointsATask = 16 * 1024;  // points
constexpr std::size_t kHitsAtHand = 512;
constexpr std::int64_t kQueryGrain = 256;     // queries
constexpr std::int64_t kCountedFirst = 1024;  // of a list: they tell how many hits a query has
constexpr double kFewestHits = 0x1p-20;       // a query, as far as that is guessed
constexpr double kReserve = 1.125;            // times as many as it is guessed that there are

Status invalid(std::string problem) { return {StatusCode::kInvalidArgument, std::move(problem)}; }

// The first coordinate pair that a float cannot hold, even rounded; -1: none.
std::int64_t first_beyond_floats(std::span<const double> x, std::span<const double> y) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!(std::fabs(x[i]) <= kLargestFloat && std::fabs(y[i]) <= kLargestFloat))
      return static_cast<std::int64_t>(i);
  }
  return -1;
}

Status check_window(const Window& window) {
  if (window.extent >= 0) return Status::ok();
  char extent[32];
  const char* const end = std::to_chars(extent, extent + sizeof extent, window.extent).ptr;
  return invalid("a window's extent is " +
                 std::string(extent, static_cast<std::size_t>(end - extent)) +
                 "; it may be 0 or more");
}

// Room for `bytes` in at most eight arrays.
Result<Arena> arena_of(std::size_t bytes, MemoryBudget* budget) {
  ArenaOptions options;
  options.budget = budget;
  options.name = {"query"};
  options.capacity_bytes = bytes + 8 * kCacheLineBytes;
  return Arena::create(options);
}

struct FloatPoints {  // the points rounded to floats, in their own order
  std::optional<Arena> arena;
  std::span<float> x, y;
  bool exact = true;
  double largest = 0;  // coordinate, by size
};

Status round_points(std::span<const double> x, std::span<const double> y, MemoryBudget* budget,
                    FloatPoints& floats) {
  QUADRILLE_ASSIGN_OR_RETURN(floats.arena, arena_of(2 * x.size() * sizeof(float), budget));
  const auto count = static_cast<std::int64_t>(x.size());
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*floats.arena, count, {"points x"}, floats.x));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*floats.arena, count, {"points y"}, floats.y));
  for (std::size_t i = 0; i < x.size(); ++i) {
    floats.x[i] = static_cast<float>(x[i]);
    floats.y[i] = static_cast<float>(y[i]);
    floats.exact = floats.exact && static_cast<double>(floats.x[i]) == x[i] &&
                   static_cast<double>(floats.y[i]) == y[i];
    floats.largest = std::max({floats.largest, std::fabs(x[i]), std::fabs(y[i])});
  }
  return Status::ok();
}

// Of a batch of windows; what is not asked for is null or empty.
struct WindowOut {
  std::span<std::int64_t> counts;
  const std::int64_t* begin = nullptr;
  std::span<BodyID> hits;
  bool as_places = false;
  HitStage* stage = nullptr;
  std::size_t first = 0;  // the batch's first query's number in the stage
};

}  // namespace

Status check_points(const char* what, std::span<const double> x, std::span<const double> y) {
  if (x.size() != y.size()) {
    return invalid("there are " + std::to_string(x.size()) + " x and " + std::to_string(y.size()) +
                   " y of the " + what);
  }
  const std::int64_t beyond = first_beyond_floats(x, y);
  if (beyond < 0) return Status::ok();
  const auto at = static_cast<std::size_t>(beyond);
  return invalid(std::string(what) + " " + std::to_string(beyond) + " at (" +
                 std::to_string(x[at]) + ", " + std::to_string(y[at]) +
                 ") is not finite or beyond 3.4e38");
}

struct PointIndex::State {
  std::optional<Arena> arena;
  std::int64_t size = 0;
  std::span<float> x, y;
  std::span<double> exact_x, exact_y;
  std::span<BodyID> order;
  std::span<QueryNode> nodes;
  double slack = 0;
  MortonSquare square{};
  MemoryBudget* budget = nullptr;
  const KernelTable* kernels = nullptr;

  // The tree's floats hold the coordinates (`exact`), or are the nearest to coordinates of at most
  // that size, for which there is room then.
  Status take(const QuadtreeView& tree, bool exact, double largest, Parallel& parallel);
  Status allocate(const QuadtreeView& tree, bool exact);
  PointColumnsView columns() const {
    const bool exact = exact_x.empty();
    return {nodes.data(),
            x.data(),
            y.data(),
            exact ? nullptr : exact_x.data(),
            exact ? nullptr : exact_y.data(),
            order.data(),
            size,
            slack};
  }
  Status run_window(const QueryPoints& queries, const Window& window, const WindowOut& out,
                    Parallel& parallel) const;
  Result<std::int64_t> count_until(const QueryPoints& queries, const Window& window,
                                   std::int64_t max_hits, HitStage& stage,
                                   Parallel& parallel) const;
  void take_hits(const QueryPoints& queries, const Window& window, const HitStage& stage,
                 std::size_t query, std::span<BodyID> hits) const;
  auto body_of(const Window& window) const {
    return window.shape == WindowShape::kBox ? kernels->query.boxes : kernels->query.discs;
  }
  void sort_hits(double qx, double qy, std::span<BodyID> hits) const;
};

Status PointIndex::State::allocate(const QuadtreeView& tree, bool exact) {
  const std::int64_t padded = size + kQueryPadding;
  const std::int64_t num_exact = exact ? 0 : size;
  const std::int64_t num_nodes = num_query_nodes(tree);
  QUADRILLE_ASSIGN_OR_RETURN(
      arena, arena_of(static_cast<std::size_t>(padded) * (2 * sizeof(float) + sizeof(BodyID)) +
                          static_cast<std::size_t>(num_exact) * 2 * sizeof(double) +
                          static_cast<std::size_t>(num_nodes) * sizeof(QueryNode),
                      budget));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, padded, {"index x"}, x));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, padded, {"index y"}, y));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, padded, {"index order"}, order));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, num_nodes, {"index nodes"}, nodes));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, num_exact, {"index exact x"}, exact_x));
  return allocate_scratch(*arena, num_exact, {"index exact y"}, exact_y);
}

Status PointIndex::State::take(const QuadtreeView& tree, bool exact, double largest,
                               Parallel& parallel) {
  QUADRILLE_RETURN_IF_ERROR(allocate(tree, exact));
  std::fill(x.end() - kQueryPadding, x.end(), 0.0f);
  std::fill(y.end() - kQueryPadding, y.end(), 0.0f);
  std::fill(order.end() - kQueryPadding, order.end(), 0);
  parallel.for_range(size, kPointsATask, [&](std::int64_t begin, std::int64_t end, int) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      x[i] = tree.x[i];
      y[i] = tree.y[i];
      order[i] = tree.order[i];
    }
  });
  square = morton_square(tree.bounds);
  // Twice the most that rounding to the nearest float can move a coordinate, and a least float for
  // those near zero.
  slack = exact ? 0.0 : largest * 0x1p-23 + 0x1p-149;
  write_query_nodes(tree, !exact, nodes);
  return Status::ok();
}

Result<PointIndex> PointIndex::create(std::span<const double> x, std::span<const double> y,
                                      Parallel& parallel, MemoryBudget* budget,
                                      const KernelTable& kernels) {
  QUADRILLE_RETURN_IF_ERROR(check_points("point", x, y));
  if (static_cast<std::int64_t>(x.size()) > kMaxQuadtreeBodies) {
    return invalid("an index cannot hold " + std::to_string(x.size()) + " points; at most " +
                   std::to_string(kMaxQuadtreeBodies));
  }
  auto state = std::make_unique<State>();
  state->size = static_cast<std::int64_t>(x.size());
  state->budget = budget;
  state->kernels = &kernels;
  if (x.empty()) return PointIndex(std::move(state));
  FloatPoints floats;
  QUADRILLE_RETURN_IF_ERROR(round_points(x, y, budget, floats));
  QuadtreeBuilder builder;
  QUADRILLE_RETURN_IF_ERROR(builder.prepare(state->size, budget));
  const QuadtreeView& tree = builder.build(floats.x, floats.y, parallel, kernels);
  QUADRILLE_RETURN_IF_ERROR(state->take(tree, floats.exact, floats.largest, parallel));
  const std::int64_t num_exact = std::ssize(state->exact_x);
  parallel.for_range(num_exact, kPointsATask, [&](std::int64_t begin, std::int64_t end, int) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const auto body = static_cast<std::size_t>(tree.order[i]);
      state->exact_x[i] = x[body];
      state->exact_y[i] = y[body];
    }
  });
  return PointIndex(std::move(state));
}

Result<PointIndex> PointIndex::create(const QuadtreeView& tree, Parallel& parallel,
                                      MemoryBudget* budget, const KernelTable& kernels) {
  auto state = std::make_unique<State>();
  state->size = std::ssize(tree.order);
  state->budget = budget;
  state->kernels = &kernels;
  if (tree.order.empty()) return PointIndex(std::move(state));
  double largest = 0;
  for (std::size_t i = 0; i < tree.exact_x.size(); ++i)
    largest = std::max({largest, std::fabs(tree.exact_x[i]), std::fabs(tree.exact_y[i])});
  QUADRILLE_RETURN_IF_ERROR(state->take(tree, tree.exact_x.empty(), largest, parallel));
  std::ranges::copy(tree.exact_x, state->exact_x.begin());
  std::ranges::copy(tree.exact_y, state->exact_y.begin());
  return PointIndex(std::move(state));
}

PointIndex::PointIndex(std::unique_ptr<State> state) : state_(std::move(state)) {}
PointIndex::PointIndex(PointIndex&&) noexcept = default;
PointIndex& PointIndex::operator=(PointIndex&&) noexcept = default;
PointIndex::~PointIndex() = default;

std::int64_t PointIndex::size() const { return state_->size; }
std::int64_t PointIndex::neighbors_of(std::int64_t k) const { return std::min(k, state_->size); }

Status PointIndex::nearest(const QueryPoints& queries, std::int64_t k, std::span<BodyID> ids,
                           Parallel& parallel) const {
  const State& s = *state_;
  QUADRILLE_RETURN_IF_ERROR(check_points("query", queries.x, queries.y));
  if (k < 1)
    return invalid("the number of nearest points is " + std::to_string(k) + "; at least 1");
  const std::int64_t found = neighbors_of(k);
  if (found > 0 && static_cast<std::int64_t>(ids.size()) / found < queries.size()) {
    return invalid("there is no room for " + std::to_string(found) + " neighbors of " +
                   std::to_string(queries.size()) + " queries");
  }
  if (found == 0 || queries.size() == 0) return Status::ok();
  QUADRILLE_ASSIGN_OR_RETURN(QueryScratch scratch,
                             order_queries(queries.x, queries.y, s.square,
                                           found * parallel.num_workers(), s.budget, parallel));
  parallel.for_range(
      queries.size(), kQueryGrain, [&](std::int64_t begin, std::int64_t end, int worker) {
        s.kernels->query.nearest(
            {.points = s.columns(),
             .queries = {queries.x.data(), queries.y.data(), scratch.which.data(), begin, end},
             .k = static_cast<std::int32_t>(found),
             .best = scratch.neighbors.data() + worker * found,
             .ids = ids.data()});
      });
  return Status::ok();
}

Result<std::int64_t> PointIndex::nearest_to(double x, double y, std::span<Neighbor> found) const {
  const State& s = *state_;
  QUADRILLE_RETURN_IF_ERROR(check_points("query", {&x, 1}, {&y, 1}));
  const std::int64_t count = neighbors_of(std::ssize(found));
  if (count == 0) return std::int64_t{0};
  s.kernels->query.nearest({.points = s.columns(),
                            .queries = {&x, &y, nullptr, 0, 1},
                            .k = static_cast<std::int32_t>(count),
                            .best = found.data(),
                            .ids = nullptr});
  return count;
}

Result<std::int64_t> PointIndex::list_in(double x, double y, const Window& window,
                                         std::span<BodyID> ids) const {
  const State& s = *state_;
  QUADRILLE_RETURN_IF_ERROR(check_points("query", {&x, 1}, {&y, 1}));
  QUADRILLE_RETURN_IF_ERROR(check_window(window));
  if (s.size == 0) return std::int64_t{0};
  std::int64_t count = 0;
  const std::int64_t begin[] = {0, std::ssize(ids)};
  s.body_of(window)({.points = s.columns(),
                     .queries = {&x, &y, nullptr, 0, 1},
                     .extent = window.extent,
                     .counts = &count,
                     .begin = ids.empty() ? nullptr : begin,
                     .hits = ids.data(),
                     .as_places = false});
  return count;
}

PointColumnsView PointIndex::columns() const { return state_->columns(); }
const MortonSquare& PointIndex::square() const { return state_->square; }
MemoryBudget* PointIndex::budget() const { return state_->budget; }

// Places of the Morton order become ids by (distance, id).
void PointIndex::State::sort_hits(double qx, double qy, std::span<BodyID> hits) const {
  const auto distance = [&](BodyID place) {
    const auto at = static_cast<std::size_t>(place);
    const double dx = (exact_x.empty() ? static_cast<double>(x[at]) : exact_x[at]) - qx;
    const double dy = (exact_y.empty() ? static_cast<double>(y[at]) : exact_y[at]) - qy;
    return dx * dx + dy * dy;
  };
  const auto comes_first = [](const Neighbor& a, const Neighbor& b) {
    return a.squared_distance != b.squared_distance ? a.squared_distance < b.squared_distance
                                                    : a.id < b.id;
  };
  // As many as a window holds as a rule are sorted with their distances beside them.
  std::array<Neighbor, kHitsAtHand> at_hand;
  if (hits.size() <= at_hand.size()) {
    for (std::size_t i = 0; i < hits.size(); ++i)
      at_hand[i] = {distance(hits[i]), order[static_cast<std::size_t>(hits[i])]};
    std::sort(at_hand.begin(), at_hand.begin() + std::ssize(hits), comes_first);
    for (std::size_t i = 0; i < hits.size(); ++i) hits[i] = at_hand[i].id;
    return;
  }
  std::sort(hits.begin(), hits.end(), [&](BodyID a, BodyID b) {
    return comes_first({distance(a), order[static_cast<std::size_t>(a)]},
                       {distance(b), order[static_cast<std::size_t>(b)]});
  });
  for (BodyID& hit : hits) hit = order[static_cast<std::size_t>(hit)];
}

Status PointIndex::State::run_window(const QueryPoints& queries, const Window& window,
                                     const WindowOut& out, Parallel& parallel) const {
  QUADRILLE_RETURN_IF_ERROR(check_points("query", queries.x, queries.y));
  QUADRILLE_RETURN_IF_ERROR(check_window(window));
  if (size == 0) {
    std::fill(out.counts.begin(), out.counts.end(), 0);
    return Status::ok();
  }
  QUADRILLE_ASSIGN_OR_RETURN(QueryScratch scratch,
                             order_queries(queries.x, queries.y, square, 0, budget, parallel));
  const auto body = body_of(window);
  parallel.for_range(
      queries.size(), kQueryGrain, [&](std::int64_t from, std::int64_t to, int worker) {
        WindowArgs args{
            .points = columns(),
            .queries = {queries.x.data(), queries.y.data(), scratch.which.data(), from, to},
            .extent = window.extent,
            .counts = out.counts.data(),
            .begin = out.begin,
            .hits = out.hits.data(),
            .as_places = out.as_places};
        if (out.stage == nullptr) return body(args);
        std::int64_t used = 0;
        args.used = &used;
        out.stage->open(worker, out.first, args);
        body(args);
        out.stage->close(worker, used);
      });
  return Status::ok();
}

Status PointIndex::count(const QueryPoints& queries, const Window& window,
                         std::span<std::int64_t> counts, Parallel& parallel) const {
  if (static_cast<std::int64_t>(counts.size()) < queries.size()) {
    return invalid("there is no room for " + std::to_string(queries.size()) + " counts");
  }
  return state_->run_window(queries, window, {.counts = counts}, parallel);
}

// Of the first queries, up to as many as have `max_hits` together, but of one at least: returns how
// many these are. Who asks again and again for the rest of a long batch shall not search all of it
// each time: no more is searched than is likely to be answered.
Result<std::int64_t> PointIndex::State::count_until(const QueryPoints& queries,
                                                    const Window& window, std::int64_t max_hits,
                                                    HitStage& stage, Parallel& parallel) const {
  std::int64_t counted = 0, answered = 0, num_hits = 0;
  while (counted == answered && counted < queries.size()) {
    const std::int64_t rest = queries.size() - counted;
    std::int64_t more = std::min(kCountedFirst, rest);
    if (counted > 0) {
      const double hits_a_query =
          std::max(static_cast<double>(num_hits) / static_cast<double>(counted), kFewestHits);
      const double likely = kReserve * static_cast<double>(max_hits - num_hits) / hits_a_query;
      if (likely < static_cast<double>(rest))
        more = std::max(more, static_cast<std::int64_t>(likely));
      else
        more = rest;
      if (!stage.is_open()) {
        stage.reserve(
            static_cast<std::int64_t>(kReserve * hits_a_query * static_cast<double>(more)),
            parallel.num_workers(), budget);
      }
    }
    const auto first = static_cast<std::size_t>(counted);
    const auto part = stage.counts().subspan(first, static_cast<std::size_t>(more));
    QUADRILLE_RETURN_IF_ERROR(run_window(queries.part(counted, more), window,
                                         {.counts = part,
                                          .as_places = stage.as_places(),
                                          .stage = stage.is_open() ? &stage : nullptr,
                                          .first = first},
                                         parallel));
    counted += more;
    for (const std::int64_t count : part) {
      if (answered > 0 && num_hits + count > max_hits) break;
      num_hits += count;
      ++answered;
    }
  }
  return answered;
}

namespace {

Status allocate_hits(std::int64_t num_queries, std::int64_t num_hits, MemoryBudget* budget,
                     WindowHits& hits) {
  hits.arena.reset();
  QUADRILLE_ASSIGN_OR_RETURN(
      hits.arena, arena_of(static_cast<std::size_t>(num_queries + 1) * sizeof(std::int64_t) +
                               static_cast<std::size_t>(num_hits) * sizeof(BodyID),
                           budget));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(*hits.arena, num_queries + 1, {"hit offsets"}, hits.begin));
  return allocate_scratch(*hits.arena, num_hits, {"hits"}, hits.ids);
}

}  // namespace

// From the stage, or, where there was no room, by asking again.
void PointIndex::State::take_hits(const QueryPoints& queries, const Window& window,
                                  const HitStage& stage, std::size_t query,
                                  std::span<BodyID> hits) const {
  if (hits.empty() || stage.take(query, hits)) return;
  const std::int64_t begin[] = {0, std::ssize(hits)};
  body_of(window)({.points = columns(),
                   .queries = {&queries.x[query], &queries.y[query], nullptr, 0, 1},
                   .extent = window.extent,
                   .counts = nullptr,
                   .begin = begin,
                   .hits = hits.data(),
                   .as_places = stage.as_places()});
}

Result<WindowHits> PointIndex::list(const QueryPoints& queries, const Window& window,
                                    std::int64_t max_hits, Parallel& parallel,
                                    ListOrder order) const {
  const State& s = *state_;
  QUADRILLE_RETURN_IF_ERROR(check_points("query", queries.x, queries.y));
  QUADRILLE_RETURN_IF_ERROR(check_window(window));
  const bool is_sorted = order == ListOrder::kDistance;
  HitStage stage(is_sorted);
  QUADRILLE_RETURN_IF_ERROR(stage.prepare(queries.size(), s.budget));
  QUADRILLE_ASSIGN_OR_RETURN(const std::int64_t answered,
                             s.count_until(queries, window, max_hits, stage, parallel));
  const auto counts = stage.counts().first(static_cast<std::size_t>(answered));
  const std::int64_t num_hits = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  WindowHits hits;
  Status status = allocate_hits(answered, num_hits, s.budget, hits);
  if (!status.is_ok() && stage.drop()) status = allocate_hits(answered, num_hits, s.budget, hits);
  QUADRILLE_RETURN_IF_ERROR(status);
  hits.begin[0] = 0;
  std::inclusive_scan(counts.begin(), counts.end(), hits.begin.begin() + 1);
  parallel.for_range(answered, kQueryGrain, [&](std::int64_t from, std::int64_t to, int) {
    for (auto q = static_cast<std::size_t>(from); q < static_cast<std::size_t>(to); ++q) {
      const auto at = static_cast<std::size_t>(hits.begin[q]);
      const auto of = hits.ids.subspan(at, static_cast<std::size_t>(hits.begin[q + 1]) - at);
      s.take_hits(queries, window, stage, q, of);
      if (is_sorted) s.sort_hits(queries.x[q], queries.y[q], of);
    }
  });
  return hits;
}

}  // namespace quadrille
