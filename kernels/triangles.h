// Triangles: three nodes of which each two are neighbours. How many there are, and at which nodes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/graph.h>
#include <quadrille/parallel.h>
#include <quadrille/status.h>

#include "kernels/oriented_lists.h"

namespace quadrille {

// How many there are. Edges have no direction here, self loops do not count, and an edge in both
// directions counts once, as in networkx and the GAP suite. `scratch` gives an eighth of a byte a
// node and worker, and where few nodes have most edges what ListsByDegree takes; it is not reset.
// kOutOfMemory.
Result<std::int64_t> count_triangles(const GraphView& graph, Parallel& parallel, Arena& scratch);

// One element (of `active`: one bit) for each node, by internal id.
struct TriangleColumns {
  std::span<std::int64_t> triangles;  // that the node is in, of those found so far
  std::span<std::uint64_t> active;    // nodes of which the last step found more
};

// The same for every node, which takes longer: a sixteenth of the places a step, so that what a
// step finds is the same on any number of threads. The columns may lie elsewhere in each step as
// long as they hold the values of the last one. Nothing here is done for several nodes at once, so
// there are no bodies of instruction sets.
class Triangles {
 public:
  // `scratch` gives 8 bytes a node more. All arguments must outlive this. kOutOfMemory.
  static Result<Triangles> create(const GraphView& graph, Parallel& parallel, Arena& scratch);

  void start(const TriangleColumns& columns);  // writes every element
  void step(const TriangleColumns& columns);   // nothing but clearing `active` once finished
  bool finished() const { return done_ == graph_.num_nodes(); }
  std::int64_t count() const { return count_; }                    // triangles found so far
  std::int64_t edges_examined() const { return edges_examined_; }  // elements of oriented lists

 private:
  Triangles(const GraphView& graph, Parallel& parallel) : graph_(graph), parallel_(&parallel) {}
  void write(const TriangleColumns& columns);

  GraphView graph_;
  std::optional<ListsByDegree> by_degree_;  // else by id
  Parallel* parallel_;
  std::span<std::uint64_t> marks_;  // bits of a worker, and those of the next one
  std::span<std::int64_t> each_;    // by place
  NodeID done_ = 0;
  std::int64_t count_ = 0, edges_examined_ = 0;
};

// All steps. kOutOfMemory: `scratch` is full (it is not reset).
Status run_triangles(const GraphView& graph, const TriangleColumns& columns, Parallel& parallel,
                     Arena& scratch);

}  // namespace quadrille
