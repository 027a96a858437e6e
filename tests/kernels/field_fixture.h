// What the tests of 1/r fields share: their oracle, sums in double, and masses.
#pragma once

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

}  // namespace quadrille::test
