#include "scenes/body_picture.h"

#include <algorithm>
#include <cmath>

namespace quadrille {
namespace {

constexpr double kLeastRadius = 0.7;  // of a shape, in pixels; smaller ones are points
constexpr double kSegmentWidth = 2.0, kBoxWidth = 1.0, kLeastVectorRadius = 0.3;
constexpr Colour kSegmentColour{168, 176, 194}, kBoxColour{70, 78, 98};
constexpr double kBodyPi = 3.14159265358979323846;

// A capsule in pixels: all within `radius` of the line from (x - ax, y - ay) to (x + ax, y + ay).
struct PixelShape {
  double x, y, ax, ay, radius;
};

PixelShape pixel_shape(const BodyDrawing& drawing, const Viewport& view, std::size_t i) {
  const BodyShapes& shapes = drawing.shapes;
  PixelShape shape{view.pixel_x(drawing.x[i]), view.pixel_y(drawing.y[i]), 0, 0,
                   view.scale_x * shapes.radius[i]};
  if (shapes.half_length.empty()) return shape;
  shape.ax = view.scale_x * shapes.half_length[i] * shapes.cosine[i];
  shape.ay = -view.scale_y * shapes.half_length[i] * shapes.sine[i];
  return shape;
}

void draw_shape(const PixelShape& shape, float hue, Canvas& canvas) {
  if (shape.radius >= kLeastRadius)
    return canvas.add_capsule(shape.x, shape.y, shape.ax, shape.ay, shape.radius, hue);
  const double half = std::sqrt(shape.ax * shape.ax + shape.ay * shape.ay);
  const auto width = static_cast<float>(2 * shape.radius);
  if (half >= kLeastRadius)
    return canvas.add_line(shape.x - shape.ax, shape.y - shape.ay, shape.x + shape.ax,
                           shape.y + shape.ay, width, hue);
  const double area = kBodyPi * shape.radius * shape.radius + 4 * half * shape.radius;
  canvas.add_point(shape.x, shape.y, static_cast<float>(area), hue);
}

// line(x0, y0, x1, y1, width, colour) for the sides of the box, then for the segments, in pixels.
template <class Line>
void for_each_line(const BodyShapes& shapes, const Viewport& view, Line&& line) {
  if (shapes.box.size() == 4) {
    const double left = view.pixel_x(shapes.box[0]), bottom = view.pixel_y(shapes.box[1]);
    const double right = view.pixel_x(shapes.box[2]), top = view.pixel_y(shapes.box[3]);
    line(left, bottom, right, bottom, kBoxWidth, kBoxColour);
    line(right, bottom, right, top, kBoxWidth, kBoxColour);
    line(right, top, left, top, kBoxWidth, kBoxColour);
    line(left, top, left, bottom, kBoxWidth, kBoxColour);
  }
  const std::vector<float>& ends = shapes.segments;
  for (std::size_t s = 0; s + 3 < ends.size(); s += 4) {
    line(view.pixel_x(ends[s]), view.pixel_y(ends[s + 1]), view.pixel_x(ends[s + 2]),
         view.pixel_y(ends[s + 3]), kSegmentWidth, kSegmentColour);
  }
}

}  // namespace

bool BodyDrawing::has(std::size_t i) const {
  return shapes.radius[i] > 0 && std::isfinite(x[i]) && std::isfinite(y[i]);
}

Viewport fit_bodies(const BodyDrawing& drawing, int width) {
  const std::vector<double>& box = drawing.shapes.box;
  if (box.size() != 4) return fit_viewport(drawing.x, drawing.y, width);
  const float x[] = {static_cast<float>(box[0]), static_cast<float>(box[2])};
  const float y[] = {static_cast<float>(box[1]), static_cast<float>(box[3])};
  return fit_viewport(x, y, width);
}

Image draw_bodies(const BodyDrawing& drawing, const Viewport& view) {
  Canvas canvas(view.width, view.height);
  for (std::size_t i = 0; i < drawing.x.size(); ++i) {
    if (!drawing.has(i)) continue;
    draw_shape(pixel_shape(drawing, view, i), drawing.hue.empty() ? 0.0f : drawing.hue[i], canvas);
  }
  Image image = canvas.develop(!drawing.hue.empty());
  for_each_line(drawing.shapes, view,
                [&](double x0, double y0, double x1, double y1, double width, Colour colour) {
                  draw_line(image, x0, y0, x1, y1, width, colour);
                });
  return image;
}

void draw_bodies(const BodyDrawing& drawing, const Viewport& view, double top, SvgWriter& svg) {
  for (std::size_t i = 0; i < drawing.x.size(); ++i) {
    if (!drawing.has(i)) continue;
    const PixelShape shape = pixel_shape(drawing, view, i);
    const double radius = std::max(shape.radius, kLeastVectorRadius);
    const Colour colour = drawing.hue.empty() ? ember(0.75) : spectrum(drawing.hue[i]);
    if (shape.ax == 0 && shape.ay == 0) {
      svg.circle(shape.x, top + shape.y, radius, colour);
    } else {
      svg.capsule(shape.x - shape.ax, top + shape.y - shape.ay, shape.x + shape.ax,
                  top + shape.y + shape.ay, radius, colour);
    }
  }
  for_each_line(drawing.shapes, view,
                [&](double x0, double y0, double x1, double y1, double width, Colour colour) {
                  svg.line(x0, top + y0, x1, top + y1, width, colour);
                });
}

}  // namespace quadrille
