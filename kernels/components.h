// Connected components, weakly connected where the graph is directed, in three steps: two that join
// every node with one neighbour each, and one for the arcs that leave what is then the largest
// part.
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
struct ComponentsColumns {
  // The smallest user id that the arcs seen so far connect a node to.
  std::span<NodeID> label;
  std::span<std::uint64_t> active;  // nodes whose label the last step changed
};

// The columns may lie elsewhere in each step as long as they hold the values of the last one.
class Components {
 public:
  // `scratch` gives 4 bytes a node, 8 where internal ids are not the user's; all arguments must
  // outlive this.
  static Result<Components> create(const GraphView& graph, Parallel& parallel,
                                   const KernelTable& kernels, Arena& scratch);

  void start(const ComponentsColumns& columns);  // writes every element
  void step(const ComponentsColumns& columns);   // nothing but clearing `active` once finished
  bool finished() const { return round_ > kSampledNeighbours; }
  std::int64_t edges_examined() const { return edges_examined_; }  // since start

 private:
  static constexpr std::int64_t kSampledNeighbours = 2;

  Components(const GraphView& graph, Parallel& parallel, const KernelTable& kernels)
      : graph_(graph), parallel_(&parallel), kernels_(&kernels.components) {}
  Status allocate(Arena& scratch);
  void hook_sampled();
  void hook_rest(std::span<const NodeID> label);
  NodeID most_sampled_label(std::span<const NodeID> label);
  void compress();
  void name_components();

  GraphView graph_;
  Parallel* parallel_;
  const ComponentsBodies* kernels_;
  std::span<NodeID> component_;  // a forest by internal id, compressed between steps
  // Smallest user id of a root's component; empty: the root's own id.
  std::span<NodeID> name_;
  std::span<NodeID> sample_;
  std::int64_t round_ = kSampledNeighbours + 1;
  std::int64_t edges_examined_ = 0;
};

// All components, labels by internal id. kOutOfMemory: `scratch` is full (it is not reset).
Status run_components(const GraphView& graph, const ComponentsColumns& columns, Parallel& parallel,
                      const KernelTable& kernels, Arena& scratch);

}  // namespace quadrille
