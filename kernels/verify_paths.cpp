#include <string>
#include <vector>

#include "engine/integers.h"
#include "kernels/verify.h"
#include "kernels/wrong_node.h"

namespace quadrille {
namespace {

std::string named(const GraphView& graph, NodeID v) {
  return v < 0 || v >= graph.num_nodes() ? "none" : "node " + graph.name_of(v);
}

template <class T>
Status check_source(const GraphView& graph, NodeID source, std::span<const T> distance,
                    std::span<const NodeID> parent) {
  const auto nodes = at(graph.num_nodes());
  if (distance.size() != nodes || parent.size() != nodes) {
    return {StatusCode::kInvalidArgument, "verify: a column has not one element for each node"};
  }
  if (source < 0 || source >= graph.num_nodes()) {
    return {StatusCode::kInvalidArgument, "verify: the source is out of range"};
  }
  if (distance[at(source)] != 0)
    return wrong_node(graph, source, "the source is not at distance 0");
  if (parent[at(source)] != source) {
    return wrong_node(graph, source, "the source is not its own parent");
  }
  return Status::ok();
}

Status check_bfs_node(const GraphView& graph, NodeID v, std::span<const Distance> distance,
                      std::span<const NodeID> parent) {
  const Distance d = distance[at(v)];
  NodeID lowest = kNoParent;
  for (const NodeID u : graph.in_neigh(v)) {
    const Distance from = distance[at(u)];
    if (from == kDistInf) continue;
    if (d == kDistInf || d > from + 1) {
      return wrong_node(graph, v, "an arc from " + named(graph, u) + " would bring it nearer");
    }
    if (from == d - 1 && lowest == kNoParent) lowest = u;
  }
  if (d != kDistInf && lowest == kNoParent) {
    return wrong_node(graph, v, "at distance " + std::to_string(d) + " without a predecessor");
  }
  if (parent[at(v)] != lowest) {
    return wrong_node(
        graph, v, "its parent is " + named(graph, parent[at(v)]) + ", not " + named(graph, lowest));
  }
  return Status::ok();
}

// How a node can have been reached: by the lowest nearer tight predecessor, or along arcs of weight
// 0.
class ShortestPathVerifier {
 public:
  ShortestPathVerifier(const GraphView& graph, NodeID source, std::span<const PathLength> distance,
                       std::span<const NodeID> parent)
      : graph_(graph), source_(source), distance_(distance), parent_(parent),
        zero_hops_(at(graph.num_nodes()), kUnknown) {}

  Status verify() {
    for (NodeID v = 0; v < graph_.num_nodes(); ++v) {  // first, so that no sum overflows
      const PathLength d = distance_[at(v)];
      if (d < kPathInf || d > kLongest)
        return wrong_node(graph_, v, "its distance is no path's length");
    }
    for (NodeID v = 0; v < graph_.num_nodes(); ++v) QUADRILLE_RETURN_IF_ERROR(check_arcs(v));
    for (NodeID v = 0; v < graph_.num_nodes(); ++v) QUADRILLE_RETURN_IF_ERROR(count_zero_hops(v));
    for (NodeID v = 0; v < graph_.num_nodes(); ++v) QUADRILLE_RETURN_IF_ERROR(check_zero_arcs(v));
    return Status::ok();
  }

 private:
  static constexpr NodeID kUnknown = -1;
  static constexpr PathLength kLongest = PathLength{1} << 62;  // 2^31 nodes times 2^31

  Weight weight(NodeID v, std::size_t i) const {
    const Weight* weights = graph_.in().weights;
    return weights == nullptr ? 1
                              : weights[static_cast<std::size_t>(first_edge(graph_.in(), v)) + i];
  }

