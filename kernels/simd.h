// The only door to xsimd. Included by isa/*.cpp alone (through isa/table-inl.h), after
// QUADRILLE_ISA_NAMESPACE and QUADRILLE_ISA_ARCH are set. Everything here has internal linkage: a
// weak symbol of the AVX2 object could otherwise be the copy that an old processor runs.
//
// A body is a template over Arch and uses Batch<T, Arch>: + - * /, comparisons, select, min, max,
// sqrt. `Scalar` is the architecture of one lane: the portable table, and the oracle of all others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

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
  friend ScalarBatch operator&(ScalarBatch a, ScalarBatch b) { return a.value & b.value; }
  friend ScalarBatch operator|(ScalarBatch a, ScalarBatch b) { return a.value | b.value; }
  friend bool operator<(ScalarBatch a, ScalarBatch b) { return a.value < b.value; }
  friend bool operator<=(ScalarBatch a, ScalarBatch b) { return a.value <= b.value; }
  friend bool operator==(ScalarBatch a, ScalarBatch b) { return a.value == b.value; }
  // Of what is equal or has no order the second one, as processors do.
  friend ScalarBatch min(ScalarBatch a, ScalarBatch b) { return a.value < b.value ? a : b; }
  friend ScalarBatch max(ScalarBatch a, ScalarBatch b) { return b.value < a.value ? a : b; }
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

// Floats of four or of eight lanes at most, for arrays of so many.
template <class Arch, int kMostLanes>
struct NarrowBatchOf {
#if defined(__x86_64__)
  using Narrow = std::conditional_t<kMostLanes == 4, xsimd::sse4_2, xsimd::avx2>;
  static constexpr bool kFits = Batch<float, Arch>::size <= kMostLanes;
  using type = Batch<float, std::conditional_t<kFits, Arch, Narrow>>;
#endif
};
template <int kMostLanes>
struct NarrowBatchOf<Scalar, kMostLanes> {
  using type = ScalarBatch<float>;
};
template <class Arch, int kMostLanes>
using NarrowBatch = typename NarrowBatchOf<Arch, kMostLanes>::type;

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

// Where both hold.
inline bool both(bool a, bool b) { return a && b; }
#if defined(__x86_64__)
template <class T, class Arch>
inline xsimd::batch_bool<T, Arch> both(const xsimd::batch_bool<T, Arch>& a,
                                       const xsimd::batch_bool<T, Arch>& b) {
  return a & b;
}
#endif

// The bits of floats.
inline ScalarBatch<std::int32_t> bits_of(ScalarBatch<float> a) {
  return __builtin_bit_cast(std::int32_t, a.value);
}
#if defined(__x86_64__)
template <class Arch>
inline xsimd::batch<std::int32_t, Arch> bits_of(const xsimd::batch<float, Arch>& a) {
  return xsimd::bitwise_cast<xsimd::batch<std::int32_t, Arch>>(a);
}
#endif

// The least, or the greatest, of all lanes.
inline float least_lane(ScalarBatch<float> lanes) { return lanes.value; }
inline float greatest_lane(ScalarBatch<float> lanes) { return lanes.value; }
#if defined(__SSE4_2__)
inline float least_lane(const xsimd::batch<float, xsimd::sse4_2>& lanes) {
  const __m128 two = _mm_min_ps(lanes.data, _mm_movehl_ps(lanes.data, lanes.data));
  return _mm_cvtss_f32(_mm_min_ss(two, _mm_shuffle_ps(two, two, 1)));
}
inline float greatest_lane(const xsimd::batch<float, xsimd::sse4_2>& lanes) {
  const __m128 two = _mm_max_ps(lanes.data, _mm_movehl_ps(lanes.data, lanes.data));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps(two, two, 1)));
}
#endif
#if defined(__AVX2__)
using FourFloats = xsimd::batch<float, xsimd::sse4_2>;
inline float least_lane(const xsimd::batch<float, xsimd::avx2>& lanes) {
  return least_lane(min(FourFloats(_mm256_castps256_ps128(lanes.data)),
                        FourFloats(_mm256_extractf128_ps(lanes.data, 1))));
}
inline float greatest_lane(const xsimd::batch<float, xsimd::avx2>& lanes) {
  return greatest_lane(max(FourFloats(_mm256_castps256_ps128(lanes.data)),
                           FourFloats(_mm256_extractf128_ps(lanes.data, 1))));
}
#endif
#if defined(__AVX512F__)
using EightFloats = xsimd::batch<float, xsimd::avx2>;
inline float least_lane(const xsimd::batch<float, xsimd::avx512bw>& lanes) {
  return least_lane(min(EightFloats(_mm512_castps512_ps256(lanes.data)),
                        EightFloats(_mm512_maskz_extractf32x8_ps(0xff, lanes.data, 1))));
}
inline float greatest_lane(const xsimd::batch<float, xsimd::avx512bw>& lanes) {
  return greatest_lane(max(EightFloats(_mm512_castps512_ps256(lanes.data)),
                           EightFloats(_mm512_maskz_extractf32x8_ps(0xff, lanes.data, 1))));
}
#endif

