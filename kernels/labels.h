// Label propagation: communities, one synchronous round a step, until a round changes nothing or
// 100 are done.
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
struct LabelsColumns {
  std::span<NodeID> label;          // user ids; at first each node's own
  std::span<std::uint64_t> active;  // nodes whose label the last round changed
};

// Neighbours are those of either direction; one in both directions counts twice. Labels are user
// ids, so that the order of internal ids does not matter. The columns may lie elsewhere in each
// step as long as they hold the values of the last.
class Labels {
 public:
  static constexpr std::int64_t kMaxRounds = 100;

  // `scratch` gives 4 bytes a node, and 4 more a node and worker where nodes have many neighbours;
  // all arguments must outlive this. kOutOfMemory.
  static Result<Labels> create(const GraphView& graph, Parallel& parallel,
                               const KernelTable& kernels, Arena& scratch);

  void start(const LabelsColumns& columns);  // writes every element
  void step(const LabelsColumns& columns);   // nothing but clearing `active` once finished
  bool finished() const { return settled_ || rounds_ == kMaxRounds; }
  bool settled() const { return settled_; }  // the last round changed nothing

  // What the last step changed, as in Bfs: the few nodes with a new label, and those whose bits it
  // cleared.
  bool sparse() const { return sparse_; }
  std::span<const NodeID> changed() const {
    return changed_.first(static_cast<std::size_t>(num_cleared_ + num_active_));
  }
  std::int64_t rounds() const { return rounds_; }
  std::int64_t edges_examined() const { return edges_examined_; }  // since start

 private:
  Labels(const GraphView& graph, Parallel& parallel, const KernelTable& kernels)
      : graph_(graph), parallel_(&parallel), kernels_(&kernels.labels) {}
  Status allocate(Arena& scratch);
  void find_due(std::span<const std::uint64_t> active);
  void make_neighbours_due(NodeID v);
  void propagate(const LabelsColumns& columns);
  void keep_last(const LabelsColumns& columns);
  void list_changes(std::span<const std::uint64_t> active);

  GraphView graph_;
  Parallel* parallel_;
  const LabelsBodies* kernels_;
  std::span<NodeID> last_;  // labels before the round
  // Nodes with a neighbour that changed, or that did themselves.
  std::span<std::uint64_t> due_;
  // Num_nodes for each worker; empty: no node has many neighbours.
  std::span<std::int32_t> counts_;
  std::span<NodeID> changed_;  // if sparse: cleared nodes, then active ones
  std::int64_t num_cleared_ = 0, num_active_ = 0;
  std::int64_t listed_at_ = 0;  // where in changed_ the active ones stand
  std::int64_t rounds_ = 0;
  std::int64_t edges_examined_ = 0;
  bool settled_ = true, sparse_ = false;
};

// All rounds. kOutOfMemory: `scratch` is full (it is not reset).
Status run_labels(const GraphView& graph, const LabelsColumns& columns, Parallel& parallel,
                  const KernelTable& kernels, Arena& scratch);

}  // namespace quadrille
