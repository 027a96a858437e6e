// Boundary refinement of a bisection after Fiduccia and Mattheyses (A linear-time heuristic for
// improving network partitions, DAC 1982): clusters move to the other side, best gain first, each
// once a pass, also uphill; then all moves after the best moment are taken back.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/cluster_graph.h"

namespace quadrille {

// Arrays by cluster, shared by all bisections of a run: each touches its members alone.
struct BisectionState {
  std::span<NodeID> part;         // members of one part have one number, no other cluster has it
  std::span<std::uint8_t> side;   // 0 or 1
  std::span<std::int64_t> gain;   // edges cut less, were the cluster on the other side
  std::span<std::uint8_t> moved;  // in this pass
};

class BisectionRefiner {
 public:
  BisectionRefiner(const ClusterGraph& graph, const BisectionState& state)
      : graph_(graph), state_(state) {}

  // `members`: all of a part that edges join. `excess`: by how many nodes side 0 is too large; it
  // ends within a cluster or two of 0, or where it was.
  void refine(std::span<const NodeID> members, std::int64_t excess);

 private:
  struct Candidate {  // a heap's top is the best: most gain, then the lowest cluster
    std::int64_t gain;
    NodeID cluster;
    friend bool operator<(const Candidate& a, const Candidate& b) {
      return a.gain != b.gain ? a.gain < b.gain : a.cluster > b.cluster;
    }
  };
  bool pass(std::span<const NodeID> members, std::int64_t& excess);
  void open_pass(std::span<const NodeID> members);
  int side_to_move(std::int64_t excess);
  NodeID take_best(int side);
  void move(NodeID c);
  void push(NodeID c);
  void drop_stale(int side);
  std::int64_t shift(NodeID c) const {  // of the excess, when c leaves its side
    const std::int64_t size = graph_.size.data()[c];
    return state_.side.data()[c] == 0 ? -size : size;
  }

  const ClusterGraph& graph_;
  BisectionState state_;
  std::vector<Candidate> heaps_[2];  // by the side that candidates stand on; some are out of date
  std::vector<NodeID> moves_;
};

}  // namespace quadrille
