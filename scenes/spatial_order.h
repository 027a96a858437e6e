// The Morton order of points: near in the order is mostly near in the plane.
#pragma once

#include <span>
#include <vector>

#include <quadrille/types.h>

namespace quadrille {

// order[i] is the id that stands at place i; ties in the order go by id. Coordinates are finite.
std::vector<NodeID> morton_order(std::span<const float> x, std::span<const float> y);

}  // namespace quadrille
