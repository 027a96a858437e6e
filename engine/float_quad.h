// Four floats that are worked on at once, on every instruction set: the edges of a box, or four
// bodies' coordinates. What is done to them is one operation a lane, in IEEE arithmetic, so the
// bits are those of a loop over four floats.
#pragma once

#include <cstdint>
#include <cstring>

namespace quadrille {

using FloatQuad = float __attribute__((vector_size(16)));
using IntQuad = std::int32_t __attribute__((vector_size(16)));

inline FloatQuad load_four(const void* from) {  // wherever they stand
  FloatQuad four;
  std::memcpy(&four, from, sizeof(four));
  return four;
}
inline void store_four(void* to, const FloatQuad& four) { std::memcpy(to, &four, sizeof(four)); }

// The lesser and the greater of each lane; `b` where either is not-a-number.
inline FloatQuad lesser(const FloatQuad& a, const FloatQuad& b) { return a < b ? a : b; }
inline FloatQuad greater(const FloatQuad& a, const FloatQuad& b) { return a > b ? a : b; }

// Whether any lane of a comparison holds.
inline bool any_of(const IntQuad& lanes) {
  std::uint64_t halves[2];
  std::memcpy(halves, &lanes, sizeof(halves));
  return (halves[0] | halves[1]) != 0;
}

// Changes the sign of the last two lanes: of a box (min_x, min_y, max_x, max_y) those that are
// maxima, so that one minimum serves all four edges.
inline FloatQuad with_maxima_negated(const FloatQuad& edges) {
  constexpr std::int32_t kSign = INT32_MIN;
  return reinterpret_cast<FloatQuad>(reinterpret_cast<IntQuad>(edges) ^
                                     IntQuad{0, 0, kSign, kSign});
}

}  // namespace quadrille
