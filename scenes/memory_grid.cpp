#include "scenes/memory_grid.h"

#include <algorithm>
#include <array>

#include "engine/integers.h"

namespace quadrille {
namespace {

// Sections as [begin, end) of an area's blocks, up to the most that it ever had.
std::vector<std::pair<std::size_t, std::size_t>> sections_of(const MemoryHistory::Area& area) {
  std::vector<std::pair<std::size_t, std::size_t>> sections;
  for (std::size_t i = 0; i < area.section_begin.size(); ++i) {
    const bool is_last = i + 1 == area.section_begin.size();
    sections.emplace_back(area.section_begin[i],
                          is_last ? area.most_blocks : area.section_begin[i + 1]);
  }
  return sections;
}

std::size_t cells_of(std::size_t blocks, int blocks_a_cell) {
  const auto group = static_cast<std::size_t>(blocks_a_cell);
  return (blocks + group - 1) / group;
}

std::size_t count_cells(const MemoryHistory& history, int blocks_a_cell) {
  std::size_t cells = 0;
  for (const MemoryHistory::Area& area : history.areas()) {
    for (const auto& [begin, end] : sections_of(area))
      cells += cells_of(end - begin, blocks_a_cell);
  }
  return cells;
}

// What changes comes first: slots, then arenas, then the rest.
int rank(MemoryAreaKind kind) {
  switch (kind) {
    case MemoryAreaKind::kFrameSlot: return 0;
    case MemoryAreaKind::kArena: return 1;
    case MemoryAreaKind::kFixed: break;
  }
  return 2;
}

// How many blocks of a cell have which label.
class Shares {
 public:
  void move(std::int32_t from, std::int32_t to) {
    if (from != MemoryHistory::kNoBlock) --count(from);
    if (to != MemoryHistory::kNoBlock) ++count(to);
  }
  // The label of most; free only where there is no other; kNoBlock where there is nothing.
  std::int32_t largest() const {
    std::int32_t best = MemoryHistory::kNoBlock;
    int most = 0;
    for (const auto& [label, blocks] : counts_) {
      const bool is_free = label == MemoryHistory::kFree;
      if (blocks == 0 || (is_free && best != MemoryHistory::kNoBlock)) continue;
      const bool replaces_free = best == MemoryHistory::kFree;
      if (blocks > most || replaces_free) best = label, most = blocks;
    }
    return best;
  }

 private:
  int& count(std::int32_t label) {
    const auto found = std::ranges::lower_bound(counts_, label, {}, &Count::first);
    if (found != counts_.end() && found->first == label) return found->second;
    return counts_.insert(found, {label, 0})->second;
  }
  using Count = std::pair<std::int32_t, int>;
  std::vector<Count> counts_;  // by label
};

}  // namespace

MemoryGrid::MemoryGrid(const MemoryHistory& history, int left, int top) {
  choose_scale(history);
  cell_of_block_.resize(history.areas().size());
  std::vector<std::int32_t> order(history.areas().size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int32_t>(i);
  std::ranges::sort(
      order, {}, [&](std::int32_t i) { return std::pair(rank(history.areas()[at(i)].kind), i); });
  int y = top;
  for (const std::int32_t area : order) place(history, area, left, y);
  bottom_ = y;
  follow_labels(history);
  follow_writes(history);
}

void MemoryGrid::choose_scale(const MemoryHistory& history) {
  while (count_cells(history, blocks_a_cell_) > kMostCells) blocks_a_cell_ *= 2;
  const std::size_t cells = count_cells(history, blocks_a_cell_);
  pitch_ = cells <= 256 ? 24 : cells <= 800 ? 16 : 12;
}

void MemoryGrid::place(const MemoryHistory& history, std::int32_t index, int left, int& y) {
  const MemoryHistory::Area& area = history.areas()[at(index)];
  const int columns = kWidth / pitch_;
  std::vector<std::int32_t>& cell_of_block = cell_of_block_[at(index)];
  cell_of_block.resize(area.most_blocks);
  MemoryGridArea placed{.area = index, .top = y, .cells_top = y + kHeading};
  int column = 0;
  y += kHeading;
  for (const auto& [begin, end] : sections_of(area)) {
    const auto cells = static_cast<int>(cells_of(end - begin, blocks_a_cell_));
    if (column > 0 && cells > columns - column) column = 0, y += pitch_;
    for (std::size_t block = begin; block < end; ++block) {
      if ((block - begin) % static_cast<std::size_t>(blocks_a_cell_) == 0) {
        if (column == columns) column = 0, y += pitch_;
        cells_.push_back({.area = index, .x = left + column++ * pitch_, .y = y});
      }
      cell_of_block[block] = static_cast<std::int32_t>(cells_.size()) - 1;
    }
  }
  y += pitch_;
  placed.cells_bottom = y;
  y += kGap;
  areas_.push_back(placed);
}

std::int32_t MemoryGrid::cell_of(const BlockPlace& place) const {
  return cell_of_block_[at(place.area)][at(place.block)];
}

void MemoryGrid::follow_labels(const MemoryHistory& history) {
  std::vector<std::vector<std::int32_t>> now;  // of each block
  for (const auto& blocks : cell_of_block_) {
    now.emplace_back(blocks.size(), MemoryHistory::kNoBlock);
  }
  std::vector<Shares> shares(cells_.size());
  for (std::size_t moment = 0; moment < history.moments().size(); ++moment) {
    std::vector<std::int32_t> touched;
    for (const LabelChange& change : history.moments()[moment].changes) {
      std::int32_t& label = now[at(change.place.area)][at(change.place.block)];
      touched.push_back(cell_of(change.place));
      shares[at(touched.back())].move(label, change.label);
      label = change.label;
    }
    for (const std::int32_t cell : touched) {
      auto& labels = cells_[at(cell)].labels;
      const std::int32_t label = shares[at(cell)].largest();
      const std::int32_t before = labels.empty() ? MemoryHistory::kNoBlock : labels.back().second;
      if (label != before) labels.emplace_back(static_cast<std::int32_t>(moment), label);
    }
  }
}

void MemoryGrid::follow_writes(const MemoryHistory& history) {
  for (const MemoryMoment& moment : history.moments()) {
    std::vector<std::int32_t>& cells = written_.emplace_back();
    for (const BlockPlace& place : moment.written) cells.push_back(cell_of(place));
    std::ranges::sort(cells);
    cells.erase(std::unique(cells.begin(), cells.end()), cells.end());
  }
}

}  // namespace quadrille
