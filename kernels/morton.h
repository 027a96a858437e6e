// Morton keys of points in a bounding square: 16 bits an axis, the same on every instruction set.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/quadtree.h>

#include "kernels/morton_body.h"

namespace quadrille {

class Parallel;
struct KernelTable;

// Tight box of the points; coordinates that are not-a-number do not count and infinite ones count
// as the largest float. False: there is no point that counts. Zeros are positive.
bool bounds_of(std::span<const float> x, std::span<const float> y, Parallel& parallel,
               const KernelTable& kernels, Box& bounds);

// The square on the lower left corner of `bounds` (finite, not empty) with its longer side.
MortonSquare morton_square(const Box& bounds);

void encode_morton(std::span<const float> x, std::span<const float> y, const MortonSquare& square,
                   std::span<std::uint32_t> keys, Parallel& parallel, const KernelTable& kernels);

}  // namespace quadrille
