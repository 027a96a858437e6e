// Time is counted in ticks, 20 to a moment. An arena that was emptied is drawn empty for the first
// 7 of them, so that what comes back under the same label is seen to come back.
#include "scenes/memory_drawing.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "scenes/joined.h"
#include "scenes/memory_grid.h"
#include "scenes/memory_legend.h"
#include "scenes/picture_svg.h"
#include "scenes/svg_animation.h"

namespace quadrille {
namespace {

constexpr int kLeft = 24, kRight = kLeft + MemoryGrid::kWidth, kLegendLeft = 832, kWidth = 1280;
constexpr int kTop = 84, kChartHeight = 44, kChartRoom = 110, kMargin = 20;
constexpr int kTicks = 20, kEmptyTicks = 7, kStillTick = 8, kPulseTicks = 14;
// Two slots take turns at least, so that none lights up more than three times a second: faster
// flashes of large areas harm some eyes.
constexpr int kLoopMs = 14000, kLeastMomentMs = 180, kMostMomentMs = 1000, kPauseMs = 1500;
constexpr int kLitTicks = 9, kGlowTicks = 16, kGlowMs = 600;  // then it fades; dark at the later
constexpr double kLit = 0.6;                                  // the label's hue is still seen

std::size_t most_written(const MemoryHistory& history) {
  std::size_t most = 0;
  for (const MemoryMoment& moment : history.moments()) most = std::max(most, moment.written.size());
  return most;
}

// The first that writes about as many blocks as any: there is much to see, and of a wave also what
// it has not reached.
int still_moment(const MemoryHistory& history) {
  const std::size_t most = most_written(history);
  const auto first = std::ranges::find_if(history.moments(), [most](const MemoryMoment& moment) {
    return 10 * moment.written.size() >= 9 * most;
  });
  return static_cast<int>(first - history.moments().begin());
}

SvgLoop loop_of(const MemoryHistory& history) {
  const auto moments = static_cast<int>(history.moments().size());
  SvgLoop loop;
  loop.tick_ms = std::clamp(kLoopMs / moments, kLeastMomentMs, kMostMomentMs) / kTicks;
  loop.ticks = moments * kTicks + (moments > 1 ? kPauseMs / loop.tick_ms : 0);
  loop.still = still_moment(history) * kTicks + kStillTick;
  return loop;
}

class MemoryDrawing {
 public:
  MemoryDrawing(const MemoryHistory& history, const std::string& title)
      : history_(history), loop_(loop_of(history)), grid_(history, kLeft, kTop), legend_(history),
        svg_(kWidth, std::max(grid_.bottom() + kChartRoom, kTop + legend_.height()) + kMargin) {
    header(title);
    cells();
    lights();
    pulses();
    counter();
    chart(grid_.bottom() + 16);
    legend_.draw(kLegendLeft, kTop, kWidth - kLeft, svg_);
  }
  std::string finish() { return svg_.finish(); }

 private:
  using Cells = std::vector<const MemoryCell*>;

  int num_moments() const { return static_cast<int>(history_.moments().size()); }
  const MemoryMoment& moment(int index) const {
    return history_.moments()[static_cast<std::size_t>(index)];
  }
  bool is_emptied(std::int32_t area, int index) const {
    return std::ranges::binary_search(moment(index).emptied, area);
  }
  bool is_single_step(int index) const {
    return index == 0 || moment(index).step == moment(index - 1).step + 1;
  }
  // When what an area holds after a moment is drawn.
  int begin_of(std::int32_t area, int index) const {
    return index * kTicks + (is_emptied(area, index) ? kEmptyTicks : 0);
  }

  void header(const std::string& title);
  void cells();
  void lights();
  void light(int index, int begin, const Cells& cells);
  void pulses();
  void counter();
  void chart(int top);
  void bars(int top, std::size_t most);
  std::vector<TickRange> ranges_of(const MemoryCell& cell, std::size_t change) const;
  std::string path_of(Cells cells) const;

