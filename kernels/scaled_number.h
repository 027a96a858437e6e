// Numbers of any size: a double whose exponent goes on in an integer. Shortest paths of a lattice
// of 1,024 x 1,024 are more than a double holds.
#pragma once

#include <cstdint>

namespace quadrille {

// fraction * 2^(512 scale); not negative. fraction is 0, or from 2^-256 on and below 2^256. Results
// are those of a double with as long an exponent as needed: scaling by powers of two is exact, and
// what is left out of a sum is below half of its last digit. 16 bytes.
struct ScaledNumber {
  static constexpr double kUp = 0x1p512, kDown = 0x1p-512;

  double fraction = 0;
  std::int64_t scale = 0;

  // `value` is 0 or a double from 2^-768 on and below 2^768.
  static ScaledNumber of(double value, std::int64_t scale = 0) {
    if (value >= 0x1p256) return {value * kDown, scale + 1};
    if (value < 0x1p-256 && value != 0) return {value * kUp, scale - 1};
    return {value, value == 0 ? 0 : scale};
  }
  double value() const {  // 0 or infinity where a double cannot hold it
    const double step = scale < 0 ? kDown : kUp;
    double value = fraction;
    for (std::int64_t i = 0; i < 3 && i < (scale < 0 ? -scale : scale); ++i) value *= step;
    return value;
  }
};

inline ScaledNumber operator+(ScaledNumber a, ScaledNumber b) {
  if (a.fraction == 0) return b;
  if (b.fraction == 0) return a;
  if (a.scale == b.scale) return ScaledNumber::of(a.fraction + b.fraction, a.scale);
  const ScaledNumber& large = a.scale > b.scale ? a : b;
  const ScaledNumber& small = a.scale > b.scale ? b : a;
  if (large.scale - small.scale > 1) return large;
  return ScaledNumber::of(large.fraction + small.fraction * ScaledNumber::kDown, large.scale);
}

inline ScaledNumber operator*(ScaledNumber a, ScaledNumber b) {
  return ScaledNumber::of(a.fraction * b.fraction, a.scale + b.scale);
}

// b is not 0.
inline ScaledNumber operator/(ScaledNumber a, ScaledNumber b) {
  return ScaledNumber::of(a.fraction / b.fraction, a.scale - b.scale);
}

}  // namespace quadrille
