#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include <quadrille/field_accuracy.h>
#include <quadrille/parallel.h>

#include "engine/integers.h"
#include "engine/number_text.h"

namespace quadrille {
namespace {

constexpr double kLeastWanted = 1e-6, kMostWanted = 0.1;
constexpr double kMargin = 0.8;  // of a sample, which may see less than there is
constexpr double kTooExact = 0.25;

// Pairs of order and theta that are the fastest of their error, and that error on a million bodies,
// uniform or clustered, whichever is more; softened by 1e-3, but for the first ladder
// (kernels/README.md). Other bodies and other softenings err in other ways: what is used is how the
// errors compare to each other. The last one of 1/r^2 is estimated, from how errors fall before.
struct Rung {
  int order;
  float theta;
  double error;
};
constexpr Rung kHarmonic[] = {
    {1, 1.4f, 1.2e-2}, {2, 1.5f, 7.8e-3},  {4, 1.4f, 3.5e-3}, {4, 1.1f, 1.3e-3},
    {4, 1.0f, 6.0e-4}, {4, 0.95f, 4.8e-4}, {4, 0.9f, 3.2e-4}, {5, 0.9f, 2.4e-4},
    {6, 0.9f, 1.7e-4}, {5, 0.85f, 1.2e-4}, {5, 0.8f, 4.8e-5}, {6, 0.8f, 2.4e-5},
    {8, 0.8f, 8.5e-6}, {8, 0.7f, 1.8e-6},  {8, 0.6f, 3.4e-7}, {8, 0.5f, 1.1e-7}};
constexpr Rung kInverse[] = {
    {2, 1.5f, 1.2e-2}, {3, 1.4f, 5.3e-3}, {4, 1.4f, 1.8e-3}, {4, 1.2f, 9.0e-4}, {4, 0.95f, 4.5e-4},
    {4, 0.8f, 2.2e-4}, {5, 0.8f, 1.4e-4}, {6, 0.8f, 2.7e-5}, {6, 0.7f, 1.7e-5}, {6, 0.6f, 7.7e-6},
    {6, 0.5f, 3.1e-6}, {6, 0.4f, 1.1e-6}, {6, 0.3f, 2.9e-7}, {6, 0.2f, 1e-7}};
constexpr Rung kInverseSquare[] = {{4, 0.95f, 3.0e-2}, {5, 0.95f, 2.5e-2}, {6, 0.95f, 1.5e-2},
                                   {5, 0.8f, 8.8e-3},  {6, 0.8f, 3.8e-3},  {6, 0.7f, 1.4e-3},
                                   {6, 0.6f, 5.0e-4},  {6, 0.5f, 1.7e-4},  {6, 0.4f, 3.2e-5},
                                   {6, 0.3f, 4.5e-6},  {6, 0.2f, 5e-7}};

std::span<const Rung> ladder_in_the_open(const MultipoleOptions& options) {
  if (options.law == PullLaw::kInverseSquare) return kInverseSquare;
  if (options.softening > 0) return kInverse;
  return kHarmonic;
}

// Without what these options may not have: a periodic square begins at a theta of 1 or less.
std::span<const Rung> ladder(MultipoleOptions options) {
  const auto rungs = ladder_in_the_open(options);
  const auto first = std::ranges::find_if(rungs, [&options](const Rung& rung) {
    options.order = rung.order;
    return rung.theta <= most_theta(options);
  });
  return {first, rungs.end()};
}

struct Sums {
  double x = 0, y = 0;
};

// What a unit mass does that stands off by (dx, dy), and all its images: the nearest, softened, one
// by one.
Sums periodic_pull(double dx, double dy, const MultipoleOptions& options) {
  const double side = options.square.side;
  const double softening2 = double{options.softening} * options.softening;
  const PlaneVector far = far_images_pull(dx / side, dy / side);
  Sums pull = {-far.x / side, -far.y / side};  // of what is there on a body here
  for (const ImageOffset& image : kNearImages) {
    const double x = dx + image.x * side, y = dy + image.y * side;
    const double s = x * x + y * y + softening2;
    if (s == 0) continue;  // on opposite edges
    pull.x += x / s;
    pull.y += y / s;
  }
  return pull;
}

Sums direct_sums(const QuadtreeView& tree, std::span<const float> mass,
                 const MultipoleOptions& options, std::size_t target) {
  const double softening2 = double{options.softening} * options.softening;
  const bool is_inverse = options.law == PullLaw::kInverse;
  Sums sums;
  for (std::size_t p = 0; p < tree.order.size(); ++p) {
    const double dx = double{tree.x[p]} - tree.x[target], dy = double{tree.y[p]} - tree.y[target];
    if (dx == 0 && dy == 0) continue;
    const double m = mass.empty() ? 1.0 : double{mass[at(tree.order[p])]};
    if (!options.square.is_open()) {
      const Sums one = periodic_pull(dx, dy, options);
      sums.x += m * one.x;
      sums.y += m * one.y;
      continue;
    }
    const double s = dx * dx + dy * dy + softening2;
    const double pull = m / (is_inverse ? s : s * std::sqrt(s));
    sums.x += pull * dx;
    sums.y += pull * dy;
  }
  return sums;
}

}  // namespace

FieldErrors measure_field_errors(const QuadtreeView& tree, std::span<const float> mass,
                                 const MultipoleOptions& options, std::span<const float> ax,
                                 std::span<const float> ay, std::int64_t sample,
                                 Parallel& parallel) {
  const std::int64_t n = std::ssize(tree.order), count = std::clamp<std::int64_t>(sample, 0, n);
  struct Squares {
    double error, pull;
  };
  std::vector<Squares> squares(at(count));
  parallel.for_range(count, 1, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::size_t place = at((2 * i + 1) * n / (2 * count)), body = at(tree.order[place]);
      const Sums sums = direct_sums(tree, mass, options, place);
      const double dx = ax[body] - sums.x, dy = ay[body] - sums.y;
      squares[at(i)] = {dx * dx + dy * dy, sums.x * sums.x + sums.y * sums.y};
    }
  });
  double errors = 0, pulls = 0;
  for (const Squares& one : squares) {
    errors += one.error;
    pulls += one.pull;
  }
  if (count == 0) return {};
  const auto of = static_cast<double>(count);
  double least_pull = 0;
  if (!options.square.is_open()) {
    const double total =
        mass.empty() ? static_cast<double>(n) : std::accumulate(mass.begin(), mass.end(), 0.0);
    least_pull = kLeastPeriodicPull * total / options.square.side;
  }
  return {std::sqrt(errors / of), std::sqrt(pulls / of), least_pull};
}

