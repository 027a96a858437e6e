#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include <quadrille/parallel.h>
#include <quadrille/point_index.h>
#include <quadrille/quadtree_builder.h>

#include "engine/number_text.h"
#include "kernels/float_range.h"
#include "kernels/morton.h"
#include "kernels/query_nodes.h"
#include "kernels/query_order.h"
#include "kernels/query_state.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kPointsATask = 16 * 1024;  // points

// The first coordinate pair that a float cannot hold, even rounded; -1: none.
std::int64_t first_beyond_floats(std::span<const double> x, std::span<const double> y) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!(std::fabs(x[i]) <= kLargestFloat && std::fabs(y[i]) <= kLargestFloat))
      return static_cast<std::int64_t>(i);
  }
  return -1;
}

struct FloatPoints {  // the points rounded to floats, in their own order
  std::optional<Arena> arena;
  std::span<float> x, y;
  bool exact = true;
  double largest = 0;  // coordinate, by size
};

Status round_points(std::span<const double> x, std::span<const double> y, MemoryBudget* budget,
                    FloatPoints& floats) {
  QUADRILLE_ASSIGN_OR_RETURN(floats.arena, query_arena(2 * x.size() * sizeof(float), budget));
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

}  // namespace

Status check_points(const char* what, std::span<const double> x, std::span<const double> y) {
  if (x.size() != y.size()) {
    return invalid_query("there are " + std::to_string(x.size()) + " x and " +
                         std::to_string(y.size()) + " y of the " + what);
  }
  const std::int64_t beyond = first_beyond_floats(x, y);
  if (beyond < 0) return Status::ok();
  const auto at = static_cast<std::size_t>(beyond);
  return invalid_query(std::string(what) + " " + std::to_string(beyond) + " at (" +
                       number_text(x[at]) + ", " + number_text(y[at]) +
                       ") is not finite or beyond 3.4e38");
}

Status PointIndex::State::allocate(const QuadtreeView& tree, bool exact) {
  const std::int64_t padded = size + kQueryPadding;
  const std::int64_t num_exact = exact ? 0 : size;
  QUADRILLE_ASSIGN_OR_RETURN(plan_arena, query_arena(tree.quadrants.size(), budget));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(*plan_arena, std::ssize(tree.quadrants), {"node slots"}, slots));
  const std::int64_t num_nodes = choose_query_nodes(tree, slots);
  QUADRILLE_ASSIGN_OR_RETURN(
      arena, query_arena(static_cast<std::size_t>(padded) * (2 * sizeof(float) + sizeof(BodyID)) +
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
  std::atomic<bool> all_finite = true;
  parallel.for_range(size, kPointsATask, [&](std::int64_t begin, std::int64_t end, int) {
    bool is_finite = true;
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      x[i] = tree.x[i];
      y[i] = tree.y[i];
      order[i] = tree.order[i];
      is_finite = is_finite && std::isfinite(x[i]) && std::isfinite(y[i]);
    }
    if (!is_finite) all_finite.store(false, std::memory_order_relaxed);
  });
  if (!all_finite.load(std::memory_order_relaxed))
    return invalid_query("a coordinate of the tree is not finite");
  square = morton_square(tree.bounds);
  // Twice the most that rounding to the nearest float can move a coordinate, and a least float for
  // those near zero.
  slack = exact ? 0.0 : largest * 0x1p-23 + 0x1p-149;
  return Status::ok();
}

// The nodes, which tell spots from leaves by the exact coordinates.
void PointIndex::State::finish(const QuadtreeView& tree) {
  QuadtreeView seen = tree;
  seen.exact_x = exact_x;
  seen.exact_y = exact_y;
  order_spots(seen);
  write_query_nodes(seen, slots, nodes);
  slots = {};
  plan_arena.reset();
}

// As in a tree that was built here; one that was opened may have any order in a leaf.
void PointIndex::State::order_spots(const QuadtreeView& tree) {
  for (std::size_t q = 0; q < tree.quadrants.size(); ++q) {
    if (!is_full_spot(tree, q)) continue;
    const auto first = order.begin() + tree.ranges[q].first;
    const auto last = order.begin() + tree.ranges[q].last;
    if (!std::is_sorted(first, last)) std::sort(first, last);
  }
}

Result<PointIndex> PointIndex::create(std::span<const double> x, std::span<const double> y,
                                      Parallel& parallel, MemoryBudget* budget,
                                      const KernelTable& kernels) {
  QUADRILLE_RETURN_IF_ERROR(check_points("point", x, y));
  if (static_cast<std::int64_t>(x.size()) > kMaxQuadtreeBodies) {
    return invalid_query("an index cannot hold " + std::to_string(x.size()) + " points; at most " +
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
  state->finish(tree);
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
  state->finish(tree);
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
    return invalid_query("the number of nearest points is " + std::to_string(k) + "; at least 1");
  const std::int64_t found = neighbors_of(k);
  if (found > 0 && static_cast<std::int64_t>(ids.size()) / found < queries.size()) {
    return invalid_query("there is no room for " + std::to_string(found) + " neighbors of " +
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

PointColumnsView PointIndex::columns() const { return state_->columns(); }
const MortonSquare& PointIndex::square() const { return state_->square; }
MemoryBudget* PointIndex::budget() const { return state_->budget; }

}  // namespace quadrille
