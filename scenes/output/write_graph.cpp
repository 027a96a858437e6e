#include <new>

#include <quadrille/output.h>

#include "scenes/input/formats.h"
#include "scenes/output/formats.h"

namespace quadrille {
namespace {

Status cannot_hold(const std::string& path, std::string_view format, std::string_view what) {
  return {StatusCode::kUnsupported,
          path + ": " + std::string(format) + " cannot hold " + std::string(what)};
}

Status check_fit(const GraphView& view, const std::string& path, Format format) {
  const bool weights_kept = extension_of(path) != "sg";
  if (format == Format::kMetis && view.directed())
    return cannot_hold(path, "METIS", "a directed graph");
  if (!view.real_weights() || !weights_kept) return Status::ok();
  if (format == Format::kMetis) return cannot_hold(path, "METIS", "real weights");
  if (format == Format::kDimacs) return cannot_hold(path, "DIMACS", "real weights");
  if (format == Format::kGapbs) return cannot_hold(path, "GAPBS", "real weights");
  return Status::ok();
}

Status write_image(const Graph& graph, const std::string& path) {
  return write_file(path, [&](TextWriter& out) {
    out << std::string_view(reinterpret_cast<const char*>(graph.image().data()),
                            graph.image().size());
  });
}

Status write_as(Format format, const Graph& graph, const std::string& path, WriteReport& report) {
  const GraphView& view = graph.view();
  QUADRILLE_RETURN_IF_ERROR(check_fit(view, path, format));
  report.coordinates_dropped = view.has_coordinates() && format != Format::kDimacs &&
                               format != Format::kGraphMl && format != Format::kImage;
  report.names_dropped = !view.names().empty() && format != Format::kEdgeList &&
                         format != Format::kGraphMl && format != Format::kImage;
  report.weights_dropped =
      view.weighted() && format == Format::kGapbs && extension_of(path) == "sg";
  switch (format) {
    case Format::kEdgeList: return write_edge_list(view, path, report);
    case Format::kMatrixMarket: return write_matrix_market(view, path);
    case Format::kMetis: return write_metis(view, path);
    case Format::kDimacs: return write_dimacs(view, path, report);
    case Format::kGapbs: return write_gapbs(view, path);
    case Format::kGraphMl: return write_graphml(view, path);
    case Format::kImage: return write_image(graph, path);
    case Format::kTreeImage:
    case Format::kXyz:
    case Format::kUnknown: break;
  }
  return {StatusCode::kUnsupported,
          path +
              ": its ending names no graph format; there are .el, .wel, .csv, .tsv, .txt, "
              ".mtx, .graph, .gr, .sg, .wsg, .graphml and .qg"};
}

}  // namespace

Status write_graph(const Graph& graph, const std::string& path, WriteReport* report) {
  WriteReport ignored;
  try {
    return write_as(format_of_name(path), graph, path, report == nullptr ? ignored : *report);
  } catch (const std::bad_alloc&) {
    return {StatusCode::kOutOfMemory, path + ": no memory to write it"};
  }
}

Status write_points(const PointSet& points, const std::string& path) {
  const std::string extension = extension_of(path);
  if (extension != "csv" && extension != "tsv") {
    return {StatusCode::kUnsupported, path + ": points are written to .csv, .tsv or .qt"};
  }
  const char separator = extension == "csv" ? ',' : '\t';
  struct Column {
    std::string_view name;
    const std::vector<float>& values;
  };
  const Column columns[] = {
      {"vx", points.vx}, {"vy", points.vy}, {"mass", points.mass}, {"radius", points.radius}};
  try {
    return write_file(path, [&](TextWriter& out) {
      out << 'x' << separator << 'y';
      for (const Column& column : columns) {
        if (!column.values.empty()) out << separator << column.name;
      }
      out << '\n';
      for (std::size_t i = 0; i < points.x.size(); ++i) {
        out << points.x[i] << separator << points.y[i];
        for (const Column& column : columns) {
          if (!column.values.empty()) out << separator << column.values[i];
        }
        out << '\n';
      }
    });
  } catch (const std::bad_alloc&) {
    return {StatusCode::kOutOfMemory, path + ": no memory to write it"};
  }
}

}  // namespace quadrille
