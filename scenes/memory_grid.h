// MemoryGrid: where each block of a MemoryHistory is drawn, and what its cell shows when.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "scenes/memory_history.h"

namespace quadrille {

struct MemoryCell {
  std::int32_t area = 0;
  int x = 0, y = 0;  // upper left corner
  // Labels from a moment on, the moments ascending; kNoBlock: there is nothing.
  std::vector<std::pair<std::int32_t, std::int32_t>> labels;  // moment, label
};

struct MemoryGridArea {
  std::int32_t area = 0;
  int top = 0;  // of its heading
  int cells_top = 0, cells_bottom = 0;
};

// Columns, caches and slabs are drawn block after block, in rows; a section that does not fit in
// the rest of a row begins a new one. Where there are too many blocks, a cell is several of one
// section, with the label that most of them have.
class MemoryGrid {
 public:
  static constexpr int kWidth = 768, kMostCells = 3072, kHeading = 26, kGap = 10;

  MemoryGrid(const MemoryHistory& history, int left, int top);

  int pitch() const { return pitch_; }
  int cell_size() const { return pitch_ - 2; }
  int blocks_a_cell() const { return blocks_a_cell_; }
  int bottom() const { return bottom_; }
  const std::vector<MemoryGridArea>& areas() const { return areas_; }
  const std::vector<MemoryCell>& cells() const { return cells_; }
  // Cells with a block that was written, for each moment; ascending.
  const std::vector<std::vector<std::int32_t>>& written() const { return written_; }

 private:
  void choose_scale(const MemoryHistory& history);
  void place(const MemoryHistory& history, std::int32_t area, int left, int& y);
  void follow_labels(const MemoryHistory& history);
  void follow_writes(const MemoryHistory& history);
  std::int32_t cell_of(const BlockPlace& place) const;

  int pitch_ = 0, blocks_a_cell_ = 1, bottom_ = 0;
  std::vector<MemoryGridArea> areas_;
  std::vector<MemoryCell> cells_;
  std::vector<std::vector<std::int32_t>> cell_of_block_;  // by area
  std::vector<std::vector<std::int32_t>> written_;
};

}  // namespace quadrille
