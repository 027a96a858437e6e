// Core numbers: the largest k for which a node is in a part whose nodes all have k neighbours
// inside. One level of the peeling a step.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/graph.h>
#include <quadrille/parallel.h>
#include <quadrille/status.h>

namespace quadrille {

// One element (of `active`: one bit) for each node, by internal id.
struct KcoreColumns {
  std::span<std::int32_t> core;     // -1 until the node is peeled, then final
  std::span<std::uint64_t> active;  // nodes that the last step peeled
};

// Neighbours are those of either direction; one in both directions counts twice. Self loops do not
// count. The columns may lie elsewhere in each step as long as they hold the values of the last.
// Nothing here is done for several nodes at once, so there are no bodies of instruction sets.
class Kcore {
 public:
  // `scratch` gives 12 bytes a node; all arguments must outlive this. kOutOfMemory.
  static Result<Kcore> create(const GraphView& graph, Parallel& parallel, Arena& scratch);

  void start(const KcoreColumns& columns);  // writes every element
  void step(const KcoreColumns& columns);   // nothing but clearing `active` once finished
  bool finished() const { return num_peeled_ == graph_.num_nodes(); }

  // What the last step changed: the nodes that it peeled, and those whose bits it cleared.
  bool sparse() const;
  std::span<const NodeID> changed() const { return peeled(cleared_begin_); }
  std::int32_t level() const { return level_; }  // of the last step; at the end the degeneracy
  std::int64_t edges_examined() const { return edges_examined_; }  // since start

 private:
  Kcore(const GraphView& graph, Parallel& parallel) : graph_(graph), parallel_(&parallel) {}
  Status allocate(Arena& scratch);
  void find_level();
  void peel_wave(const KcoreColumns& columns, std::int64_t begin, std::int64_t end);
  std::int64_t peel(const KcoreColumns& columns, std::int64_t begin, std::int64_t end);
  void append(std::span<const NodeID> nodes);
  std::span<const NodeID> peeled(std::int64_t begin) const {
    return std::span<const NodeID>(order_).subspan(static_cast<std::size_t>(begin),
                                                   static_cast<std::size_t>(num_peeled_ - begin));
  }

  GraphView graph_;
  Parallel* parallel_;
  std::span<std::int32_t> degree_;  // neighbours that are left; at most level_ once peeled
  std::span<NodeID> order_;         // peeled nodes, level after level
  std::span<NodeID> rest_;          // all others, and some that have been peeled since
  std::int64_t num_rest_ = 0, num_peeled_ = 0;
  std::int64_t cleared_begin_ = 0, level_begin_ = 0;  // in order_: of the level before, of this one
  std::int32_t level_ = -1;
  std::int64_t edges_examined_ = 0;
};

// All levels. kOutOfMemory: `scratch` is full (it is not reset).
Status run_kcore(const GraphView& graph, const KcoreColumns& columns, Parallel& parallel,
                 Arena& scratch);

}  // namespace quadrille
