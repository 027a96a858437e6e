#include <cmath>
#include <string>
#include <vector>

#include "engine/integers.h"
#include "kernels/verify.h"

namespace quadrille {
namespace {

// Each rank is a rounded float, and so is what the kernel hands on.
constexpr double kRounding = 2e-6;

Status check_ranks(const GraphView& graph, std::span<const float> rank) {
  if (rank.size() != at(graph.num_nodes())) {
    return {StatusCode::kInvalidArgument, "verify: the column has not one element for each node"};
  }
  double sum = 0;
  for (NodeID v = 0; v < graph.num_nodes(); ++v) {
    if (!(rank[at(v)] > 0) || !std::isfinite(rank[at(v)])) {
      return {StatusCode::kInvalidInput, "node " + graph.name_of(v) + ": its rank is not positive"};
    }
    sum += double{rank[at(v)]};
  }
  if (std::abs(sum - 1) <= kRounding || rank.empty()) return Status::ok();
  return {StatusCode::kInvalidInput, "the sum of ranks is " + std::to_string(sum) + ", not 1"};
}

}  // namespace

Status verify_pagerank(const GraphView& graph, std::span<const float> rank, double damping,
                       double most_change) {
  QUADRILLE_RETURN_IF_ERROR(check_ranks(graph, rank));
  std::vector<double> pushed(rank.size(), 0);
  double dangling = 0;
  for (NodeID u = 0; u < graph.num_nodes(); ++u) {
    const double own = double{rank[at(u)]};
    const auto neighbours = graph.out_neigh(u);
    if (neighbours.empty()) dangling += own;
    for (const NodeID v : neighbours) pushed[at(v)] += own / static_cast<double>(neighbours.size());
  }
  const auto nodes = static_cast<double>(graph.num_nodes());
  double residual = 0;
  for (NodeID v = 0; v < graph.num_nodes(); ++v) {
    const double jumps = (1 - damping + damping * dangling) / nodes;
    residual += std::abs(jumps + damping * pushed[at(v)] - double{rank[at(v)]});
  }
  const double most = 2 * most_change + kRounding;
  if (residual <= most) return Status::ok();
  return {StatusCode::kInvalidInput, "one more iteration would change the ranks by " +
                                         std::to_string(residual) + ", more than " +
                                         std::to_string(most)};
}

}  // namespace quadrille