// Writes first + i for every bit i of a mask, ascending, and returns behind the last one. What
// stands there, up to as many elements as a register has lanes, is overwritten.
template <class Arch>
inline std::int32_t* store_hits(std::int32_t* to, std::int32_t first, std::uint64_t bits) {
  constexpr auto width = static_cast<int>(Batch<float, Arch>::size);
  for (int i = 0; i < width; ++i) {  // no branch: which bits are set cannot be guessed
    *to = first + i;
    to += bits >> i & 1;
  }
  return to;
}
#if defined(__AVX2__)
// The set bits of each byte, ascending, a byte each.
struct HitOrder {
  std::uint64_t of[256];
  constexpr HitOrder() : of() {
    for (unsigned mask = 0; mask < 256; ++mask) {
      unsigned shift = 0;
      for (unsigned bit = 0; bit < 8; ++bit) {
        if ((mask >> bit & 1) == 0) continue;
        of[mask] |= std::uint64_t{bit} << shift;
        shift += 8;
      }
    }
  }
};
constexpr HitOrder kHitOrder;

inline std::int32_t* store_eight_hits(std::int32_t* to, std::int32_t first, std::uint64_t bits) {
  const __m256i lanes =
      _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<long long>(kHitOrder.of[bits])));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to),
                      _mm256_add_epi32(lanes, _mm256_set1_epi32(first)));
  return to + __builtin_popcountll(bits);
}
template <>
inline std::int32_t* store_hits<xsimd::avx2>(std::int32_t* to, std::int32_t first,
                                             std::uint64_t bits) {
  return store_eight_hits(to, first, bits);
}
#endif
#if defined(__AVX512F__)
template <>
inline std::int32_t* store_hits<xsimd::avx512bw>(std::int32_t* to, std::int32_t first,
                                                 std::uint64_t bits) {
  to = store_eight_hits(to, first, bits & 255);
  return store_eight_hits(to, first + 8, bits >> 8);
}
#endif

// Writes from[i] for every bit i of a mask, likewise, of elements of 32 bits. `to` may be `from` or
// stand before it.
template <class Arch>
struct ChosenStore {
  template <class T>
  static void run(T* to, const T* from, std::uint64_t bits) {
    constexpr auto width = static_cast<int>(Batch<float, Arch>::size);
    for (int i = 0; i < width; ++i) {
      *to = from[i];
      to += bits >> i & 1;
    }
  }
};
#if defined(__AVX2__)
template <>
struct ChosenStore<xsimd::avx2> {
  template <class T>
  static void run(T* to, const T* from, std::uint64_t bits) {
    const __m256i lanes =
        _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<long long>(kHitOrder.of[bits])));
    const __m256i all = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_permutevar8x32_epi32(all, lanes));
  }
};
#endif
#if defined(__AVX512F__)
// In a register first: compressing into memory takes a hundred cycles on Zen 4.
template <>
struct ChosenStore<xsimd::avx512bw> {
  template <class T>
  static void run(T* to, const T* from, std::uint64_t bits) {
    const __m512i chosen =
        _mm512_maskz_compress_epi32(static_cast<__mmask16>(bits), _mm512_loadu_si512(from));
    _mm512_storeu_si512(to, chosen);
  }
};
#endif
template <class Arch, class T>
inline void store_chosen(T* to, const T* from, std::uint64_t bits) {
  static_assert(sizeof(T) == 4);
  ChosenStore<Arch>::run(to, from, bits);
}

// Rows of eight floats, row i at base + 8 i; a lane's row may be given as ~row, which is read and
// never written. load_rows makes eight columns of a register's rows; store_rows writes the first
// four columns back, where no two lanes may name one row.
inline const float* read_row(const float* base, std::int32_t row) {
  return base + 8 * static_cast<std::ptrdiff_t>(row ^ (row >> 31));
}

inline void load_rows(const float* base, const std::int32_t* rows,
                      ScalarBatch<float> (&columns)[8]) {
  for (int k = 0; k < 8; ++k) columns[k] = read_row(base, rows[0])[k];
}
inline void store_rows(float* base, const std::int32_t* rows, const ScalarBatch<float>* columns) {
  if (rows[0] < 0) return;
  for (int k = 0; k < 4; ++k) base[8 * static_cast<std::ptrdiff_t>(rows[0]) + k] = columns[k].value;
}

