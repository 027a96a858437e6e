#include "bench/peers/space_inputs.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

#include <quadrille/generators.h>
#include <quadrille/parallel.h>
#include <quadrille/point_index.h>
#include <quadrille/quadtree_builder.h>
#include <quadrille/scene.h>

#include "bench/format.h"
#include "engine/random.h"
#include "kernels/dispatch.h"

namespace quadrille::program {
namespace {

constexpr double kWantedHits = 80;
constexpr std::int64_t kHalfSamples = 500;                      // queries
constexpr std::int64_t kMostHitsAsked = std::int64_t{1} << 26;  // of all boxes together
constexpr double kShareOfSpacing = 0.1;
constexpr int kQueryBits = 21;  // below the highest of a coordinate: two remain for a box's edge
constexpr std::uint64_t kQueryStream = std::uint64_t{1} << 41, kMoveStream = kQueryStream + 1,
                        kStrayStream = kQueryStream + 2;
constexpr std::size_t kPointsAStray = 100;

// The shape's points, or none: `name` is not a shape.
PointSet shape_points(std::string_view name, std::int64_t count, std::uint64_t seed) {
  PointSet points;
  Random random(seed);
  const auto add = [&points](double x, double y) {
    points.x.push_back(x);
    points.y.push_back(y);
  };
  for (std::int64_t i = 0; i < count; ++i) {
    const double u = random.next_unit(), v = random.next_unit();
    if (name == "far") i == count / 2 ? add(1, 1) : add(1e-3 * u, 1e-3 * v);
    if (name == "line") add(static_cast<float>(u), static_cast<float>(u) / 2);
    if (name == "same") add(0.25, 0.75);
  }
  return points;
}

Result<PointSet> points_of(std::string_view text, std::uint64_t seed, Parallel& parallel) {
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  if (name == "far" || name == "line" || name == "same") {
    const std::string_view number = colon == text.npos ? "" : text.substr(colon + 1);
    QUADRILLE_ASSIGN_OR_RETURN(const Generator as,
                               parse_generator(fmt::format("uniform:{}", number)));
    return shape_points(name, as.num_points, seed);
  }
  QUADRILLE_ASSIGN_OR_RETURN(const Generator generator, parse_generator(text));
  if (!generator.makes_points()) {
    return Status(StatusCode::kInvalidArgument, fmt::format("'{}' does not make points", text));
  }
  return generate_points(generator, seed, parallel);
}

void set_points(const std::vector<double>& x, const std::vector<double>& y, SpacePoints& points) {
  points.x.assign(x.begin(), x.end());
  points.y.assign(y.begin(), y.end());
  points.wide_x.assign(points.x.begin(), points.x.end());
  points.wide_y.assign(points.y.begin(), points.y.end());
}

// All queries and edges of boxes are multiples of this, and small enough ones for a float.
double query_unit(const SpacePoints& points) {
  double largest = 0;
  for (const auto* column : {&points.wide_x, &points.wide_y}) {
    for (const double value : *column) largest = std::max(largest, std::fabs(value));
  }
  return largest == 0 ? 1 : std::ldexp(1.0, std::ilogb(largest) - kQueryBits);
}

void place_queries(std::int64_t count, double unit, std::uint64_t seed, SpaceInput& input) {
  Random random(seed, kQueryStream);
  const auto size = static_cast<std::uint32_t>(input.points.size());
  for (std::int64_t q = 0; q < count; ++q) {
    const std::size_t at = random.next_below(size);
    input.query_x.push_back(std::nearbyint(input.points.wide_x[at] / unit) * unit);
    input.query_y.push_back(std::nearbyint(input.points.wide_y[at] / unit) * unit);
  }
}

Result<double> mean_hits(const PointIndex& index, const SpaceQueries& sample, double half,
                         Parallel& parallel) {
  std::vector<std::int64_t> counts(sample.x.size());
  QUADRILLE_RETURN_IF_ERROR(
      index.count({sample.x, sample.y}, {WindowShape::kBox, half}, counts, parallel));
  double sum = 0;
  for (const std::int64_t count : counts) sum += static_cast<double>(count);
  return sum / static_cast<double>(counts.size());
}

// The least multiple of `unit` that brings as many hits as wanted, within the points' extent.
Status choose_half(double unit, Parallel& parallel, SpaceInput& input) {
  QUADRILLE_ASSIGN_OR_RETURN(const KernelTable* kernels, choose_kernel_table({}));
  QUADRILLE_ASSIGN_OR_RETURN(
      const PointIndex index,
      PointIndex::create(input.points.wide_x, input.points.wide_y, parallel, nullptr, *kernels));
  const SpaceQueries all = input.queries();
  const SpaceQueries sample = all.part(0, std::min(kHalfSamples, all.size()));
  std::int64_t least = 0, most = std::int64_t{1} << kQueryBits;
  while (most - least > 1) {
    const std::int64_t middle = (least + most) / 2;
    QUADRILLE_ASSIGN_OR_RETURN(
        const double hits, mean_hits(index, sample, static_cast<double>(middle) * unit, parallel));
    (hits < kWantedHits ? least : most) = middle;
  }
  input.half = static_cast<double>(most) * unit;
  QUADRILLE_ASSIGN_OR_RETURN(input.hits, mean_hits(index, sample, input.half, parallel));
  return Status::ok();
}

void move_points(std::uint64_t seed, SpaceInput& input) {
  const double most = kShareOfSpacing * 2 * input.half / std::sqrt(std::max(1.0, input.hits));
  Random random(seed, kMoveStream);
  std::vector<double> x, y;
  for (std::size_t i = 0; i < input.points.x.size(); ++i) {
    x.push_back(input.points.wide_x[i] + most * (2 * random.next_unit() - 1));
    y.push_back(input.points.wide_y[i] + most * (2 * random.next_unit() - 1));
  }
  set_points(x, y, input.moved);
}

void stray_points(std::uint64_t seed, SpaceInput& input) {
  std::vector<double> x = input.points.wide_x, y = input.points.wide_y;
  Random random(seed, kStrayStream);
  for (std::size_t i = 0; i < x.size(); i += kPointsAStray) {
    const std::size_t to = random.next_below(static_cast<std::uint32_t>(x.size()));
    x[i] = input.points.wide_x[to];
    y[i] = input.points.wide_y[to];
  }
  set_points(x, y, input.strayed);
}

void set_in_order(const SpacePoints& points, std::span<const BodyID> order, SpacePoints& ordered) {
  std::vector<double> x, y;
  for (const BodyID id : order) {
    x.push_back(points.wide_x[static_cast<std::size_t>(id)]);
    y.push_back(points.wide_y[static_cast<std::size_t>(id)]);
  }
  set_points(x, y, ordered);
}

// As who keeps its points in the order of a tree that it once built has them.
Status order_points(Parallel& parallel, SpaceInput& input) {
  QUADRILLE_ASSIGN_OR_RETURN(const KernelTable* kernels, choose_kernel_table({}));
  QuadtreeBuilder builder;
  QUADRILLE_RETURN_IF_ERROR(builder.prepare(input.points.size(), nullptr));
  const QuadtreeView& tree = builder.build(input.points.x, input.points.y, parallel, *kernels);
  set_in_order(input.points, tree.order, input.in_order.points);
  set_in_order(input.moved, tree.order, input.in_order.moved);
  set_in_order(input.strayed, tree.order, input.in_order.strayed);
  return Status::ok();
}

}  // namespace

Result<SpaceInput> make_space_input(std::string_view text, std::int64_t num_queries,
                                    std::uint64_t seed, Parallel& parallel) {
  QUADRILLE_ASSIGN_OR_RETURN(const PointSet points, points_of(text, seed, parallel));
  if (points.size() < kSpaceNeighbors) {
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("'{}' makes fewer than {} points", text, kSpaceNeighbors));
  }
  SpaceInput input;
  set_points(points.x, points.y, input.points);
  const double unit = query_unit(input.points);
  place_queries(num_queries, unit, seed, input);
  QUADRILLE_RETURN_IF_ERROR(choose_half(unit, parallel, input));
  const auto affordable = static_cast<std::size_t>(
      std::max(1.0, static_cast<double>(kMostHitsAsked) / std::max(1.0, input.hits)));
  input.query_x.resize(std::min(input.query_x.size(), affordable));
  input.query_y.resize(input.query_x.size());
  move_points(seed, input);
  stray_points(seed, input);
  QUADRILLE_RETURN_IF_ERROR(order_points(parallel, input));
  return input;
}

}  // namespace quadrille::program
