// The order of a large component's clusters: cut in two, each half in two, down to node blocks.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/bisection_refine.h"
#include "kernels/cluster_graph.h"

namespace quadrille {

// A cut is found by two breadth-first searches from far ends: clusters by the difference of their
// distances, those that tie by their preorder in the first search's tree, so that the branches of a
// tree stay whole; then refined. Cuts fall on multiples of a block.
class ClusterOrder {
 public:
  // `scratch` gives 60 bytes a cluster.
  static Result<ClusterOrder> create(const ClusterGraph& graph, Arena& scratch);

  // Clusters [begin, end) of one component, whose first node will stand at place `first_place`.
  // Components may be ordered at the same time on several threads.
  void run(NodeID begin, NodeID end, std::int64_t first_place) const;

  // Clusters in their order.
  std::span<const NodeID> order() const { return order_; }

 private:
  struct Part {
    NodeID begin, end;  // of order_; `begin` is its number
    std::int64_t first_place, weight;
  };
  struct Piece {  // clusters of a part that edges join
    NodeID begin, end;
    std::int64_t before, weight;  // nodes of the part's other pieces before it, its own
  };
  explicit ClusterOrder(const ClusterGraph& graph) : graph_(graph) {}
  Status allocate(Arena& scratch);
  bool find_cut(const Part& part, std::int64_t& cut) const;
  Piece find_piece(const Part& part, std::int64_t cut) const;
  NodeID search(NodeID root, NodeID begin, std::span<Distance> distance) const;
  void forget(const Piece& piece, std::span<Distance> distance) const;
  void number_preorder(const Piece& piece) const;
  void sort_piece(const Piece& piece) const;
  std::int64_t split_piece(const Piece& piece, std::int64_t cut) const;
  NodeID gather_sides(const Piece& piece) const;

  const ClusterGraph& graph_;
  std::span<NodeID> order_;
  std::span<NodeID> parent_, preorder_, by_preorder_;
  std::span<Distance> from_a_, from_b_;
  std::span<std::uint64_t> keys_;
  BisectionState state_;
};

}  // namespace quadrille
