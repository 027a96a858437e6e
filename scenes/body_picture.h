// Bodies as they are: discs and capsules of their size, segments and the box as lines. What is
// smaller than a pixel lights it by as much as it covers.
#pragma once

#include <span>

#include <quadrille/scene.h>

#include "scenes/canvas.h"
#include "scenes/picture_svg.h"

namespace quadrille {

struct BodyDrawing {
  std::span<const float> x, y;
  std::span<const float> hue;  // in [0, 1]; empty: by brightness alone
  const BodyShapes& shapes;
  // Whether there is a body, with a place that is a number.
  bool has(std::size_t i) const;
};

// All of the box, else of the bodies.
Viewport fit_bodies(const BodyDrawing& drawing, int width);

Image draw_bodies(const BodyDrawing& drawing, const Viewport& view);
// `top`: where the picture begins, in pixels.
void draw_bodies(const BodyDrawing& drawing, const Viewport& view, double top, SvgWriter& svg);

}  // namespace quadrille
