#include "kernels/grid_levels.h"
#include "kernels/float_range.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quadrille {
namespace {

struct Extent {
  double low, high;
  double width() const { return high - low; }
};

// The grid need not reach the farthest disc: beyond four standard deviations, border cells take
// what comes. One far disc would otherwise put all others into one cell.
Extent grid_extent(float low, float high, double sum, double sum_of_squares, double count) {
  const double mean = sum / count;
  const double deviation = std::sqrt(std::max(0.0, sum_of_squares / count - mean * mean));
  const double lowest = std::clamp(low, -kLargestFloat, kLargestFloat);
  const double highest = std::clamp(high, -kLargestFloat, kLargestFloat);
  if (!(lowest <= highest)) return {0, 0};  // no coordinate is a number
  if (!std::isfinite(mean)) return {lowest, highest};
  return {std::max(lowest, mean - 4 * deviation), std::min(highest, mean + 4 * deviation)};
}

double cells_along(const Extent& extent, double cell) {
  return std::floor(extent.width() / cell) + 1;
}

GridLevel make_level(const Extent& x, const Extent& y, double cell, std::int32_t first_cell) {
  GridLevel level{};
  level.origin_x = static_cast<float>(x.low);
  level.origin_y = static_cast<float>(y.low);
  level.cell = static_cast<float>(cell);
  level.inverse_cell = 1.0f / level.cell;
  level.largest_radius = level.cell / kCellRadii;
  level.columns = static_cast<std::int32_t>(cells_along(x, cell));
  level.rows = static_cast<std::int32_t>(cells_along(y, cell));
  level.first_cell = first_cell;
  level.narrow = std::max(level.columns, level.rows) <= kMostNarrow;
  return level;
}

}  // namespace

DiscSummary summarize_discs(std::span<const float> x, std::span<const float> y,
                            std::span<const float> radius) {
  DiscSummary s{kFloatInfinity,
                -kFloatInfinity,
                kFloatInfinity,
                -kFloatInfinity,
                kFloatInfinity,
                -kFloatInfinity,
                0,
                0,
                0,
                0};
  for (std::size_t i = 0; i < x.size(); ++i) {
    s.min_x = std::min(s.min_x, x[i]);
    s.max_x = std::max(s.max_x, x[i]);
    s.min_y = std::min(s.min_y, y[i]);
    s.max_y = std::max(s.max_y, y[i]);
    s.min_radius = std::min(s.min_radius, radius[i]);
    s.max_radius = std::max(s.max_radius, radius[i]);
    const double dx = x[i], dy = y[i];
    s.sum_x += dx;
    s.sum_y += dy;
    s.sum_xx += dx * dx;
    s.sum_yy += dy * dy;
  }
  return s;
}

DiscSummary merge(const DiscSummary& a, const DiscSummary& b) {
  return {std::min(a.min_x, b.min_x),
          std::max(a.max_x, b.max_x),
          std::min(a.min_y, b.min_y),
          std::max(a.max_y, b.max_y),
          std::min(a.min_radius, b.min_radius),
          std::max(a.max_radius, b.max_radius),
          a.sum_x + b.sum_x,
          a.sum_y + b.sum_y,
          a.sum_xx + b.sum_xx,
          a.sum_yy + b.sum_yy};
}

int choose_grid_levels(const DiscSummary& summary, std::int64_t num_discs, std::int64_t max_cells,
                       GridLevel (&levels)[kMaxGridLevels]) {
  const auto count = static_cast<double>(num_discs);
  const Extent x = grid_extent(summary.min_x, summary.max_x, summary.sum_x, summary.sum_xx, count);
  const Extent y = grid_extent(summary.min_y, summary.max_y, summary.sum_y, summary.sum_yy, count);
  // Cells much smaller than a disc's share of the area would only be empty. A disc larger than the
  // whole counts as large as that: a level has room for it, and there are not enough levels to
  // halve any size down to that of the others.
  const double widest = double{kCellRadii} * summary.max_radius;
  const double largest = std::min(widest, std::max(x.width(), y.width()));
  double cell = std::max(largest, std::sqrt(x.width() * y.width() / count));
  if (!(cell > 0)) cell = std::max({x.width() / count, y.width() / count, 1e-30});
  while (cells_along(x, cell) * cells_along(y, cell) > static_cast<double>(max_cells)) cell *= 1.25;

  const double coarsest = cell;
  std::int64_t used = 0;
  int num_levels = 0;
  for (; num_levels < kMaxGridLevels; ++num_levels, cell /= 2) {
    const double cells = cells_along(x, cell) * cells_along(y, cell);
    const bool fits = static_cast<double>(used) + cells <= static_cast<double>(max_cells);
    const bool wanted = num_levels == 0 || kCellRadii * summary.min_radius <= cell;
    const bool worthwhile = num_levels == 0 || cells <= 2 * count;
    if (!fits || !wanted || !worthwhile) break;
    levels[num_levels] = make_level(x, y, cell, static_cast<std::int32_t>(used));
    used += static_cast<std::int64_t>(cells);
  }
  levels[0].largest_radius = summary.max_radius;
  levels[0].narrow = levels[0].narrow && widest <= coarsest;
  return num_levels;
}

}  // namespace quadrille
