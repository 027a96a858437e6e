// AdjacencyLists: the out (or in) half of a graph image while it is filled: degrees, then places,
// then sorted lists.
#pragma once

#include <atomic>
#include <cstdint>

#include <quadrille/graph.h>
#include <quadrille/status.h>
#include <quadrille/types.h>

#include "engine/parallel.h"

namespace quadrille {

inline std::int64_t num_node_blocks(std::int64_t num_nodes) {
  return (num_nodes + kNodeBlockSize - 1) >> kNodeBlockShift;
}

struct ListTotals {
  EdgeOffset arcs = 0;
  std::int64_t self_loops = 0;  // lists that hold their own node
  std::int64_t max_degree = 0;
};

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

  // While filling, a record's out_degree is the number of free places left in its list.
  // False: the list is full already, so the source gave more than when it was counted. Any thread.
  bool place(NodeID u, NodeID v, Weight w) {
    NodeRecord& record = records[u];
    const std::uint32_t left =
        std::atomic_ref(record.out_degree).fetch_sub(1, std::memory_order_relaxed);
    if (left == 0 || left > INT32_MAX) return false;  // wrapped below zero: degrees stay under 2^31
    const EdgeOffset at = first_edge(u) + (left - 1);
    targets[at] = v;
    if (weights != nullptr) weights[at] = w;
    return true;
  }
};

// From the degrees that stand in the records to empty lists of that size, one after the other.
// kUnsupported when a block's arcs cannot be numbered by 32 bits.
Status open_lists(AdjacencyLists& lists, EdgeOffset& num_arcs);
// True when every place was taken; the records then hold whole degrees again.
bool close_lists(AdjacencyLists& lists, EdgeOffset num_arcs);
// Sorts each list by (target, weight), keeps the first arc to each target, and closes the gaps.
ListTotals sort_and_squeeze(AdjacencyLists& lists, Parallel& parallel);

}  // namespace quadrille
