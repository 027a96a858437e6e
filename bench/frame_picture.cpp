#include "bench/frame_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "bench/format.h"
#include "bench/frame_text.h"
#include "scenes/picture_svg.h"

namespace quadrille::program {
namespace {

constexpr int kColumns = 3, kPanelWidth = 420, kPanelHeight = 300, kLegendHeight = 56;
constexpr double kLeft = 62, kRight = 16, kTop = 34, kBottom = 34;  // around a panel's plot
constexpr Colour kGrid{36, 40, 52};

// Of the peers in their order: ours first, in the two that shine.
constexpr std::array<Colour, 11> kColours = {{{255, 214, 90},
                                              {255, 140, 60},
                                              {90, 170, 255},
                                              {150, 110, 255},
                                              {240, 90, 130},
                                              {80, 220, 160},
                                              {120, 230, 90},
                                              {210, 210, 210},
                                              {230, 120, 230},
                                              {70, 210, 220},
                                              {170, 140, 100}}};

struct Panel {
  const FrameCell* cell;
  std::size_t call;
};

// Publications without readers, with the fewest and with the most; each other call where readers
// are fewest.
std::vector<Panel> panels_of(const FrameProfile& profile) {
  int fewest = kMostFrameReaders, most = 0;
  for (const FrameCell& cell : profile.cells) {
    const int readers = cell.window.setup.num_readers;
    if (readers > 0) fewest = std::min(fewest, readers);
    most = std::max(most, readers);
  }
  std::vector<Panel> panels;
  for (std::size_t call = 0; call < kFrameCalls.size(); ++call) {
    for (const FrameCell& cell : profile.cells) {
      const int readers = cell.window.setup.num_readers;
      const bool wanted = readers == fewest || cell.window.conduct != ReaderConduct::kBusy ||
                          (call == kPublishCall && (readers == 0 || readers == most));
      const bool is_there = std::ranges::any_of(
          cell.peers, [&](const FrameCellPeer& peer) { return peer.calls[call].times.count > 0; });
      if (wanted && is_there) panels.push_back({&cell, call});
    }
  }
  return panels;
}

std::string panel_title(const Panel& panel) {
  const FrameWindow& window = panel.cell->window;
  std::string title =
      fmt::format("{}, {}, {}", kFrameCalls[panel.call], readers_text(window.setup.num_readers),
                  rate_text(window.rate_hz));
  if (window.conduct != ReaderConduct::kBusy)
    title += fmt::format(", {}", conduct_text(window.conduct));
  return title;
}

// Nines on the one axis (0 %, 90 %, 99 %, ...), decades of ns on the other.
class Axes {
 public:
  Axes(double x, double y, double nines, double decades)
      : x_(x + kLeft), y_(y + kTop), width_(kPanelWidth - kLeft - kRight),
        height_(kPanelHeight - kTop - kBottom), nines_(nines), decades_(decades) {}

  // `above`: the share of values that are larger.
  double pixel_x(double above) const {
    return x_ + width_ * std::min(-std::log10(above), nines_) / nines_;
  }
  double pixel_y(double ns) const {
    return y_ + height_ * (1 - std::log10(std::max(ns, 1.0)) / decades_);
  }
  double left() const { return x_; }
  double right() const { return x_ + width_; }
  double top() const { return y_; }
  double bottom() const { return y_ + height_; }

  void draw(SvgWriter& svg) const {
    static constexpr std::array kShares = {"0%", "90%", "99%", "99.9%", "99.99%", "99.999%"};
    for (int nine = 0; nine <= static_cast<int>(nines_); ++nine) {
      const double x = pixel_x(std::pow(10.0, -nine));
      svg.line(x, top(), x, bottom(), 1, kGrid);
      svg.text(x, bottom() + 16, 11, SvgWriter::kFaintText, "middle",
               kShares[static_cast<std::size_t>(nine)]);
    }
    for (int decade = 0; decade <= static_cast<int>(decades_); ++decade) {
      const double ns = std::pow(10.0, decade);
      svg.line(left(), pixel_y(ns), right(), pixel_y(ns), 1, kGrid);
      svg.text(left() - 6, pixel_y(ns) + 4, 11, SvgWriter::kFaintText, "end", format_duration(ns));
    }
  }

