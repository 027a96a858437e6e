// Boxes in steps of their parent's box: what decode_box and encode_box do, for several children.
#pragma once

#include <cstdint>
#include <cstring>

#include <quadrille/quadtree.h>

#include "engine/float_quad.h"

namespace quadrille {

// A parent's box in steps, its four edges side by side. The step of an axis is the difference of
// the scaled ends, so that a box as wide as the floats are does not overflow. Each edge is counted
// inward from its own end: 0 steps give the parent's edge exactly.
class BoxSteps {
 public:
  explicit BoxSteps(const Box& parent) : ends_(load_four(&parent)) {
    const FloatQuad scaled = ends_ * kStepShare;
    const FloatQuad step = __builtin_shufflevector(scaled, scaled, 2, 3, 2, 3) -
                           __builtin_shufflevector(scaled, scaled, 0, 1, 0, 1);
    inward_ = with_maxima_negated(step);
    steps_a_unit_ = with_maxima_negated(1.0f / step);
  }

  Box decode(const Quadrant& quadrant) const {
    return box_at(
        IntQuad{quadrant.min_x, quadrant.min_y, kSteps - quadrant.max_x, kSteps - quadrant.max_y});
  }

  // Sets the quadrant's edges so that what they decode to, which it returns, contains `bodies`.
  // Rounding may put the first guess inside of the bodies; where floats are coarse beside steps,
  // far inside: so the way outward doubles.
  Box encode(const Box& bodies, Quadrant& quadrant) const {
    const FloatQuad edges = load_four(&bodies);
    IntQuad steps = guess(edges);
    IntQuad inside = is_inside(steps, edges);
    for (std::int32_t back = 1; any_of(inside); back *= 2) {
      const IntQuad further = steps - back;
      steps = inside ? (further > 0 ? further : IntQuad{}) : steps;
      inside = is_inside(steps, edges);
    }
    store_edges(steps, quadrant);
    return box_at(steps);
  }

 private:
  static constexpr std::int32_t kSteps = 65535;
  static constexpr float kStepShare = 1.0f / 65535.0f;

  IntQuad guess(const FloatQuad& edges) const {  // whole steps from the ends
    FloatQuad steps = (edges - ends_) * steps_a_unit_;
    steps = greater(steps, FloatQuad{});  // also 0 times infinity
    return __builtin_convertvector(lesser(steps, FloatQuad{} + static_cast<float>(kSteps)),
                                   IntQuad);
  }
  FloatQuad at(const IntQuad& steps) const {
    return ends_ + __builtin_convertvector(steps, FloatQuad) * inward_;
  }
  Box box_at(const IntQuad& steps) const {
    const FloatQuad edges = at(steps);
    Box box;
    std::memcpy(&box, &edges, sizeof(box));
    return box;
  }
  // Edges that do not contain the bodies', and can go further out.
  IntQuad is_inside(const IntQuad& steps, const FloatQuad& edges) const {
    return ~(with_maxima_negated(at(steps)) <= with_maxima_negated(edges)) & (steps > 0);
  }
  // Stored are steps from the lower end, 16 bits each.
  static void store_edges(const IntQuad& steps, Quadrant& quadrant) {
    using LongPair = std::int64_t __attribute__((vector_size(16)));
    const auto pairs = reinterpret_cast<LongPair>(steps ^ IntQuad{0, 0, kSteps, kSteps});
    const auto packed = reinterpret_cast<IntQuad>(pairs | pairs >> 16);
    const IntQuad together = __builtin_shufflevector(packed, packed, 0, 2, 0, 2);
    std::memcpy(&quadrant.min_x, &together, 4 * sizeof(std::uint16_t));
  }

  FloatQuad ends_, inward_, steps_a_unit_;
};
static_assert(sizeof(Box) == sizeof(FloatQuad));

}  // namespace quadrille
