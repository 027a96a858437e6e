// Pictures of frames. Points are density-shaded (brightness is the logarithm of how many fall on a
// pixel), so that a million nodes stay readable; edges are drawn as lines; a value a point (a
// distance, say) chooses the hue.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <quadrille/frame.h>
#include <quadrille/graph.h>
#include <quadrille/status.h>

namespace quadrille {

class Simulation;

struct PictureOptions {
  int width = 1600;   // pixels, 16 to 8192; the height follows from the bounds, from a third on to
                      // three times as much
  std::string title;  // drawn in an SVG; empty: none
  std::string caption;  // a second, smaller line
};

// Points (and where `graph` is given, its edges) at x, y; hue by `value` where it is not empty
// (negative: grey). The format follows the extension: .png, or .svg (vector shapes for up to 4,000
// points and edges, else an image within). kInvalidArgument: another extension, a width out of
// range, columns of different lengths, or not a place for each node; kIoError: the file could not
// be written (an older one is then still whole).
Status write_points_picture(const std::string& path, std::span<const float> x,
                            std::span<const float> y, std::span<const std::int64_t> value,
                            const GraphView* graph, const PictureOptions& options);

// The newest completed frame of a simulation: positions where the scene has them (hue by distance
// or label; bodies in a box as discs and capsules of their size, with the segments beside them, hue
// by the height at which the input has them); else the first column's values: over the element's
// index (sort), or as a histogram (waves without coordinates). The owner's thread. Errors as above.
Status write_picture(const std::string& path, const Simulation& simulation,
                     const PictureOptions& options = {});

// A horizontal bar chart, for reports: one bar a label, `value` with its unit at the end. An SVG is
// 960 pixels wide. Errors as above.
struct Bar {
  std::string label;
  double value = 0;
  std::string text;  // what stands at the end of the bar: "12.4 ms"
};
Status write_bar_chart(const std::string& path, std::span<const Bar> bars,
                       const PictureOptions& options);

}  // namespace quadrille
