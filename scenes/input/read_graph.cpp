#include <algorithm>
#include <new>
#include <span>
#include <utility>

#include <quadrille/float_mode.h>
#include "scenes/input/formats.h"

namespace quadrille {
namespace {

// The image of another run, weights, order (unless it is to be placed) and all: only what it lacks
// can be refused.
Result<Graph> read_image(ReadContext& context) {
  const std::string_view bytes = context.file.text();
  Result<Graph> graph =
      Graph::open(std::as_bytes(std::span(bytes.data(), bytes.size())), context.budget);
  if (!graph.is_ok())
    return Status(graph.status().code(), context.file.path() + ": " + graph.status().message());
  const GraphView& view = graph->view();
  if (context.options.weights == WeightKind::kInteger && view.real_weights()) {
    return context.file.fault("its weights are real; integer weights are needed here");
  }
  BuildReport& build = context.report.build;
  build.edges_in_input = view.num_edges();
  for (NodeID v = 0; v < view.num_nodes(); ++v) {
    const std::span<const NodeID> targets = view.out_neigh(v);
    build.self_loops += std::binary_search(targets.begin(), targets.end(), v);
    build.isolated_nodes += targets.empty() && view.in_degree(v) == 0;
    build.max_out_degree = std::max(build.max_out_degree, view.out_degree(v));
  }
  if (context.options.order == NodeOrder::kPlaced) {
    return place_graph(*graph, context.parallel, context.budget, &build.placement);
  }
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
    QUADRILLE_ASSIGN_OR_RETURN(result.graph, reader.read(context));
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
    if (options.weights == WeightKind::kEither)
      return read_with_either(file, options, parallel, budget);
    return read_as(file, options, parallel, budget);
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kOutOfMemory, path + ": no memory to hold its graph");
  }
}

}  // namespace quadrille
