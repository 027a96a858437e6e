// What a picture shows is decided here; canvas.cpp adds up light, picture_png.cpp and
// picture_svg.cpp write it down.

#include <quadrille/picture.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include <quadrille/simulation.h>

#include "engine/replace_file.h"
#include "scenes/body_picture.h"
#include "scenes/canvas.h"
#include "scenes/chart.h"
#include "scenes/picture_png.h"
#include "scenes/picture_svg.h"

namespace quadrille {
namespace {

constexpr std::int64_t kVectorShapes = 4000;  // more points or edges than this become an image
constexpr double kMaxLinePixels = 3e8;        // of edges drawn; beyond, each k-th edge is
constexpr double kLeastDisc = 1.0, kMostDisc = 8.0;  // radii in pixels
constexpr Colour kVectorEdge{70, 78, 98};

// What is drawn: points by internal id, hues in [0, 1] or none, edges or none.
struct Drawing {
  std::span<const float> x, y;
  std::vector<float> hue;
  const GraphView* graph = nullptr;
  const BodyShapes* shapes = nullptr;  // what the points are, if more than that
  BodyDrawing bodies() const { return {x, y, hue, *shapes}; }
  float hue_of(std::size_t i) const { return hue.empty() ? 0.0f : hue[i]; }
};

// By how high bodies were at first, so that one sees who mixes with whom.
std::vector<float> hues_by_height(const PointSet& first, std::size_t count) {
  if (first.y.size() != count || count == 0) return {};
  const auto [low, high] = std::ranges::minmax(first.y);
  const double height = high > low ? high - low : 1;
  std::vector<float> hue(count);
  for (std::size_t i = 0; i < count; ++i) hue[i] = static_cast<float>((first.y[i] - low) / height);
  return hue;
}

std::vector<float> hues(std::span<const std::int64_t> values) {
  std::int64_t largest = 1;
  for (const std::int64_t value : values) largest = std::max(largest, value);
  std::vector<float> hue(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    hue[i] =
        values[i] < 0
            ? -1.0f
            : static_cast<float>(static_cast<double>(values[i]) / static_cast<double>(largest));
  return hue;
}

// Calls body(u, v) for each edge once (an undirected one from its lower end), `stride` apart.
template <class Body>
void for_each_edge(const GraphView& graph, std::int64_t stride, Body&& body) {
  std::int64_t index = 0;
  for (NodeID u = 0; u < graph.num_nodes(); ++u) {
    for (const NodeID v : graph.out_neigh(u)) {
      if (!graph.directed() && v < u) continue;
      if (index++ % stride == 0) body(static_cast<std::size_t>(u), static_cast<std::size_t>(v));
    }
  }
}

std::int64_t edge_stride(const Drawing& drawing, const Viewport& view) {
  double pixels = 0;
  for_each_edge(*drawing.graph, 1, [&](std::size_t u, std::size_t v) {
    const double dx = drawing.x[u] - drawing.x[v], dy = drawing.y[u] - drawing.y[v];
    const double length = view.scale_x * std::max(std::abs(dx), std::abs(dy));
    if (std::isfinite(length)) pixels += 1 + length;
  });
  return 1 + static_cast<std::int64_t>(pixels / kMaxLinePixels);
}

Image draw_image(const Drawing& drawing, const Viewport& view) {
  if (drawing.shapes != nullptr) return draw_bodies(drawing.bodies(), view);
  Canvas canvas(view.width, view.height);
  const auto pixel = [&](std::size_t i) {
    return std::pair(view.pixel_x(drawing.x[i]), view.pixel_y(drawing.y[i]));
  };
  const bool edges = drawing.graph != nullptr && drawing.graph->num_edges() > 0;
  // Few points on many pixels would be dark: together they cover about a quarter of the picture.
  const double pixels = static_cast<double>(view.width) * view.height;
  const double radius =
      std::min(0.3 * std::sqrt(pixels / (1.0 + static_cast<double>(drawing.x.size()))), kMostDisc);
  for (std::size_t i = 0; i < drawing.x.size(); ++i) {
    const auto [px, py] = pixel(i);
    if (!edges && radius > kLeastDisc) {
      canvas.add_disc(px, py, radius, drawing.hue_of(i));
    } else {
      canvas.add_point(px, py, edges ? 0.15f : 1.0f, drawing.hue_of(i));
    }
  }
  if (edges) {
    for_each_edge(*drawing.graph, edge_stride(drawing, view), [&](std::size_t u, std::size_t v) {
      const auto [ux, uy] = pixel(u);
      const auto [vx, vy] = pixel(v);
      const float hue_u = drawing.hue_of(u), hue_v = drawing.hue_of(v);
      canvas.add_line(ux, uy, vx, vy, 0.5f,
                      std::min(hue_u, hue_v) < 0 ? -1.0f : 0.5f * (hue_u + hue_v));
    });
  }
  return canvas.develop(!drawing.hue.empty());
}

void draw_vectors(const Drawing& drawing, const Viewport& view, double top, SvgWriter& svg) {
  if (drawing.shapes != nullptr) return draw_bodies(drawing.bodies(), view, top, svg);
  const auto px = [&](std::size_t i) { return view.pixel_x(drawing.x[i]); };
  const auto py = [&](std::size_t i) { return top + view.pixel_y(drawing.y[i]); };
  const auto visible = [&](std::size_t i) {
    return std::isfinite(drawing.x[i]) && std::isfinite(drawing.y[i]);
  };
  if (drawing.graph != nullptr) {
    for_each_edge(*drawing.graph, 1, [&](std::size_t u, std::size_t v) {
      if (visible(u) && visible(v)) svg.line(px(u), py(u), px(v), py(v), 1, kVectorEdge);
    });
  }
  const double crowd = std::sqrt(static_cast<double>(drawing.x.size()) + 1);
  const double radius = std::clamp(view.width / crowd / 6, 1.5, 9.0);
  for (std::size_t i = 0; i < drawing.x.size(); ++i) {
    if (!visible(i)) continue;
    const bool grey = drawing.hue_of(i) < 0;
    svg.circle(px(i), py(i), radius,
               grey                  ? SvgWriter::kFaintText
               : drawing.hue.empty() ? ember(0.75)
                                     : spectrum(drawing.hue[i]));
  }
}

Status write_drawing(const std::string& path, const Drawing& drawing,
                     const PictureOptions& options) {
  QUADRILLE_ASSIGN_OR_RETURN(const PictureFormat format, picture_format(path, options));
  const Viewport view = drawing.shapes != nullptr
                            ? fit_bodies(drawing.bodies(), options.width)
                            : fit_viewport(drawing.x, drawing.y, options.width);
  if (format == PictureFormat::kPng) {
    QUADRILLE_ASSIGN_OR_RETURN(const std::vector<char> png, encode_png(draw_image(drawing, view)));
    return replace_file(path, png);
  }
  const int top = options.title.empty() && options.caption.empty() ? 0 : SvgWriter::kHeaderHeight;
  SvgWriter svg(view.width, view.height + top);
  const std::int64_t edges = drawing.graph == nullptr ? 0 : drawing.graph->num_edges();
  if (static_cast<std::int64_t>(drawing.x.size()) <= kVectorShapes && edges <= kVectorShapes) {
    draw_vectors(drawing, view, top, svg);
  } else {
    QUADRILLE_ASSIGN_OR_RETURN(const std::vector<char> png, encode_png(draw_image(drawing, view)));
    svg.embed_png(0, top, view.width, view.height, png);
  }
  if (top > 0) svg.header(options.title, options.caption);
  return replace_file(path, svg.finish());
}

// Of shares of a whole: only ratios are drawn.
std::vector<std::int64_t> scaled(std::span<const float> shares) {
  constexpr double kScale = 1e15;
  std::vector<std::int64_t> values(shares.size());
  for (std::size_t i = 0; i < shares.size(); ++i)
    values[i] = static_cast<std::int64_t>(double{shares[i]} * kScale);
  return values;
}

std::vector<std::int64_t> widen(const Frame& frame, ColumnID column) {
  const auto copy = [](const auto values) {
    return std::vector<std::int64_t>(values.begin(), values.end());
  };
  switch (frame.schema()[column].type) {
    case ColumnType::kInt32: return copy(frame.column<std::int32_t>(column));
    case ColumnType::kUint32: return copy(frame.column<std::uint32_t>(column));
    case ColumnType::kInt64: return copy(frame.column<std::int64_t>(column));
    case ColumnType::kFloat32: return scaled(frame.column<float>(column));
    default: return {};
  }
}

// Neighbouring labels should not look alike: scatters them over the spectrum.
void scatter_labels(std::vector<std::int64_t>& labels) {
  for (std::int64_t& label : labels) {
    const std::uint64_t mixed = static_cast<std::uint64_t>(label) * 0x9e3779b97f4a7c15u;
    label = static_cast<std::int64_t>(mixed >> 44);
  }
}

std::vector<std::int64_t> hue_values(const Frame& frame) {
  if (const ColumnID distance = frame.schema().find("distance"); distance >= 0)
    return widen(frame, distance);
  for (const char* name : {"core", "rank", "triangles", "closeness", "betweenness"}) {
    if (const ColumnID value = frame.schema().find(name); value >= 0) return widen(frame, value);
  }
  std::vector<std::int64_t> values;
  if (const ColumnID label = frame.schema().find("label"); label >= 0) {
    values = widen(frame, label);
    scatter_labels(values);
  }
  return values;
}

Status write_values(const std::string& path, const Frame& frame, PictureOptions options) {
  const FrameSchema& schema = frame.schema();
  if (const ColumnID value = schema.find("value"); value >= 0) {  // sort: value over index
    const std::vector<std::int64_t> values = widen(frame, value);
    const double largest =
        values.empty() ? 1
                       : 1 + static_cast<double>(*std::max_element(values.begin(), values.end()));
    std::vector<float> x(values.size()), y(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      x[i] = static_cast<float>(static_cast<double>(i) / static_cast<double>(values.size()));
      y[i] = static_cast<float>(static_cast<double>(values[i]) / largest);
    }
    return write_points_picture(path, x, y, values, nullptr, options);
  }
  if (const ColumnID distance = schema.find("distance"); distance >= 0) {
    if (options.caption.empty()) options.caption = "nodes by distance from the source";
    return write_bar_chart(path, value_histogram(widen(frame, distance)), options);
  }
  if (const ColumnID core = schema.find("core"); core >= 0) {
    if (options.caption.empty()) options.caption = "nodes by core number";
    return write_bar_chart(path, value_histogram(widen(frame, core)), options);
  }
  if (const ColumnID triangles = schema.find("triangles"); triangles >= 0) {
    if (options.caption.empty()) options.caption = "nodes by triangles that they are in";
    return write_bar_chart(path, power_histogram(widen(frame, triangles)), options);
  }
  if (const ColumnID label = schema.find("label"); label >= 0) {
    if (options.caption.empty()) options.caption = "classes by size";
    return write_bar_chart(path, class_sizes(widen(frame, label)), options);
  }
  return {StatusCode::kUnsupported, path + ": this scene has nothing to draw"};
}

}  // namespace

Status write_points_picture(const std::string& path, std::span<const float> x,
                            std::span<const float> y, std::span<const std::int64_t> value,
                            const GraphView* graph, const PictureOptions& options) {
  if (x.size() != y.size() || (!value.empty() && value.size() != x.size()))
    return {StatusCode::kInvalidArgument,
            "a picture needs as many x as y (and values, where there are any)"};
  if (graph != nullptr && static_cast<std::size_t>(graph->num_nodes()) != x.size()) {
    return {StatusCode::kInvalidArgument, "a picture of " + std::to_string(graph->num_nodes()) +
                                              " nodes needs a place for each, not " +
                                              std::to_string(x.size())};
  }
  return write_drawing(path, {x, y, hues(value), graph}, options);
}

Status write_picture(const std::string& path, const Simulation& simulation,
                     const PictureOptions& options) {
  const Frame& frame = simulation.last_completed();
  std::span<const float> x, y;
  if (!simulation.scene().positions(frame, x, y)) return write_values(path, frame, options);
  const SceneInput& input = simulation.input();
  BodyShapes shapes;
  if (simulation.scene().shapes(frame, shapes)) {
    return write_drawing(path, {x, y, hues_by_height(input.points, x.size()), nullptr, &shapes},
                         options);
  }
  const GraphView* graph = input.has_graph ? &input.graph.view() : nullptr;
  return write_points_picture(path, x, y, hue_values(frame), graph, options);
}

}  // namespace quadrille
