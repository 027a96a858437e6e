// BfsBits: the large levels of a breadth-first search, whose frontiers stand in bits. Each is
// expanded from the frontier (top-down) or looked for from the nodes that are left (bottom-up),
// whichever costs less.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/graph.h>
#include <quadrille/parallel.h>
#include <quadrille/status.h>

#include "kernels/bfs_body.h"
#include "kernels/bfs_lists.h"

namespace quadrille {

class BfsBits {
 public:
  // What `graph` shows must outlive this. kOutOfMemory.
  Status allocate(const GraphView& graph, Parallel& parallel, const BfsBodies& bodies,
                  Arena& scratch);

  // Takes over at the frontier of `lists`, whose nodes have parents; all found ones have distances.
  void enter(const BfsLists& lists, const Distance* distance);
  // Decides how the next level will be searched. False: it is so small that `lists`, which then has
  // the frontier, does it better.
  bool choose_direction(BfsLists& lists);
  // The next level, of nodes at distance `level`. Returns the arcs it looked at.
  std::int64_t step(Distance level, Distance* distance, NodeID* parent);

  std::int64_t frontier_size() const { return frontier_size_; }
  std::span<const std::uint64_t> frontier() const { return front_; }

 private:
  void read_first_neighbours();
  void divide_nodes();
  std::int64_t count_arcs() const;
  bool has_short_lists() const;
  std::int64_t top_down(Distance level, Distance* distance, NodeID* parent);
  std::int64_t top_down_by_offers(Distance level, Distance* distance, NodeID* parent);
  std::int64_t bottom_up(Distance level, Distance* distance, NodeID* parent);

  GraphView graph_;
  Parallel* parallel_ = nullptr;
  const BfsBodies* bodies_ = nullptr;
  // Of each node, its first in-neighbour, or kNoParent; read when a frontier is large for the first
  // time, for most levels of most road maps need it never.
  std::span<NodeID> first_;
  std::span<NodeID> shares_;         // where each worker's nodes begin in top-down, and the end
  std::int64_t num_reachable_ = -1;  // nodes that have one; -1: not read yet
  std::span<std::uint64_t> visited_, front_, next_;
  std::span<NodeID> list_;  // of the frontier, where it was counted
  std::int64_t list_size_ = 0;
  std::int64_t arcs_ = 0;  // that leave the frontier, where it was counted
  std::int64_t frontier_size_ = 0;
  std::int64_t visited_size_ = 0;  // nodes found
  bool bottom_up_ = false;
};

}  // namespace quadrille
