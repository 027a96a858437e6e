// Closeness: how near a node is to the others, from the distances of sources to it: all nodes, or a
// sample of them. 64 sources a step.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/graph.h>
#include <quadrille/parallel.h>
#include <quadrille/status.h>
#include <quadrille/types.h>

#include "kernels/multi_bfs.h"

namespace quadrille {

// One element (of `active`: one bit) for each node, by internal id. Of the sources searched so far.
struct ClosenessColumns {
  std::span<float> closeness;
  std::span<std::int64_t> distance_sum;  // from the sources that reach the node, in hops
  std::span<std::int32_t> reached_by;    // sources, itself among them
  std::span<Distance> farthest;          // of them; kDistInf: none reaches it
  std::span<std::uint64_t> active;       // nodes that the last step reached
};

// Closeness is the share of the other nodes that reach a node, over the mean distance from these
// [Wasserman, Faust 1994]: what networkx computes. With some sources it is an estimate [Eppstein,
// Wang 2001], in which each source stands for as many of the nodes that have arcs; with all of them
// it is exact. Nothing here is done for several nodes at once, so there are no bodies of
// instruction sets.
class Closeness {
 public:
  // `sources` are internal ids, none twice. `scratch` gives what MultiBfs takes and a bit a node;
  // all arguments must outlive this. kInvalidArgument: a source that is no node, or one that is
  // named twice; kOutOfMemory.
  static Result<Closeness> create(const GraphView& graph, std::span<const NodeID> sources,
                                  Parallel& parallel, const KernelTable& kernels, Arena& scratch);

  void start(const ClosenessColumns& columns);  // writes every element
  // The columns may lie elsewhere in each step as long as they hold the values of the last one.
  void step(const ClosenessColumns& columns);  // nothing but clearing `active` once finished
  bool finished() const { return done_ == std::ssize(sources_); }
  std::int64_t sources_searched() const { return done_; }
  std::int64_t edges_examined() const { return searches_.edges_examined(); }  // since start

 private:
  Closeness(const GraphView& graph, std::span<const NodeID> sources, Parallel& parallel,
            MultiBfs searches)
      : graph_(graph), sources_(sources), parallel_(&parallel), searches_(searches) {}
  float closeness(NodeID v, const ClosenessColumns& columns) const;
  void write(const ClosenessColumns& columns);

  GraphView graph_;
  std::span<const NodeID> sources_;
  Parallel* parallel_;
  MultiBfs searches_;
  std::span<std::uint64_t> is_source_;  // bits, of sources searched
  std::int64_t done_ = 0;
  std::int64_t with_arcs_ = 0;       // nodes that arcs leave
  std::int64_t done_with_arcs_ = 0;  // sources searched that are among them
};

// All steps. kInvalidArgument, kOutOfMemory: as create(); `scratch` is not reset.
Status run_closeness(const GraphView& graph, std::span<const NodeID> sources,
                     const ClosenessColumns& columns, Parallel& parallel,
                     const KernelTable& kernels, Arena& scratch);

}  // namespace quadrille
