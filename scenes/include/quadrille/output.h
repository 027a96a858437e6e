// write_graph, write_points, write_quadtree: to the format that the name says (see input.h), `.gz`
// and `.zst` compress.
//
// Files are in the order of the user's ids, but for images. Nodes that have names bear them in edge
// lists and GraphML; formats that number nodes number them in that order. An older file of that
// name is replaced only when the new one is whole.
#pragma once

#include <cstdint>
#include <string>

#include <quadrille/graph.h>
#include <quadrille/scene.h>
#include <quadrille/status.h>

namespace quadrille {

// What the format could not hold. Nothing else is lost.
struct WriteReport {
  // Edge lists: isolated nodes after the last one that has an edge; with names, all isolated ones.
  std::int64_t nodes_dropped = 0;
  bool names_dropped = false;        // Matrix Market, METIS, DIMACS, GAPBS
  bool weights_dropped = false;      // .el, .sg
  bool coordinates_dropped = false;  // all but DIMACS (a .co beside it), GraphML and images
  std::string coordinates_path;      // DIMACS: the .co file that was written
};

// kUnsupported: the name says no graph format, or one that cannot hold this graph (METIS: a
// directed one; METIS, DIMACS and GAPBS: real weights). kIoError: the system refused.
Status write_graph(const Graph& graph, const std::string& path, WriteReport* report = nullptr);
// .csv or .tsv, with the columns that the points have.
Status write_points(const PointSet& points, const std::string& path);
// Places alone, as the image of a quadtree over them (.qt), which is built here. The same bytes for
// any number of threads. kInvalidInput: a coordinate that is beyond what a float holds.
// kBudgetExceeded: `budget`, which may be null, has no room for the build.
Status write_quadtree(const PointSet& points, const std::string& path, Parallel& parallel,
                      MemoryBudget* budget = nullptr);

}  // namespace quadrille
