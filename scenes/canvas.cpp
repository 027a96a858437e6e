#include "scenes/canvas.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quadrille {
namespace {

constexpr double kMargin = 0.03;  // of the larger side
constexpr double kWhitePercentile = 0.995;
constexpr Colour kGrey{110, 116, 128};
constexpr double kRimShade = 0.75;  // of a shape's weight, that its rim lacks

template <std::size_t N>
Colour along(const std::array<Colour, N>& stops, double t) {
  const double place = std::clamp(t, 0.0, 1.0) * (N - 1);
  const auto i = std::min(static_cast<std::size_t>(place), N - 2);
  const double f = place - static_cast<double>(i);
  const auto mix = [f](std::uint8_t a, std::uint8_t b) {
    return static_cast<std::uint8_t>(std::lround(a + (b - a) * f));
  };
  const Colour a = stops[i], b = stops[i + 1];
  return {mix(a.r, b.r), mix(a.g, b.g), mix(a.b, b.b)};
}

Colour dim(Colour colour, double brightness) {
  const auto mix = [brightness](std::uint8_t from, std::uint8_t to) {
    return static_cast<std::uint8_t>(std::lround(from + (to - from) * brightness));
  };
  return {mix(kBackground.r, colour.r), mix(kBackground.g, colour.g), mix(kBackground.b, colour.b)};
}

// From a pixel's middle to the line from (x - ax, y - ay) to (x + ax, y + ay).
double distance_to_line(int column, int row, double x, double y, double ax, double ay) {
  const double dx = column + 0.5 - x, dy = row + 0.5 - y, square = ax * ax + ay * ay;
  const double share = square > 0 ? std::clamp((dx * ax + dy * ay) / square, -1.0, 1.0) : 0.0;
  const double across = dx - share * ax, along = dy - share * ay;
  return std::sqrt(across * across + along * along);
}

// pixel(column, row, distance) for those of the picture that are within `reach` of such a line.
template <class Pixel>
void for_pixels_near(int width, int height, double x, double y, double ax, double ay, double reach,
                     Pixel&& pixel) {
  const double across = std::abs(ax) + reach, along = std::abs(ay) + reach;
  if (!(x + across >= 0 && y + along >= 0 && x - across <= width && y - along <= height)) return;
  const int right = static_cast<int>(std::min(width - 1.0, std::floor(x + across)));
  const int bottom = static_cast<int>(std::min(height - 1.0, std::floor(y + along)));
  const int left = static_cast<int>(std::max(0.0, std::floor(x - across)));
  for (int row = static_cast<int>(std::max(0.0, std::floor(y - along))); row <= bottom; ++row) {
    for (int column = left; column <= right; ++column) {
      const double distance = distance_to_line(column, row, x, y, ax, ay);
      if (distance < reach) pixel(column, row, distance);
    }
  }
}

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  double length() const { return high - low; }
};

Range finite_range(std::span<const float> values) {
  Range range;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    range.low = std::min(range.low, static_cast<double>(value));
    range.high = std::max(range.high, static_cast<double>(value));
  }
  return range.low <= range.high ? range : Range{0, 0};
}

}  // namespace

Colour ember(double t) {
  static constexpr std::array<Colour, 6> kStops{{{24, 28, 46},
                                                 {66, 52, 110},
                                                 {148, 60, 120},
                                                 {222, 96, 84},
                                                 {250, 172, 88},
                                                 {255, 246, 214}}};
  return along(kStops, t);
}

Colour spectrum(double t) {
  static constexpr std::array<Colour, 7> kStops{{{255, 236, 150},
                                                 {250, 178, 90},
                                                 {236, 110, 110},
                                                 {186, 96, 196},
                                                 {104, 122, 232},
                                                 {74, 176, 220},
                                                 {110, 220, 190}}};
  return along(kStops, t);
}

Viewport fit_viewport(std::span<const float> x, std::span<const float> y, int width) {
  const Range range_x = finite_range(x), range_y = finite_range(y);
  // A lone place far from the origin still has a side: below a float's steps its pixel would be
  // the difference of two huge numbers.
  const double far = std::max({std::abs(range_x.low), std::abs(range_x.high), std::abs(range_y.low),
                               std::abs(range_y.high)});
  const double side = std::max({range_x.length(), range_y.length(), 1e-6 * far, 1e-30});
  const double data_width = range_x.length() + 2 * kMargin * side;
  const double data_height = range_y.length() + 2 * kMargin * side;
  Viewport view;
  view.width = std::max(width, 16);
  const double aspect = std::clamp(data_height / data_width, 1.0 / 3, 3.0);
  view.height = std::max(16, static_cast<int>(std::lround(view.width * aspect)));
  const double scale = std::min(view.width / data_width, view.height / data_height);
  view.scale_x = view.scale_y = scale;
  view.offset_x = 0.5 * view.width - scale * (range_x.low + 0.5 * range_x.length());
  view.offset_y = 0.5 * view.height + scale * (range_y.low + 0.5 * range_y.length());
  return view;
}

Canvas::Canvas(int width, int height)
    : width_(width), height_(height),
      weight_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height)),
      value_(weight_.size()) {}