  const MemoryHistory& history_;
  SvgLoop loop_;
  MemoryGrid grid_;
  MemoryLegend legend_;
  SvgWriter svg_;
};

void MemoryDrawing::header(const std::string& title) {
  const int blocks = grid_.blocks_a_cell();
  const std::string cell = blocks == 1 ? "64 KiB" : joined(blocks, " blocks of 64 KiB");
  svg_.header(joined("Memory", title.empty() ? "" : " of ", title),
              joined("A cell is ", cell,
                     ", in the colour of the label that most of it has; what a step writes lights "
                     "up."));
  const int size = grid_.cell_size();
  // Who asked for less motion sees no lights: !important is stronger than an animation.
  svg_.markup(joined("<style>.c{fill:none;stroke-width:", size, ";stroke-dasharray:", size,
                     " 2}[data-step]{pointer-events:none}@media (prefers-reduced-motion:reduce){"
                     "[data-step],[data-emptied]{display:none!important}}</style>\n"));
  for (const MemoryGridArea& placed : grid_.areas()) {
    const auto& area = history_.areas()[static_cast<std::size_t>(placed.area)];
    svg_.text(kLeft, placed.top + 15, 13, SvgWriter::kText, "start", area.name);
    svg_.text(kRight, placed.top + 15, 12, SvgWriter::kFaintText, "end",
              byte_text(area.most_bytes));
  }
}

// From the left upper corner, one dash a cell.
std::string MemoryDrawing::path_of(Cells cells) const {
  std::ranges::sort(cells, {}, [](const MemoryCell* cell) { return std::pair(cell->y, cell->x); });
  const int pitch = grid_.pitch(), size = grid_.cell_size();
  std::string path;
  for (std::size_t first = 0, last = 0; first < cells.size(); first = last) {
    for (last = first + 1; last < cells.size() && cells[last]->y == cells[first]->y &&
                           cells[last]->x == cells[last - 1]->x + pitch;)
      ++last;
    const int length = static_cast<int>(last - first) * pitch - (pitch - size);
    path += joined("M", cells[first]->x, " ", cells[first]->y + size / 2, "h", length);
  }
  return path;
}

// While the cell shows the label of one of its changes: up to the next, but not while the area is
// shown empty.
std::vector<TickRange> MemoryDrawing::ranges_of(const MemoryCell& cell, std::size_t change) const {
  const auto [first, label] = cell.labels[change];
  const bool is_last = change + 1 == cell.labels.size();
  const int end = is_last ? num_moments() : cell.labels[change + 1].first;
  std::vector<TickRange> ranges = {{begin_of(cell.area, first), end * kTicks}};
  for (int index = first + 1; index < end; ++index) {
    if (!is_emptied(cell.area, index)) continue;
    ranges.back().end = index * kTicks;
    ranges.push_back({begin_of(cell.area, index), end * kTicks});
  }
  if (is_last) ranges.back().end = loop_.ticks;
  return ranges;
}

// One path for all cells that show the same label at the same times; below them, what is there at
// all.
void MemoryDrawing::cells() {
  std::map<std::pair<std::int32_t, std::vector<TickRange>>, Cells> groups;
  for (const MemoryCell& cell : grid_.cells()) {
    std::map<std::int32_t, std::vector<TickRange>> shown;
    for (std::size_t change = 0; change < cell.labels.size(); ++change) {
      const auto [first, label] = cell.labels[change];
      if (label == MemoryHistory::kNoBlock) continue;
      const int end =
          change + 1 == cell.labels.size() ? loop_.ticks : cell.labels[change + 1].first * kTicks;
      auto& there = shown[MemoryHistory::kFree];
      if (!there.empty() && there.back().end == first * kTicks) {
        there.back().end = end;
      } else {
        there.push_back({first * kTicks, end});
      }
      if (label == MemoryHistory::kFree) continue;
      const std::vector<TickRange> ranges = ranges_of(cell, change);
      shown[label].insert(shown[label].end(), ranges.begin(), ranges.end());
    }
    for (auto& [label, ranges] : shown) groups[{label, std::move(ranges)}].push_back(&cell);
  }
  for (const auto& [key, cells] : groups) {
    const auto& [label, ranges] = key;
    const auto& entry = history_.labels()[static_cast<std::size_t>(label)];
    const bool is_unwritten = entry.written_as != MemoryHistory::kNoLabel;
    const std::string name = escape_xml(entry.name);
    const SvgAnimation animation = shown_in(loop_, ranges);
    svg_.markup(joined("<path class=\"c\" stroke=\"", hex(legend_.colour(label)),
                       "\" data-label=\"", name, is_unwritten ? "\" data-unwritten=\"\"" : "\"",
                       animation.attribute, " d=\"", path_of(cells), "\"><title>", name,
                       is_unwritten ? ", not written so far" : "", "</title>", animation.child,
                       "</path>\n"));
  }
}

void MemoryDrawing::lights() {
  for (int index = 0; index < num_moments(); ++index) {
    std::map<int, Cells> by_begin;
    for (const std::int32_t written : grid_.written()[static_cast<std::size_t>(index)]) {
      const MemoryCell& cell = grid_.cells()[static_cast<std::size_t>(written)];
      by_begin[begin_of(cell.area, index)].push_back(&cell);
    }
    for (const auto& [begin, cells] : by_begin) light(index, begin, cells);
  }
}

void MemoryDrawing::light(int index, int begin, const Cells& cells) {
  const int fade = begin + kLitTicks;
  const int dark = std::min(loop_.ticks, begin + std::max(kGlowTicks, kGlowMs / loop_.tick_ms));
  const std::array<TickValue, 5> opacity = {
      {{0, 0}, {begin, 0}, {begin, kLit}, {std::min(fade, dark), kLit}, {dark, 0}}};
  const SvgAnimation animation = moved_along(loop_, "opacity", opacity);
  svg_.markup(joined("<path class=\"c\" stroke=\"", hex(MemoryLegend::kWritten), "\" data-step=\"",
                     moment(index).step, "\"", animation.attribute, " d=\"", path_of(cells), "\">",
                     animation.child, "</path>\n"));
}

void MemoryDrawing::pulses() {
  for (const MemoryGridArea& placed : grid_.areas()) {
    std::vector<TickValue> opacity = {{0, 0}};
    for (int index = 0; index < num_moments(); ++index) {
      if (!is_emptied(placed.area, index)) continue;
      const int begin = index * kTicks;
      opacity.insert(opacity.end(), {{begin, 0}, {begin, 1}, {begin + kPulseTicks, 0}});
    }
    if (opacity.size() == 1) continue;
    const auto& area = history_.areas()[static_cast<std::size_t>(placed.area)];
    const SvgAnimation animation = moved_along(loop_, "opacity", opacity);
    svg_.markup(joined("<rect x=\"", kLeft - 6, "\" y=\"", placed.cells_top - 5, "\" width=\"",
                       MemoryGrid::kWidth + 8, "\" height=\"",
                       placed.cells_bottom - placed.cells_top + 8,
                       "\" rx=\"5\" fill=\"none\" stroke-width=\"3\" stroke=\"",
                       hex(MemoryLegend::kEmptied), "\" data-emptied=\"", escape_xml(area.name),
                       "\"", animation.attribute, ">", animation.child, "</rect>\n"));
  }
}

void MemoryDrawing::counter() {
  for (int index = 0; index < num_moments(); ++index) {
    const bool is_last = index + 1 == num_moments();
    const std::array<TickRange, 1> range = {
        {{index * kTicks, is_last ? loop_.ticks : (index + 1) * kTicks}}};
    const SvgAnimation animation = shown_in(loop_, range);
    svg_.markup(joined("<g data-shows=\"", moment(index).step, "\"", animation.attribute, ">",
                       animation.child));
    svg_.text(kWidth - kLeft, 34, 26, SvgWriter::kText, "end",
              joined("step ", count_text(moment(index).step)));
    const auto written = static_cast<std::int64_t>(moment(index).written.size());
    svg_.text(
        kWidth - kLeft, 54, 13, SvgWriter::kFaintText, "end",
        joined(count_text(written), written == 1 ? " block" : " blocks", " written",
               is_single_step(index) ? ""
                                     : joined(" since step ", count_text(moment(index - 1).step))));
    svg_.markup("</g>\n");
  }
}

// How much each moment wrote, and where the picture is.
void MemoryDrawing::chart(int top) {
  if (num_moments() < 2) return;
  const std::size_t most = most_written(history_);
  const std::int64_t steps = history_.steps_a_moment();
  svg_.text(kLeft, top + 12, 12, SvgWriter::kFaintText, "start",
            steps == 1 ? "blocks written in each step"
                       : joined("blocks written in each ", count_text(steps), " steps"));
  svg_.text(kRight, top + 12, 12, SvgWriter::kFaintText, "end",
            joined("at most ", count_text(static_cast<std::int64_t>(most))));
  bars(top + 20, std::max<std::size_t>(most, 1));
  const int below = top + 20 + kChartHeight + 20;
  svg_.text(kLeft, below, 12, SvgWriter::kFaintText, "start",
            joined("step ", count_text(moment(0).step)));
  svg_.text(kRight, below, 12, SvgWriter::kFaintText, "end",
            joined("step ", count_text(history_.moments().back().step)));
}

void MemoryDrawing::bars(int top, std::size_t most) {
  const double width = static_cast<double>(MemoryGrid::kWidth) / num_moments();
  for (int index = 0; index < num_moments(); ++index) {
    const double x = kLeft + width * index;
    const double height = static_cast<double>(kChartHeight) *
                          static_cast<double>(moment(index).written.size()) /
                          static_cast<double>(most);
    if (height > 0) {
      svg_.rectangle(x, top + kChartHeight - height, width * 0.8, height, MemoryLegend::kBar);
    }
    if (!moment(index).emptied.empty()) {
      svg_.rectangle(x, top + kChartHeight + 3, width * 0.8, 3, MemoryLegend::kEmptied);
    }
  }
  const int end = num_moments() * kTicks;
  const std::array<TickValue, 2> position = {{{0, kLeft}, {end, kRight}}};
  const SvgAnimation animation = moved_along(loop_, "x", position);
  svg_.markup(joined("<rect", animation.attribute, " y=\"", top - 2, "\" width=\"2\" height=\"",
                     kChartHeight + 8, "\" fill=\"", hex(SvgWriter::kText), "\">", animation.child,
                     "</rect>\n"));
}

}  // namespace

std::string draw_memory(MemoryHistory history, const std::string& title) {
  for (;;) {
    std::string svg = MemoryDrawing(history, title).finish();
    if (svg.size() <= kMostPictureBytes || history.moments().size() <= 2) return svg;
    history.merge_pairs();
  }
}

}  // namespace quadrille
