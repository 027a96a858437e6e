// METIS: the one door to it.
#include <algorithm>
#include <numeric>

#include <metis.h>

#include "bench/peers/graph_peer.h"

namespace quadrille::program {

Result<std::vector<NodeID>> metis_order(const GraphView& graph) {
  static_assert(sizeof(idx_t) == sizeof(NodeID));
  std::vector<idx_t> first{0}, targets;
  for (NodeID u = 0; u < graph.num_nodes(); ++u) {
    for (const NodeID v : graph.out_neigh(u)) {
      if (v != u) targets.push_back(v);
    }
    first.push_back(static_cast<idx_t>(targets.size()));
  }
  idx_t nodes = graph.num_nodes(), balances = 1, cut = 0;
  idx_t parts = (nodes + kNodeBlockSize - 1) / kNodeBlockSize;
  std::vector<idx_t> part(static_cast<std::size_t>(nodes));
  idx_t options[METIS_NOPTIONS];
  METIS_SetDefaultOptions(options);
  options[METIS_OPTION_UFACTOR] = 1;  // parts of a block, to a thousandth
  options[METIS_OPTION_SEED] = 1;
  if (parts > 1 && METIS_PartGraphKway(&nodes, &balances, first.data(), targets.data(), nullptr,
                                       nullptr, nullptr, &parts, nullptr, nullptr, options, &cut,
                                       part.data()) != METIS_OK)
    return Status(StatusCode::kOutOfMemory, "METIS could not partition the graph");
  std::vector<NodeID> order(part.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](NodeID a, NodeID b) {
    return part[static_cast<std::size_t>(a)] < part[static_cast<std::size_t>(b)];
  });
  return order;
}

}  // namespace quadrille::program
