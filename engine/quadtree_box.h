// Boxes in steps of their parent's box: what decode_box and encode_box do, for several children.
#pragma once

#include <cstdint>

#include <quadrille/quadtree.h>

namespace quadrille {

// One axis of a parent box, in steps. The step is the difference of the scaled ends, so that a box
// as wide as the floats are does not overflow. Each edge is counted from its own end: 0 and kSteps
// give the parent's edges exactly.
class BoxAxis {
 public:
  BoxAxis(float low_end, float high_end)
      : low_(low_end), high_(high_end), step_(high_end * kStepShare - low_end * kStepShare),
        steps_a_unit_(1.0f / step_) {}

  float min_at(std::int32_t steps) const { return low_ + static_cast<float>(steps) * step_; }
  float max_at(std::int32_t steps) const {
    return high_ - static_cast<float>(kSteps - steps) * step_;
  }

  // Rounding may put the first guess inside of the bodies; where floats are coarse beside steps,
  // far inside: so the way outward doubles.
  std::uint16_t encode_min(float value) const {
    std::int32_t steps = guess(value - low_);
    for (std::int32_t back = 1; steps > 0 && !(min_at(steps) <= value); back *= 2) {
      steps = steps > back ? steps - back : 0;
    }
    return static_cast<std::uint16_t>(steps);
  }
  std::uint16_t encode_max(float value) const {
    std::int32_t steps = kSteps - guess(high_ - value);
    for (std::int32_t back = 1; steps < kSteps && !(max_at(steps) >= value); back *= 2) {
      steps = kSteps - steps > back ? steps + back : kSteps;
    }
    return static_cast<std::uint16_t>(steps);
  }

 private:
  static constexpr std::int32_t kSteps = 65535;
  static constexpr float kStepShare = 1.0f / 65535.0f;
  std::int32_t guess(float distance) const {  // whole steps in a distance from an end
    const float steps = distance * steps_a_unit_;
    if (!(steps > 0.0f)) return 0;  // also 0 times infinity
    return steps < static_cast<float>(kSteps) ? static_cast<std::int32_t>(steps) : kSteps;
  }

  float low_, high_, step_, steps_a_unit_;
};

class BoxSteps {
 public:
  explicit BoxSteps(const Box& parent)
      : x_(parent.min_x, parent.max_x), y_(parent.min_y, parent.max_y) {}

  Box decode(const Quadrant& quadrant) const {
    return {x_.min_at(quadrant.min_x), y_.min_at(quadrant.min_y), x_.max_at(quadrant.max_x),
            y_.max_at(quadrant.max_y)};
  }
  void encode(const Box& bodies, Quadrant& quadrant) const {
    quadrant.min_x = x_.encode_min(bodies.min_x);
    quadrant.min_y = y_.encode_min(bodies.min_y);
    quadrant.max_x = x_.encode_max(bodies.max_x);
    quadrant.max_y = y_.encode_max(bodies.max_y);
  }

 private:
  BoxAxis x_, y_;
};

}  // namespace quadrille
