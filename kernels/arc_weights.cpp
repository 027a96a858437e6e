#include "kernels/arc_weights.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <span>
#include <string>

namespace quadrille {
namespace {

constexpr std::int64_t kNodeGrain = 4096;

std::span<const Weight> weights_of(const GraphView& graph, NodeID u) {
  return {graph.out().weights + first_edge(graph.out(), u),
          static_cast<std::size_t>(graph.out_degree(u))};
}

Status name_negative_weight(const GraphView& graph) {
  for (NodeID u = 0; u < graph.num_nodes(); ++u) {
    const auto weights = weights_of(graph, u);
    const auto negative =
        std::find_if(weights.begin(), weights.end(), [](Weight w) { return w < 0; });
    if (negative == weights.end()) continue;
    const NodeID v = graph.out_neigh(u)[static_cast<std::size_t>(negative - weights.begin())];
    return {StatusCode::kInvalidInput, "the edge from node " + std::to_string(graph.user_id(u)) +
                                           " to node " + std::to_string(graph.user_id(v)) +
                                           " weighs " + std::to_string(*negative) +
                                           "; shortest paths need weights of 0 or more"};
  }
  return Status::ok();
}

}  // namespace

Result<ArcWeights> check_arc_weights(const GraphView& graph, Parallel& parallel) {
  if (graph.real_weights()) {
    return Status(StatusCode::kInvalidArgument,
                  "the graph has real weights; shortest paths need integers");
  }
  std::atomic<std::int64_t> sum = 0, sources = 0;
  std::atomic<Weight> least = graph.weighted() ? std::numeric_limits<Weight>::max() : 1;
  parallel.for_range(graph.num_nodes(), kNodeGrain, [&](std::int64_t begin, std::int64_t end, int) {
    std::int64_t part = 0, with_arcs = 0;
    Weight lowest = least.load(std::memory_order_relaxed);
    for (auto u = static_cast<NodeID>(begin); u < end; ++u) {
      with_arcs += graph.out_degree(u) != 0 ? 1 : 0;
      if (!graph.weighted()) {
        part += graph.out_degree(u);
        continue;
      }
      for (const Weight w : weights_of(graph, u)) {
        part += w;
        lowest = std::min(lowest, w);
      }
    }
    sum.fetch_add(part, std::memory_order_relaxed);
    sources.fetch_add(with_arcs, std::memory_order_relaxed);
    Weight seen = least.load(std::memory_order_relaxed);
    while (lowest < seen && !least.compare_exchange_weak(seen, lowest, std::memory_order_relaxed)) {
    }
  });
  if (least.load() < 0) return name_negative_weight(graph);
  return ArcWeights{.least = least.load(),
                    .sum = static_cast<double>(sum.load()),
                    .num_arcs = graph.num_arcs(),
                    .num_sources = sources.load()};
}

}  // namespace quadrille
