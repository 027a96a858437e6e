// The picture of a MemoryHistory.
#pragma once

#include <cstddef>
#include <string>

#include "scenes/memory_history.h"

namespace quadrille {

inline constexpr std::size_t kMostPictureBytes = 4 << 20;

// An SVG, 1280 pixels wide, of at most kMostPictureBytes: of fewer moments, if need be. `history`
// has at least one moment. What a program may want of it again: paths with data-label are cells of
// that label while they are visible, with data-unwritten before any step wrote them; paths with
// data-step are the cells of blocks that were written up to that step since the one before;
// rectangles with data-emptied flash when that arena is reset. Cells are dashes of the path, one
// after another.
std::string draw_memory(MemoryHistory history, const std::string& title);

}  // namespace quadrille
