// Windows of a PointIndex: alone, counted and listed in batches.
#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <utility>

#include <quadrille/parallel.h>
#include <quadrille/point_index.h>

#include "engine/number_text.h"
#include "kernels/hit_stage.h"
#include "kernels/query_order.h"
#include "kernels/query_state.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::size_t kHitsAtHand = 512;

Status allocate_hits(std::int64_t num_queries, std::int64_t num_hits, MemoryBudget* budget,
                     WindowHits& hits) {
  hits = {};
  QUADRILLE_ASSIGN_OR_RETURN(
      hits.arena, query_arena(static_cast<std::size_t>(2 * num_queries + 1) * sizeof(std::int64_t) +
                                  static_cast<std::size_t>(num_hits) * sizeof(BodyID),
                              budget));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(*hits.arena, num_queries + 1, {"hit offsets"}, hits.begin));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(*hits.arena, num_queries, {"hit counts"}, hits.counts));
  return allocate_scratch(*hits.arena, num_hits, {"hits"}, hits.ids);
}

}  // namespace

Status check_window(const Window& window) {
  if (window.extent >= 0) return Status::ok();
  return invalid_query("a window's extent is " + number_text(window.extent) +
                       "; it may be 0 or more");
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

Status PointIndex::State::run_windows(const QueryPoints& queries, const Window& window,
                                      const WindowOut& out, Parallel& parallel) const {
  if (size == 0) {
    if (!out.counts.empty()) std::ranges::fill(out.counts.first(queries.x.size()), 0);
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
        const WindowStage::Share share = out.stage->share_of(worker);
        std::int64_t used = 0;
        args.used = &used;
        args.hits = share.to;
        args.room = share.room;
        args.staged_first = share.first;
        args.staged_at = out.stage->places().data() + out.first;
        body(args);
        out.stage->use(worker, used);
      });
  return Status::ok();
}

Status PointIndex::count(const QueryPoints& queries, const Window& window,
                         std::span<std::int64_t> counts, Parallel& parallel) const {
  if (static_cast<std::int64_t>(counts.size()) < queries.size()) {
    return invalid_query("there is no room for " + std::to_string(queries.size()) + " counts");
  }
  QUADRILLE_RETURN_IF_ERROR(check_points("query", queries.x, queries.y));
  QUADRILLE_RETURN_IF_ERROR(check_window(window));
  return state_->run_windows(queries, window, {.counts = counts}, parallel);
}

// One query's after the other's, as many as were counted. What was staged is copied; where there is
// no memory to order them, queries are asked one by one.
Status PointIndex::State::list_again(const QueryPoints& queries, const Window& window,
                                     bool as_places, WindowStage& stage, WindowHits& hits,
                                     Parallel& parallel) const {
  const auto counts = stage.counts().first(static_cast<std::size_t>(queries.size()));
  const std::int64_t num_hits = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  Status status = allocate_hits(queries.size(), num_hits, budget, hits);
  if (!status.is_ok() && stage.drop())
    status = allocate_hits(queries.size(), num_hits, budget, hits);
  QUADRILLE_RETURN_IF_ERROR(status);
  std::ranges::copy(counts, hits.counts.begin());
  hits.begin[0] = 0;
  std::inclusive_scan(counts.begin(), counts.end(), hits.begin.begin() + 1);
  const WindowOut out{.begin = hits.begin.data(), .hits = hits.ids, .as_places = as_places};
  hits.begin = hits.begin.first(counts.size());
  if (!stage.is_open() && run_windows(queries, window, out, parallel).is_ok()) return Status::ok();
  parallel.for_range(queries.size(), kQueryGrain, [&](std::int64_t from, std::int64_t to, int) {
    for (std::int64_t i = from; i < to; ++i) {
      const auto q = static_cast<std::size_t>(i);
      if (hits.of(q).empty() || stage.take(q, hits.of(q))) continue;
      body_of(window)({.points = columns(),
                       .queries = {queries.x.data(), queries.y.data(), nullptr, i, i + 1},
                       .extent = window.extent,
                       .counts = nullptr,
                       .begin = out.begin,
                       .hits = out.hits.data(),
                       .as_places = out.as_places});
    }
  });
  return Status::ok();
}

Result<WindowHits> PointIndex::list(const QueryPoints& queries, const Window& window,
                                    std::int64_t max_hits, Parallel& parallel,
                                    ListOrder order) const {
  const State& s = *state_;
  QUADRILLE_RETURN_IF_ERROR(check_points("query", queries.x, queries.y));
  QUADRILLE_RETURN_IF_ERROR(check_window(window));
  const bool is_sorted = order == ListOrder::kDistance;
  WindowStage stage;
  QUADRILLE_RETURN_IF_ERROR(stage.prepare(queries.size(), s.budget));
  const auto run = [&](std::int64_t first, std::int64_t count) {
    const auto at = static_cast<std::size_t>(first);
    const WindowOut out{.counts = stage.counts().subspan(at, static_cast<std::size_t>(count)),
                        .as_places = is_sorted,
                        .stage = stage.is_open() ? &stage : nullptr,
                        .first = at};
    return s.run_windows(queries.part(first, count), window, out, parallel);
  };
  QUADRILLE_ASSIGN_OR_RETURN(const std::int64_t answered,
                             stage.fill(max_hits, parallel.num_workers(), s.budget, run));
  WindowHits hits;
  if (!stage.hand_over(static_cast<std::size_t>(answered), s.budget, hits)) {
    QUADRILLE_RETURN_IF_ERROR(
        s.list_again(queries.part(0, answered), window, is_sorted, stage, hits, parallel));
  }
  if (!is_sorted) return hits;
  parallel.for_range(answered, kQueryGrain, [&](std::int64_t from, std::int64_t to, int) {
    for (auto q = static_cast<std::size_t>(from); q < static_cast<std::size_t>(to); ++q)
      s.sort_hits(queries.x[q], queries.y[q], hits.of(q));
  });
  return hits;
}

}  // namespace quadrille
