// DIMACS shortest-path files: `c` comments, `p sp NODES ARCS`, arcs `a u v w`, ids from 1, directed
// as given; and the coordinates that stand beside them, `p aux sp co NODES`, `v id x y`.
#include <atomic>
#include <vector>

#include "engine/number_text.h"
#include "scenes/first_failure.h"
#include "scenes/input/formats.h"
#include "scenes/input/line_source.h"

namespace quadrille {
namespace {

struct DimacsHeader {
  const char* line = nullptr;
  std::int64_t num_nodes = 0, num_arcs = 0;
};

bool starts_with(std::string_view line, char c) {
  return line.size() >= 1 && line[0] == c &&
         (line.size() == 1 || line[1] == ' ' || line[1] == '\t');
}

bool fail_line(std::string_view line, const char* wanted, LineFault& fault) {
  fault.at = line.data();
  fault.what = "unexpected " + in_quotes(LineCursor(line).peek()) + "; " + wanted;
  return false;
}

class ArcParser {
 public:
  ArcParser(const DimacsHeader& header, WeightKind kind) : header_(header), kind_(kind) {}

  LineKind parse(std::string_view line, Edge& edge, LineFault& fault) const {
    LineCursor cursor(line);
    if (cursor.at_end() || line.data() == header_.line) return LineKind::kEmpty;
    if (*cursor.at() == 'c') return LineKind::kComment;
    if (!starts_with(cursor.rest(), 'a')) {
      fail_line(cursor.rest(), "lines after the header are arcs 'a u v w' or comments 'c ...'",
                fault);
      return LineKind::kFault;
    }
    cursor.take_field();
    const IdRange ids{1, header_.num_nodes};
    const bool fine = read_id(cursor, ids, "source", edge.u, fault) &&
                      read_id(cursor, ids, "target", edge.v, fault) &&
                      read_weight(cursor, kind_, edge.w, fault) &&
                      expect_end(cursor, "weight", fault);
    return fine ? LineKind::kEdge : LineKind::kFault;
  }

 private:
  DimacsHeader header_;
  WeightKind kind_;
};

// The words that a header must begin with, one after the other.
Status read_dimacs_header(const TextFile& file, std::span<const std::string_view> words,
                          bool has_arcs, DimacsHeader& header) {
  LineCounts counts;
  const Header found = find_header(file.text(), "c", counts);
  std::string form;
  for (const std::string_view word : words) form += std::string(word) + " ";
  form = "the header '" + form + (has_arcs ? "NODES ARCS'" : "NODES'") + " is missing";
  if (found.line.empty()) return file.fault(file.text().data() + file.text().size(), form);
  LineCursor cursor(found.line);
  for (const std::string_view word : words) {
    if (cursor.peek() != word) return file.fault(found.line.data(), form);
    cursor.take_field();
  }
  LineFault fault;
  header.line = found.line.data();
  if (!read_count(cursor, "number of nodes", kMostNodes, header.num_nodes, fault) ||
      (has_arcs && !read_count(cursor, "number of arcs", INT64_MAX, header.num_arcs, fault)) ||
      !expect_end(cursor, "header", fault)) {
    return file.fault(fault.at, fault.what);
  }
  return Status::ok();
}

struct Coordinates {
  std::vector<float> x, y;
};

// Reads `v id x y` lines from any number of threads.
class CoordinateReader {
 public:
  CoordinateReader(const TextFile& file, const DimacsHeader& header, Coordinates& into)
      : file_(file), header_(header), into_(into),
        seen_((static_cast<std::size_t>(header.num_nodes) + 63) / 64) {}

  Status read_part(std::string_view text) {
    LineCounts lines;
    LineFault fault;
    for (std::string_view rest = text; !rest.empty();) {
      if (!read_line(take_line(rest, lines), fault)) return file_.fault(fault.at, fault.what);
    }
    file_.release(text);
    return Status::ok();
  }

  Status finish() const {
    for (std::int64_t v = 0; v < header_.num_nodes; ++v) {
      if ((seen_[word_of(v)] >> (v & 63) & 1) == 0) {
        return file_.fault("node " + std::to_string(v + 1) + " has no coordinates");
      }
    }
    return Status::ok();
  }

 private:
  static std::size_t word_of(std::int64_t v) { return static_cast<std::size_t>(v) >> 6; }