 private:
  double x_, y_, width_, height_, nines_, decades_;
};

// A step at each value: from the share that lies below it to the share that it does not exceed.
void draw_distribution(const Distribution& times, const Axes& axes, Colour colour, double width,
                       SvgWriter& svg) {
  constexpr double kVisible = 0.3;  // pixels; less is no step
  const double count = static_cast<double>(times.count);
  std::vector<double> points = {axes.left(), axes.pixel_y(static_cast<double>(times.min))};
  double x = points[0], y = points[1];
  std::int64_t above = times.count;
  for (const Distribution::Cell& cell : times.cells) {
    const double next_y = axes.pixel_y(static_cast<double>(std::min(cell.highest, times.max)));
    above -= cell.count;
    // The last value is the end: no share of the values lies above it.
    const double share = static_cast<double>(std::max<std::int64_t>(above, 1)) / count;
    const double next_x = axes.pixel_x(share);
    if (std::fabs(next_y - y) < kVisible && next_x - x < kVisible && above > 0) continue;
    points.insert(points.end(), {x, next_y, next_x, next_y});
    x = next_x, y = next_y;
  }
  svg.polyline(points, width, colour);
}

void draw_panel(const Panel& panel, const std::vector<std::string>& names, double x, double y,
                SvgWriter& svg) {
  double longest = 10;
  std::int64_t most = 10;
  for (const FrameCellPeer& peer : panel.cell->peers) {
    longest = std::max(longest, static_cast<double>(peer.calls[panel.call].times.max));
    most = std::max(most, peer.calls[panel.call].times.count);
  }
  const double nines = std::clamp(std::floor(std::log10(static_cast<double>(most))), 1.0, 5.0);
  const Axes axes(x, y, nines, std::ceil(std::log10(longest)));
  svg.text(x + kLeft, y + 22, 14, SvgWriter::kText, "start", panel_title(panel));
  axes.draw(svg);
  // Ours last, so that they lie on top.
  for (std::size_t i = panel.cell->peers.size(); i-- > 0;) {
    const FrameCellPeer& peer = panel.cell->peers[i];
    if (peer.calls[panel.call].times.count == 0) continue;
    const auto place =
        static_cast<std::size_t>(std::ranges::find(names, peer.name) - names.begin());
    draw_distribution(peer.calls[panel.call].times, axes, kColours[place % kColours.size()],
                      place < 2 ? 2.4 : 1.3, svg);
  }
}

// Of those that were measured, in the colours that they always have.
void draw_legend(const FrameProfile& profile, const std::vector<std::string>& names,
                 SvgWriter& svg) {
  const auto is_there = [&profile](const std::string& name) {
    return std::ranges::any_of(profile.cells, [&name](const FrameCell& cell) {
      return std::ranges::count(cell.peers, name, &FrameCellPeer::name) > 0;
    });
  };
  double x = 24, y = SvgWriter::kHeaderHeight + 16;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!is_there(names[i])) continue;
    const double width = 44 + 8.5 * static_cast<double>(names[i].size());
    if (x + width > kColumns * kPanelWidth) x = 24, y += 24;
    svg.line(x, y - 4, x + 22, y - 4, 3, kColours[i % kColours.size()]);
    svg.text(x + 28, y, 13, SvgWriter::kText, "start", names[i]);
    x += width;
  }
}

}  // namespace

std::string frame_picture(const FrameProfile& profile, const std::string& caption) {
  const std::vector<Panel> panels = panels_of(profile);
  std::vector<std::string> names;
  for (const FramePeerEntry& entry : frame_peers()) names.emplace_back(entry.traits.name);
  const int rows = (static_cast<int>(panels.size()) + kColumns - 1) / kColumns;
  const int top = SvgWriter::kHeaderHeight + kLegendHeight;
  SvgWriter svg(kColumns * kPanelWidth, top + std::max(rows, 1) * kPanelHeight + 12);
  svg.header("How long calls take: the share of them, and the time that it does not exceed",
             caption);
  draw_legend(profile, names, svg);
  for (std::size_t i = 0; i < panels.size(); ++i) {
    const auto column = static_cast<int>(i) % kColumns, row = static_cast<int>(i) / kColumns;
    draw_panel(panels[i], names, column * kPanelWidth, top + row * kPanelHeight, svg);
  }
  return svg.finish();
}

}  // namespace quadrille::program
