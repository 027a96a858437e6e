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

void add_motion(PointSet& points) {
  const std::size_t count = points.x.size();
  points.vx.resize(count);
  points.vy.resize(count);
  points.mass.assign(count, 1.0f / static_cast<float>(count));
}

struct Motion {
  Point place, velocity;
};
void set_motion(PointSet& points, std::size_t i, const Motion& motion) {
  points.x[i] = motion.place.x;
  points.y[i] = motion.place.y;
  points.vx[i] = static_cast<float>(motion.velocity.x);
  points.vy[i] = static_cast<float>(motion.velocity.y);
}

// Mass inside radius r of a Plummer disc of scale 1 is r^2 / (r^2 + 1), which is inverted for the
// radius. In the plane gravity falls as 1 / r and acts as if all inner mass stood at the centre: on
// a circular orbit v^2 / r = mass inside / r, whatever the radius. The disc's mass and scale are
// `mass`.
Motion in_plummer_disc(double mass, Random& random) {
  const double inside = kPlummerMass * random.next_unit();
  const double radius = mass * std::sqrt(inside / (1 - inside));
  const double angle = 2 * fixed_math::kPi * random.next_unit();
  const double cosine = fixed_math::cos(angle), sine = fixed_math::sin(angle);
  const double speed = std::sqrt(mass) * std::sqrt(inside / kPlummerMass);
  return {{radius * cosine, radius * sine}, {-speed * sine, speed * cosine}};
}

void fill_plummer(PointSet& points, std::uint64_t seed, Parallel& parallel) {
  add_motion(points);
  for_each_point(points.size(), seed, parallel, [&](std::size_t i, Random& random) {
    set_motion(points, i, in_plummer_disc(1.0, random));
  });
}

// They miss each other's middle, and turn alike.
void fill_collision(PointSet& points, std::uint64_t seed, Parallel& parallel) {
  constexpr Point kPlace = {4.0, 1.0}, kVelocity = {-0.4, 0.0};
  add_motion(points);
  for_each_point(points.size(), seed, parallel, [&](std::size_t i, Random& random) {
    Motion motion = in_plummer_disc(0.5, random);
    const double side = i % 2 == 0 ? 1 : -1;
    motion.place.x += side * kPlace.x;
    motion.place.y += side * kPlace.y;
    motion.velocity.x += side * kVelocity.x;
    motion.velocity.y += side * kVelocity.y;
    set_motion(points, i, motion);
  });
}

void fill_collapse(PointSet& points, std::uint64_t seed, Parallel& parallel) {
  add_motion(points);
  for_each_point(points.size(), seed, parallel, [&](std::size_t i, Random& random) {
    const double radius = std::sqrt(random.next_unit());
    const double angle = 2 * fixed_math::kPi * random.next_unit();
    set_motion(points, i,
               {{radius * fixed_math::cos(angle), radius * fixed_math::sin(angle)}, {0, 0}});
  });
}

// Two bodies of the polygon stand 2 sin(phi / 2) apart, so that each pulls any other to the middle
// by half of its mass.
void fill_orbit(PointSet& points) {
  add_motion(points);
  const auto count = static_cast<double>(points.x.size());
  const double speed = std::sqrt((count - 1) / (2 * count));
  for (std::size_t i = 0; i < points.x.size(); ++i) {
    const double angle = 2 * fixed_math::kPi * static_cast<double>(i) / count;
    const double cosine = fixed_math::cos(angle), sine = fixed_math::sin(angle);
    set_motion(points, i, {{cosine, sine}, {-speed * sine, speed * cosine}});
  }
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
    if (generator.kind == GeneratorKind::kCollision) fill_collision(points, seed, parallel);
    if (generator.kind == GeneratorKind::kCollapse) fill_collapse(points, seed, parallel);
    if (generator.kind == GeneratorKind::kOrbit) fill_orbit(points);
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
