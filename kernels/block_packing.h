// Which of the components that fit into a node block stand where.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/component_shape.h"

namespace quadrille {

struct PackedComponent {
  NodeID num_nodes = 0;  // 1 to kNodeBlockSize
  ComponentClass kind = ComponentClass::kChain;
  bool is_compact = false;  // of diameter <= 4: not to be cut
};

// The order in which they follow one another, from place `first_place` on.
std::vector<std::int32_t> pack_components(std::span<const PackedComponent> components,
                                          std::int64_t first_place);

}  // namespace quadrille
