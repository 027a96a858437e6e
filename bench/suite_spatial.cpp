// Quadtree build and update on uniform points, verified, and queries on them, a few checked against
// brute force.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>
#include <vector>

#include <quadrille/generators.h>
#include <quadrille/point_index.h>
#include <quadrille/quadtree_builder.h>

#include "bench/format.h"
#include "bench/suite.h"
#include "engine/random.h"
#include "kernels/verify_quadtree.h"

namespace quadrille::program {
namespace {

constexpr std::int64_t kNeighbors = 8;
constexpr double kHitsABox = 80;
constexpr std::int64_t kPointsAQuery = 10;  // a query for each tenth point
constexpr std::int64_t kCheckedQueries = 10;
constexpr std::size_t kBodiesAMover = 100;  // in a step that is measured as an update

using Floats = std::vector<float>;

// One in a hundred points goes to where another one is, and back.
Status measure_update(const SuiteContext& context, std::string_view where, const Floats& x,
                      const Floats& y, QuadtreeBuilder& builder) {
  Floats moved_x = x, moved_y = y;
  for (std::size_t i = 0; i < x.size(); i += kBodiesAMover) {
    moved_x[i] = x[x.size() - 1 - i];
    moved_y[i] = y[y.size() - 1 - i];
  }
  builder.build(x, y, context.parallel, context.kernels);
  bool are_moved = false;
  Measurement update = measure_part(
      context, fmt::format("quadtree update, 1 % move{}", where), std::ssize(x), "points", [&] {
        are_moved = !are_moved;
        builder.update(are_moved ? moved_x : x, are_moved ? moved_y : y, {}, context.parallel,
                       context.kernels);
      });
  QUADRILLE_RETURN_IF_ERROR(
      verify_quadtree(builder.view(), are_moved ? moved_x : x, are_moved ? moved_y : y));
  update.verified = true;
  context.results.push_back(std::move(update));
  return Status::ok();
}

Status measure_changes(const SuiteContext& context, std::string_view where, const Floats& x,
                       const Floats& y, QuadtreeBuilder& builder) {
  builder.build(x, y, context.parallel, context.kernels);
  Measurement refit = measure_part(context, fmt::format("quadtree refit{}", where), std::ssize(x),
                                   "points", [&] { builder.refit(x, y, context.parallel); });
  QUADRILLE_RETURN_IF_ERROR(verify_quadtree(builder.view(), x, y));
  refit.verified = true;
  context.results.push_back(std::move(refit));
  return measure_update(context, where, x, y, builder);
}

Status measure_quadtree(const SuiteContext& context, const PointSet& points) {
  const Floats x(points.x.begin(), points.x.end());
  const Floats y(points.y.begin(), points.y.end());
  QuadtreeBuilder builder;
  QUADRILLE_RETURN_IF_ERROR(builder.prepare(points.size(), nullptr, QuadtreeUse::kUpdate));
  Measurement build = measure_part(context, "quadtree build", points.size(), "points",
                                   [&] { builder.build(x, y, context.parallel, context.kernels); });
  QUADRILLE_RETURN_IF_ERROR(verify_quadtree(builder.view(), x, y));
  build.verified = true;
  context.results.push_back(std::move(build));
  QUADRILLE_RETURN_IF_ERROR(measure_changes(context, "", x, y, builder));
  // As who keeps its bodies in a tree's order has them.
  builder.build(x, y, context.parallel, context.kernels);
  const Floats ordered_x(builder.view().x.begin(), builder.view().x.end());
  const Floats ordered_y(builder.view().y.begin(), builder.view().y.end());
  return measure_changes(context, ", ids in its order", ordered_x, ordered_y, builder);
}

struct Queries {
  std::vector<double> x, y;
  QueryPoints view() const { return {x, y}; }
};

Queries random_queries(std::int64_t count, std::uint64_t seed) {
  Random random(seed, /*stream=*/1);
  Queries queries;
  for (std::int64_t i = 0; i < count; ++i) {
    queries.x.push_back(random.next_unit());
    queries.y.push_back(random.next_unit());
  }
  return queries;
}

// All points by (distance, id) from query `q`.
std::vector<BodyID> by_distance(const PointSet& points, const Queries& queries, std::size_t q) {
  std::vector<BodyID> ids(points.x.size());
  std::iota(ids.begin(), ids.end(), 0);
  const auto distance = [&](BodyID id) {
    const double dx = points.x[static_cast<std::size_t>(id)] - queries.x[q];
    const double dy = points.y[static_cast<std::size_t>(id)] - queries.y[q];
    return dx * dx + dy * dy;
  };
  const auto closer = [&](BodyID a, BodyID b) {
    return std::pair(distance(a), a) < std::pair(distance(b), b);
  };
  const auto wanted = ids.begin() + std::min<std::ptrdiff_t>(kNeighbors, std::ssize(ids));
  std::partial_sort(ids.begin(), wanted, ids.end(), closer);
  return ids;
}

Status check_nearest(const PointSet& points, const Queries& queries, std::span<const BodyID> found,
                     std::int64_t neighbors) {
  for (std::int64_t q = 0; q < std::min(kCheckedQueries, std::ssize(queries.x)); ++q) {
    const std::vector<BodyID> truth = by_distance(points, queries, static_cast<std::size_t>(q));
    if (!std::equal(truth.begin(), truth.begin() + neighbors, found.begin() + q * neighbors)) {
      return {
          StatusCode::kInvalidInput,
          fmt::format(
              "the result is wrong: nearest neighbours of query {} are not those of brute force",
              q)};
    }
  }
  return Status::ok();
}

Status check_boxes(const PointSet& points, const Queries& queries,
                   std::span<const std::int64_t> counts, double half) {
  for (std::size_t q = 0; q < std::min<std::size_t>(kCheckedQueries, queries.x.size()); ++q) {
    std::int64_t truth = 0;
    for (std::size_t i = 0; i < points.x.size(); ++i) {
      truth += std::fabs(points.x[i] - queries.x[q]) <= half &&
               std::fabs(points.y[i] - queries.y[q]) <= half;
    }
    if (truth != counts[q]) {
      return {StatusCode::kInvalidInput,
              fmt::format("the result is wrong: {} points in box {}, brute force finds {}",
                          counts[q], q, truth)};
    }
  }
  return Status::ok();
}

Status measure_queries(const SuiteContext& context, const PointSet& points) {
  QUADRILLE_ASSIGN_OR_RETURN(
      const PointIndex index,
      PointIndex::create(points.x, points.y, context.parallel, nullptr, context.kernels));
  const std::int64_t count = std::max<std::int64_t>(1, points.size() / kPointsAQuery);
  const Queries queries = random_queries(count, context.options.seed);
  const std::int64_t neighbors = index.neighbors_of(kNeighbors);
  std::vector<BodyID> found(static_cast<std::size_t>(count * neighbors));
  std::vector<std::int64_t> counts(static_cast<std::size_t>(count));
  const Window box{WindowShape::kBox,
                   std::sqrt(kHitsABox / static_cast<double>(points.size())) / 2};
  Status status;
  const auto keep = [&status](Status one) {
    if (!one.is_ok()) status = std::move(one);
  };
  Measurement nearest = measure_part(
      context, fmt::format("{} nearest", neighbors), count, "queries",
      [&] { keep(index.nearest(queries.view(), neighbors, found, context.parallel)); });
  Measurement boxes = measure_part(context, "box count of about 80", count, "queries", [&] {
    keep(index.count(queries.view(), box, counts, context.parallel));
  });
  QUADRILLE_RETURN_IF_ERROR(status);
  QUADRILLE_RETURN_IF_ERROR(check_nearest(points, queries, found, neighbors));
  std::vector<Neighbor> alone(static_cast<std::size_t>(neighbors));
  Measurement one_by_one = measure_part(
      context, fmt::format("{} nearest, one by one", neighbors), count, "queries", [&] {
        for (std::size_t q = 0; q < queries.x.size(); ++q) {
          keep(index.nearest_to(queries.x[q], queries.y[q], alone).status());
          for (std::size_t i = 0; i < alone.size(); ++i) found[q * alone.size() + i] = alone[i].id;
        }
      });
  QUADRILLE_RETURN_IF_ERROR(status);
  QUADRILLE_RETURN_IF_ERROR(check_nearest(points, queries, found, neighbors));
  one_by_one.verified = true;
  QUADRILLE_RETURN_IF_ERROR(check_boxes(points, queries, counts, box.extent));
  nearest.verified = boxes.verified = true;
  context.results.push_back(std::move(nearest));
  context.results.push_back(std::move(one_by_one));
  context.results.push_back(std::move(boxes));
  return Status::ok();
}

}  // namespace

Status run_suite_spatial(const SuiteContext& context) {
  QUADRILLE_ASSIGN_OR_RETURN(const Generator generator, parse_generator(context.size.points));
  QUADRILLE_ASSIGN_OR_RETURN(const PointSet points,
                             generate_points(generator, context.options.seed, context.parallel));
  QUADRILLE_RETURN_IF_ERROR(measure_quadtree(context, points));
  return measure_queries(context, points);
}

}  // namespace quadrille::program
