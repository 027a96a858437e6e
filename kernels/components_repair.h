// Components of a graph that changes: labels repaired after each batch of edits, the same as a run
// from scratch gives, at the cost of what the batch changed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/graph.h>
#include <quadrille/parallel.h>
#include <quadrille/status.h>

#include "engine/arc_edits.h"
#include "kernels/kernel_table.h"

namespace quadrille {

// Weakly connected where the graph is directed. One thread, but for a run from scratch.
class ComponentsRepair {
 public:
  // For graphs of up to `most_nodes` nodes: `scratch` gives about 42 bytes for each. `rerun` is
  // this object's alone and emptied before each run from scratch. All arguments outlive this.
  static Result<ComponentsRepair> create(NodeID most_nodes, Parallel& parallel,
                                         const KernelTable& kernels, Arena& scratch, Arena& rerun);

  // A run from scratch. `label` has an element for each of `most_nodes` nodes, by internal id: the
  // smallest user id of the component; of nodes that the graph lacks, their own id. kOutOfMemory.
  Status start(const GraphView& graph, std::span<NodeID> label);
  // `graph` is what `edits` made of the last one, `label` what the last call left. kOutOfMemory: a
  // run from scratch has no room.
  Status repair(const GraphView& graph, std::span<const EdgeEdit> edits, std::span<NodeID> label);

  // Of the last repair: nodes with another label than before it, each once.
  std::span<const NodeID> changed() const { return changed_.first(num_changed_); }
  std::int64_t edges_examined() const { return work_; }
  std::int64_t reruns() const { return reruns_; }  // repairs that were not worth it, since start()

 private:
  struct Orphan {       // a node whose arc to its parent is gone: the root of a tree of its own
    NodeID node, from;  // the parent that was
  };
  struct Side {  // of a search: reached nodes, of which those before `done` are expanded
    std::span<NodeID> queue;
    std::size_t size = 0, done = 0;
    std::int64_t work = 0;  // arcs
    std::uint32_t mark = 0;
    std::span<const NodeID> reached() const { return queue.first(size); }
  };
  struct Link {  // an arc between a tree and the rest of its component
    NodeID inside = kNoParent, outside = kNoParent;
  };
  enum class Found : std::uint8_t { kLink, kTreeIsClosed, kRestIsClosed, kTooLong };

  ComponentsRepair(Parallel& parallel, const KernelTable& kernels, Arena& rerun)
      : parallel_(&parallel), kernels_(&kernels), rerun_(&rerun) {}
  template <class Visit>
  bool any_neighbour(NodeID u, Visit visit) const {  // true: visit(v) was, and the rest is left out
    if (std::ranges::any_of(graph_.out_neigh(u), visit)) return true;
    return graph_.directed() && std::ranges::any_of(graph_.in_neigh(u), visit);
  }
  bool is_adjacent(NodeID u, NodeID v) const;
  Status run_from_scratch(std::span<NodeID> label);
  void grow_tree(NodeID root);
  bool cut(std::span<const EdgeEdit> edits);
  bool mend(std::span<NodeID> label);
  bool attach_near(NodeID orphan, std::span<const NodeID> label);
  Found search(const Orphan& orphan, std::span<const NodeID> label, Link& link);
  bool expand(Side& side, NodeID orphan, std::span<const NodeID> label, Link& link);
  bool is_below(NodeID v, NodeID orphan);
  NodeID split_off(std::span<const NodeID> nodes, std::span<NodeID> label);
  void split_rest(NodeID orphan, std::span<NodeID> label);
  bool merge(std::span<const EdgeEdit> edits, std::span<NodeID> label);
  NodeID final_label(NodeID label);
  void relabel_merged(std::span<NodeID> label);
  void flood(NodeID node, NodeID to, std::span<NodeID> label);
  void make_root(NodeID v);
  void attach(NodeID v, NodeID to);
  void relabel(NodeID v, NodeID to, std::span<NodeID> label);
  void keep_changed(std::span<const NodeID> label);
  bool is_too_long() const { return work_ > most_work_; }

  GraphView graph_;
  Parallel* parallel_;
  const KernelTable* kernels_;
  Arena* rerun_;
  // A spanning forest. A root names itself, and is the node of the smallest user id in its tree but
  // while a batch is at work. Ranks ascend from a parent to its children: what has a lower rank
  // than a node is not below it.
  std::span<NodeID> parent_;
  std::span<std::int32_t> rank_;
  std::span<NodeID> size_;           // of the component with that label
  std::span<NodeID> merged_;         // into which label one goes; itself, where into none
  std::span<NodeID> losers_;         // labels that went
  std::span<NodeID> changed_, old_;  // nodes with another label, and which they had
  std::span<NodeID> tree_queue_, rest_queue_;
  std::span<std::uint32_t> mark_;        // which search reached a node last, on which side
  std::span<std::uint64_t> is_changed_;  // bits
  std::span<Orphan> orphans_;
  Side tree_, rest_;  // below an orphan, and the others of its component
  std::uint32_t last_mark_ = 0;
  std::int32_t lowest_rank_ = 0;
  std::size_t num_changed_ = 0, num_losers_ = 0, num_orphans_ = 0;
  std::int64_t work_ = 0, most_work_ = 0, reruns_ = 0;
};

}  // namespace quadrille
