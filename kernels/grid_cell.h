// In which cell of a broad-phase's grid a point stands. Internal linkage: files for one instruction
// set include it too.
#pragma once

#include <cstdint>

#include "kernels/broad_phase_body.h"

namespace quadrille {
namespace {

// Monotone in `at`, and clamped: what lies between two points never leaves the cells between
// theirs. NaN counts as 0. Selects that processors have an instruction for, no branches: where a
// point stands cannot be guessed.
inline std::int32_t grid_axis(float at, float origin, float inverse_cell, std::int32_t count) {
  const float scaled = (at - origin) * inverse_cell;
  const auto last = static_cast<float>(count - 1);  // may round up, past 2^24
  const float above = scaled > 0.0f ? scaled : 0.0f;
  const auto index = static_cast<std::int32_t>(above < last ? above : last);
  return index < count ? index : count - 1;
}

inline std::int32_t grid_column(const GridLevel& level, float x) {
  return grid_axis(x, level.origin_x, level.inverse_cell, level.columns);
}

inline std::int32_t grid_row(const GridLevel& level, float y) {
  return grid_axis(y, level.origin_y, level.inverse_cell, level.rows);
}

}  // namespace
}  // namespace quadrille
