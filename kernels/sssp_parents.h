// Parents on shortest paths where arcs weigh 0.
//
// The rule: a node's parent is the lowest id among its tight predecessors that are nearer to the
// source. A node without such one was reached along arcs of weight 0 alone: of the nodes as far as
// it is, those z arcs of weight 0 away from one with a nearer predecessor (or from the source) are
// its layer z, and its parent is the lowest in layer z - 1 with an arc to it. Without layers two
// nodes joined by an arc of weight 0 could be each other's parents.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/graph.h>
#include <quadrille/status.h>

#include "kernels/buckets.h"

namespace quadrille {

class ZeroArcParents {
 public:
  ZeroArcParents() = default;
  // Without arcs of weight 0 nothing is allocated and nothing is done.
  Status allocate(const GraphView& graph, bool has_zero_arcs, Arena& scratch);
  bool needed() const { return !layer_.empty(); }
  void start();

  // Nodes of a settled bucket, each once or more often; call assign() when all are in.
  void add(const BucketChunk& chunk, std::span<const PathLength> distance,
           std::span<const NodeID> parent);
  // The same for one node without a nearer predecessor.
  void add(NodeID v) {
    layer_[static_cast<std::size_t>(v)] = -1;
    pending_[static_cast<std::size_t>(num_pending_++)] = v;
  }
  // Gives every added node without a parent its own.
  void assign(std::span<const PathLength> distance, std::span<NodeID> parent);

 private:
  void assign_first_layer(std::span<const PathLength> distance, std::span<NodeID> parent);
  void assign_layer(NodeID z, std::span<const PathLength> distance, std::span<NodeID> parent);

  GraphView graph_;
  std::span<NodeID> layer_;    // of a node; 0: has a nearer predecessor, or has not come up
  std::span<NodeID> pending_;  // added nodes without a parent
  std::span<NodeID> queue_;    // those that got one, layer after layer
  std::int64_t num_pending_ = 0, begin_ = 0, end_ = 0;
};

}  // namespace quadrille