void Canvas::add(int x, int y, float weight, float value) {
  if (x < 0 || y < 0 || x >= width_ || y >= height_) return;
  const auto at =
      static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x);
  weight_[at] += weight;
  value_[at] += weight * value;
}

void Canvas::add_point(double px, double py, float weight, float value) {
  if (!(px >= -1 && py >= -1 && px <= width_ && py <= height_)) return;  // NaN too
  const double left = std::floor(px - 0.5), top = std::floor(py - 0.5);
  const auto fx = static_cast<float>(px - 0.5 - left), fy = static_cast<float>(py - 0.5 - top);
  const int x = static_cast<int>(left), y = static_cast<int>(top);
  add(x, y, weight * (1 - fx) * (1 - fy), value);
  add(x + 1, y, weight * fx * (1 - fy), value);
  add(x, y + 1, weight * (1 - fx) * fy, value);
  add(x + 1, y + 1, weight * fx * fy, value);
}

void Canvas::add_disc(double px, double py, double radius, float value) {
  if (!(px >= -radius && py >= -radius && px <= width_ + radius && py <= height_ + radius)) return;
  const int bottom = static_cast<int>(std::floor(py + radius));
  const int right = static_cast<int>(std::floor(px + radius));
  for (int y = static_cast<int>(std::floor(py - radius)); y <= bottom; ++y) {
    for (int x = static_cast<int>(std::floor(px - radius)); x <= right; ++x) {
      const double dx = x + 0.5 - px, dy = y + 0.5 - py;
      if (dx * dx + dy * dy <= radius * radius) add(x, y, 1, value);
    }
  }
}

void Canvas::add_capsule(double px, double py, double ax, double ay, double radius, float value) {
  for_pixels_near(
      width_, height_, px, py, ax, ay, radius + 0.5, [&](int column, int row, double distance) {
        const double covered = std::min(1.0, radius + 0.5 - distance);
        const double out = std::min(1.0, distance / radius);
        add(column, row, static_cast<float>(covered * (1 - kRimShade * out * out)), value);
      });
}

void Canvas::add_line(double px0, double py0, double px1, double py1, float weight, float value) {
  const double dx = px1 - px0, dy = py1 - py0;
  const double length = std::max(std::abs(dx), std::abs(dy));
  if (!(length <= 4.0 * (width_ + height_))) return;  // NaN, or far outside
  const int steps = std::max(1, static_cast<int>(std::ceil(length)));
  const auto share = static_cast<float>(weight * std::max(length, 0.25) / steps);
  for (int i = 0; i < steps; ++i) {
    const double t = (i + 0.5) / steps;
    add_point(px0 + t * dx, py0 + t * dy, share, value);
  }
}

double Canvas::white_level() const {
  std::vector<float> lit;
  for (const float weight : weight_) {
    if (weight > 0.02f) lit.push_back(weight);
  }
  if (lit.empty()) return 1;
  const auto rank = static_cast<std::ptrdiff_t>(
      std::ceil(kWhitePercentile * static_cast<double>(lit.size() - 1)));
  std::nth_element(lit.begin(), lit.begin() + rank, lit.end());
  return std::max(static_cast<double>(lit[static_cast<std::size_t>(rank)]), 1.0);
}

Image Canvas::develop(bool use_values) const {
  Image image{width_, height_, std::vector<std::uint8_t>(weight_.size() * 3)};
  const double white = std::log1p(white_level() * 4);
  for (std::size_t i = 0; i < weight_.size(); ++i) {
    const double weight = weight_[i];
    const double brightness = std::min(1.0, std::log1p(weight * 4) / white);
    Colour colour = kBackground;
    if (weight > 0 && use_values) {
      const double value = value_[i] / weight;
      colour = dim(value < 0 ? kGrey : spectrum(value),
                   0.25 * std::min(1.0, weight) + 0.75 * brightness);
    } else if (weight > 0) {
      colour = dim(ember(brightness), std::min(1.0, weight * 2));
    }
    image.rgb[3 * i] = colour.r;
    image.rgb[3 * i + 1] = colour.g;
    image.rgb[3 * i + 2] = colour.b;
  }
  return image;
}

void draw_line(Image& image, double x0, double y0, double x1, double y1, double width,
               Colour colour) {
  const double half = 0.5 * width;
  for_pixels_near(
      image.width, image.height, 0.5 * (x0 + x1), 0.5 * (y0 + y1), 0.5 * (x1 - x0), 0.5 * (y1 - y0),
      half + 0.5, [&](int column, int row, double distance) {
        const double covered = std::min(1.0, half + 0.5 - distance);
        std::uint8_t* const rgb =
            image.rgb.data() +
            3 * (static_cast<std::size_t>(row) * static_cast<std::size_t>(image.width) +
                 static_cast<std::size_t>(column));
        const std::uint8_t to[] = {colour.r, colour.g, colour.b};
        for (int c = 0; c < 3; ++c)
          rgb[c] = static_cast<std::uint8_t>(std::lround(rgb[c] + covered * (to[c] - rgb[c])));
      });
}

}  // namespace quadrille
