#include "kernels/sources.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/random.h"

namespace quadrille {

Status check_sources(const GraphView& graph, std::span<const NodeID> sources) {
  for (const NodeID source : sources) {
    if (source >= 0 && source < graph.num_nodes()) continue;
    return {StatusCode::kInvalidArgument, "source " + std::to_string(source) +
                                              " is out of range: the graph has " +
                                              std::to_string(graph.num_nodes()) + " nodes"};
  }
  return Status::ok();
}

Status check_distinct_sources(const GraphView& graph, std::span<const NodeID> sources) {
  QUADRILLE_RETURN_IF_ERROR(check_sources(graph, sources));
  std::vector<bool> named(static_cast<std::size_t>(graph.num_nodes()));
  for (const NodeID source : sources) {
    if (named[static_cast<std::size_t>(source)])
      return {StatusCode::kInvalidArgument, "source " + std::to_string(source) + " is named twice"};
    named[static_cast<std::size_t>(source)] = true;
  }
  return Status::ok();
}

std::int64_t num_nodes_with_arcs(const GraphView& graph) {
  std::int64_t count = 0;
  for (NodeID v = 0; v < graph.num_nodes(); ++v) count += graph.out_degree(v) != 0 ? 1 : 0;
  return count;
}

// The first places of a shuffle [Durstenfeld].
std::vector<NodeID> sample_sources(const GraphView& graph, std::int64_t count, std::uint64_t seed) {
  std::vector<NodeID> nodes;
  for (NodeID user = 0; user < graph.num_nodes(); ++user) {
    const NodeID v = graph.internal_id(user);
    if (graph.out_degree(v) != 0) nodes.push_back(v);
  }
  Random random(seed);
  const auto size = static_cast<std::size_t>(std::min(count, std::ssize(nodes)));
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t other = i + random.next_below(static_cast<std::uint32_t>(nodes.size() - i));
    std::swap(nodes[i], nodes[other]);
  }
  nodes.resize(size);
  nodes.shrink_to_fit();
  return nodes;
}

}  // namespace quadrille
