#include "engine/quadtree_box.h"

namespace quadrille {

Box decode_box(const Quadrant& quadrant, const Box& parent) {
  return BoxSteps(parent).decode(quadrant);
}

void encode_box(const Box& bodies, const Box& parent, Quadrant& quadrant) {
  BoxSteps(parent).encode(bodies, quadrant);
}

}  // namespace quadrille
