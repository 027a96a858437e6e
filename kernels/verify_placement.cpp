// What must hold of a placement, counted edge by edge on the graph as its users know it.
#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include <quadrille/parallel.h>

#include "kernels/node_sets.h"
#include "kernels/placement.h"
#include "kernels/verify.h"
#include "kernels/wrong_node.h"

namespace quadrille {
namespace {

bool holds(std::span<const NodeID> list, NodeID v) {
  return std::binary_search(list.begin(), list.end(), v);
}

// visit(v) for each edge of u that is u's to count: an edge stands in the out list of both ends, of
// one of them, or there twice, once for each direction.
template <class Visit>
void for_each_own_edge(const GraphView& graph, NodeID u, Visit visit) {
  for (const NodeID v : graph.out_neigh(u)) {
    if (v != u && (u < v || !holds(graph.in_neigh(u), v))) visit(v);
  }
}

Status verify_order(const GraphView& graph, std::span<const NodeID> order,
                    std::vector<NodeID>& place) {
  if (static_cast<NodeID>(order.size()) != graph.num_nodes()) {
    return {StatusCode::kInvalidInput, "the order has " + std::to_string(order.size()) +
                                           " nodes, the graph " +
                                           std::to_string(graph.num_nodes())};
  }
  place.assign(order.size(), -1);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const NodeID v = order[i];
    if (v < 0 || v >= graph.num_nodes())
      return {StatusCode::kInvalidInput, "place " + std::to_string(i) + " holds no node"};
    if (place[static_cast<std::size_t>(v)] >= 0)
      return wrong_node(graph, v, "it stands in two places");
    place[static_cast<std::size_t>(v)] = static_cast<NodeID>(i);
  }
  return Status::ok();
}

// The component of each place, or an error where they do not tile the places.
Status list_components(const Placement& placement, std::vector<std::int32_t>& component) {
  component.reserve(placement.order.size());
  for (std::size_t k = 0; k < placement.components.size(); ++k) {
    const PlacedComponent& part = placement.components[k];
    const bool follows = part.first == static_cast<NodeID>(component.size());
    const bool has_center = part.center >= part.first && part.center - part.first < part.num_nodes;
    if (!follows || part.num_nodes <= 0 || !has_center) {
      return {StatusCode::kInvalidInput,
              "component " + std::to_string(k) + " does not stand where it says"};
    }
    component.insert(component.end(), static_cast<std::size_t>(part.num_nodes),
                     static_cast<std::int32_t>(k));
  }
  if (component.size() == placement.order.size()) return Status::ok();
  return {StatusCode::kInvalidInput, "the components do not hold all nodes"};
}

}  // namespace

Status verify_placement(const GraphView& graph, const Placement& placement) {
  std::vector<NodeID> place;
  std::vector<std::int32_t> component;
  QUADRILLE_RETURN_IF_ERROR(verify_order(graph, placement.order, place));
  QUADRILLE_RETURN_IF_ERROR(list_components(placement, component));
  std::vector<EdgeOffset> edges(placement.components.size());
  std::vector<std::uint64_t> boundary(static_cast<std::size_t>(bit_words(graph.num_nodes())));
  EdgeOffset crossing = 0;
  for (NodeID u = 0; u < graph.num_nodes(); ++u) {
    const NodeID at = place[static_cast<std::size_t>(u)];
    const auto own = static_cast<std::size_t>(component[static_cast<std::size_t>(at)]);
    bool leaves = false;
    for_each_own_edge(graph, u, [&](NodeID v) {
      const NodeID other = place[static_cast<std::size_t>(v)];
      leaves =
          leaves || static_cast<std::size_t>(component[static_cast<std::size_t>(other)]) != own;
      ++edges[own];
      if (block_of(at) == block_of(other)) return;
      ++crossing;
      for (const NodeID end : {at, other}) {
        boundary[static_cast<std::size_t>(end >> 6)] |= bit_of(end);
      }
    });
    if (leaves) return wrong_node(graph, u, "an edge leads out of its component");
  }
  for (std::size_t k = 0; k < edges.size(); ++k) {
    if (edges[k] == placement.components[k].num_edges) continue;
    return {StatusCode::kInvalidInput, "component " + std::to_string(k) + " has " +
                                           std::to_string(edges[k]) + " edges, not " +
                                           std::to_string(placement.components[k].num_edges)};
  }
  if (crossing != placement.cross_block_edges) {
    return {StatusCode::kInvalidInput, std::to_string(crossing) + " edges cross blocks, not " +
                                           std::to_string(placement.cross_block_edges)};
  }
  if (boundary == placement.boundary) return Status::ok();
  return {StatusCode::kInvalidInput, "the nodes with an edge that leaves its block are others"};
}

EdgeOffset count_cross_block_edges(const GraphView& graph, Parallel& parallel) {
  std::atomic<EdgeOffset> crossing = 0;
  parallel.for_range(
      graph.num_nodes(), kNodeBlockSize, [&](std::int64_t begin, std::int64_t end, int) {
        EdgeOffset count = 0;
        for (auto u = static_cast<NodeID>(begin); u < end; ++u) {
          for_each_own_edge(graph, u, [&](NodeID v) { count += block_of(u) != block_of(v); });
        }
        crossing.fetch_add(count, std::memory_order_relaxed);  // a sum, in any order
      });
  return crossing.load(std::memory_order_relaxed);
}

}  // namespace quadrille
