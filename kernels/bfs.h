// Breadth-first search: a level a step for scenes that show every one, or to the end at once.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/graph.h>
#include <quadrille/parallel.h>
#include <quadrille/status.h>

#include "kernels/bfs_bits.h"
#include "kernels/bfs_lists.h"
#include "kernels/kernel_table.h"

namespace quadrille {

// One element (of `active`: one bit) for each node, by internal id.
struct BfsColumns {
  std::span<Distance> distance;  // hops from the source; kDistInf where unreached
  std::span<NodeID> parent;      // lowest id at distance - 1, or kNoParent; the source is its own
  std::span<std::uint64_t> active;  // nodes that the last step reached; empty: not wanted
};

class Bfs {
 public:
  // `scratch` gives about 9 bytes a node and 0.25 a node and worker; all arguments must outlive
  // this. kOutOfMemory.
  static Result<Bfs> create(const GraphView& graph, Parallel& parallel, const KernelTable& kernels,
                            Arena& scratch);

  // From `source`, an internal id; writes every element.
  void start(NodeID source, const BfsColumns& columns);
  // The next level; nothing once finished. The columns may lie elsewhere in each step (frames do)
  // as long as they hold the values of the last one.
  void step(const BfsColumns& columns);
  bool finished() const { return frontier_size_ == 0; }
  // Both of the above, to the end: the same distances and parents sooner. Nothing is known of
  // changes afterwards.
  void run(NodeID source, const BfsColumns& columns);

  // What the last step changed: the few nodes that it reached (it also cleared the bits of those of
  // the step before); not sparse: too many to name.
  bool sparse() const { return sparse_; }
  std::span<const NodeID> changed() const;
  // Since start. In run(), what two workers found at once counts for both.
  std::int64_t edges_examined() const { return edges_examined_; }
  std::int64_t reached() const { return reached_; }  // nodes, the source among them

 private:
  Bfs(const GraphView& graph, Parallel& parallel, const KernelTable& kernels)
      : graph_(graph), parallel_(&parallel), kernels_(&kernels.bfs) {}
  bool finds_parents_later() const;
  void search_lists(const BfsColumns& columns);
  void advance(const BfsColumns& columns);
  void write_active(std::span<std::uint64_t> active) const;

  GraphView graph_;
  Parallel* parallel_;
  const BfsBodies* kernels_;
  BfsLists lists_;  // of a small frontier
  BfsBits bits_;    // of a large one
  bool in_bits_ = false;
  std::int64_t frontier_size_ = 0;
  std::int64_t edges_examined_ = 0;
  std::int64_t reached_ = 0;
  Distance level_ = 0;
  bool sparse_ = false;
};

// A whole search from the user's node `source`. Columns have num_nodes() elements, by internal id.
// kInvalidArgument: no such node; kOutOfMemory: `scratch` is full (it is not reset).
Status run_bfs(const GraphView& graph, NodeID source, const BfsColumns& columns, Parallel& parallel,
               const KernelTable& kernels, Arena& scratch);

// The internal id of the user's node `source`, or kInvalidArgument with a sentence.
Result<NodeID> find_source(const GraphView& graph, NodeID source);

}  // namespace quadrille
