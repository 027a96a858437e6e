// read_graph and read_points: files as people have them, to what scenes work on.
//
// The format is told by the file's first bytes where they are unmistakable, else by its extension;
// `.gz` and `.zst` are read through. What is malformed is kInvalidInput with one sentence,
// `roads.gr:17: node 1048577 is out of range; header says 1048576 nodes`; what is merely untidy
// (loops, duplicates, isolated nodes, CRLF) is valid and counted.
//
// A graph image (.qg) that is not compressed stays mapped as long as its graph lives: see
// Graph::open for what that means when the file is written to meanwhile.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include <quadrille/graph.h>
#include <quadrille/graph_builder.h>
#include <quadrille/quadtree.h>
#include <quadrille/scene.h>
#include <quadrille/status.h>

namespace quadrille {

enum class WeightKind : std::uint8_t {
  kIgnore,   // all weigh 1; a weight in the file must be a number, whichever
  kInteger,  // whole numbers from 0 to 2^31 - 1; 1 where the file has none
  kReal,     // finite numbers >= 0, kept as float
  kEither,   // integers if all of them are, else real
};

// What nodes are called in an edge list or GraphML. Other formats number them, and refuse all but
// kDense; a graph image knows for itself.
enum class NodeIds : std::uint8_t {
  kDense,  // 0 .. n - 1, whether they occur or not; of GraphML in the order of its nodes
  // Whole numbers of 64 bits, or texts, whichever the first edge (of GraphML: all nodes) has; nodes
  // are those that occur.
  kSparse,
  kTexts,  // the same, but texts even if they look like numbers; see NodeNames
};

struct ReadOptions {
  bool directed = false;  // edge lists; every other format says it itself
  WeightKind weights = WeightKind::kIgnore;
  NodeOrder order = NodeOrder::kFile;
  NodeIds ids = NodeIds::kDense;
  GraphChanges changes{};
};

struct InputReport {
  std::string_view format;  // "edge list", "DIMACS", ...
  std::int64_t file_bytes = 0;
  std::int64_t text_bytes = 0;  // after inflating
  bool mapped = false;          // a graph image that is used where it lies: no copy of it in memory
  std::int64_t lines = 0;       // 0 where the format has none
  std::int64_t comments = 0;
  std::int64_t crlf_lines = 0;
  std::int64_t points = 0;
  std::int64_t z_ignored = 0;    // points whose third coordinate was dropped
  std::string coordinates_path;  // DIMACS: the .co file that stood beside it
  BuildReport build;
};

struct ReadGraph {
  Graph graph;
  InputReport report;
};

struct ReadPoints {
  PointSet points;
  InputReport report;
};

struct ReadQuadtree {
  Quadtree tree;
  InputReport report;
};

Result<ReadGraph> read_graph(const std::string& path, const ReadOptions& options,
                             Parallel& parallel, MemoryBudget* budget = nullptr);
// Of a quadtree image: its bodies in the order of their ids.
Result<ReadPoints> read_points(const std::string& path, Parallel& parallel,
                               MemoryBudget* budget = nullptr);
// The same, but a quadtree image stays the tree that it is.
Result<std::variant<ReadPoints, ReadQuadtree>> read_points_or_tree(const std::string& path,
                                                                   Parallel& parallel,
                                                                   MemoryBudget* budget = nullptr);

}  // namespace quadrille
