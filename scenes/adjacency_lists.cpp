#include "scenes/adjacency_lists.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace quadrille {
namespace {

// (target, weight) as one number that sorts as the pair does: both are >= 0, and so are the bits of
// real weights.
std::uint64_t arc_key(NodeID target, Weight weight) {
  return std::uint64_t{static_cast<std::uint32_t>(target)} << 32 |
         static_cast<std::uint32_t>(weight);
}

struct List {
  NodeID* targets;
  Weight* weights;
  std::uint32_t degree;
};

// Each returns the degree that is left.
std::uint32_t squeeze_plain(const List& list, NodeID* into) {
  std::sort(list.targets, list.targets + list.degree);
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < list.degree; ++i) {
    const NodeID target = list.targets[i];
    if (kept == 0 || into[kept - 1] != target) into[kept++] = target;
  }
  return kept;
}

std::uint32_t squeeze_weighted(const List& list, const List& into,
                               std::vector<std::uint64_t>& scratch) {
  scratch.resize(list.degree);
  for (std::uint32_t i = 0; i < list.degree; ++i)
    scratch[i] = arc_key(list.targets[i], list.weights[i]);
  std::sort(scratch.begin(), scratch.end());
  std::uint32_t kept = 0;
  for (const std::uint64_t key : scratch) {
    const NodeID target = static_cast<NodeID>(key >> 32);
    if (kept > 0 && into.targets[kept - 1] == target) continue;
    into.targets[kept] = target;
    into.weights[kept++] = static_cast<Weight>(key & UINT32_MAX);
  }
  return kept;
}

// Squeezes the lists of one block towards its edge_base.
ListTotals squeeze_block(AdjacencyLists& lists, std::int64_t block,
                         std::vector<std::uint64_t>& scratch) {
  const std::int64_t begin = block << kNodeBlockShift;
  const std::int64_t end = std::min<std::int64_t>(begin + kNodeBlockSize, lists.num_nodes);
  const EdgeOffset base = lists.blocks[block].edge_base;
  const auto at = [&](EdgeOffset edge, std::uint32_t degree) {
    Weight* const weights = lists.weights == nullptr ? nullptr : lists.weights + base + edge;
    return List{lists.targets + base + edge, weights, degree};
  };
  ListTotals totals;
  for (std::int64_t u = begin; u < end; ++u) {
    NodeRecord& record = lists.records[u];
    const List list = at(record.edge_index, record.out_degree);
    const List into = at(totals.arcs, 0);
    record.edge_index = static_cast<std::uint32_t>(totals.arcs);
    record.out_degree = lists.weights == nullptr ? squeeze_plain(list, into.targets)
                                                 : squeeze_weighted(list, into, scratch);
    totals.arcs += record.out_degree;
    totals.max_degree = std::max<std::int64_t>(totals.max_degree, record.out_degree);
    totals.self_loops +=
        std::binary_search(into.targets, into.targets + record.out_degree, static_cast<NodeID>(u));
  }
  return totals;
}

}  // namespace

bool AdjacencyLists::place(std::span<const Edge> arcs) {
  QUADRILLE_ASSERT(arcs.size() <= kMostAtOnce);
  for (const Edge& arc : arcs) __builtin_prefetch(records + arc.u, 1);
  std::array<EdgeOffset, kMostAtOnce> places;
  for (std::size_t i = 0; i < arcs.size(); ++i) {
    places[i] = take_place(arcs[i].u);
    if (places[i] < 0) return false;
    __builtin_prefetch(targets + places[i], 1);
    if (weights != nullptr) __builtin_prefetch(weights + places[i], 1);
  }
  for (std::size_t i = 0; i < arcs.size(); ++i) {
    targets[places[i]] = arcs[i].v;
    if (weights != nullptr) weights[places[i]] = arcs[i].w;
  }
  return true;
}

Status open_lists(AdjacencyLists& lists, EdgeOffset& num_arcs) {
  num_arcs = 0;
  for (std::int64_t u = 0; u < lists.num_nodes; ++u) {
    NodeBlock& block = lists.blocks[u >> kNodeBlockShift];
    if ((u & (kNodeBlockSize - 1)) == 0) block = {u, num_arcs};
    const std::uint32_t degree = lists.records[u].out_degree;
    if (degree > INT32_MAX || num_arcs - block.edge_base + degree > UINT32_MAX) {
      return {StatusCode::kUnsupported, "too many arcs at node " + std::to_string(u) +
                                            ": a node may have 2147483647 of them and a block of " +
                                            std::to_string(kNodeBlockSize) +
                                            " nodes 4294967295, duplicates included"};
    }
    lists.records[u].edge_index = static_cast<std::uint32_t>(num_arcs - block.edge_base);
    num_arcs += lists.records[u].out_degree;
  }
  return Status::ok();
}

bool close_lists(AdjacencyLists& lists, EdgeOffset num_arcs) {
  EdgeOffset end = num_arcs;
  for (std::int64_t u = lists.num_nodes - 1; u >= 0; --u) {
    NodeRecord& record = lists.records[u];
    if (record.out_degree != 0) return false;
    const EdgeOffset begin = lists.first_edge(u);
    record.out_degree = static_cast<std::uint32_t>(end - begin);
    end = begin;
  }
  return true;
}

ListTotals sort_and_squeeze(AdjacencyLists& lists, Parallel& parallel) {
  const std::int64_t num_blocks = num_node_blocks(lists.num_nodes);
  std::vector<ListTotals> totals(static_cast<std::size_t>(num_blocks));
  std::vector<std::vector<std::uint64_t>> scratch(static_cast<std::size_t>(parallel.num_workers()));
  parallel.for_chunks(num_blocks, [&](std::int64_t block, int worker) {
    totals[static_cast<std::size_t>(block)] =
        squeeze_block(lists, block, scratch[static_cast<std::size_t>(worker)]);
  });
  ListTotals all;
  for (std::int64_t block = 0; block < num_blocks; ++block) {
    const ListTotals& part = totals[static_cast<std::size_t>(block)];
    EdgeOffset& base = lists.blocks[block].edge_base;
    const std::size_t bytes = static_cast<std::size_t>(part.arcs) * sizeof(NodeID);
    if (base != all.arcs) {
      std::memmove(lists.targets + all.arcs, lists.targets + base, bytes);
      if (lists.weights != nullptr)
        std::memmove(lists.weights + all.arcs, lists.weights + base, bytes);
    }
    base = all.arcs;
    all.arcs += part.arcs;
    all.self_loops += part.self_loops;
    all.max_degree = std::max(all.max_degree, part.max_degree);
  }
  return all;
}

}  // namespace quadrille
