#include <algorithm>
#include <string>
#include <vector>

#include "engine/integers.h"
#include "kernels/sources.h"
#include "kernels/verify.h"

namespace quadrille {
namespace {

// What single searches with a queue find.
struct SearchSums {
  explicit SearchSums(const GraphView& graph)
      : others(at(graph.num_nodes())), own(others.size()), sum(others.size()),
        farthest(others.size(), kDistInf), distance(others.size()) {}
  void search(const GraphView& graph, NodeID source);

  std::vector<std::int32_t> others, own;  // sources that reach a node: other ones, itself
  std::vector<std::int64_t> sum;
  std::vector<Distance> farthest, distance;
  std::vector<NodeID> queue;
};

void SearchSums::search(const GraphView& graph, NodeID source) {
  std::fill(distance.begin(), distance.end(), kDistInf);
  distance[at(source)] = 0;
  queue.assign(1, source);
  for (std::size_t i = 0; i < queue.size(); ++i) {
    const NodeID u = queue[i];
    ++(u == source ? own : others)[at(u)];
    sum[at(u)] += distance[at(u)];
    farthest[at(u)] = std::max(farthest[at(u)], distance[at(u)]);
    for (const NodeID v : graph.out_neigh(u)) {
      if (distance[at(v)] != kDistInf) continue;
      distance[at(v)] = distance[at(u)] + 1;
      queue.push_back(v);
    }
  }
}

Status wrong_sum(const GraphView& graph, NodeID v, const char* what) {
  return {StatusCode::kInvalidInput,
          "node " + graph.name_of(v) + ": its " + what + " is not what single searches find"};
}

}  // namespace

Status verify_closeness(const GraphView& graph, std::span<const NodeID> sources,
                        const ClosenessAnswer& answer) {
  QUADRILLE_RETURN_IF_ERROR(check_distinct_sources(graph, sources));
  const std::size_t nodes = at(graph.num_nodes());
  if (answer.closeness.size() != nodes || answer.distance_sum.size() != nodes ||
      answer.reached_by.size() != nodes || answer.farthest.size() != nodes) {
    return {StatusCode::kInvalidArgument, "verify: a column has not one element for each node"};
  }
  SearchSums found(graph);
  double searched = 0;
  for (const NodeID source : sources) {
    found.search(graph, source);
    searched += graph.out_degree(source) != 0 ? 1 : 0;
  }
  const auto all = static_cast<double>(num_nodes_with_arcs(graph));
  for (NodeID v = 0; v < graph.num_nodes(); ++v) {
    const auto others = static_cast<double>(found.others[at(v)]);
    if (answer.reached_by[at(v)] != found.others[at(v)] + found.own[at(v)])
      return wrong_sum(graph, v, "number of sources");
    if (answer.distance_sum[at(v)] != found.sum[at(v)])
      return wrong_sum(graph, v, "sum of distances");
    if (answer.farthest[at(v)] != found.farthest[at(v)])
      return wrong_sum(graph, v, "farthest source");
    const double has_arcs = graph.out_degree(v) != 0 ? 1 : 0;
    const double standing_for = (all - has_arcs) / (searched - has_arcs * found.own[at(v)]);
    const double mean = static_cast<double>(found.sum[at(v)]) / others;
    const double closeness =
        others == 0 ? 0 : others * standing_for / static_cast<double>(graph.num_nodes() - 1) / mean;
    const double error = static_cast<double>(answer.closeness[at(v)]) - closeness;
    if (!(error * error <= closeness * closeness * 1e-12)) return wrong_sum(graph, v, "closeness");
  }
  return Status::ok();
}

}  // namespace quadrille
