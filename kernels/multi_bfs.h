// Breadth-first searches from many sources at once: 64 in one pass over the graph. For distances to
// or from a sample of nodes, closeness, eccentricities.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/graph.h>
#include <quadrille/parallel.h>
#include <quadrille/status.h>
#include <quadrille/types.h>

#include "kernels/bfs.h"
#include "kernels/kernel_table.h"

namespace quadrille {

// What one search found. A source reaches itself.
struct MultiBfsSource {
  std::int64_t reached;       // nodes
  std::int64_t distance_sum;  // of them, in hops; (reached - 1) / distance_sum is its closeness
  Distance eccentricity;      // the farthest of them
};

// All are by internal id; those that are empty are not wanted.
struct MultiBfsColumns {
  // Of node v and source i at v * number of sources + i, in hops; kDistInf where unreached.
  std::span<Distance> distance;
  // An element for each node: how many sources reach it, the sum of their distances to it, and the
  // largest of those (kDistInf: none reaches it).
  std::span<std::int32_t> reached_by;
  std::span<std::int64_t> distance_sum;
  std::span<Distance> farthest;
  std::span<MultiBfsSource> sources;  // an element for each source
};

// A pass at a time; what it finds is added to the columns, which may lie elsewhere in each.
class MultiBfs {
 public:
  static constexpr std::int64_t kSearches = 64;  // in one pass: bits of a word

  // `scratch` gives 32 bytes a node; where searches follow one another (fewer than 8 arcs a node),
  // 16 and what Bfs takes. All arguments must outlive this. kOutOfMemory.
  static Result<MultiBfs> create(const GraphView& graph, Parallel& parallel,
                                 const KernelTable& kernels, Arena& scratch);

  void start(const MultiBfsColumns& columns);  // writes every element: nothing is searched yet
  // Along arcs, from at most 64 sources (internal ids; one that is named twice is searched from
  // twice), the first of which is number `first_source` of all that the columns are for.
  void search(std::span<const NodeID> sources, std::int64_t first_source,
              const MultiBfsColumns& columns);
  // A bit i for each node that source i of the last pass reached.
  std::span<const std::uint64_t> seen() const { return seen_; }
  // Since start, the same on any number of threads: arcs looked at or, where searches follow one
  // another, those that leave the nodes reached (what Bfs counts depends on the threads' timing).
  std::int64_t edges_examined() const { return edges_examined_; }

 private:
  using Counts = std::array<std::int64_t, kSearches>;

  MultiBfs(const GraphView& graph, Parallel& parallel) : graph_(graph), parallel_(&parallel) {}
  Status allocate(Arena& scratch);
  void search_together(std::span<const NodeID> sources, std::int64_t first_source);
  void search_singly(std::span<const NodeID> sources, std::int64_t first_source);
  void add_search(std::int64_t i, std::int64_t source);
  void push();
  void pull();
  void settle_level(std::int64_t first_source);
  void settle(NodeID v, std::int64_t first_source, Counts& counts);
  void add_to_sources(std::int64_t first_source);
  void count_reached();
  void append(std::span<const NodeID> nodes);
  template <class Body>
  void for_queue(std::span<const NodeID> queue, Body body);

  GraphView graph_;
  Parallel* parallel_;
  std::optional<Bfs> single_;  // where lists are short: one search after the other
  std::span<Distance> distance_;
  std::span<NodeID> parent_;
  MultiBfsColumns columns_;
  std::span<std::uint64_t> seen_, front_, next_;
  std::span<NodeID> queue_, next_queue_;  // the nodes whose word in front_, next_ is not 0
  std::int64_t num_queue_ = 0, num_next_ = 0;
  std::int64_t level_arcs_ = 0;  // that leave the queue
  std::int64_t edges_examined_ = 0;
  std::uint64_t all_ = 0;  // the bits of this pass
  Distance level_ = 0;
  Counts reached_now_{};  // in this level, by each source of the pass
};

// All passes, 64 sources each; the bytes are the same on any number of threads. kInvalidArgument: a
// source that is no node, a column of another size; kOutOfMemory: `scratch` is full (it is not
// reset).
Status run_multi_bfs(const GraphView& graph, std::span<const NodeID> sources,
                     const MultiBfsColumns& columns, Parallel& parallel, const KernelTable& kernels,
                     Arena& scratch);

}  // namespace quadrille
