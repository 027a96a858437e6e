// Canvas: where a picture's points and lines add up before they become colours.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace quadrille {

// 8-bit RGB, rows from the top.
struct Image {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;
};

struct Colour {
  std::uint8_t r, g, b;
};

inline constexpr Colour kBackground{11, 13, 18};
// From dark to bright, even steps for the eye: for density alone.
Colour ember(double t);
// Hues from near (t = 0) to far (t = 1), of even lightness: for values.
Colour spectrum(double t);

// Maps data to pixels: the bounds of the finite points, a margin, y upward, one scale for both axes
// unless stretched.
struct Viewport {
  double scale_x = 1, scale_y = 1, offset_x = 0, offset_y = 0;
  int width = 1, height = 1;
  double pixel_x(double x) const { return offset_x + scale_x * x; }
  double pixel_y(double y) const { return offset_y - scale_y * y; }
};
Viewport fit_viewport(std::span<const float> x, std::span<const float> y, int width);

// Weight and mean value a pixel. Weight spreads over the four nearest pixels, so points do not form
// a lattice.
class Canvas {
 public:
  Canvas(int width, int height);
  void add_point(double px, double py, float weight, float value);
  // Weight 1 on each pixel whose centre is in the disc.
  void add_disc(double px, double py, double radius, float value);
  // Everything within `radius` of the line from (px - ax, py - ay) to (px + ax, py + ay): a weight
  // of 1 along it that falls to its rim, so that neighbours can be told apart; smooth at the edge.
  void add_capsule(double px, double py, double ax, double ay, double radius, float value);
  // Weight `weight` a pixel of length, along the line; clipped.
  void add_line(double px0, double py0, double px1, double py1, float weight, float value);
  // Brightness: log(1 + weight), full at the 99.5th percentile of the lit pixels. Values in [0, 1]
  // choose the hue, where `use_values`; negative ones are grey.
  Image develop(bool use_values) const;

 private:
  void add(int x, int y, float weight, float value);
  double white_level() const;
  int width_, height_;
  std::vector<float> weight_, value_;
};

// Over the picture, smooth at its edges; clipped.
void draw_line(Image& image, double x0, double y0, double x1, double y1, double width,
               Colour colour);

}  // namespace quadrille