#if defined(__SSE4_2__)
inline void transpose_four(__m128 (&r)[4]) {
  const __m128 low = _mm_unpacklo_ps(r[0], r[1]), high = _mm_unpackhi_ps(r[0], r[1]);
  const __m128 low2 = _mm_unpacklo_ps(r[2], r[3]), high2 = _mm_unpackhi_ps(r[2], r[3]);
  r[0] = _mm_movelh_ps(low, low2);
  r[1] = _mm_movehl_ps(low2, low);
  r[2] = _mm_movelh_ps(high, high2);
  r[3] = _mm_movehl_ps(high2, high);
}
inline void store_row(float* base, std::int32_t row, __m128 values) {
  if (row >= 0) _mm_storeu_ps(base + 8 * static_cast<std::ptrdiff_t>(row), values);
}
inline void load_rows(const float* base, const std::int32_t* rows,
                      xsimd::batch<float, xsimd::sse4_2> (&columns)[8]) {
  for (int half = 0; half < 2; ++half) {
    __m128 r[4];
    for (int i = 0; i < 4; ++i) r[i] = _mm_loadu_ps(read_row(base, rows[i]) + 4 * half);
    transpose_four(r);
    for (int k = 0; k < 4; ++k) columns[4 * half + k] = xsimd::batch<float, xsimd::sse4_2>(r[k]);
  }
}
inline void store_rows(float* base, const std::int32_t* rows,
                       const xsimd::batch<float, xsimd::sse4_2>* columns) {
  __m128 r[4] = {columns[0].data, columns[1].data, columns[2].data, columns[3].data};
  transpose_four(r);
  for (int i = 0; i < 4; ++i) store_row(base, rows[i], r[i]);
}
#endif

#if defined(__AVX2__)
inline void load_eight_rows(const float* base, const std::int32_t* rows, __m256 (&c)[8]) {
  __m256 r[8], t[8];
  for (int i = 0; i < 8; ++i) r[i] = _mm256_loadu_ps(read_row(base, rows[i]));
  for (int i = 0; i < 4; ++i) {
    t[2 * i] = _mm256_unpacklo_ps(r[2 * i], r[2 * i + 1]);
    t[2 * i + 1] = _mm256_unpackhi_ps(r[2 * i], r[2 * i + 1]);
  }
  for (int i = 0; i < 2; ++i) {
    r[4 * i] = _mm256_shuffle_ps(t[4 * i], t[4 * i + 2], 0x44);
    r[4 * i + 1] = _mm256_shuffle_ps(t[4 * i], t[4 * i + 2], 0xee);
    r[4 * i + 2] = _mm256_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0x44);
    r[4 * i + 3] = _mm256_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0xee);
  }
  for (int i = 0; i < 4; ++i) {
    c[i] = _mm256_permute2f128_ps(r[i], r[i + 4], 0x20);
    c[i + 4] = _mm256_permute2f128_ps(r[i], r[i + 4], 0x31);
  }
}
inline void store_eight_rows(float* base, const std::int32_t* rows, __m256 c0, __m256 c1, __m256 c2,
                             __m256 c3) {
  const __m256 t0 = _mm256_unpacklo_ps(c0, c1), t1 = _mm256_unpackhi_ps(c0, c1);
  const __m256 t2 = _mm256_unpacklo_ps(c2, c3), t3 = _mm256_unpackhi_ps(c2, c3);
  const __m256 r[4] = {_mm256_shuffle_ps(t0, t2, 0x44), _mm256_shuffle_ps(t0, t2, 0xee),
                       _mm256_shuffle_ps(t1, t3, 0x44), _mm256_shuffle_ps(t1, t3, 0xee)};
  for (int i = 0; i < 4; ++i) store_row(base, rows[i], _mm256_castps256_ps128(r[i]));
  for (int i = 0; i < 4; ++i) store_row(base, rows[i + 4], _mm256_extractf128_ps(r[i], 1));
}
inline void load_rows(const float* base, const std::int32_t* rows,
                      xsimd::batch<float, xsimd::avx2> (&columns)[8]) {
  __m256 c[8];
  load_eight_rows(base, rows, c);
  for (int k = 0; k < 8; ++k) columns[k] = xsimd::batch<float, xsimd::avx2>(c[k]);
}
inline void store_rows(float* base, const std::int32_t* rows,
                       const xsimd::batch<float, xsimd::avx2>* columns) {
  store_eight_rows(base, rows, columns[0].data, columns[1].data, columns[2].data, columns[3].data);
}
#endif

#if defined(__AVX512F__)
inline void load_rows(const float* base, const std::int32_t* rows,
                      xsimd::batch<float, xsimd::avx512bw> (&columns)[8]) {
  __m256 low[8], high[8];
  load_eight_rows(base, rows, low);
  load_eight_rows(base, rows + 8, high);
  for (int k = 0; k < 8; ++k)
    columns[k] = xsimd::batch<float, xsimd::avx512bw>(
        _mm512_insertf32x8(_mm512_castps256_ps512(low[k]), high[k], 1));
}
inline void store_rows(float* base, const std::int32_t* rows,
                       const xsimd::batch<float, xsimd::avx512bw>* columns) {
  __m256 low[4], high[4];
  for (int k = 0; k < 4; ++k) {
    low[k] = _mm512_castps512_ps256(columns[k].data);
    high[k] = _mm512_maskz_extractf32x8_ps(0xff, columns[k].data, 1);
  }
  store_eight_rows(base, rows, low[0], low[1], low[2], low[3]);
  store_eight_rows(base, rows + 8, high[0], high[1], high[2], high[3]);
}
#endif

}  // namespace
}  // namespace quadrille
