// What the tests of 1/r fields share: their oracle, sums in double, and masses.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <span>
#include <vector>

#include "tests/kernels/bodies_fixture.h"

namespace quadrille::test {

struct Field {
  explicit Field(std::size_t bodies) : ax(bodies), ay(bodies) {}
  std::vector<float> ax, ay;
  bool operator==(const Field&) const = default;
};

struct Pull {
  double x = 0, y = 0;
  double squared() const { return x * x + y * y; }
};

inline Pull direct_pull(const Shape& bodies, std::span<const float> mass, double softening,
                        std::size_t i) {
  Pull pull;
  for (std::size_t j = 0; j < bodies.x.size(); ++j) {
    const double dx = double{bodies.x[j]} - bodies.x[i], dy = double{bodies.y[j]} - bodies.y[i];
    const double r2 = dx * dx + dy * dy + softening * softening;
    if (j == i || r2 == 0) continue;
    const double m = mass.empty() ? 1.0 : double{mass[j]};
    pull.x += m * dx / r2;
    pull.y += m * dy / r2;
  }
  return pull;
}

// A law of one's own: pulls m d / (1 + kPerSquare d^2)^2, which falls off within a length that it
// knows.
template <int kPerSquare>
struct RangedLaw {
  static constexpr int kPower = 0;
  template <class F>
  static F pull(const F& mass, const F& s) {
    const F x = F(1.0f) + F(1.0f * kPerSquare) * s;
    return mass / (x * x);
  }
  template <int kOrder, class F>
  static void derivatives(const F& s, const F&, F* g) {
    const F inverse = F(1.0f) / (F(1.0f) + F(1.0f * kPerSquare) * s);
    const F ratio = F(-2.0f * kPerSquare) * s * inverse;
    F value = s * inverse * inverse;
    for (int k = 1; k <= kOrder; ++k) {
      g[k] = value;
      value = value * ratio * F(static_cast<float>(k + 1));
    }
  }
  static double potential(double s) { return -0.5 / (kPerSquare * (1 + kPerSquare * s)); }
};

// Of every `stride`-th body, root mean squares: of errors relative to each pull, and of errors over
// that of pulls, which bodies near the middle, where pulls cancel, cannot spoil.
struct FieldError {
  double of_each, of_all;
};
inline FieldError field_error(const Field& field, const Shape& bodies, std::span<const float> mass,
                              double softening, std::size_t stride) {
  double relative = 0, errors = 0, pulls = 0;
  int samples = 0;
  for (std::size_t i = 0; i < bodies.x.size(); i += stride, ++samples) {
    const Pull expected = direct_pull(bodies, mass, softening, i);
    const Pull error = {field.ax[i] - expected.x, field.ay[i] - expected.y};
    relative += error.squared() / expected.squared();
    errors += error.squared();
    pulls += expected.squared();
  }
  return {std::sqrt(relative / samples), std::sqrt(errors / pulls)};
}

inline std::vector<float> masses(std::size_t count) {
  std::vector<float> mass(count);
  Random random(11);
  for (float& m : mass) m = unit(random) * 3.0f;
  return mass;
}

// ---- what holds of any solver; solve(bodies) is its field without masses ----

template <class Solve>
void expect_few_bodies_to_be_summed(Solve solve) {
  for (const int count : {0, 1, 2, 3, 7, 8, 9, 31, 32}) {
    const Shape bodies = uniform(count);
    const Field field = solve(bodies);
    if (count > 1) {
      EXPECT_LT(field_error(field, bodies, {}, 0, 1).of_each, 1e-5) << count;
    }
    if (count == 1) {
      EXPECT_EQ(field.ax[0], 0.0f);
    }
  }
}

template <class Solve>
void expect_equal_bodies_to_pull_equally(Solve solve) {
  const Shape bodies = uniform(20000);
  const Field field = solve(bodies);
  double sum_x = 0, sum_y = 0, size = 0;
  for (std::size_t i = 0; i < bodies.x.size(); ++i) {
    sum_x += field.ax[i];
    sum_y += field.ay[i];
    size += std::hypot(field.ax[i], field.ay[i]);
  }
  EXPECT_LT(std::hypot(sum_x, sum_y) / size, 1e-5);
}

template <class Solve>
void expect_squares_to_scale_the_field_alone(Solve solve) {
  const Shape unit_square = uniform(3000);
  const Field expected = solve(unit_square);
  for (const float scale : {0x1p-30f, 0x1p30f}) {  // powers of two: no rounding of their own
    Shape scaled = unit_square;
    for (float& x : scaled.x) x *= scale;
    for (float& y : scaled.y) y *= scale;
    const Field field = solve(scaled);
    for (std::size_t i = 0; i < scaled.x.size(); ++i)
      ASSERT_NEAR(field.ax[i] * scale, expected.ax[i], 1e-3 * std::abs(expected.ax[i]) + 1e-2);
  }
}

}  // namespace quadrille::test
