#include "bench/graph_summary.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "bench/format.h"

namespace quadrille::program {
namespace {

constexpr double kBarColumns = 36;

template <class T>
void add_weights(const GraphView& graph, GraphSummary& summary) {
  double least = std::numeric_limits<double>::infinity();
  double largest = -least;
  for (NodeID u = 0; u < graph.num_nodes(); ++u) {
    const EdgeOffset first = first_edge(graph.out(), u);
    for (EdgeOffset e = first; e < first + graph.out_degree(u); ++e) {
      const double w = static_cast<double>(std::bit_cast<T>(graph.out().weights[e]));
      least = std::min(least, w);
      largest = std::max(largest, w);
    }
  }
  if (least > largest) return;
  summary.min_weight = least;
  summary.max_weight = largest;
}

std::string degree_range(std::size_t degree_class) {
  if (degree_class <= 1) return fmt::format("{}", degree_class);
  const std::int64_t first = std::int64_t{1} << (degree_class - 1);
  return fmt::format("{}-{}", format_count(first), format_count(2 * first - 1));
}

}  // namespace

GraphSummary summarize_graph(const GraphView& graph) {
  GraphSummary summary;
  for (NodeID u = 0; u < graph.num_nodes(); ++u) {
    const std::int64_t degree = graph.out_degree(u);
    summary.max_degree = std::max(summary.max_degree, degree);
    ++summary.degrees[static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(degree)))];
  }
  if (graph.weighted()) {
    if (graph.real_weights())
      add_weights<float>(graph, summary);
    else
      add_weights<Weight>(graph, summary);
  }
  if (graph.has_coordinates() && graph.num_nodes() > 0) {
    const auto [min_x, max_x] = std::minmax_element(graph.x().begin(), graph.x().end());
    const auto [min_y, max_y] = std::minmax_element(graph.y().begin(), graph.y().end());
    summary.bounds = {.min_x = *min_x, .min_y = *min_y, .max_x = *max_x, .max_y = *max_y};
  }
  return summary;
}

std::string degree_histogram(const GraphSummary& summary) {
  std::int64_t total = 0, most = 1;
  std::size_t last = 0;
  for (std::size_t k = 0; k < summary.degrees.size(); ++k) {
    total += summary.degrees[k];
    most = std::max(most, summary.degrees[k]);
    if (summary.degrees[k] > 0) last = k;
  }
  std::string text;
  for (std::size_t k = 0; total > 0 && k <= last; ++k) {
    const auto count = static_cast<double>(summary.degrees[k]);
    // At least one mark for what is there at all.
    const auto bar =
        static_cast<std::size_t>(std::ceil(kBarColumns * count / static_cast<double>(most)));
    text += fmt::format("  {:>17}  {:>13}  {:>5.1f}%{}{}\n", degree_range(k),
                        format_count(summary.degrees[k]), 100 * count / static_cast<double>(total),
                        bar > 0 ? "  " : "", std::string(bar, '#'));
  }
  return text;
}

}  // namespace quadrille::program
