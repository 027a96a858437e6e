// BfsLists: the small levels of a breadth-first search, whose frontiers stand in lists, one a
// worker. Most levels of grids and road maps are of a few hundred nodes, microseconds of work, so
// handing each to a pool of threads would cost more than it gains: `search` keeps the workers for
// as many levels as stay small.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/graph.h>
#include <quadrille/parallel.h>
#include <quadrille/status.h>

#include "kernels/bfs_body.h"

namespace quadrille {

// A worker's share of the frontier, and what it found. Nodes are given out in chunks, by positions
// that only grow, so that a look that comes too late finds nothing, never something else.
struct alignas(kCacheLineBytes) BfsLane {
  std::atomic<std::int64_t> next{0};   // position of the first node not given out yet
  std::atomic<std::int64_t> limit{0};  // position after the last one that may be given out
  std::int64_t begin = 0;              // position of frontier[0]
  NodeID* frontier = nullptr;
  std::int64_t num_frontier = 0;
  alignas(kCacheLineBytes) std::atomic<std::int64_t> done{0};  // nodes this worker expanded
  NodeID* found = nullptr;
  std::int64_t num_found = 0;
  std::int64_t arcs = 0;  // that this worker looked at in a search
};

class BfsLists {
 public:
  // What `graph` shows must outlive this. kOutOfMemory.
  Status allocate(const GraphView& graph, Parallel& parallel, const BfsBodies& bodies,
                  Arena& scratch);

  // A frontier fits if at most max_arcs() arcs leave it.
  std::int64_t max_arcs() const { return max_arcs_; }
  bool fits() const;
  bool symmetric() const { return symmetric_; }   // each node's out-list is its in-list
  void assign(std::span<const NodeID> frontier);  // of at most max_arcs() nodes
  std::int64_t size() const;                      // nodes of the frontier
  template <class Function>
  void for_each_list(Function&& function) const {  // function(span of nodes)
    for (const BfsLane& lane : lanes_) function(nodes(lane.found, lane.num_found));
  }

  // One level, of nodes at distance `level`, on the calling thread. Returns the arcs it looked at.
  std::int64_t step(Distance level, Distance* distance, NodeID* parent);
  std::span<const NodeID> found() const { return nodes(lanes_[0].found, lanes_[0].num_found); }
  std::span<const NodeID> expanded() const {
    return nodes(lanes_[0].frontier, lanes_[0].num_frontier);
  }

  // All levels after `level` with all workers, until a frontier is empty or does not fit. Sets
  // `level` to that of the frontier, whose nodes have no parents yet. Symmetric graphs only: a
  // node's parent is looked for among the targets of its arcs.
  struct Found {
    std::int64_t nodes, arcs;  // reached; looked at
  };
  Found search(Distance& level, Distance* distance, NodeID* parent);

 private:
  struct Search;
  static std::span<const NodeID> nodes(const NodeID* ids, std::int64_t count) {
    return {ids, static_cast<std::size_t>(count)};
  }
  void turn();
  BfsListArgs expansion(const BfsLane& from, const BfsLane& to, const Search& search) const;
  void lead(Search& search);
  void follow(Search& search, std::size_t worker);
  void expand_alone(Search& search);
  void expand_together(Search& search, std::int64_t nodes);
  bool expand_chunk(const Search& search, std::size_t worker);

  Adjacency graph_{};
  Parallel* parallel_ = nullptr;
  const BfsBodies* bodies_ = nullptr;
  std::span<BfsLane> lanes_;
  std::int64_t max_arcs_ = 0;
  std::int64_t max_degree_ = 0;
  bool symmetric_ = false;
};

}  // namespace quadrille
