#include "bench/peers/physics_scene.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "bench/statistics.h"
#include "engine/integers.h"
#include "engine/random.h"

namespace quadrille::program {
namespace {

constexpr float kDiscRadius = 0.5f;
constexpr double kLooseness = 1.05, kOffPlace = 0.02;  // of a diameter
constexpr double kNearlyTouching = 0.01;               // of a radius
constexpr double kRestingSpeed = 0.01, kRestingOverlap = 0.02;

}  // namespace

PhysicsScene heap_of_discs(std::int64_t count, std::uint64_t seed) {
  PhysicsScene scene;
  const auto across =
      static_cast<std::int64_t>(std::ceil(std::sqrt(2 * static_cast<double>(count))));
  const double spacing = 2 * kDiscRadius * kLooseness;
  scene.width = static_cast<float>(static_cast<double>(across) * spacing);
  scene.height = scene.width;
  Random random(seed);
  const auto off = [&random] { return kOffPlace * (random.next_unit() - 0.5); };
  for (std::int64_t i = 0; i < count; ++i) {
    const double column = static_cast<double>(i % across), row = static_cast<double>(i / across);
    scene.x.push_back(static_cast<float>((column + 0.5) * spacing + off()));
    scene.y.push_back(static_cast<float>((row + 0.5) * spacing + off()));
  }
  scene.radius.assign(at(count), kDiscRadius);
  return scene;
}

PhysicsScene scattered_discs(std::int64_t count, std::uint64_t seed, double ratio) {
  PhysicsScene scene;
  // Of discs of radii r and s a share of pi (r + s)^2 / side^2 of the n^2 / 2 pairs overlaps: on
  // average 2 pi (mean of r^2 + square of the mean of r) / side^2.
  const double logarithm = std::log(ratio);
  const double mean = logarithm > 0 ? (ratio - 1) / logarithm : 1;
  const double mean_square = logarithm > 0 ? (ratio * ratio - 1) / (2 * logarithm) : 1;
  const double pairs_share = 3.14159265358979 * (mean_square + mean * mean);
  const double side = kDiscRadius * std::sqrt(pairs_share * static_cast<double>(count));
  scene.width = scene.height = static_cast<float>(side);
  Random random(seed);
  for (std::int64_t i = 0; i < count; ++i) {
    scene.x.push_back(static_cast<float>(side * random.next_unit()));
    scene.y.push_back(static_cast<float>(side * random.next_unit()));
    scene.radius.push_back(
        logarithm > 0 ? static_cast<float>(kDiscRadius * std::exp(logarithm * random.next_unit()))
                      : kDiscRadius);
  }
  return scene;
}

PileFacts facts_of(const PhysicsScene& scene, const PhysicsState& state) {
  const std::size_t count = state.x.size();
  std::vector<std::size_t> by_x(count);
  for (std::size_t i = 0; i < count; ++i) by_x[i] = i;
  std::ranges::sort(by_x, {}, [&state](std::size_t i) { return std::pair(state.x[i], i); });
  std::vector<double> overlaps;
  const auto touch = [&](double gap) {
    if (gap <= kNearlyTouching * kDiscRadius) overlaps.push_back(std::max(0.0, -gap) / kDiscRadius);
  };
  PileFacts facts;
  for (std::size_t a = 0; a < count; ++a) {
    const std::size_t i = by_x[a];
    const double x = state.x[i], y = state.y[i], radius = scene.radius[i];
    for (std::size_t b = a + 1; b < count; ++b) {
      const std::size_t j = by_x[b];
      const double dx = state.x[j] - x, dy = state.y[j] - y, reach = radius + scene.radius[j];
      if (dx > reach + kNearlyTouching) break;
      if (std::abs(dy) <= reach + kNearlyTouching) touch(std::sqrt(dx * dx + dy * dy) - reach);
    }
    for (const double gap : {x, y, scene.width - x, scene.height - y}) touch(gap - radius);
    facts.speed += std::sqrt(double{state.vx[i]} * state.vx[i] + double{state.vy[i]} * state.vy[i]);
    facts.top = std::max(facts.top, (y + radius) / kDiscRadius);
  }
  std::ranges::sort(overlaps);
  facts.contacts = std::ssize(overlaps);
  if (!overlaps.empty()) facts.overlap = percentile(overlaps, 0.99);
  facts.speed /=
      std::max(1.0, static_cast<double>(count)) * std::sqrt(double{scene.gravity} * kDiscRadius);
  return facts;
}

bool is_at_rest(const PileFacts& facts) {
  return facts.speed < kRestingSpeed && facts.overlap <= kRestingOverlap;
}

}  // namespace quadrille::program
