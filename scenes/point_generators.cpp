// The point generators. A chunk of points has a random stream of its own.
#include <cmath>
#include <cstdint>
#include <vector>

#include <quadrille/generators.h>

#include <quadrille/float_mode.h>
#include <quadrille/parallel.h>

#include "engine/random.h"
#include "kernels/fixed_math.h"
#include "scenes/disc_generators.h"

namespace quadrille {
namespace {

constexpr std::int64_t kChunkPoints = 1 << 14;
constexpr std::uint64_t kCentreStream = std::uint64_t{1} << 40;
constexpr int kNumClusters = 100;
constexpr double kClusterSigma = 0.005;
// Plummer's disc is cut where 99 % of its mass lies inside: radius just under 10.
constexpr double kPlummerMass = 0.99;

struct Point {
  double x, y;
};

// Box and Muller's transform: two independent normal numbers.
Point normal_pair(Random& random) {
  const double radius = std::sqrt(-2 * fixed_math::log(1 - random.next_unit()));
  const double angle = 2 * fixed_math::kPi * random.next_unit();
  return {radius * fixed_math::cos(angle), radius * fixed_math::sin(angle)};
}

// place(i, random) sets point i.
template <class Place>
void for_each_point(std::int64_t count, std::uint64_t seed, Parallel& parallel, Place place) {
  parallel.for_range(count, kChunkPoints, [&](std::int64_t begin, std::int64_t end, int) {
    Random random(seed, static_cast<std::uint64_t>(begin / kChunkPoints));
    for (std::int64_t i = begin; i < end; ++i) place(static_cast<std::size_t>(i), random);
  });
}

void fill_uniform(PointSet& points, std::uint64_t seed, Parallel& parallel) {
  for_each_point(points.size(), seed, parallel, [&](std::size_t i, Random& random) {
    points.x[i] = random.next_unit();
    points.y[i] = random.next_unit();
  });
}

void fill_clusters(PointSet& points, std::uint64_t seed, Parallel& parallel) {
  Random centre_random(seed, kCentreStream);
  std::vector<Point> centres(kNumClusters);
  for (Point& centre : centres) {
    centre.x = centre_random.next_unit();
    centre.y = centre_random.next_unit();
  }
  for_each_point(points.size(), seed, parallel, [&](std::size_t i, Random& random) {
    const Point centre = centres[random.next_below(kNumClusters)];
    const Point offset = normal_pair(random);
    points.x[i] = centre.x + kClusterSigma * offset.x;
    points.y[i] = centre.y + kClusterSigma * offset.y;
  });
}

// Mass inside radius r of a Plummer disc of scale 1 is r^2 / (r^2 + 1), which is inverted for the
// radius. In the plane gravity falls as 1 / r and acts as if all inner mass stood at the centre: on
// a circular orbit v^2 / r = mass inside / r, whatever the radius.
void fill_plummer(PointSet& points, std::uint64_t seed, Parallel& parallel) {
  const std::size_t count = points.x.size();
  points.vx.resize(count);
  points.vy.resize(count);
  points.mass.assign(count, 1.0f / static_cast<float>(count));
  for_each_point(points.size(), seed, parallel, [&](std::size_t i, Random& random) {
    const double inside = kPlummerMass * random.next_unit();
    const double radius = std::sqrt(inside / (1 - inside));
    const double angle = 2 * fixed_math::kPi * random.next_unit();
    const double cosine = fixed_math::cos(angle), sine = fixed_math::sin(angle);
    const double speed = std::sqrt(inside / kPlummerMass);
    points.x[i] = radius * cosine;
    points.y[i] = radius * sine;
    points.vx[i] = static_cast<float>(-speed * sine);
    points.vy[i] = static_cast<float>(speed * cosine);
  });
}

}  // namespace

Result<PointSet> generate_points(const Generator& generator, std::uint64_t seed,
                                 Parallel& parallel) {
  const FloatMode mode;
  if (!generator.makes_points()) {
    return Status(StatusCode::kInvalidArgument, "this generator makes a graph, not points");
  }
  try {
    PointSet points;
    points.x.resize(static_cast<std::size_t>(generator.num_points));
    points.y.resize(points.x.size());
    if (generator.kind == GeneratorKind::kUniform) fill_uniform(points, seed, parallel);
    if (generator.kind == GeneratorKind::kClusters) fill_clusters(points, seed, parallel);
    if (generator.kind == GeneratorKind::kPlummer) fill_plummer(points, seed, parallel);
    if (generator.kind == GeneratorKind::kHourglass) fill_hourglass(points, seed);
    if (generator.kind == GeneratorKind::kDam) fill_dam(points, seed);
    if (generator.kind == GeneratorKind::kMixed) fill_mixed(points, seed);
    return points;
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kOutOfMemory,
                  "no memory for " + std::to_string(generator.num_points) + " points");
  }
}

}  // namespace quadrille
