// sin, cos, exp and log from + - * / alone, so that they give the same bits on every machine,
// compiler and instruction set (libm does not promise that, and differs with and without FMA).
// Within 3 units in the last place over the ranges stated; not for signalling edge cases.
#pragma once

#include <bit>
#include <cstdint>

namespace quadrille::fixed_math {

inline constexpr double kPi = 3.14159265358979323846;

// x > 0, normal. The mantissa m is brought to [sqrt 1/2, sqrt 2); then log m = 2 artanh((m - 1) /
// (m + 1)).
inline double log(double x) {
  constexpr double kLn2High = 0x1.62e42feep-1,
                   kLn2Low = 0x1.a39ef35793c76p-33;  // High: 32 bits, k * High is exact
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(x);
  std::int64_t k = static_cast<std::int64_t>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0x000fffffffffffffULL) | 0x3ff0000000000000ULL);
  if (m > 1.41421356237309504880) {
    m *= 0.5;
    ++k;
  }
  const double s = (m - 1) / (m + 1), z = s * s;  // |s| < 0.172
  double tail = 0;
  for (int n = 21; n >= 3; n -= 2) tail = (tail + 1.0 / n) * z;
  const double scale = static_cast<double>(k);
  return scale * kLn2High + (2 * s + (2 * s * tail + scale * kLn2Low));
}

// |x| < 708.
inline double exp(double x) {
  constexpr double kLn2High = 0x1.62e42feep-1, kLn2Low = 0x1.a39ef35793c76p-33;
  const double turns = x * 1.44269504088896340736;
  const auto k = static_cast<std::int64_t>(turns < 0 ? turns - 0.5 : turns + 0.5);
  const double r =
      (x - static_cast<double>(k) * kLn2High) - static_cast<double>(k) * kLn2Low;  // |r| < 0.347
  double sum = 1;
  for (int n = 14; n >= 1; --n) sum = 1 + sum * r / n;
  return sum * std::bit_cast<double>(static_cast<std::uint64_t>(k + 1023) << 52);
}

namespace detail {

struct Reduced {
  double r;           // in [-pi/4, pi/4]
  std::int64_t turn;  // quarter turns taken off, modulo 4
};

// Three parts of pi/2 (Cody and Waite): the products with k are exact for |x| < 1e5.
inline Reduced reduce(double x) {
  constexpr double kHigh = 0x1.921fb544p+0, kMiddle = 0x1.0b4611a6p-34,
                   kLow = 0x1.3198a2e037073p-69;
  const double turns = x * (2 / kPi);
  const auto k = static_cast<std::int64_t>(turns < 0 ? turns - 0.5 : turns + 0.5);
  const double n = static_cast<double>(k);
  return {((x - n * kHigh) - n * kMiddle) - n * kLow, k & 3};
}

inline double sin_series(double r) {
  const double z = r * r;
  double sum = 1;
  for (int n = 18; n >= 2; n -= 2) sum = 1 - sum * z / (n * (n + 1));
  return r * sum;
}

inline double cos_series(double r) {
  const double z = r * r;
  double sum = 1;
  for (int n = 17; n >= 1; n -= 2) sum = 1 - sum * z / (n * (n + 1));
  return sum;
}

}  // namespace detail

// |x| < 1e5.
inline double sin(double x) {
  const detail::Reduced reduced = detail::reduce(x);
  const double value =
      (reduced.turn & 1) != 0 ? detail::cos_series(reduced.r) : detail::sin_series(reduced.r);
  return (reduced.turn & 2) != 0 ? -value : value;
}

inline double cos(double x) {
  const detail::Reduced reduced = detail::reduce(x);
  const double value =
      (reduced.turn & 1) != 0 ? detail::sin_series(reduced.r) : detail::cos_series(reduced.r);
  return reduced.turn == 1 || reduced.turn == 2 ? -value : value;
}

}  // namespace quadrille::fixed_math
