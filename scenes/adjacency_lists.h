// AdjacencyLists: the out (or in) half of a graph image while it is filled: degrees, then places,
// then sorted lists.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include <quadrille/graph.h>
#include <quadrille/graph_builder.h>
#include <quadrille/status.h>
#include <quadrille/types.h>

#include <quadrille/parallel.h>

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

  EdgeOffset last_edge(std::int64_t u) const { return first_edge(u) + records[u].out_degree; }

  // While filling, a record's out_degree is the number of free places left in its list.
  // Puts arc.v into the list of arc.u. False: a list is full already, so the source gave more than
  // when it was counted. Any thread. Many at once, because a place is two cache misses away.
  static constexpr std::size_t kMostAtOnce = 128;
  bool place(std::span<const Edge> arcs);

 private:
  // -1: the list is full.
  EdgeOffset take_place(NodeID u) {
    NodeRecord& record = records[u];
    const std::uint32_t left =
        std::atomic_ref(record.out_degree).fetch_sub(1, std::memory_order_relaxed);
    // Wrapped below zero: degrees stay under 2^31.
    if (left == 0 || left > INT32_MAX) return -1;
    return first_edge(u) + (left - 1);
  }
};

// Arcs on their way into lists that have room for all of them.
class ArcBuffer {
 public:
  explicit ArcBuffer(AdjacencyLists& lists) : lists_(lists) {}
  ~ArcBuffer() { flush(); }
  ArcBuffer(const ArcBuffer&) = delete;
  ArcBuffer& operator=(const ArcBuffer&) = delete;
  void add(const Edge& arc) {
    arcs_[count_++] = arc;
    if (count_ == arcs_.size()) flush();
  }

 private:
  void flush() {
    [[maybe_unused]] const bool placed = lists_.place(std::span(arcs_).first(count_));
    QUADRILLE_ASSERT(placed);
    count_ = 0;
  }
  AdjacencyLists& lists_;
  std::array<Edge, AdjacencyLists::kMostAtOnce> arcs_;
  std::size_t count_ = 0;
};

// From the degrees that stand in the records to empty lists of that size, one after the other.
// kUnsupported when a block's arcs cannot be numbered by 32 bits.
Status open_lists(AdjacencyLists& lists, EdgeOffset& num_arcs);
// True when every place was taken; the records then hold whole degrees again.
bool close_lists(AdjacencyLists& lists, EdgeOffset num_arcs);
// Sorts each list by (target, weight), keeps the first arc to each target, and closes the gaps.
ListTotals sort_and_squeeze(AdjacencyLists& lists, Parallel& parallel);

}  // namespace quadrille
