// The grids of a broad-phase: how large their cells are and how many levels there are.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/broad_phase_body.h"

namespace quadrille {

// What the choice of grids needs to know of the discs.
struct DiscSummary {
  float min_x, max_x, min_y, max_y;
  float min_radius, max_radius;
  double sum_x, sum_y, sum_xx, sum_yy;
};

DiscSummary summarize_discs(std::span<const float> x, std::span<const float> y,
                            std::span<const float> radius);
DiscSummary merge(const DiscSummary& a, const DiscSummary& b);

// Levels from coarse to fine, cells halving, `max_cells` of them in all at most. Returns the number
// of levels.
int choose_grid_levels(const DiscSummary& summary, std::int64_t num_discs, std::int64_t max_cells,
                       GridLevel (&levels)[kMaxGridLevels]);

}  // namespace quadrille
