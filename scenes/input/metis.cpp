// METIS graphs: `%` comments, a header `nodes edges [format [constraints]]`, then a line for each
// node: its size and weights (skipped) and its neighbours, ids from 1, each with a weight if the
// format says so. Undirected; every edge stands in both lists.
#include <array>
#include <vector>

#include "engine/number_text.h"
#include "scenes/first_failure.h"
#include "scenes/input/formats.h"
#include "scenes/input/line_source.h"

namespace quadrille {
namespace {

struct MetisHeader {
  const char* line = nullptr;
  std::size_t end = 0;  // of the header, in the text
  std::int64_t num_nodes = 0, num_edges = 0;
  std::int64_t skipped = 0;  // numbers before a node's neighbours
  bool has_weights = false;
  LineCounts lines;  // up to the first node
};

Status read_metis_header(const TextFile& file, MetisHeader& header) {
  const Header found = find_header(file.text(), "%", header.lines);
  const char* const end = file.text().data() + file.text().size();
  if (found.line.empty()) return file.fault(end, "the header 'nodes edges [format]' is missing");
  header.line = found.line.data();
  header.end = found.end;
  LineCursor cursor(found.line);
  LineFault fault;
  std::int64_t format = 0, constraints = 0;
  const bool fine =
      read_count(cursor, "number of nodes", kMostNodes, header.num_nodes, fault) &&
      read_count(cursor, "number of edges", INT64_MAX / 4, header.num_edges, fault) &&
      (cursor.at_end() || read_count(cursor, "format", 111, format, fault)) &&
      (cursor.at_end() || read_count(cursor, "number of constraints", 1024, constraints, fault)) &&
      expect_end(cursor, "header", fault);
  if (!fine) return file.fault(fault.at, fault.what);
  const std::int64_t ones = format % 10, tens = format / 10 % 10, hundreds = format / 100;
  if (ones > 1 || tens > 1 || hundreds > 1) {
    return file.fault(header.line,
                      "format " + std::to_string(format) + " is not three digits of 0 and 1");
  }
  header.has_weights = ones == 1;
  header.skipped = hundreds + (tens == 0 ? 0 : std::max<std::int64_t>(constraints, 1));
  return Status::ok();
}

// A node is a line, so a chunk must know how many came before it: counted once, ahead of the
// passes.
class MetisSource final : public EdgeSource {
 public:
  MetisSource(const TextFile& file, const MetisHeader& header, WeightKind kind)
      : file_(file), header_(header), kind_(kind), chunks_(file.text().substr(header.end)),
        first_node_(static_cast<std::size_t>(chunks_.count()) + 1), totals_(chunks_.count()) {}

  Status count_nodes(Parallel& parallel);
  std::int64_t num_chunks() const override { return chunks_.count(); }
  Status read(std::int64_t chunk, EdgeSink& sink) override;
  Status finish() override;
  LineCounts lines() const {
    LineCounts lines = header_.lines;
    lines.add(totals_.sum().lines);
    return lines;
  }
  // Where the list of node u begins.
  const char* find(NodeID u) const;

 private:
  static bool is_comment(std::string_view line) { return !line.empty() && line.front() == '%'; }
  bool skip_node_weights(LineCursor& cursor, LineFault& fault) const;
  Status read_list(std::string_view line, std::int64_t u, EdgeSink& sink, ChunkTotals::Part& part);

