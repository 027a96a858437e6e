#include <algorithm>
#include <new>
#include <span>
#include <string>
#include <utility>

#include <quadrille/float_mode.h>
#include "scenes/input/formats.h"

namespace quadrille {
namespace {

// The image of another run, weights, order, names and all: only what it lacks can be refused. It is
// used where it lies in the file, unless it is to be changed; what was compressed is copied.
Result<Graph> read_image(ReadContext& context) {
  GraphTotals totals;
  const OpenOptions open{
      .budget = context.budget, .parallel = &context.parallel, .totals = &totals};
  const std::string_view inflated = context.file.text();
  Result<Graph> graph =
      context.file.is_compressed()
          ? Graph::open(std::as_bytes(std::span(inflated.data(), inflated.size())), open)
          : Graph::open(context.file.mapping(), open);
  if (!graph.is_ok())
    return Status(graph.status().code(), context.file.path() + ": " + graph.status().message());
  const GraphView& view = graph->view();
  context.report.mapped = graph->is_mapped();
  if (context.options.weights == WeightKind::kInteger && view.real_weights()) {
    return context.file.fault("its weights are real; integer weights are needed here");
  }
  BuildReport& build = context.report.build;
  build.edges_in_input = view.num_edges();
  build.self_loops = totals.self_loops;
  build.isolated_nodes = totals.isolated_nodes;
  build.max_out_degree = totals.max_out_degree;
  const NodeOrder order = context.options.order;
  if (!context.options.changes.any() && order == NodeOrder::kFile) return graph;
  graph = change_graph(std::move(graph).value(), context.options.changes, order, context.parallel,
                       context.budget, build);
  context.report.mapped = graph.is_ok() && graph->is_mapped();
  return graph;
}

Result<Graph> refuse_points(ReadContext& context) {
  return Status(StatusCode::kUnsupported, context.file.path() + ": holds points, not a graph");
}

struct ReaderEntry {
  Format format;
  std::string_view name;
  Result<Graph> (*read)(ReadContext& context);
};

constexpr ReaderEntry kReaders[] = {
    {Format::kEdgeList, "edge list", read_edge_list},
    {Format::kMatrixMarket, "Matrix Market", read_matrix_market},
    {Format::kMetis, "METIS", read_metis},
    {Format::kDimacs, "DIMACS", read_dimacs},
    {Format::kGapbs, "GAPBS", read_gapbs},
    {Format::kGraphMl, "GraphML", read_graphml},
    {Format::kImage, "graph image", read_image},
    {Format::kTreeImage, "quadtree image", refuse_points},
    {Format::kXyz, "xyz points", refuse_points},
};

Result<ReadGraph> read_as(const TextFile& file, const ReadOptions& options, Parallel& parallel,
                          MemoryBudget* budget) {
  ReadGraph result;
  ReadContext context{file, options, parallel, budget, result.report};
  const Format format = format_of_file(file);
  for (const ReaderEntry& reader : kReaders) {
    if (reader.format != format) continue;
    result.report.format = reader.name;
    result.report.file_bytes = static_cast<std::int64_t>(file.file_bytes());
    result.report.text_bytes = static_cast<std::int64_t>(file.text().size());
    const bool has_names =
        format == Format::kEdgeList || format == Format::kImage || format == Format::kGraphMl;
    if (options.ids != NodeIds::kDense && !has_names) {
      return file.fault(std::string(reader.name) +
                        " numbers its nodes: sparse ids are read from edge lists and GraphML");
    }
    QUADRILLE_ASSIGN_OR_RETURN(result.graph, reader.read(context));
    if (options.changes.largest_component && format != Format::kImage) {
      QUADRILLE_ASSIGN_OR_RETURN(
          result.graph, change_graph(std::move(result.graph), {.largest_component = true},
                                     options.order, parallel, budget, result.report.build));
    }
    return result;
  }
  return file.fault("its format is not known");
}

// Integers if all of them are: the first real one ends the first try.
Result<ReadGraph> read_with_either(const TextFile& file, ReadOptions options, Parallel& parallel,
                                   MemoryBudget* budget) {
  options.weights = WeightKind::kInteger;
  Result<ReadGraph> graph = read_as(file, options, parallel, budget);
  if (graph.is_ok() || graph.status().code() != StatusCode::kInvalidInput) return graph;
  options.weights = WeightKind::kReal;
  return read_as(file, options, parallel, budget);
}

}  // namespace

Result<ReadGraph> read_graph(const std::string& path, const ReadOptions& options,
                             Parallel& parallel, MemoryBudget* budget) {
  const FloatMode mode;
  try {
    QUADRILLE_ASSIGN_OR_RETURN(const TextFile file, TextFile::open(path, budget));
    ReadOptions wanted = options;
    // An image says which it has, and real ones include whole ones: no need to try.
    if (wanted.weights == WeightKind::kEither && format_of_file(file) == Format::kImage)
      wanted.weights = WeightKind::kReal;
    if (wanted.weights == WeightKind::kEither)
      return read_with_either(file, options, parallel, budget);
    return read_as(file, wanted, parallel, budget);
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kOutOfMemory, path + ": no memory to hold its graph");
  }
}

}  // namespace quadrille
