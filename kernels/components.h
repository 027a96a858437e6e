// Connected components, weakly connected where the graph is directed: in a few steps that can be
// shown, or at once. Graphs of many arcs a node take three steps: every node joins its lowest
// neighbour, those that have no lower one join a few higher ones (with direction: all join one
// more), and the nodes outside of what is then the largest part join all. Graphs of few arcs take
// two: the arcs within ranges of nodes, and those between them.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/graph.h>
#include <quadrille/parallel.h>
#include <quadrille/status.h>

#include "kernels/kernel_table.h"

namespace quadrille {

// One element (of `active`: one bit) for each node, by internal id.
struct ComponentsColumns {
  // The smallest user id that the arcs seen so far connect a node to.
  std::span<NodeID> label;
  std::span<std::uint64_t> active;  // nodes whose label the last step changed
};

// The columns may lie elsewhere in each step as long as they hold the values of the last one.
class Components {
 public:
  // `scratch` gives 4 bytes a node, 4 more where internal ids are not the user's, 4 more where the
  // graph is directed and has many arcs a node, and 2 bits; all arguments must outlive this.
  static Result<Components> create(const GraphView& graph, Parallel& parallel,
                                   const KernelTable& kernels, Arena& scratch);

  void start(const ComponentsColumns& columns);  // writes every element
  void step(const ComponentsColumns& columns);   // nothing but clearing `active` once finished
  bool finished() const { return step_ >= num_steps_; }

  // All components, without the steps between: writes every element. `active` (nobody is) may be
  // empty. As often as wanted.
  void run(const ComponentsColumns& columns);

  std::int64_t edges_examined() const { return edges_examined_; }  // since start, or in the run

 private:
  Components(const GraphView& graph, Parallel& parallel, const KernelTable& kernels)
      : graph_(graph), parallel_(&parallel), kernels_(&kernels.components) {}
  Status allocate(Arena& scratch);

  // Each works on `forest`, one element a node.
  void join_few(std::span<NodeID> forest, std::int64_t range);
  void join_borders(std::span<NodeID> forest, std::int64_t range);
  void hook_lowest(std::span<NodeID> forest);
  void hook_more(std::span<NodeID> forest);
  void hook_minima(std::span<NodeID> forest);
  void hook_others(std::span<NodeID> forest);
  void join_rest(std::span<NodeID> forest);
  bool join(std::span<NodeID> forest, std::span<const std::uint64_t> nodes, std::int64_t range);
  void settle(std::span<NodeID> forest, std::span<std::uint64_t> outside = {}, NodeID giant = 0);
  void write_names(std::span<NodeID> forest);
  void name_components(std::span<const NodeID> forest);

  const Adjacency* transpose() const { return graph_.directed() ? &graph_.in() : nullptr; }
  std::int64_t cut_range(std::int64_t parts) const;
  void join_step();

  GraphView graph_;
  Parallel* parallel_;
  const ComponentsBodies* kernels_;
  std::span<NodeID> component_;  // a forest by internal id; every node knows its root between steps
  // Smallest user id of a root's component; empty: the root's own id.
  std::span<NodeID> name_;
  std::span<NodeID> other_;  // of a directed graph of many arcs a node: a second link
  // Sets. Of few arcs a node, nodes_: those with arcs out of their range.
  std::span<std::uint64_t> nodes_;     // to be joined next
  std::span<std::uint64_t> has_arcs_;  // of many arcs a node
  bool few_arcs_ = false;
  int step_ = 0, num_steps_ = 0;
  std::int64_t edges_examined_ = 0;
};

// All components, labels by internal id. kOutOfMemory: `scratch` is full (it is not reset).
Status run_components(const GraphView& graph, const ComponentsColumns& columns, Parallel& parallel,
                      const KernelTable& kernels, Arena& scratch);

}  // namespace quadrille
