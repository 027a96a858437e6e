// Edge lists: `u v` or `u v w` a line, ids from 0 or names; `#` and `%` comments; in .csv and .tsv
// one line of column names.
#include <algorithm>

#include "scenes/input/formats.h"
#include "scenes/input/line_source.h"
#include "scenes/input/named_edges.h"
#include "scenes/input/plain_line.h"

namespace quadrille {
namespace {

class EdgeListParser {
 public:
  EdgeListParser(const char* names, bool has_weights, WeightKind kind)
      : names_(names), has_weights_(has_weights), kind_(kind) {}

  static constexpr std::ptrdiff_t kPlainBytes = kPlainLineBytes;

  // `at` is left alone on false.
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

bool begins_with_word(std::string_view line) {
  const char c = LineCursor(line).rest().front();
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '"' || c == '_';
}

// Whether these are usual names for the two ends of an edge, in any case, quoted or not.
bool names_ends(std::string_view line) {
  constexpr std::string_view kNames[][2] = {{"source", "target"}, {"src", "dst"},
                                            {"from", "to"},       {"node1", "node2"},
                                            {"node_1", "node_2"}, {"id_1", "id_2"}};
  LineCursor cursor(line);
  const auto next = [&] {
    std::string word;
    for (const char c : cursor.take_field()) {
      if (c != '"') word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return word;
  };
  const std::string source = next(), target = next();
  return std::ranges::any_of(
      kNames, [&](const auto& pair) { return source == pair[0] && target == pair[1]; });
}

// Whether a first line of words names the columns of the line below: by its words, or since that
// one has a number where nodes or weights begin. A line that bears a weight itself is an edge.
bool names_columns(std::string_view line, std::string_view below) {
  if (names_ends(line)) return true;
  LineCursor above(line), under(below);
  double weight = 0;
  above.take_field(), above.take_field();
  const bool has_third = !above.at_end();
  if (has_third && above.take_real(weight) == Scan::kOk) return false;
  if (is_digits(without_quotes(under.take_field()))) return true;  // too large ones are told later
  under.take_field();
  return has_third && under.take_real(weight) == Scan::kOk;
}

std::size_t count_fields(std::string_view line) {
  std::size_t count = 0;
  for (LineCursor cursor(line); !cursor.at_end() && count < 4; ++count) {
    if (cursor.take_field().empty()) break;
  }
  return count;
}

// Whether there are weights is told by the first edge; every line must then be like it. A first
// line of words names columns, but where nodes may be words it must look so.
EdgeListShape find_shape(const TextFile& file, NodeIds ids) {
  LineCounts counts;
  const Header first = find_header(file.text(), "#%", counts);
  EdgeListShape shape{.first_edge = first.line};
  if (may_have_quotes(file.path()) && !first.line.empty() && begins_with_word(first.line)) {
    EdgeListShape below{.column_names = first.line.data()};
    below.first_edge = find_header(file.text().substr(first.end), "#%", counts).line;
    if (ids == NodeIds::kDense || names_columns(first.line, below.first_edge)) shape = below;
  }
  shape.has_weights = extension_of(file.path()) == "wel" || count_fields(shape.first_edge) >= 3;
  return shape;
}

}  // namespace

Result<Graph> read_edge_list(ReadContext& context) {
  const EdgeListShape shape = find_shape(context.file, context.options.ids);
  if (context.options.ids != NodeIds::kDense) return read_named_edges(context, shape);
  LineSource<EdgeListParser> source(
      context.file, EdgeListParser(shape.column_names, shape.has_weights, context.options.weights),
      -1, "edge");
  BuildOptions build;
  build.directed = context.options.directed;
  build.weighted = shape.has_weights;
  Result<Graph> graph = build_from(source, build, context);
  note_lines(source.lines(), context.report);
  return graph;
}

}  // namespace quadrille
