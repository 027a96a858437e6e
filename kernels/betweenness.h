// Betweenness: through which nodes shortest paths lead, from all nodes or from a sample of them.
// One source a step.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/graph.h>
#include <quadrille/parallel.h>
#include <quadrille/status.h>
#include <quadrille/types.h>

#include "kernels/bfs.h"
#include "kernels/kernel_table.h"
#include "kernels/scaled_number.h"

namespace quadrille {

// One element (of `active`: one bit) for each node, by internal id.
struct BetweennessColumns {
  std::span<float> betweenness;     // of the sources searched so far
  std::span<std::uint64_t> active;  // nodes whose number the last step changed
};

// Betweenness of a node is the share of shortest paths between two other nodes that lead through
// it, averaged over all such pairs that are in order: what networkx computes with normalized=True.
// Paths are counted in arcs. With some sources it is an estimate, in which each source stands for
// as many of the nodes that have arcs; with all of them it is exact.
//
// Sums go along lists, so bytes are the same on any number of threads and any instruction set; in
// another order of internal ids they agree to the rounding of doubles. Counts of paths may be of
// any size.
class Betweenness {
 public:
  // `sources` are internal ids, none twice. `scratch` gives 68 bytes a node and what Bfs takes, of
  // which 24 are not written where doubles can hold the counts of paths; all arguments must outlive
  // this. kInvalidArgument: a source that is no node, or one that is named twice; kOutOfMemory.
  static Result<Betweenness> create(const GraphView& graph, std::span<const NodeID> sources,
                                    Parallel& parallel, const KernelTable& kernels, Arena& scratch);

  void start(const BetweennessColumns& columns);  // writes every element
  // The columns may lie elsewhere in each step as long as they hold the values of the last one.
  void step(const BetweennessColumns& columns);  // nothing but clearing `active` once finished
  bool finished() const { return done_ == std::ssize(sources_); }
  // The same without columns, where only the end is looked at: advance() until finished(), then
  // write(), whose `active` are the nodes whose number is not the one that stood in the column.
  void start();
  void advance();
  void write(const BetweennessColumns& columns);
  std::int64_t sources_searched() const { return done_; }
  // Since start, the same on any number of threads: arcs along which paths are counted and
  // dependencies added and, for the search before, those that leave the nodes reached.
  std::int64_t edges_examined() const { return edges_examined_; }

 private:
  Betweenness(const GraphView& graph, std::span<const NodeID> sources, Parallel& parallel, Bfs bfs)
      : graph_(graph), sources_(sources), parallel_(&parallel), bfs_(bfs) {}
  Status allocate(Arena& scratch);
  void order_by_level();
  template <class Number>
  bool add_source();
  template <class Number>
  bool count_paths();
  template <class Number>
  void add_dependencies();
  template <class Body>
  void for_level(std::int64_t level, Body body);
  template <class Number>
  std::span<Number> numbers(std::int64_t which) const;
  template <class Number>
  void clear_numbers();

  GraphView graph_;
  std::span<const NodeID> sources_;
  Parallel* parallel_;
  Bfs bfs_;
  std::span<Distance> distance_;
  std::span<NodeID> order_;        // nodes that were reached, level after level
  std::span<NodeID> level_begin_;  // in order_, and one more
  // Each a double or a ScaledNumber a node: of nodes of even levels, of odd ones, and by place in
  // order_ the paths there.
  std::array<std::span<std::byte>, 3> numbers_;
  std::span<double> score_;
  std::int64_t num_levels_ = 0;
  std::int64_t done_ = 0;
  std::int64_t with_arcs_ = 0;       // nodes that arcs leave
  std::int64_t done_with_arcs_ = 0;  // sources searched that are among them
  std::int64_t edges_examined_ = 0;
};

// All steps. kInvalidArgument, kOutOfMemory: as create(); `scratch` is not reset.
Status run_betweenness(const GraphView& graph, std::span<const NodeID> sources,
                       const BetweennessColumns& columns, Parallel& parallel,
                       const KernelTable& kernels, Arena& scratch);

}  // namespace quadrille
