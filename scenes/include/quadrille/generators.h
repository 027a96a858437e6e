// Generators: graphs and points from a short text such as `kron:20:16`. The same text and seed give
// the same bytes on any number of threads; random numbers come from a stream of their own for each
// chunk of the work. SCALE is 1 to 30, DEGREE 1 to 1024, R, C, their product and N 1 to 2^31 - 1.
//   kron:SCALE:DEGREE   2^SCALE nodes and DEGREE times as many edges of the Graph500 R-MAT
//                       (A .57, B .19, C .19), ids permuted
//   urand:SCALE:DEGREE  as many, both ends uniform
//   grid:RxC            a lattice of R rows and C columns, four neighbours each, with coordinates
//   uniform:N           points in the unit square
//   clusters:N          points of 100 Gaussians (sigma .005) with centres in the unit square
//   plummer:N           a disc of bodies with Plummer's density, in rotation; total mass 1
//   collision:N         two such discs of half the mass and size, on their way to each other
//   collapse:N          a disc of radius 1 of even density and total mass 1, at rest
//   orbit:N             a regular polygon of bodies on a circle of radius 1, of total mass 1, that
//                       the law 1/r turns as a whole: period 2 pi / sqrt((N - 1) / (2 N))
// for collide, discs that do not overlap, in a box of their own:
//   hourglass:N         equal ones above the neck of an hourglass 1 wide and 2 high
//   dam:N               nearly equal ones, a column 1 wide at the left of a box of 4 x 1.2
//   mixed:N             radii 1:100, as many of each size as halving cells at random gives
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include <quadrille/graph_builder.h>
#include <quadrille/scene.h>

namespace quadrille {

enum class GeneratorKind : std::uint8_t {
  kKron,
  kUrand,
  kGrid,
  kUniform,
  kClusters,
  kPlummer,
  kCollision,
  kCollapse,
  kOrbit,
  kHourglass,
  kDam,
  kMixed
};

// As parse_generator() makes it.
struct Generator {
  GeneratorKind kind = GeneratorKind::kUniform;
  int scale = 0;            // kron, urand
  std::int64_t degree = 0;  // kron, urand
  std::int64_t rows = 0, columns = 0;
  std::int64_t num_points = 0;
  bool makes_points() const { return kind >= GeneratorKind::kUniform; }
};

// kInvalidArgument with a sentence that names the value.
Result<Generator> parse_generator(std::string_view text);

// Edges of a graph generator, with weights 1..255 of the seed (the edges are the same whether
// weights are used or not).
std::unique_ptr<EdgeSource> make_edge_source(const Generator& generator, std::uint64_t seed);
std::int64_t num_generated_nodes(const Generator& generator);

struct GenerateOptions {
  std::uint64_t seed = 1;
  bool directed = false;
  bool weighted = false;
  bool drop_self_loops = false;
  NodeOrder order = NodeOrder::kFile;
};

// kInvalidArgument: a generator of points, or of a graph for points. Else as build_graph().
Result<Graph> generate_graph(const Generator& generator, const GenerateOptions& options,
                             Parallel& parallel, MemoryBudget* budget = nullptr,
                             BuildReport* report = nullptr);
Result<PointSet> generate_points(const Generator& generator, std::uint64_t seed,
                                 Parallel& parallel);

}  // namespace quadrille
