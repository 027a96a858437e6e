// Edge lists: `u v` or `u v w` a line, ids from 0; `#` and `%` comments; in .csv and .tsv one line
// of column names.
#include "scenes/input/formats.h"
#include "scenes/input/line_source.h"
#include "scenes/input/plain_line.h"

namespace quadrille {
namespace {

class EdgeListParser {
 public:
  EdgeListParser(const char* names, bool has_weights, WeightKind kind)
      : names_(names), has_weights_(has_weights), kind_(kind) {}

  // `at` is left alone on false; kPlainLineBytes are there to be looked at.
  bool parse_plain(const char*& at, Edge& edge) const {
    if (!has_weights_) return take_plain_line(at, edge.u, edge.v, nullptr);
    std::uint32_t weight = 0;
    if (kind_ == WeightKind::kReal || !take_plain_line(at, edge.u, edge.v, &weight)) return false;
    if (kind_ == WeightKind::kInteger) edge.w = static_cast<Weight>(weight);
    return true;
  }

  LineKind parse(std::string_view line, Edge& edge, LineFault& fault) const {
    LineCursor cursor(line);
    if (cursor.at_end()) return LineKind::kEmpty;
    if (is_comment(*cursor.at()) || line.data() == names_) return LineKind::kComment;
    if (!read_id(cursor, {}, "source", edge.u, fault) ||
        !read_id(cursor, {}, "target", edge.v, fault)) {
      return LineKind::kFault;
    }
    if (has_weights_ && !read_weight(cursor, kind_, edge.w, fault)) return LineKind::kFault;
    const bool ended = expect_end(cursor, has_weights_ ? "weight" : "target", fault);
    return ended ? LineKind::kEdge : LineKind::kFault;
  }

 private:
  const char* names_;  // the line of column names; null: none
  bool has_weights_;
  WeightKind kind_;
};

bool names_columns(std::string_view line) {
  const char c = LineCursor(line).rest().front();
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '"' || c == '_';
}

std::size_t count_fields(std::string_view line) {
  std::size_t count = 0;
  for (LineCursor cursor(line); !cursor.at_end() && count < 4; ++count) {
    if (cursor.take_field().empty()) break;
  }
  return count;
}

}  // namespace

// Whether there are weights is told by the first edge; every line must then be like it.
Result<Graph> read_edge_list(ReadContext& context) {
  const TextFile& file = context.file;
  const std::string extension = extension_of(file.path());
  LineCounts counts;
  Header first = find_header(file.text(), "#%", counts);
  const char* names = nullptr;
  if ((extension == "csv" || extension == "tsv") && !first.line.empty() &&
      names_columns(first.line)) {
    names = first.line.data();
    first = find_header(file.text().substr(first.end), "#%", counts);
  }
  const bool has_weights = extension == "wel" || count_fields(first.line) >= 3;
  LineSource<EdgeListParser> source(
      file, EdgeListParser(names, has_weights, context.options.weights), -1, "edge");
  BuildOptions build;
  build.directed = context.options.directed;
  build.weighted = has_weights;
  Result<Graph> graph = build_from(source, build, context);
  note_lines(source.lines(), context.report);
  return graph;
}

}  // namespace quadrille