double measure_field_error(const QuadtreeView& tree, std::span<const float> mass,
                           const MultipoleOptions& options, std::span<const float> ax,
                           std::span<const float> ay, std::int64_t sample, Parallel& parallel) {
  return measure_field_errors(tree, mass, options, ax, ay, sample, parallel).relative();
}

Result<FieldAccuracy> FieldAccuracy::create(const MultipoleOptions& options, double wanted) {
  if (!(wanted >= kLeastWanted && wanted <= kMostWanted)) {
    return Status(StatusCode::kInvalidArgument,
                  "an error of " + number_text(wanted) + " is asked for; it may be 1e-6 to 0.1");
  }
  QUADRILLE_RETURN_IF_ERROR(Multipole::check(
      {.law = options.law, .softening = options.softening, .square = options.square}));
  FieldAccuracy accuracy;
  accuracy.options_ = options;
  accuracy.wanted_ = wanted;
  accuracy.stand_on(accuracy.rung_for(wanted));
  accuracy.used_ = accuracy.options_;
  return accuracy;
}

void FieldAccuracy::stand_on(int rung) {
  rung_ = rung;
  options_.order = ladder(options_)[at(rung)].order;
  options_.theta = ladder(options_)[at(rung)].theta;
}

// The first one whose error, as listed, is not more.
int FieldAccuracy::rung_for(double error) const {
  const auto rungs = ladder(options_);
  const auto found =
      std::ranges::find_if(rungs, [error](const Rung& rung) { return rung.error <= error; });
  return static_cast<int>(std::min(found, rungs.end() - 1) - rungs.begin());
}

Status FieldAccuracy::accelerate(Multipole& solver, const QuadtreeView& tree,
                                 std::span<const float> mass, std::span<float> ax,
                                 std::span<float> ay, Parallel& parallel) {
  const bool checks = solves_++ % kSolvesACheck == 0;
  for (bool climbed = false;;) {
    used_ = options_;
    QUADRILLE_RETURN_IF_ERROR(solver.accelerate(tree, mass, options_, ax, ay));
    if (!checks) return Status::ok();
    measured_ = measure_field_error(tree, mass, options_, ax, ay, kSample, parallel);
    const double listed = ladder(options_)[at(rung_)].error;
    const int last = static_cast<int>(ladder(options_).size()) - 1;
    if (measured_ <= kMargin * wanted_) {
      // Less exact from the next solve on; not if this one had to become more so.
      if (!climbed && measured_ > 0 && measured_ < kTooExact * wanted_) {
        const int next = rung_for(0.5 * wanted_ * listed / measured_);
        if (next < rung_) {
          stand_on(next);
          solves_ = 0;  // to be checked
        }
      }
      return Status::ok();
    }
    if (rung_ == last) break;
    climbed = true;
    stand_on(std::max(rung_ + 1, rung_for(kMargin * wanted_ * listed / measured_)));
  }
  if (measured_ <= wanted_) return Status::ok();
  return {StatusCode::kUnsupported,
          "the field errs by " + number_text(measured_) + " at best: floats hold no more of it"};
}

}  // namespace quadrille
