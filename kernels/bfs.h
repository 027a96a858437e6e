// Breadth-first search, one level a step: Bfs for scenes that show every level, run_bfs for who
// wants the end alone.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/graph.h>
#include <quadrille/parallel.h>
#include <quadrille/status.h>

#include "kernels/bfs_body.h"
#include "kernels/kernel_table.h"
#include "kernels/node_queue.h"

namespace quadrille {

// One element (of `active`: one bit) for each node, by internal id.
struct BfsColumns {
  std::span<Distance> distance;  // hops from the source; kDistInf where unreached
  std::span<NodeID> parent;      // lowest id at distance - 1, or kNoParent; the source is its own
  std::span<std::uint64_t> active;  // nodes that the last step reached; empty: not wanted
};

// The columns may lie elsewhere in each step (frames do) as long as they hold the values of the
// last one.
class Bfs {
 public:
  // `scratch` gives about 14 bytes a node; all arguments must outlive this. kOutOfMemory.
  static Result<Bfs> create(const GraphView& graph, Parallel& parallel, const KernelTable& kernels,
                            Arena& scratch);

  void start(NodeID source, const BfsColumns& columns);  // an internal id; writes every element
  void step(const BfsColumns& columns);                  // the next level; nothing once finished
  // For who wants the end alone: the same without columns, and then all of them at once.
  void start(NodeID source);
  void advance();
  void write(const BfsColumns& columns) const;
  bool finished() const { return frontier_size_ == 0; }

  // What the last step changed: the few nodes that it reached (it also cleared the bits of those of
  // the step before); not sparse: too many to name.
  bool sparse() const { return sparse_; }
  std::span<const NodeID> changed() const;
  std::int64_t edges_examined() const { return edges_examined_; }  // since start
  std::int64_t reached() const { return reached_; }                // nodes, the source among them

 private:
  Bfs(const GraphView& graph, Parallel& parallel, const KernelTable& kernels)
      : graph_(graph), parallel_(&parallel), kernels_(&kernels.bfs) {}
  Status allocate(Arena& scratch);
  bool wants_bottom_up();
  void top_down();
  void bottom_up();
  void expand_frontier();
  void enter_bottom_up();
  void leave_bottom_up();
  std::int64_t count_arcs(std::span<const NodeID> nodes) const;
  void write_level(const BfsColumns& columns) const;
  void write_nodes(std::span<const NodeID> nodes, const BfsColumns& columns) const;

  GraphView graph_;
  Parallel* parallel_;
  const BfsBodies* kernels_;
  std::span<Find> finds_;  // the state; columns are written from it
  std::span<NodeID>
      queue_;  // reached nodes, level after level (those of bottom-up levels left out)
  std::span<QueueBuffer> buffers_;         // one for each worker
  std::int64_t* tail_ = nullptr;           // end of queue_
  std::span<std::uint64_t> front_, next_;  // bottom-up: the frontier as bits, and the one to be
  std::span<std::uint64_t> unreached_;     // bottom-up
  std::span<std::uint64_t> reachable_;     // nodes with an arc that leads to them

  // Top-down: the last step's frontier is queue_[previous_begin_, frontier_begin_), this one goes
  // on to *tail_.
  std::int64_t previous_begin_ = 0, frontier_begin_ = 0;
  std::int64_t frontier_size_ = 0;
  std::int64_t previous_size_ = 0;
  std::int64_t scout_ = 0;       // arcs that leave the frontier
  std::int64_t unexplored_ = 0;  // arcs of nodes not yet in a top-down frontier
  std::int64_t edges_examined_ = 0;
  std::int64_t reached_ = 0;
  Distance level_ = 0;
  bool bottom_up_ = false, sparse_ = false;
};

// A whole search from the user's node `source`. Columns have num_nodes() elements, by internal id.
// kInvalidArgument: no such node; kOutOfMemory: `scratch` is full (it is not reset).
Status run_bfs(const GraphView& graph, NodeID source, const BfsColumns& columns, Parallel& parallel,
               const KernelTable& kernels, Arena& scratch);

// The internal id of the user's node `source`, or kInvalidArgument with a sentence.
Result<NodeID> find_source(const GraphView& graph, NodeID source);

}  // namespace quadrille
