#include <quadrille/quadtree.h>

namespace quadrille {
namespace {

constexpr float kSteps = 65535.0f;

// Of the two scaled ends, so that a box as wide as the floats are does not overflow.
float step_of(float low, float high) { return high / kSteps - low / kSteps; }

// Counted from the near end: 0 and 65535 give the parent's own edges exactly.
float from_low(float low, float high, std::uint16_t steps) {
  return low + static_cast<float>(steps) * step_of(low, high);
}
float from_high(float low, float high, std::uint16_t steps) {
  return high - (kSteps - static_cast<float>(steps)) * step_of(low, high);
}

}  // namespace

Box decode_box(const Quadrant& quadrant, const Box& parent) {
  return {from_low(parent.min_x, parent.max_x, quadrant.min_x), from_low(parent.min_y, parent.max_y, quadrant.min_y),
          from_high(parent.min_x, parent.max_x, quadrant.max_x),
          from_high(parent.min_y, parent.max_y, quadrant.max_y)};
}

}  // namespace quadrille
