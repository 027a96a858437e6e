// Where bodies of an old leaf may go without leaving it.
#pragma once

#include <cstdint>

#include <quadrille/morton_square.h>
#include <quadrille/quadtree.h>

#include "engine/float_quad.h"
#include "kernels/morton.h"
#include "kernels/quadtree_plan.h"

namespace quadrille {

// The square that bodies of a unit stay in, and which of four coordinates are outside of it.
class StaySquare {
 public:
  StaySquare(const TreeCell& cell, const MortonSquare& square)
      : square_(square), shift_(cell.deep != 0 ? 0 : kKeyLevels - cell.level),
        column_(static_cast<std::int32_t>(morton_compact(cell.key))),
        row_(static_cast<std::int32_t>(morton_compact(cell.key >> 1))) {}

  bool contains(const Box& box) const {
    const FloatQuad origin{square_.origin_x, square_.origin_y, square_.origin_x, square_.origin_y};
    const IntQuad cells = cells_of(load_four(&box), origin);
    return !any_of((cells ^ IntQuad{column_, row_, column_, row_}) >> shift_);
  }
  // Not 0 in the lanes of bodies that leave.
  IntQuad leaving(const FloatQuad& x, const FloatQuad& y) const {
    const IntQuad columns = cells_of(x, FloatQuad{} + square_.origin_x);
    const IntQuad rows = cells_of(y, FloatQuad{} + square_.origin_y);
    return ((columns ^ column_) | (rows ^ row_)) >> shift_;
  }

 private:
  // morton_cell() of four.
  IntQuad cells_of(const FloatQuad& coordinates, const FloatQuad& origin) const {
    const FloatQuad at = (coordinates * square_.prescale - origin) * square_.scale;
    const FloatQuad low = greater(at, FloatQuad{});
    return __builtin_convertvector(lesser(low, FloatQuad{} + 65535.0f), IntQuad);
  }

  MortonSquare square_;
  std::int32_t shift_, column_, row_;
};

}  // namespace quadrille
