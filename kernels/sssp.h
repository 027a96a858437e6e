// Shortest paths from one source over weights >= 0 by delta-stepping, one bucket a step, for scenes
// that show every bucket. Who wants the end alone takes path_search.h.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/graph.h>
#include <quadrille/parallel.h>
#include <quadrille/status.h>

#include "kernels/kernel_table.h"
#include "kernels/sssp_parents.h"

namespace quadrille {

// One element (of `active`: one bit) for each node, by internal id.
struct SsspColumns {
  std::span<PathLength> distance;  // least so far; final where the node's bucket is done
  // Of settled nodes, by the rule in sssp_parents.h; else kNoParent.
  std::span<NodeID> parent;
  std::span<std::uint64_t> active;  // nodes whose distance the last step lowered; empty: not wanted
};

// The columns may lie elsewhere in each step as long as they hold the values of the last one.
class Sssp {
 public:
  // `delta` is rounded down to a power of two; 0: chosen from the graph. `scratch` gives about 20
  // bytes a node; all arguments must outlive this. kInvalidArgument: real or negative weights, a
  // negative delta; kOutOfMemory.
  static Result<Sssp> create(const GraphView& graph, std::int64_t delta, Parallel& parallel,
                             const KernelTable& kernels, Arena& scratch);

  void start(NodeID source, const SsspColumns& columns);  // an internal id; writes every element
  // Settles the next bucket; nothing once finished.
  void step(const SsspColumns& columns);
  bool finished() const { return finished_; }

  // What the last step changed, as in Bfs: the few nodes that it lowered, settled or whose bits it
  // cleared.
  bool sparse() const { return sparse_; }
  std::span<const NodeID> changed() const {
    return changed_.first(static_cast<std::size_t>(num_changed_));
  }
  std::int64_t edges_examined() const { return edges_examined_; }  // since start
  std::int64_t delta() const { return std::int64_t{1} << shift_; }

 private:
  Sssp(const GraphView& graph, Parallel& parallel, const KernelTable& kernels)
      : graph_(graph), parallel_(&parallel), kernels_(&kernels.sssp) {}
  Status allocate(Arena& scratch);
  void bind(const SsspColumns& columns);
  void begin_changes(const SsspColumns& columns);
  void note_settled(std::int64_t num_chunks);
  void end_changes();

  // sssp_buckets.cpp
  void refill(std::int64_t bucket);
  void empty_bucket();
  std::int64_t collect();
  void relax_collected(std::int64_t num_chunks);
  void relax_own_list(int worker, bool shared);
  void relax_chunk(std::int32_t id, int worker, bool shared);
  void keep_done(std::int32_t id, BucketLists& lists);
  void settle(const SsspColumns& columns);
  void find_next_bucket();
  bool has_live_entry(std::int64_t bucket);
  PathLength next_distance();
  void enter_bucket(std::int64_t bucket);
  std::int64_t first_dropped() const;

  static constexpr int kMaxShift = 40;  // a bucket as wide as 2^40 holds any arc
  GraphView graph_;
  Parallel* parallel_;
  const SsspBodies* kernels_;
  SsspState state_{};
  std::span<BucketLists> lists_;       // one for each worker
  std::span<QueueBuffer> buffers_;     // one for each worker
  std::span<std::int32_t> collected_;  // chunks at work
  std::int64_t num_chunks_ = 0;        // of the pool
  ZeroArcParents zero_arcs_;

  std::span<NodeID> lowered_;  // what this step lowered, as far as it fits
  std::span<NodeID> changed_;
  std::int64_t num_changed_ = 0, num_lowered_ = 0;
  bool sparse_ = false, lowered_is_complete_ = false;

  int first_shift_ = 0, shift_ = 0;
  std::int64_t window_begin_ = 0, window_steps_ = 0;  // see enter_bucket
  PathLength settled_below_ = 0;                      // all nodes nearer than this are settled
  std::int64_t edges_examined_ = 0;
  bool finished_ = true;
};

}  // namespace quadrille
