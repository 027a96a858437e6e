// Which discs of a broad-phase are near a segment: along it, a row of cells at a time.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/broad_phase.h"
#include "kernels/float_range.h"
#include "kernels/grid_cell.h"
#include "kernels/manifold.h"

namespace quadrille {

// Where along x the segment is while its y is within [low, high]; false: nowhere.
inline bool clip_segment(const ContactShape& segment, float low, float high, float& left,
                         float& right) {
  const float bottom = segment.y - std::max(segment.ay, -segment.ay);
  const float top = segment.y + std::max(segment.ay, -segment.ay);
  if (top < low || bottom > high) return false;
  float s = -1, t = 1;  // of the segment's half axis
  if (segment.ay != 0) {
    const float a = (low - segment.y) / segment.ay, b = (high - segment.y) / segment.ay;
    s = std::max(s, std::min(a, b));
    t = std::min(t, std::max(a, b));
  }
  const float from = segment.x + s * segment.ax, to = segment.x + t * segment.ax;
  left = std::min(from, to);
  right = std::max(from, to);
  return true;
}

// near(place) for every disc that overlaps the segment, in ascending order of level, row and place.
template <class Near>
void scan_segment(const BroadPhase& discs, const ContactShape& segment, Near&& near) {
  const float height = std::max(segment.ay, -segment.ay);
  for (const GridLevel& level : discs.levels()) {
    if (level.num_discs == 0) continue;
    // Rounding must not hide the cell of a disc: a cell more to every side.
    const float reach = level.largest_radius + level.cell;
    const std::int32_t top = grid_row(level, segment.y + height + reach);
    for (std::int32_t row = grid_row(level, segment.y - height - reach); row <= top; ++row) {
      const float bottom = level.origin_y + static_cast<float>(row) * level.cell;
      const float low = row == 0 ? -kLargestFloat : bottom - reach;
      const float high = row == level.rows - 1 ? kLargestFloat : bottom + level.cell + reach;
      float left = 0, right = 0;
      if (!clip_segment(segment, low, high, left, right)) continue;
      const std::int32_t* start = discs.cell_start() + level.first_cell + row * level.columns;
      const std::int32_t end = start[grid_column(level, right + reach) + 1];
      for (std::int32_t place = start[grid_column(level, left - reach)]; place < end; ++place) {
        const ContactShape disc = {discs.x()[at(place)], discs.y()[at(place)], 0, 0, 0};
        if (shape_distance(segment, disc) < discs.radius()[at(place)]) near(place);
      }
    }
  }
}

}  // namespace quadrille
