#include "kernels/arc_weights.h"
#include "kernels/grains.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <limits>
#include <numeric>
#include <span>
#include <string>

namespace quadrille {
namespace {

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
    return {StatusCode::kInvalidInput,
            "the edge from node " + graph.name_of(u) + " to node " + graph.name_of(v) + " weighs " +
                std::to_string(*negative) + "; shortest paths need weights of 0 or more"};
  }
  return Status::ok();
}

// Arcs by the number of bits in their weight.
struct Tally {
  static constexpr std::size_t kWidths = 33;
  std::array<std::int64_t, kWidths> arcs{}, sum{};

  void add(Weight w) {
    const auto width = static_cast<std::size_t>(std::bit_width(static_cast<std::uint32_t>(w)));
    ++arcs[width];
    sum[width] += w;
  }
  void add_to(Tally& shared) const {
    for (std::size_t width = 0; width < kWidths; ++width) {
      if (arcs[width] == 0) continue;
      std::atomic_ref(shared.arcs[width]).fetch_add(arcs[width], std::memory_order_relaxed);
      std::atomic_ref(shared.sum[width]).fetch_add(sum[width], std::memory_order_relaxed);
    }
  }
};

// Fifteen of sixteen arcs that weigh anything have at most this many bits.
std::size_t usual_width(const Tally& tally) {
  const std::int64_t all = std::accumulate(tally.arcs.begin() + 1, tally.arcs.end(), 0LL);
  std::size_t width = 1;
  for (std::int64_t seen = tally.arcs[1]; 16 * seen < 15 * all; seen += tally.arcs[width]) ++width;
  return width;
}

double usual_mean(const Tally& tally) {
  const std::size_t end = std::min(usual_width(tally) + 3, Tally::kWidths);
  std::int64_t arcs = 0, sum = 0;
  for (std::size_t width = 0; width < end; ++width) {
    arcs += tally.arcs[width];
    sum += tally.sum[width];
  }
  return arcs == 0 ? 0 : static_cast<double>(sum) / static_cast<double>(arcs);
}

}  // namespace

double mean_degree(const ArcWeights& weights) {
  if (weights.num_arcs == 0) return 1;
  return static_cast<double>(weights.num_arcs) / static_cast<double>(weights.num_sources);
}

Result<int> bucket_shift(const BucketWidth& width, const ArcWeights& weights) {
  if (width.delta < 0) {
    return Status(StatusCode::kInvalidArgument,
                  "delta is " + std::to_string(width.delta) +
                      "; it must be 1 or more, or 0 to have one chosen");
  }
  const double chosen = width.factor * weights.usual_mean / mean_degree(weights);
  const double delta = width.delta != 0 ? static_cast<double>(width.delta) : chosen;
  int shift = 0;
  while (shift < width.most && static_cast<double>(std::int64_t{2} << shift) <= delta) ++shift;
  return shift;
}

Result<ArcWeights> check_arc_weights(const GraphView& graph, Parallel& parallel) {
  if (graph.real_weights()) {
    return Status(StatusCode::kInvalidArgument,
                  "the graph has real weights; shortest paths need integers");
  }
  Tally tally;
  std::atomic<std::int64_t> sources = 0;
  std::atomic<Weight> most = 1;
  std::atomic<Weight> least = graph.weighted() ? std::numeric_limits<Weight>::max() : 1;
  parallel.for_range(graph.num_nodes(), kNodeGrain, [&](std::int64_t begin, std::int64_t end, int) {
    Tally part;
    std::int64_t with_arcs = 0;
    Weight lowest = least.load(std::memory_order_relaxed);
    Weight highest = 1;
    for (auto u = static_cast<NodeID>(begin); u < end; ++u) {
      with_arcs += graph.out_degree(u) != 0 ? 1 : 0;
      if (!graph.weighted()) {
        part.arcs[1] += graph.out_degree(u);
        part.sum[1] += graph.out_degree(u);
        continue;
      }
      for (const Weight w : weights_of(graph, u)) {
        part.add(w);
        lowest = std::min(lowest, w);
        highest = std::max(highest, w);
      }
    }
    part.add_to(tally);
    for (Weight seen = most.load(std::memory_order_relaxed);
         highest > seen && !most.compare_exchange_weak(seen, highest, std::memory_order_relaxed);) {
    }
    sources.fetch_add(with_arcs, std::memory_order_relaxed);
    Weight seen = least.load(std::memory_order_relaxed);
    while (lowest < seen && !least.compare_exchange_weak(seen, lowest, std::memory_order_relaxed)) {
    }
  });
  if (least.load() < 0) return name_negative_weight(graph);
  return ArcWeights{.least = least.load(),
                    .most = most.load(),
                    .usual_mean = usual_mean(tally),
                    .num_arcs = graph.num_arcs(),
                    .num_sources = sources.load()};
}

}  // namespace quadrille
