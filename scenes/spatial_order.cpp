#include "scenes/spatial_order.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace quadrille {
namespace {

struct Axis {
  double low = 0, scale = 0;
  // Both axes share one scale, so that the order follows squares.
  std::uint32_t cell(float value) const {
    return static_cast<std::uint32_t>((value - low) * scale);
  }
};

std::uint64_t spread(std::uint32_t value) {  // a zero bit before each bit
  std::uint64_t bits = value;
  bits = (bits | bits << 16) & 0x0000ffff0000ffffULL;
  bits = (bits | bits << 8) & 0x00ff00ff00ff00ffULL;
  bits = (bits | bits << 4) & 0x0f0f0f0f0f0f0f0fULL;
  bits = (bits | bits << 2) & 0x3333333333333333ULL;
  return (bits | bits << 1) & 0x5555555555555555ULL;
}

}  // namespace

std::vector<NodeID> morton_order(std::span<const float> x, std::span<const float> y) {
  if (x.empty()) return {};
  const auto [min_x, max_x] = std::minmax_element(x.begin(), x.end());
  const auto [min_y, max_y] = std::minmax_element(y.begin(), y.end());
  const double side = std::max(double{*max_x} - *min_x, double{*max_y} - *min_y);
  const double scale = side > 0 ? 4294967295.0 / side : 0;
  const Axis across{*min_x, scale}, up{*min_y, scale};

  std::vector<std::pair<std::uint64_t, NodeID>> keys(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    keys[i] = {spread(up.cell(y[i])) << 1 | spread(across.cell(x[i])), static_cast<NodeID>(i)};
  }
  std::sort(keys.begin(), keys.end());
  std::vector<NodeID> order(x.size());
  for (std::size_t i = 0; i < keys.size(); ++i) order[i] = keys[i].second;
  return order;
}

}  // namespace quadrille
