// The formats: how one is told, and the reader of each (one file each beside this one).
#pragma once

#include <string_view>

#include <quadrille/input.h>
#include <quadrille/parallel.h>

#include "scenes/input/text.h"

namespace quadrille {

enum class Format : std::uint8_t {
  kUnknown,
  kEdgeList,
  kMatrixMarket,
  kMetis,
  kDimacs,
  kGapbs,
  kGraphMl,
  kImage,
  kTreeImage,
  kXyz,
};

// `path` without .gz or .zst, and the extension of that in lower case ("" if none).
std::string_view without_compression(std::string_view path);
std::string extension_of(std::string_view path);
// Whether names of nodes may stand in double quotes there: in .csv and .tsv.
bool may_have_quotes(std::string_view path);
// By extension alone: what a writer goes by.
Format format_of_name(std::string_view path);
// By first bytes, then extension; what has neither is an edge list.
Format format_of_file(const TextFile& file);

// What every reader is given. `report` is filled as far as the reader knows.
struct ReadContext {
  const TextFile& file;
  const ReadOptions& options;  // never kEither
  Parallel& parallel;
  MemoryBudget* budget;
  InputReport& report;
};

Result<Graph> read_edge_list(ReadContext& context);
Result<Graph> read_matrix_market(ReadContext& context);
Result<Graph> read_metis(ReadContext& context);
Result<Graph> read_dimacs(ReadContext& context);
Result<Graph> read_gapbs(ReadContext& context);
Result<Graph> read_graphml(ReadContext& context);

Result<ReadQuadtree> read_quadtree(const TextFile& file, MemoryBudget* budget);
// Its bodies in the order of their ids, as exact as the tree has them.
PointSet points_of(const QuadtreeView& tree);

void note_lines(const LineCounts& lines, InputReport& report);
// What each of them ends with: weights as the options say, order, and the build's report.
Result<Graph> build_from(EdgeSource& source, BuildOptions build, ReadContext& context);
// Formats that name each edge from both ends must do so with one weight. The lowest node u that has
// an arc which v does not return is described by (u, v); true: there is none.
struct LonelyArc {
  NodeID u = -1, v = -1;
};
LonelyArc find_lonely_arc(const GraphView& graph, Parallel& parallel);

}  // namespace quadrille
