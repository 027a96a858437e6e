#include "kernels/morton.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <quadrille/parallel.h>

#include "kernels/float_range.h"
#include "kernels/kernel_table.h"

namespace quadrille {
namespace {

constexpr std::int64_t kPointGrain = 32 * 1024;
constexpr std::int64_t kMaxChunks = 64;  // partial bounds stand on the stack

void widen(Box& box, const Box& other) {
  box.min_x = std::min(box.min_x, other.min_x);
  box.min_y = std::min(box.min_y, other.min_y);
  box.max_x = std::max(box.max_x, other.max_x);
  box.max_y = std::max(box.max_y, other.max_y);
}

// + 0: -0 becomes 0, whichever of the two was seen first.
float settle(float edge) { return std::clamp(edge, -kLargestFloat, kLargestFloat) + 0.0f; }

}  // namespace

bool bounds_of(std::span<const float> x, std::span<const float> y, Parallel& parallel,
               const KernelTable& kernels, Box& bounds) {
  const auto count = static_cast<std::int64_t>(x.size());
  const std::int64_t grain = std::max(kPointGrain, (count + kMaxChunks - 1) / kMaxChunks);
  std::array<Box, kMaxChunks> partial;
  parallel.for_range(count, grain, [&](std::int64_t begin, std::int64_t end, int) {
    MinMaxArgs in_x{x.data() + begin, end - begin, kFloatInfinity, -kFloatInfinity};
    MinMaxArgs in_y{y.data() + begin, end - begin, kFloatInfinity, -kFloatInfinity};
    kernels.morton.min_max(in_x);
    kernels.morton.min_max(in_y);
    partial[static_cast<std::size_t>(begin / grain)] = {in_x.min, in_y.min, in_x.max, in_y.max};
  });
  Box all = kEmptyBox;
  for (std::int64_t chunk = 0; chunk * grain < count; ++chunk) {
    widen(all, partial[static_cast<std::size_t>(chunk)]);
  }
  if (!(all.min_x <= all.max_x && all.min_y <= all.max_y)) return false;
  bounds = {settle(all.min_x), settle(all.min_y), settle(all.max_x), settle(all.max_y)};
  return true;
}

MortonSquare morton_square(const Box& bounds) {
  // On an axis where all are at one place, that place is no matter, but may be so large that the
  // other axis would vanish beside it: then it overflows to what is no number, which is cell 0.
  const auto largest_on = [](float low, float high) {
    return low < high ? std::max(std::fabs(low), std::fabs(high)) : 0.0f;
  };
  const float largest =
      std::max(largest_on(bounds.min_x, bounds.max_x), largest_on(bounds.min_y, bounds.max_y));
  MortonSquare square{1.0f, 0.0f, 0.0f, 0.0f};
  if (largest == 0.0f) return square;
  square.prescale = std::ldexp(1.0f, std::min(64 - std::ilogb(largest), 127));
  square.origin_x = bounds.min_x * square.prescale;
  square.origin_y = bounds.min_y * square.prescale;
  const auto width = [&square](float low, float high) {
    return low < high ? high * square.prescale - low * square.prescale : 0.0f;
  };
  const float side = std::max(width(bounds.min_x, bounds.max_x), width(bounds.min_y, bounds.max_y));
  square.scale = side > 0.0f ? 65536.0f / side : 0.0f;
  return square;
}

void encode_morton(std::span<const float> x, std::span<const float> y, const MortonSquare& square,
                   std::span<std::uint32_t> keys, Parallel& parallel, const KernelTable& kernels) {
  const auto count = static_cast<std::int64_t>(x.size());
  parallel.for_range(count, kPointGrain, [&](std::int64_t begin, std::int64_t end, int) {
    kernels.morton.encode(
        {x.data() + begin, y.data() + begin, keys.data() + begin, end - begin, square});
  });
}

}  // namespace quadrille
