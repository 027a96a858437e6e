// Morton keys: the one definition of a key, and the square whose points have it [Morton 1966].
#pragma once

#include <cstdint>

namespace quadrille {

// Maps a point to cells of a 65536 x 65536 grid over a square. `prescale` is a power of two that
// brings the coordinates to the middle of the floats' range, so that neither a side of 6e38
// overflows nor one of 1e-44 vanishes.
struct MortonSquare {
  float prescale;
  float origin_x, origin_y;  // lower left corner, prescaled
  float scale;               // cells a prescaled unit
};

// Bit 2i of the key is bit i of the column, bit 2i + 1 that of the row. Points outside of the
// square count as on its edge, not-a-number as zero. Rounding is monotone: a point further right
// never has a lesser column. static: each object keeps a copy of its own, so no old processor can
// be given a newer one's.
static inline std::int32_t morton_cell(float coordinate, float prescale, float origin,
                                       float scale) {
  const float at = (coordinate * prescale - origin) * scale;
  const float low = at > 0.0f ? at : 0.0f;
  return static_cast<std::int32_t>(low < 65535.0f ? low : 65535.0f);
}

static inline std::uint32_t morton_spread(std::uint32_t cell) {  // 16 bits to the even ones of 32
  cell = (cell | (cell << 8)) & 0x00ff00ffu;
  cell = (cell | (cell << 4)) & 0x0f0f0f0fu;
  cell = (cell | (cell << 2)) & 0x33333333u;
  return (cell | (cell << 1)) & 0x55555555u;
}

// The 16 even bits of 32 together: what morton_spread was given.
static inline std::uint32_t morton_compact(std::uint32_t key) {
  std::uint32_t cell = key & 0x55555555u;
  cell = (cell | (cell >> 1)) & 0x33333333u;
  cell = (cell | (cell >> 2)) & 0x0f0f0f0fu;
  cell = (cell | (cell >> 4)) & 0x00ff00ffu;
  return (cell | (cell >> 8)) & 0x0000ffffu;
}

static inline std::uint32_t morton_key(float x, float y, const MortonSquare& square) {
  const std::int32_t column = morton_cell(x, square.prescale, square.origin_x, square.scale);
  const std::int32_t row = morton_cell(y, square.prescale, square.origin_y, square.scale);
  return morton_spread(static_cast<std::uint32_t>(column)) |
         (morton_spread(static_cast<std::uint32_t>(row)) << 1);
}

}  // namespace quadrille
