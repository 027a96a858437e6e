#include <quadrille/quadtree.h>

namespace quadrille {
namespace {

constexpr std::int32_t kSteps = 65535;
constexpr float kStepShare = 1.0f / 65535.0f;

// One axis of a parent box, in steps. The step is the difference of the scaled ends, so that a box
// as wide as the floats are does not overflow. Each edge is counted from its own end: 0 and kSteps
// give the parent's edges exactly.
struct Axis {
  float low, high, step;
  Axis(float low_end, float high_end)
      : low(low_end), high(high_end), step(high_end * kStepShare - low_end * kStepShare) {}

  float min_at(std::int32_t steps) const { return low + static_cast<float>(steps) * step; }
  float max_at(std::int32_t steps) const {
    return high - static_cast<float>(kSteps - steps) * step;
  }

  // Rounding may put the first guess inside of the bodies; where floats are coarse beside steps,
  // far inside: so the way outward doubles.
  std::uint16_t encode_min(float value) const {
    std::int32_t steps = guess(value - low);
    for (std::int32_t back = 1; steps > 0 && !(min_at(steps) <= value); back *= 2) {
      steps = steps > back ? steps - back : 0;
    }
    return static_cast<std::uint16_t>(steps);
  }
  std::uint16_t encode_max(float value) const {
    std::int32_t steps = kSteps - guess(high - value);
    for (std::int32_t back = 1; steps < kSteps && !(max_at(steps) >= value); back *= 2) {
      steps = kSteps - steps > back ? steps + back : kSteps;
    }
    return static_cast<std::uint16_t>(steps);
  }

 private:
  std::int32_t guess(float distance) const {  // whole steps in a distance from an end
    const float steps = distance / step;
    if (!(steps > 0.0f)) return 0;  // also 0 / 0
    return steps < static_cast<float>(kSteps) ? static_cast<std::int32_t>(steps) : kSteps;
  }
};

}  // namespace

Box decode_box(const Quadrant& quadrant, const Box& parent) {
  const Axis x(parent.min_x, parent.max_x), y(parent.min_y, parent.max_y);
  return {x.min_at(quadrant.min_x), y.min_at(quadrant.min_y), x.max_at(quadrant.max_x),
          y.max_at(quadrant.max_y)};
}

void encode_box(const Box& bodies, const Box& parent, Quadrant& quadrant) {
  const Axis x(parent.min_x, parent.max_x), y(parent.min_y, parent.max_y);
  quadrant.min_x = x.encode_min(bodies.min_x);
  quadrant.min_y = y.encode_min(bodies.min_y);
  quadrant.max_x = x.encode_max(bodies.max_x);
  quadrant.max_y = y.encode_max(bodies.max_y);
}

}  // namespace quadrille
