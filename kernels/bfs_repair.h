// Breadth-first search of a graph that changes: distances and parents repaired after each batch of
// edits, the same as a run from scratch gives, at the cost of what the batch changed.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/graph.h>
#include <quadrille/parallel.h>
#include <quadrille/status.h>

#include "engine/arc_edits.h"
#include "kernels/bfs.h"
#include "kernels/kernel_table.h"

namespace quadrille {

// Nodes in buckets by their level. One thread.
class LevelBuckets {
 public:
  Status allocate(NodeID most_nodes, Arena& scratch);
  bool contains(NodeID v) const { return level_[at(v)] >= 0; }
  void push(NodeID v, Distance level);  // moves it, if it is in another bucket
  NodeID pop(Distance level);           // kNoParent: the bucket is empty
  // Every bucket at or above is empty.
  Distance end() const { return end_; }
  Distance begin() const { return begin_; }
  void clear();

 private:
  static std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }
  void remove(NodeID v);
  std::span<NodeID> first_;            // of a level; kNoParent: none
  std::span<NodeID> next_, previous_;  // in a node's bucket
  std::span<Distance> level_;          // of a node; -1: it is in no bucket
  Distance begin_ = 0, end_ = 0;
};

// One thread, but for a run from scratch. Columns have an element for each of `most_nodes` nodes;
// of nodes that the graph lacks kDistInf and kNoParent. `active` is not looked at.
class BfsRepair {
 public:
  // `scratch` gives about 33 bytes for each of `most_nodes` nodes. `rerun` is this object's alone
  // and emptied before each run from scratch. All arguments outlive this.
  static Result<BfsRepair> create(NodeID most_nodes, Parallel& parallel, const KernelTable& kernels,
                                  Arena& scratch, Arena& rerun);

  // A run from scratch from an internal id. kOutOfMemory.
  Status start(const GraphView& graph, NodeID source, const BfsColumns& columns);
  // `graph` is what `edits` made of the last one, the columns what the last call left.
  // kOutOfMemory: a run from scratch has no room.
  Status repair(const GraphView& graph, std::span<const EdgeEdit> edits, const BfsColumns& columns);

  // Of the last repair: nodes with another distance or parent than before it, each once.
  std::span<const NodeID> changed() const { return changed_.first(num_changed_); }
  std::int64_t edges_examined() const { return work_; }
  std::int64_t reruns() const { return reruns_; }  // repairs that were not worth it, since start()

 private:
  struct Found {
    Distance distance;
    NodeID parent;
    friend bool operator==(const Found&, const Found&) = default;
  };

  BfsRepair(Parallel& parallel, const KernelTable& kernels, Arena& rerun)
      : parallel_(&parallel), kernels_(&kernels), rerun_(&rerun) {}
  template <class Visit>
  void for_each_arc(std::span<const EdgeEdit> edits, bool inserted, Visit visit) const;
  bool has_arc(NodeID u, NodeID v) const;
  NodeID find_parent(NodeID v, Distance distance);
  Status run_from_scratch();
  bool lose(std::span<const EdgeEdit> edits);
  bool settle(std::span<const EdgeEdit> edits);
  void offer(NodeID v, Distance distance);
  bool choose_parents(std::span<const EdgeEdit> edits);
  bool is_lost(NodeID v) const;
  Found found(NodeID v) const {
    const auto at = static_cast<std::size_t>(v);
    return {columns_.distance[at], columns_.parent[at]};
  }
  void remember(NodeID v);
  void keep_changed();
  bool is_too_long() const { return work_ > most_work_; }

  GraphView graph_;
  NodeID source_ = 0;
  BfsColumns columns_;
  Parallel* parallel_;
  const KernelTable* kernels_;
  Arena* rerun_;
  LevelBuckets buckets_;
  std::span<NodeID> lost_;   // nodes that no neighbour of the level before leads to any more
  std::span<NodeID> moved_;  // nodes that were given a distance
  std::span<NodeID> changed_;
  std::span<Found> old_;                           // what changed_ had
  std::span<std::uint64_t> is_lost_, is_changed_;  // bits
  std::size_t num_lost_ = 0, num_moved_ = 0, num_changed_ = 0;
  std::int64_t work_ = 0, most_work_ = 0, reruns_ = 0;
};

}  // namespace quadrille
