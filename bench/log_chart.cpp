#include "bench/log_chart.h"

#include <algorithm>
#include <cmath>

#include "bench/format.h"
#include "bench/table.h"
#include "engine/replace_file.h"
#include "scenes/picture_svg.h"

namespace quadrille::program {
namespace {

constexpr int kWidth = 960, kRow = 26, kRight = 40;
constexpr int kHead = 62,
              kFoot = 46;        // of a panel: title and series above, the axis' numbers below
constexpr double kLetter = 7.6;  // width of one, at the labels' size
constexpr double kLeastValue = 0.1;
constexpr Colour kGrid{34, 38, 48};

int height_of(const LogPanel& panel) {
  return kHead + static_cast<int>(panel.rows.size()) * kRow + kFoot;
}

Colour colour_of(const LogPanel& panel, std::size_t series) {
  const double last = static_cast<double>(std::max<std::size_t>(panel.series.size(), 2) - 1);
  return spectrum(static_cast<double>(series) / last);
}

// Whole powers of ten around all values.
struct Axis {
  double first = 0, last = 1;  // exponents of ten
  double left = 0, width = 1;  // pixels

  double x(double value) const {
    const double exponent = std::log10(std::max(value, kLeastValue));
    return left + (std::clamp(exponent, first, last) - first) / (last - first) * width;
  }
};

Axis axis_of(const LogPanel& panel) {
  double least = INFINITY, most = 0;
  std::size_t longest = 0;
  for (const LogRow& row : panel.rows) {
    longest = std::max(longest, display_width(row.label));
    for (const double value : row.values) {
      least = std::min(least, std::max(value, kLeastValue));
      most = std::max(most, value);
    }
  }
  Axis axis;
  if (least <= most) {
    axis.first = std::floor(std::log10(least));
    axis.last = std::max(axis.first + 1, std::ceil(std::log10(most)));
  }
  axis.left = 36 + kLetter * static_cast<double>(longest);
  axis.width = kWidth - kRight - axis.left;
  return axis;
}

void draw_series(SvgWriter& svg, const LogPanel& panel, double left, double y) {
  for (std::size_t series = 0; series < panel.series.size(); ++series) {
    svg.circle(left + 6, y - 5, 5, colour_of(panel, series));
    svg.text(left + 18, y, 14, SvgWriter::kText, "start", panel.series[series]);
    left += 40 + kLetter * static_cast<double>(display_width(panel.series[series]));
  }
}

std::string with_unit(double value, LogUnit unit) {
  if (unit == LogUnit::kByte) return format_number(value) + " B";
  return value < 1 ? fmt::format("{} ns", value) : format_duration(value);
}

void draw_grid(SvgWriter& svg, const Axis& axis, LogUnit unit, double top, double bottom) {
  for (double exponent = axis.first; exponent <= axis.last; ++exponent) {
    const double value = std::pow(10, exponent);
    svg.line(axis.x(value), top, axis.x(value), bottom, 1, kGrid);
    svg.text(axis.x(value), bottom + 18, 13, SvgWriter::kFaintText, "middle",
             with_unit(value, unit));
  }
}

void draw_row(SvgWriter& svg, const LogPanel& panel, const LogRow& row, const Axis& axis,
              double y) {
  svg.text(axis.left - 14, y + 5, 14, SvgWriter::kText, "end", row.label);
  if (row.values.empty()) return;
  const auto [least, most] = std::minmax_element(row.values.begin(), row.values.end());
  svg.line(axis.x(*least), y, axis.x(*most), y, 2, SvgWriter::kFaintText);
  for (std::size_t series = 0; series < row.values.size(); ++series) {
    svg.circle(axis.x(row.values[series]), y, 5, colour_of(panel, series));
  }
}

void draw_panel(SvgWriter& svg, const LogPanel& panel, double top) {
  const Axis axis = axis_of(panel);
  svg.text(24, top + 20, 17, SvgWriter::kText, "start", panel.title);
  draw_series(svg, panel, axis.left, top + 46);
  const double rows = top + kHead;
  draw_grid(svg, axis, panel.unit, rows, rows + kRow * static_cast<double>(panel.rows.size()));
  for (std::size_t i = 0; i < panel.rows.size(); ++i) {
    draw_row(svg, panel, panel.rows[i], axis, rows + kRow * (static_cast<double>(i) + 0.5));
  }
}

}  // namespace

Status write_log_chart(const std::string& path, std::span<const LogPanel> panels,
                       const PictureOptions& options) {
  int height = SvgWriter::kHeaderHeight + 8;
  for (const LogPanel& panel : panels) height += height_of(panel);
  SvgWriter svg(kWidth, height);
  svg.header(options.title, options.caption);
  double top = SvgWriter::kHeaderHeight + 8;
  for (const LogPanel& panel : panels) {
    draw_panel(svg, panel, top);
    top += height_of(panel);
  }
  return replace_file(path, svg.finish());
}

}  // namespace quadrille::program
