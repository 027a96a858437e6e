// Generators of discs that do not overlap, for collide: their places, radii, box and segments.
#pragma once

#include <cstdint>

#include <quadrille/scene.h>

namespace quadrille {

// x and y have the length that is wanted. One thread makes them.
void fill_hourglass(PointSet& points, std::uint64_t seed);
void fill_dam(PointSet& points, std::uint64_t seed);
void fill_mixed(PointSet& points, std::uint64_t seed);

}  // namespace quadrille