  bool read_line(std::string_view line, LineFault& fault) {
    LineCursor cursor(line);
    if (cursor.at_end() || line.data() == header_.line || *cursor.at() == 'c') return true;
    if (!starts_with(cursor.rest(), 'v')) {
      return fail_line(cursor.rest(),
                       "lines after the header are coordinates 'v id x y' or comments 'c ...'",
                       fault);
    }
    cursor.take_field();
    const char* const at = cursor.at();
    NodeID v = 0;
    double x = 0, y = 0;
    if (!read_id(cursor, {1, header_.num_nodes}, "node", v, fault) ||
        !read_coordinate(cursor, "x", x, fault) || !read_coordinate(cursor, "y", y, fault) ||
        !expect_end(cursor, "coordinates", fault)) {
      return false;
    }
    const std::uint64_t bit = std::uint64_t{1} << (v & 63);
    if ((std::atomic_ref(seen_[word_of(v)]).fetch_or(bit, std::memory_order_relaxed) & bit) != 0) {
      fault = {at, "node " + std::to_string(v + 1) + " has coordinates already"};
      return false;
    }
    into_.x[static_cast<std::size_t>(v)] = static_cast<float>(x);
    into_.y[static_cast<std::size_t>(v)] = static_cast<float>(y);
    return true;
  }

  const TextFile& file_;
  DimacsHeader header_;
  Coordinates& into_;
  std::vector<std::uint64_t> seen_;
};

// kNotFound: there is no such file beside the graph.
Result<TextFile> open_coordinates(const std::string& graph_path, MemoryBudget* budget) {
  std::string stem(without_compression(graph_path));
  stem.resize(stem.size() - (stem.ends_with(".gr") ? 3 : 0));
  Status missing;
  for (const char* ending : {".co", ".co.gz", ".co.zst"}) {
    Result<TextFile> file = TextFile::open(stem + ending, budget);
    if (file.is_ok() || file.status().code() != StatusCode::kNotFound) return file;
    missing = file.status();
  }
  return missing;
}

constexpr std::string_view kArcWords[] = {"p", "sp"}, kCoordinateWords[] = {"p", "aux", "sp", "co"};

Status read_coordinates(const TextFile& file, std::int64_t num_nodes, ReadContext& context,
                        Coordinates& into) {
  DimacsHeader header;
  QUADRILLE_RETURN_IF_ERROR(read_dimacs_header(file, kCoordinateWords, false, header));
  if (header.num_nodes != num_nodes) {
    return file.fault(header.line, "header says " + counted(header.num_nodes, "node") +
                                       "; the graph has " + std::to_string(num_nodes));
  }
  // Before memory is taken for what a tiny file claims: the shortest line takes 8 bytes.
  constexpr std::size_t kShortestLine = std::string_view("v 1 0 0\n").size();
  if (static_cast<std::size_t>(num_nodes) > (file.text().size() + 1) / kShortestLine) {
    return file.fault(header.line, "header says " + counted(num_nodes, "node") +
                                       "; the file is too short to hold them");
  }
  into.x.resize(static_cast<std::size_t>(num_nodes));
  into.y.resize(into.x.size());
  CoordinateReader reader(file, header, into);
  const TextChunks chunks(file.text());
  Status status = run_chunks(context.parallel, chunks.count(), [&](std::int64_t chunk, int) {
    return reader.read_part(chunks[chunk]);
  });
  if (status.is_ok()) return reader.finish();
  // Two chunks may name one node, and then either can fail: in order, the answer is always the
  // same.
  CoordinateReader in_order(file, header, into);
  status = in_order.read_part(file.text());
  return status.is_ok() ? in_order.finish() : status;
}

}  // namespace

Result<Graph> read_dimacs(ReadContext& context) {
  DimacsHeader header;
  QUADRILLE_RETURN_IF_ERROR(read_dimacs_header(context.file, kArcWords, true, header));
  Coordinates coordinates;
  Result<TextFile> beside = open_coordinates(context.file.path(), context.budget);
  if (beside.is_ok()) {
    QUADRILLE_RETURN_IF_ERROR(read_coordinates(*beside, header.num_nodes, context, coordinates));
    context.report.coordinates_path = beside->path();
  } else if (beside.status().code() != StatusCode::kNotFound) {
    return beside.status();
  }
  LineSource<ArcParser> source(context.file, ArcParser(header, context.options.weights),
                               header.num_arcs, "arc");
  BuildOptions build;
  build.directed = true;
  build.weighted = true;
  build.num_nodes = header.num_nodes;
  build.x = coordinates.x, build.y = coordinates.y;
  Result<Graph> graph = build_from(source, build, context);
  note_lines(source.lines(), context.report);
  return graph;
}

}  // namespace quadrille
