#include "scenes/chart.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <string>

#include "engine/replace_file.h"
#include "scenes/canvas.h"
#include "scenes/picture_png.h"
#include "scenes/picture_svg.h"

namespace quadrille {
namespace {

constexpr int kRow = 26, kChartMargin = 48;

Image rasterise_bars(std::span<const Bar> bars, double largest, int width) {
  const int height = std::max(16, static_cast<int>(bars.size()) * kRow + 2 * kChartMargin);
  const std::size_t pixels = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  Image image{width, height, std::vector<std::uint8_t>(pixels * 3)};
  for (int y = 0; y < height; ++y) {
    const int index = (y - kChartMargin) / kRow, within = (y - kChartMargin) % kRow;
    const bool on_bar =
        y >= kChartMargin && index < static_cast<int>(bars.size()) && within < kRow - 4;
    const double length =
        on_bar ? bars[static_cast<std::size_t>(index)].value / largest * (width - 2 * kChartMargin)
               : 0;
    for (int x = 0; x < width; ++x) {
      const bool lit = on_bar && x >= kChartMargin && x < kChartMargin + std::max(length, 1.0);
      const Colour colour = lit ? ember(0.55 + 0.35 * length / width) : kBackground;
      std::uint8_t* pixel =
          &image.rgb[3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                          static_cast<std::size_t>(x))];
      pixel[0] = colour.r, pixel[1] = colour.g, pixel[2] = colour.b;
    }
  }
  return image;
}

}  // namespace

std::vector<Bar> value_histogram(std::span<const std::int64_t> values) {
  std::int64_t largest = 0, unreached = 0;
  for (const std::int64_t value : values) largest = std::max(largest, value);
  const std::int64_t width = largest / 40 + 1;
  std::vector<std::int64_t> counts(static_cast<std::size_t>(largest / width + 1));
  for (const std::int64_t value : values) {
    if (value < 0)
      ++unreached;
    else
      ++counts[static_cast<std::size_t>(value / width)];
  }
  std::vector<Bar> bars;
  for (std::size_t bin = 0; bin < counts.size(); ++bin) {
    const std::int64_t low = static_cast<std::int64_t>(bin) * width;
    std::string label = std::to_string(low);
    if (width > 1) label += " - " + std::to_string(low + width - 1);
    bars.push_back({label, static_cast<double>(counts[bin]), std::to_string(counts[bin])});
  }
  if (unreached > 0)
    bars.push_back({"unreached", static_cast<double>(unreached), std::to_string(unreached)});
  return bars;
}

std::vector<Bar> power_histogram(std::span<const std::int64_t> values) {
  std::array<std::int64_t, 64> counts{};  // by the number of bits
  int bins = 1;
  for (const std::int64_t value : values) {
    const auto bits = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(value)));
    ++counts[static_cast<std::size_t>(bits)];
    bins = std::max(bins, bits + 1);
  }
  std::vector<Bar> bars;
  for (int bits = 0; bits < bins; ++bits) {
    const std::int64_t low = bits == 0 ? 0 : std::int64_t{1} << (bits - 1);
    std::string label = std::to_string(low);
    if (bits > 1) label += " - " + std::to_string(2 * low - 1);
    const std::int64_t count = counts[static_cast<std::size_t>(bits)];
    bars.push_back({label, static_cast<double>(count), std::to_string(count)});
  }
  return bars;
}

std::vector<Bar> class_sizes(std::vector<std::int64_t> labels) {
  std::sort(labels.begin(), labels.end());
  std::vector<std::int64_t> classes_by_log_size;
  for (std::size_t begin = 0; begin < labels.size();) {
    const auto end = static_cast<std::size_t>(
        std::upper_bound(labels.begin() + static_cast<std::ptrdiff_t>(begin), labels.end(),
                         labels[begin]) -
        labels.begin());
    const auto bin = static_cast<std::size_t>(std::ilogb(static_cast<double>(end - begin)));
    if (classes_by_log_size.size() <= bin) classes_by_log_size.resize(bin + 1);
    ++classes_by_log_size[bin];
    begin = end;
  }
  std::vector<Bar> bars;
  for (std::size_t bin = 0; bin < classes_by_log_size.size(); ++bin) {
    const std::int64_t low = std::int64_t{1} << bin;
    const std::string count = std::to_string(classes_by_log_size[bin]);
    bars.push_back(
        {"size " + std::to_string(low) + (bin == 0 ? "" : " - " + std::to_string(2 * low - 1)),
         static_cast<double>(classes_by_log_size[bin]), count});
  }
  return bars;
}

Status write_bar_chart(const std::string& path, std::span<const Bar> bars,
                       const PictureOptions& options) {
  QUADRILLE_ASSIGN_OR_RETURN(const PictureFormat format, picture_format(path, options));
  double largest = 0;
  for (const Bar& bar : bars) largest = std::max(largest, bar.value);
  if (!(largest > 0)) largest = 1;
  if (format == PictureFormat::kPng) {
    QUADRILLE_ASSIGN_OR_RETURN(const std::vector<char> png,
                               encode_png(rasterise_bars(bars, largest, options.width)));
    return replace_file(path, png);
  }
  std::size_t longest = 0;
  for (const Bar& bar : bars) longest = std::max(longest, bar.label.size());
  const int width = 960;
  const double left = kChartMargin + 8.0 * static_cast<double>(longest), room = width - left - 150;
  SvgWriter svg(width, SvgWriter::kHeaderHeight + static_cast<int>(bars.size()) * kRow + 24);
  svg.header(options.title, options.caption);
  double y = SvgWriter::kHeaderHeight + 8;
  for (const Bar& bar : bars) {
    const double length = std::max(1.0, bar.value / largest * room);
    svg.text(left - 10, y + 14, 14, SvgWriter::kText, "end", bar.label);
    svg.rectangle(left, y, length, kRow - 7, ember(0.55 + 0.35 * bar.value / largest));
    svg.text(left + length + 8, y + 14, 14, SvgWriter::kFaintText, "start", bar.text);
    y += kRow;
  }
  return replace_file(path, svg.finish());
}

}  // namespace quadrille
