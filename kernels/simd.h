// The only door to xsimd. Included by isa/*.cpp alone (through isa/table-inl.h), after
// QUADRILLE_ISA_NAMESPACE and QUADRILLE_ISA_ARCH are set. Everything here has internal linkage: a
// weak symbol of the AVX2 object could otherwise be the copy that an old processor runs.
//
// A body is a template over Arch and uses Batch<T, Arch>: + - * /, comparisons, select, min, max,
// sqrt. `Scalar` is the architecture of one lane: the portable table, and the oracle of all others.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
#include <xsimd/xsimd.hpp>
#endif

namespace quadrille {
namespace {

struct Scalar {};

// One lane that looks like an xsimd batch.
template <class T>
struct ScalarBatch {
  static constexpr std::size_t size = 1;
  using batch_bool_type = bool;
  T value;
  ScalarBatch() = default;
  ScalarBatch(T v) : value(v) {}  // NOLINT: implicit, as in xsimd
  static ScalarBatch load_unaligned(const T* from) { return *from; }
  void store_unaligned(T* to) const { *to = value; }
  friend ScalarBatch operator+(ScalarBatch a, ScalarBatch b) {
    return static_cast<T>(a.value + b.value);
  }
  friend ScalarBatch operator-(ScalarBatch a, ScalarBatch b) {
    return static_cast<T>(a.value - b.value);
  }
  friend ScalarBatch operator*(ScalarBatch a, ScalarBatch b) {
    return static_cast<T>(a.value * b.value);
  }
  friend ScalarBatch operator/(ScalarBatch a, ScalarBatch b) {
    return static_cast<T>(a.value / b.value);
  }
  friend bool operator<(ScalarBatch a, ScalarBatch b) { return a.value < b.value; }
  friend bool operator<=(ScalarBatch a, ScalarBatch b) { return a.value <= b.value; }
  friend bool operator==(ScalarBatch a, ScalarBatch b) { return a.value == b.value; }
  friend ScalarBatch min(ScalarBatch a, ScalarBatch b) { return b.value < a.value ? b : a; }
  friend ScalarBatch max(ScalarBatch a, ScalarBatch b) { return a.value < b.value ? b : a; }
  friend ScalarBatch select(bool which, ScalarBatch a, ScalarBatch b) { return which ? a : b; }
};
inline ScalarBatch<float> sqrt(ScalarBatch<float> a) { return __builtin_sqrtf(a.value); }
inline ScalarBatch<double> sqrt(ScalarBatch<double> a) { return __builtin_sqrt(a.value); }

template <class T, class Arch>
struct BatchOf {
#if defined(__x86_64__)
  using type = xsimd::batch<T, Arch>;
#endif
};
template <class T>
struct BatchOf<T, Scalar> {
  using type = ScalarBatch<T>;
};
template <class T, class Arch>
using Batch = typename BatchOf<T, Arch>::type;

// Bit i is lane i of a comparison of 32-bit elements (xsimd 8 has no such thing).
inline std::uint64_t mask_bits(bool lane) { return lane ? 1 : 0; }
#if defined(__SSE4_2__)
template <class T>
inline std::uint64_t mask_bits(const xsimd::batch_bool<T, xsimd::sse4_2>& lanes) {
  static_assert(sizeof(T) == 4);
  return static_cast<std::uint64_t>(_mm_movemask_ps(__builtin_bit_cast(__m128, lanes.data)));
}
#endif
#if defined(__AVX2__)
template <class T>
inline std::uint64_t mask_bits(const xsimd::batch_bool<T, xsimd::avx2>& lanes) {
  static_assert(sizeof(T) == 4);
  return static_cast<std::uint64_t>(_mm256_movemask_ps(__builtin_bit_cast(__m256, lanes.data)));
}
#endif
#if defined(__AVX512F__)
template <class T>
inline std::uint64_t mask_bits(const xsimd::batch_bool<T, xsimd::avx512bw>& lanes) {
  static_assert(sizeof(T) == 4);
  return static_cast<std::uint64_t>(lanes.data);
}
#endif

}  // namespace
}  // namespace quadrille