  const TextFile& file_;
  MetisHeader header_;
  WeightKind kind_;
  TextChunks chunks_;
  std::vector<std::int64_t> first_node_;
  ChunkTotals totals_;  // entries: arcs, self loops twice
};

Status MetisSource::count_nodes(Parallel& parallel) {
  parallel.for_chunks(chunks_.count(), [&](std::int64_t chunk, int) {
    LineCounts lines;
    std::int64_t nodes = 0;
    for (std::string_view rest = chunks_[chunk]; !rest.empty();)
      nodes += !is_comment(take_line(rest, lines));
    first_node_[static_cast<std::size_t>(chunk) + 1] = nodes;
  });
  for (std::size_t chunk = 1; chunk < first_node_.size(); ++chunk)
    first_node_[chunk] += first_node_[chunk - 1];
  // The last node's empty line may lack its line end, and then it is not there at all.
  const std::int64_t missing = header_.num_nodes - first_node_.back();
  if (missing <= 0 || (missing == 1 && file_.text().ends_with('\n'))) return Status::ok();
  return file_.fault(
      file_.text().data() + file_.text().size() - (file_.text().ends_with('\n') ? 1 : 0),
      "the file ends after node " + std::to_string(first_node_.back()) + "; header says " +
          counted(header_.num_nodes, "node"));
}

bool MetisSource::skip_node_weights(LineCursor& cursor, LineFault& fault) const {
  Weight ignored = 0;
  for (std::int64_t i = 0; i < header_.skipped; ++i) {
    if (!read_weight(cursor, WeightKind::kIgnore, ignored, fault)) {
      fault.what = "node " + fault.what;
      return false;
    }
  }
  return true;
}

Status MetisSource::read_list(std::string_view line, std::int64_t u, EdgeSink& sink,
                              ChunkTotals::Part& part) {
  LineCursor cursor(line);
  LineFault fault;
  std::array<Edge, 256> batch;
  std::size_t filled = 0;
  bool fine = u < header_.num_nodes;
  if (!fine && cursor.at_end()) return Status::ok();  // empty lines at the end are no nodes
  if (!fine)
    fault = {line.data(), "node " + std::to_string(u + 1) + " is too many; header says " +
                              counted(header_.num_nodes, "node")};
  for (fine = fine && skip_node_weights(cursor, fault); fine && !cursor.at_end();) {
    Edge& edge = batch[filled];
    edge = {static_cast<NodeID>(u), 0, 1};
    fine = read_id(cursor, {1, header_.num_nodes}, "neighbour", edge.v, fault) &&
           (!header_.has_weights || read_weight(cursor, kind_, edge.w, fault));
    if (!fine) break;
    part.entries += edge.u == edge.v ? 2 : 1;
    if (++filled < batch.size()) continue;
    QUADRILLE_RETURN_IF_ERROR(sink.take(batch));
    filled = 0;
  }
  if (!fine) return file_.fault(fault.at, fault.what);
  return sink.take(std::span(batch).first(filled));
}

Status MetisSource::read(std::int64_t chunk, EdgeSink& sink) {
  ChunkTotals::Part part;
  std::int64_t u = first_node_[static_cast<std::size_t>(chunk)];
  for (std::string_view rest = chunks_[chunk]; !rest.empty();) {
    const std::string_view line = take_line(rest, part.lines);
    if (is_comment(line)) {
      ++part.lines.comments;
    } else {
      QUADRILLE_RETURN_IF_ERROR(read_list(line, u++, sink, part));
    }
  }
  totals_[chunk] = part;
  file_.release(chunks_[chunk]);
  return Status::ok();
}

Status MetisSource::finish() {
  const std::int64_t entries = totals_.sum().entries;
  if (entries == 2 * header_.num_edges) return Status::ok();
  return file_.fault(header_.line, "header says " + counted(header_.num_edges, "edge") +
                                       ", so that lists would hold " +
                                       std::to_string(2 * header_.num_edges) +
                                       " entries; they hold " + std::to_string(entries));
}

const char* MetisSource::find(NodeID u) const {
  std::size_t chunk = 0;
  while (first_node_[chunk + 1] <= u) ++chunk;
  std::string_view line, rest = chunks_[static_cast<std::int64_t>(chunk)];
  LineCounts lines;
  for (std::int64_t node = first_node_[chunk]; node <= u;) {
    line = take_line(rest, lines);
    node += !is_comment(line);
  }
  return line.data();
}

}  // namespace

Result<Graph> read_metis(ReadContext& context) {
  MetisHeader header;
  QUADRILLE_RETURN_IF_ERROR(read_metis_header(context.file, header));
  MetisSource source(context.file, header, context.options.weights);
  QUADRILLE_RETURN_IF_ERROR(source.count_nodes(context.parallel));
  BuildOptions build;
  build.both_arcs = true;
  build.weighted = header.has_weights;
  build.num_nodes = header.num_nodes;
  Result<Graph> graph = build_from(source, build, context);
  note_lines(source.lines(), context.report);
  if (!graph.is_ok()) return graph;
  const LonelyArc lonely = find_lonely_arc(graph->view(), context.parallel);
  if (lonely.u < 0) return graph;
  return context.file.fault(source.find(lonely.u),
                            "node " + std::to_string(lonely.u + 1) + " has an edge to node " +
                                std::to_string(lonely.v + 1) + ", which does not have it back" +
                                (header.has_weights ? " with the same weight" : ""));
}

}  // namespace quadrille
