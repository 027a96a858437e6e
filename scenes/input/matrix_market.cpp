// Matrix Market coordinate files: a banner, a line `rows columns entries`, then `row column
// [value]`, ids from 1. A general matrix is a directed graph, a symmetric one an undirected graph
// of which one triangle stands in the file.
#include <algorithm>

#include "scenes/input/formats.h"
#include "scenes/input/line_source.h"

namespace quadrille {
namespace {

struct MatrixHeader {
  const char* size_line = nullptr;
  bool symmetric = false, has_values = false;
  std::int64_t num_nodes = 0, num_entries = 0;
};

class MatrixMarketParser {
 public:
  MatrixMarketParser(const MatrixHeader& header, WeightKind kind) : header_(header), kind_(kind) {}

  LineKind parse(std::string_view line, Edge& edge, LineFault& fault) const {
    LineCursor cursor(line);
    if (cursor.at_end()) return LineKind::kEmpty;
    if (*cursor.at() == '%') return LineKind::kComment;
    if (line.data() == header_.size_line) return LineKind::kEmpty;
    const IdRange ids{1, header_.num_nodes};
    if (!read_id(cursor, ids, "row", edge.u, fault) ||
        !read_id(cursor, ids, "column", edge.v, fault)) {
      return LineKind::kFault;
    }
    if (header_.has_values && !read_weight(cursor, kind_, edge.w, fault)) return LineKind::kFault;
    const bool ended = expect_end(cursor, header_.has_values ? "value" : "column", fault);
    return ended ? LineKind::kEdge : LineKind::kFault;
  }

 private:
  MatrixHeader header_;
  WeightKind kind_;
};

std::string lower(std::string_view word) {
  std::string text(word);
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

Status unsupported(const TextFile& file, const std::string& what) {
  return {StatusCode::kUnsupported, file.path() + ":1: " + what};
}

Status read_banner(const TextFile& file, std::string_view line, MatrixHeader& header) {
  LineCursor cursor(line);
  std::string words[5];
  for (std::string& word : words) word = lower(cursor.take_field());
  if (words[0] != "%%matrixmarket" || words[1] != "matrix") {
    return file.fault(line.data(), "the banner '%%MatrixMarket matrix coordinate ...' is missing");
  }
  if (words[2] != "coordinate")
    return unsupported(file, "only coordinate matrices are graphs, not " + in_quotes(words[2]));
  header.has_values = words[3] != "pattern";
  if (header.has_values && words[3] != "integer" && words[3] != "real") {
    return unsupported(file, "values must be pattern, integer or real, not " + in_quotes(words[3]));
  }
  header.symmetric = words[4] == "symmetric";
  if (!header.symmetric && words[4] != "general") {
    return unsupported(file, "a matrix must be general or symmetric, not " + in_quotes(words[4]));
  }
  return Status::ok();
}

Status read_sizes(const TextFile& file, MatrixHeader& header) {
  LineCounts counts;
  const Header found = find_header(file.text(), "%", counts);
  const char* const end = file.text().data() + file.text().size();
  if (found.line.empty()) return file.fault(end, "the line 'rows columns entries' is missing");
  header.size_line = found.line.data();
  LineCursor cursor(found.line);
  LineFault fault;
  std::int64_t columns = 0;
  if (!read_count(cursor, "number of rows", kMostNodes, header.num_nodes, fault) ||
      !read_count(cursor, "number of columns", kMostNodes, columns, fault) ||
      !read_count(cursor, "number of entries", INT64_MAX, header.num_entries, fault) ||
      !expect_end(cursor, "number of entries", fault)) {
    return file.fault(fault.at, fault.what);
  }
  if (columns == header.num_nodes) return Status::ok();
  return file.fault(header.size_line, std::to_string(header.num_nodes) + " rows but " +
                                          std::to_string(columns) +
                                          " columns; the matrix of a graph is square");
}

}  // namespace

Result<Graph> read_matrix_market(ReadContext& context) {
  const TextFile& file = context.file;
  MatrixHeader header;
  LineCounts counts;
  std::string_view rest = file.text();
  QUADRILLE_RETURN_IF_ERROR(read_banner(file, take_line(rest, counts), header));
  QUADRILLE_RETURN_IF_ERROR(read_sizes(file, header));
  LineSource<MatrixMarketParser> source(file, MatrixMarketParser(header, context.options.weights),
                                        header.num_entries, "entry");
  BuildOptions build;
  build.directed = !header.symmetric;
  build.weighted = header.has_values;
  build.num_nodes = header.num_nodes;
  Result<Graph> graph = build_from(source, build, context);
  note_lines(source.lines(), context.report);
  return graph;
}

}  // namespace quadrille
