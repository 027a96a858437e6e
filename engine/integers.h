// Small helpers for whole numbers, which everything above counts with.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace quadrille {

// An index as the standard containers take it; `i` is not negative.
constexpr std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

// The next multiple of `step` from `count` on. The caller has made sure that the sum does not
// overflow.
template <std::unsigned_integral T>
constexpr T round_up(T count, std::type_identity_t<T> step) {
  return (count + step - 1) / step * step;
}

}  // namespace quadrille
