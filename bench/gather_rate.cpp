#include "bench/gather_rate.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>

#include <quadrille/graph.h>
#include <quadrille/parallel.h>

#include "bench/machine.h"

namespace quadrille::program {
namespace {

constexpr int kPasses = 4;                  // the first one warms up
constexpr std::int64_t kNodesAtOnce = 256;  // few: hubs may stand together

template <class T>
T sum_of_targets(const GraphView& graph, const T* state, std::int64_t begin, std::int64_t end) {
  T sum = 0;
  for (auto u = static_cast<NodeID>(begin); u < end; ++u) {
    for (const NodeID v : graph.out_neigh(u)) sum += state[v];
  }
  return sum;
}

template <class T>
double measure(const GraphView& graph, Parallel& parallel) {
  const auto nodes = static_cast<std::size_t>(graph.num_nodes());
  const std::unique_ptr<T[]> state(new (std::nothrow) T[nodes]);
  if (state == nullptr) return 0;
  std::fill_n(state.get(), nodes, T{1});
  double best_ns = std::numeric_limits<double>::max();
  std::atomic<std::uint64_t> sums = 0;  // so that no pass is left out
  for (int pass = 0; pass < kPasses; ++pass) {
    const std::int64_t begin_ns = now_ns();
    parallel.for_range(
        graph.num_nodes(), kNodesAtOnce, [&](std::int64_t begin, std::int64_t end, int) {
          sums.fetch_add(sum_of_targets(graph, state.get(), begin, end), std::memory_order_relaxed);
        });
    best_ns = std::min(best_ns, static_cast<double>(now_ns() - begin_ns));
  }
  return sums.load(std::memory_order_relaxed) == 0
             ? 0
             : best_ns / static_cast<double>(graph.num_arcs());
}

}  // namespace

double measure_gather_ns(const GraphView& graph, int element_bytes, Parallel& parallel) {
  if (graph.num_arcs() == 0) return 0;
  return element_bytes == 8 ? measure<std::uint64_t>(graph, parallel)
                            : measure<std::uint32_t>(graph, parallel);
}

}  // namespace quadrille::program
