// The ends of the range of float, and a box that holds nothing.
#pragma once

#include <limits>

#include <quadrille/quadtree.h>

namespace quadrille {

inline constexpr float kFloatInfinity = std::numeric_limits<float>::infinity();
inline constexpr float kLargestFloat = std::numeric_limits<float>::max();
// Inside out, so that growing it by a point gives the point.
inline constexpr Box kEmptyBox = {kFloatInfinity, kFloatInfinity, -kFloatInfinity, -kFloatInfinity};

}  // namespace quadrille
