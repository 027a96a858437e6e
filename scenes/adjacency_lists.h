// AdjacencyLists: the out (or in) half of a graph image while it is filled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <quadrille/graph.h>
#include <quadrille/graph_builder.h>
#include <quadrille/parallel.h>
#include <quadrille/status.h>
#include <quadrille/types.h>

#include "scenes/arc_buckets.h"

namespace quadrille {

// Pointers into slabs of the image; `weights` is null where there are none.
struct AdjacencyLists {
  NodeBlock* blocks = nullptr;
  NodeRecord* records = nullptr;
  NodeID* targets = nullptr;
  Weight* weights = nullptr;
  std::int64_t num_nodes = 0;

  EdgeOffset first_edge(std::int64_t u) const {
    return blocks[u >> kNodeBlockShift].edge_base + records[u].edge_index;
  }
  EdgeOffset last_edge(std::int64_t u) const { return first_edge(u) + records[u].out_degree; }
};

// kUnsupported: the arcs of node block `block` cannot be numbered by 32 bits.
Status too_many_arcs(std::int64_t block);

// Sorts the arcs of `space` into `lists`, whose targets begin where the words of `space` do, and
// closes the gaps that duplicates leave. The weights stay in those of `space`. kUnsupported when a
// block's arcs cannot be numbered by 32 bits.
Status fill_lists(BucketSpace& space, AdjacencyLists& lists, Parallel& parallel,
                  ListTotals& totals);

// The edges of `lists`, against their direction. One reading changes nothing for another.
class ReversedArcs final : public EdgeSource {
 public:
  explicit ReversedArcs(const AdjacencyLists& lists) : lists_(lists) {}
  std::int64_t num_chunks() const override {
    return (lists_.num_nodes + kNodeBlockSize - 1) >> kNodeBlockShift;
  }
  Status read(std::int64_t chunk, EdgeSink& sink) override;

 private:
  const AdjacencyLists& lists_;
};

}  // namespace quadrille