  // No arc to v can relax; where a tight predecessor is nearer, the lowest such is the parent.
  Status check_arcs(NodeID v) {
    const PathLength d = distance_[at(v)];
    NodeID lowest = kNoParent;
    const auto sources = graph_.in_neigh(v);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const PathLength from = distance_[at(sources[i])];
      if (from == kPathInf) continue;
      const PathLength through = from + weight(v, i);
      if (d == kPathInf || d > through) {
        return wrong_node(graph_, v,
                          "an arc from " + named(graph_, sources[i]) + " can be relaxed");
      }
      if (through == d && from < d && lowest == kNoParent) lowest = sources[i];
    }
    if (v == source_) {
      zero_hops_[at(v)] = 0;
    } else if (d == kPathInf || lowest != kNoParent) {
      zero_hops_[at(v)] = 0;
      if (parent_[at(v)] != lowest) {
        return wrong_node(
            graph_, v,
            "its parent is " + named(graph_, parent_[at(v)]) + ", not " + named(graph_, lowest));
      }
    }
    return Status::ok();
  }

  // Follows parents of equal distance until one whose number is known, and numbers the way back.
  Status count_zero_hops(NodeID v) {
    path_.clear();
    for (NodeID u = v; zero_hops_[at(u)] == kUnknown; u = parent_[at(u)]) {
      const NodeID parent = parent_[at(u)];
      if (parent < 0 || parent >= graph_.num_nodes() || distance_[at(parent)] != distance_[at(u)]) {
        return wrong_node(graph_, u, "no tight predecessor is its parent");
      }
      path_.push_back(u);
      if (path_.size() > zero_hops_.size())
        return wrong_node(graph_, u, "its parents form a cycle");
    }
    for (std::size_t i = path_.size(); i-- > 0;) {
      const NodeID u = path_[i];
      zero_hops_[at(u)] = zero_hops_[at(parent_[at(u)])] + 1;
    }
    return Status::ok();
  }

  // A node reached along arcs of weight 0 has the fewest of them, and the lowest parent for that
  // many.
  Status check_zero_arcs(NodeID v) {
    const NodeID hops = zero_hops_[at(v)];
    if (hops == 0) return Status::ok();
    NodeID lowest = kNoParent;
    const auto sources = graph_.in_neigh(v);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const NodeID u = sources[i];
      if (weight(v, i) != 0 || distance_[at(u)] != distance_[at(v)]) continue;
      if (zero_hops_[at(u)] < hops - 1) {
        return wrong_node(graph_, v,
                          "fewer arcs of weight 0 lead to it through " + named(graph_, u));
      }
      if (zero_hops_[at(u)] == hops - 1 && lowest == kNoParent) lowest = u;
    }
    if (parent_[at(v)] == lowest) return Status::ok();
    return wrong_node(
        graph_, v,
        "its parent is " + named(graph_, parent_[at(v)]) + ", not " + named(graph_, lowest));
  }

  const GraphView& graph_;
  NodeID source_;
  std::span<const PathLength> distance_;
  std::span<const NodeID> parent_;
  std::vector<NodeID> zero_hops_;  // arcs of weight 0 at the end of the path to the node
  std::vector<NodeID> path_;
};

}  // namespace

Status verify_bfs(const GraphView& graph, NodeID source, std::span<const Distance> distance,
                  std::span<const NodeID> parent) {
  QUADRILLE_RETURN_IF_ERROR(check_source(graph, source, distance, parent));
  for (NodeID v = 0; v < graph.num_nodes(); ++v) {  // first, so that no sum overflows
    if (distance[at(v)] < kDistInf || distance[at(v)] >= graph.num_nodes()) {
      return wrong_node(graph, v, "its distance is no number of hops");
    }
  }
  for (NodeID v = 0; v < graph.num_nodes(); ++v) {
    if (v != source) QUADRILLE_RETURN_IF_ERROR(check_bfs_node(graph, v, distance, parent));
  }
  return Status::ok();
}

Status verify_sssp(const GraphView& graph, NodeID source, std::span<const PathLength> distance,
                   std::span<const NodeID> parent) {
  QUADRILLE_RETURN_IF_ERROR(check_source(graph, source, distance, parent));
  return ShortestPathVerifier(graph, source, distance, parent).verify();
}

}  // namespace quadrille
