// The blocks that the tables of `profile frames` are made of: a sentence, then rows of peers.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/frame_profile.h"

namespace quadrille::program {

using FrameCells = std::vector<const FrameCell*>;

// Those in which readers do that, and for whose window `wanted` is true.
template <class Wanted>
FrameCells cells_of(const FrameProfile& profile, ReaderConduct conduct, const Wanted& wanted) {
  FrameCells cells;
  for (const FrameCell& cell : profile.cells) {
    if (cell.window.conduct == conduct && wanted(cell.window)) cells.push_back(&cell);
  }
  return cells;
}

// Null: that peer could not do it.
const FrameCellPeer* find_peer(const FrameCell& cell, std::string_view name);

std::string time_text(double ns);  // "-" below 0
std::string median_time(const std::vector<double>& ns);

// Each is empty where nothing of it was measured.
std::string alone_block(const FrameProfile& profile, std::size_t width);
std::string busy_block(const FrameCell& cell, bool has_hardware, std::size_t width);
// A row a peer, a column a number of readers.
std::string matrix_block(std::string_view text, std::string head, const FrameCells& cells,
                         const std::function<std::string(const FrameCellPeer&)>& figure,
                         std::size_t width);
// Percentiles of single calls, a table a call.
std::string calls_block(std::string_view text, const FrameCell& cell,
                        const std::vector<std::size_t>& calls, std::size_t width);
std::string held_block(const FrameCell& cell, const FrameProfile& profile, std::size_t width);
std::string stops_block(const FrameProfile& profile, std::size_t width);

// `text` in lines of `width`, each ended.
std::string wrapped(std::string_view text, std::size_t width);

}  // namespace quadrille::program
