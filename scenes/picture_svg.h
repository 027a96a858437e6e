// SvgWriter: the few SVG shapes that pictures need, as text. Coordinates are pixels of the view
// box.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <quadrille/picture.h>
#include <quadrille/status.h>

#include "scenes/canvas.h"

namespace quadrille {

enum class PictureFormat : std::uint8_t { kPng, kSvg };
inline constexpr int kLeastPictureWidth = 16, kMostPictureWidth = 8192;
// By the name's extension. kInvalidArgument: another one, or a width out of range.
Result<PictureFormat> picture_format(const std::string& path, const PictureOptions& options);

class SvgWriter {
 public:
  static constexpr int kHeaderHeight = 64;
  static constexpr Colour kText{226, 230, 238}, kFaintText{140, 148, 164};

  SvgWriter(int width, int height);
  void circle(double x, double y, double radius, Colour fill);
  void line(double x0, double y0, double x1, double y1, double width, Colour stroke);
  // All within `radius` of the line between the two points.
  void capsule(double x0, double y0, double x1, double y1, double radius, Colour fill);
  // Through all points, x and y in turn.
  void polyline(std::span<const double> points, double width, Colour stroke);
  void rectangle(double x, double y, double width, double height, Colour fill);
  // `anchor` is start, middle or end.
  void text(double x, double y, double size, Colour fill, std::string_view anchor,
            std::string_view content);
  void embed_png(double x, double y, int width, int height, std::span<const char> png);
  void markup(std::string_view text) { svg_ += text; }            // as it is
  void header(std::string_view title, std::string_view caption);  // in the top kHeaderHeight pixels
  std::string finish();

 private:
  std::string svg_;
};

std::string hex(Colour colour);  // "#ff8000"

// & < > " as entities; control characters dropped.
std::string escape_xml(std::string_view text);

}  // namespace quadrille
