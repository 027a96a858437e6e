// Whether bytes that came from anywhere are a graph image. The layout is a function of the header's
// counts and flags, so the header is compared with the plan that they give; after that every offset
// is known good, and lists are walked once.
#include <quadrille/graph.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>

#include "engine/graph_image.h"
#include "engine/node_names.h"
#include "engine/region.h"
#include "engine/slab.h"

namespace quadrille {
namespace {

constexpr std::int64_t kMostArcs = std::int64_t{1}
                                   << 48;  // sizes of such an image still fit in 64 bits

Status bad_graph(const std::string& why) {
  return {StatusCode::kInvalidInput, "graph image: " + why};
}

Status bad_node(const char* direction, std::int64_t node, const std::string& why) {
  return bad_graph("node " + std::to_string(node) + "'s " + direction + " " + why);
}

GraphImageShape shape_of(const HeaderSlab& header) {
  GraphImageShape shape;
  shape.num_nodes = header.num_nodes;
  shape.num_edges = header.num_edges;
  shape.num_arcs = header.num_arcs;
  shape.directed = (header.flags & kGraphDirected) != 0;
  shape.weighted = (header.flags & kGraphWeighted) != 0;
  shape.real_weights = (header.flags & kGraphRealWeights) != 0;
  shape.has_coordinates = header.slabs[kSlabX].length != 0;
  shape.reordered = header.slabs[kSlabUserIds].length != 0;
  shape.named_by_numbers = header.slabs[kSlabNameNumbers].length != 0;
  shape.name_bytes = header.slabs[kSlabNameBytes].length;
  return shape;
}

Status verify_graph_header(const HeaderSlab& header) {
  if (header.num_nodes < 0 || header.num_nodes > INT32_MAX || header.num_arcs < 0 ||
      header.num_arcs > kMostArcs) {
    return bad_graph("it cannot have " + std::to_string(header.num_nodes) + " nodes and " +
                     std::to_string(header.num_arcs) + " arcs");
  }
  const std::uint64_t name_bytes = header.slabs[kSlabNameBytes].length;
  if (name_bytes > static_cast<std::uint64_t>(header.num_nodes) * kMostNameBytes ||
      (name_bytes != 0 && header.slabs[kSlabNameNumbers].length != 0)) {
    return bad_graph("it cannot have nodes with such names");
  }
  if (header.num_nodes == 0 && header.num_arcs != 0) return bad_graph("it has arcs but no nodes");
  HeaderSlab plan = plan_graph_image(shape_of(header));
  if (header.flags != plan.flags)
    return bad_graph("its flags contradict each other or are unknown");
  plan.version = header.version;
  std::memcpy(plan.bounds, header.bounds, sizeof(plan.bounds));
  for (const double bound : header.bounds) {
    if (!std::isfinite(bound)) return bad_graph("its bounds are not finite");
  }
  if (std::memcmp(&plan, &header, sizeof(plan)) != 0) {
    return bad_graph("its header does not fit the counts of nodes and arcs in it");
  }
  return Status::ok();
}

class ListVerifier {
 public:
  ListVerifier(const GraphView& graph, const Adjacency& lists, const char* direction)
      : graph_(graph), lists_(lists), direction_(direction) {}

  // Lists stand one behind the other in the order of nodes, and hold as many arcs as the header
  // says.
  Status verify() {
    EdgeOffset next = 0;
    for (std::int64_t u = 0; u < graph_.num_nodes(); ++u) {
      const NodeBlock& block = lists_.blocks[u >> kNodeBlockShift];
      if ((u & (kNodeBlockSize - 1)) == 0 && (block.first_record != u || block.edge_base != next)) {
        return bad_graph("block " + std::to_string(u >> kNodeBlockShift) +
                         " does not say where its lists lie");
      }
      const NodeRecord& record = lists_.records[u];
      if (block.edge_base + record.edge_index != next || record.flags != 0 ||
          record.reserved != 0) {
        return bad_node(direction_, u, "record is damaged");
      }
      if (record.out_degree > graph_.num_arcs() - next) {
        return bad_node(direction_, u, "list ends after the last arc");
      }
      QUADRILLE_RETURN_IF_ERROR(verify_list(u, next, next + record.out_degree));
      next += record.out_degree;
    }
    if (next != graph_.num_arcs()) {
      return bad_graph("its " + std::string(direction_) + " lists hold " + std::to_string(next) +
                       " arcs, but its header says " + std::to_string(graph_.num_arcs()));
    }
    return Status::ok();
  }
  std::int64_t self_loops() const { return self_loops_; }

 private:
  Status verify_list(std::int64_t u, EdgeOffset begin, EdgeOffset end) {
    NodeID previous = -1;
    for (EdgeOffset e = begin; e < end; ++e) {
      const NodeID v = lists_.targets[e];
      if (v < 0 || v >= graph_.num_nodes()) {
        return bad_node(direction_, u, "target " + std::to_string(v) + " is out of range");
      }
      if (v <= previous) return bad_node(direction_, u, "targets do not ascend");
      if (lists_.weights != nullptr && !is_weight(lists_.weights[e])) {
        return bad_node(direction_, u, "list has a negative weight or one that is no number");
      }
      previous = v;
      self_loops_ += v == u;
    }
    return Status::ok();
  }
  bool is_weight(Weight w) const {
    return w >= 0 && (!graph_.real_weights() || std::isfinite(std::bit_cast<float>(w)));
  }

  const GraphView& graph_;
  const Adjacency& lists_;
  const char* direction_;
  std::int64_t self_loops_ = 0;
};

// The in lists are the out lists read backwards, weights included (undirected: each list set is its
// own transpose). Sources are visited ascending, so each in list is met in its own order and a
// cursor a node is enough.
Status verify_transpose(const GraphView& graph) {
  QUADRILLE_ASSIGN_OR_RETURN(
      Region scratch,
      Region::reserve(static_cast<std::size_t>(graph.num_nodes()) * sizeof(std::uint32_t)));
  QUADRILLE_RETURN_IF_ERROR(scratch.commit(scratch.capacity()));
  auto* const cursor = reinterpret_cast<std::uint32_t*>(scratch.base());
  const Adjacency& in = graph.in();
  for (NodeID u = 0; u < graph.num_nodes(); ++u) {
    const auto targets = graph.out_neigh(u);
    const auto weights = graph.out_weights(u);
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const NodeID v = targets[i];
      const EdgeOffset e = first_edge(in, v) + cursor[v];
      if (cursor[v]++ >= node_record(in, v).out_degree || in.targets[e] != u ||
          (in.weights != nullptr && in.weights[e] != weights[i])) {
        return bad_graph("the arc from " + std::to_string(u) + " to " + std::to_string(v) +
                         " does not stand in the lists of the other direction");
      }
    }
  }
  return Status::ok();  // as many arcs in both, so none is left over
}

Status verify_nodes(const GraphView& graph) {
  const auto x = graph.x(), y = graph.y();
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!std::isfinite(x[i]) || !std::isfinite(y[i])) {
      return bad_graph("node " + std::to_string(i) + "'s coordinates are not finite");
    }
  }
  for (NodeID user = 0; user < graph.names().size(); ++user) {
    if (!are_names(graph.names(), user, user + 1))
      return bad_graph("node " + std::to_string(user) + "'s name is none, or does not ascend");
  }
  if (!graph.reordered()) return Status::ok();
  for (NodeID u = 0; u < graph.num_nodes(); ++u) {
    const NodeID user = graph.user_id(u);
    if (user < 0 || user >= graph.num_nodes() || graph.internal_id(user) != u) {
      return bad_graph("node " + std::to_string(u) + "'s user id does not lead back to it");
    }
  }
  return Status::ok();
}

}  // namespace

Status check_graph_layout(std::span<const std::byte> image) {
  QUADRILLE_RETURN_IF_ERROR(check_image(image, SlabKind::kGraph));
  const HeaderSlab& header = header_of(image.data());
  QUADRILLE_RETURN_IF_ERROR(verify_graph_header(header));
  if (!has_clear_padding(image.data(), header))
    return bad_graph("the padding after a slab is not zero");
  return Status::ok();
}

Status verify_graph_image(std::span<const std::byte> image) {
  QUADRILLE_RETURN_IF_ERROR(check_graph_layout(image));
  const GraphView graph(image.data());
  ListVerifier out(graph, graph.out(), "out");
  QUADRILLE_RETURN_IF_ERROR(out.verify());
  if (graph.directed()) QUADRILLE_RETURN_IF_ERROR(ListVerifier(graph, graph.in(), "in").verify());
  QUADRILLE_RETURN_IF_ERROR(verify_transpose(graph));
  // Symmetric by now: each undirected edge stands twice, a self loop once.
  const EdgeOffset edges =
      graph.directed() ? graph.num_arcs() : (graph.num_arcs() + out.self_loops()) / 2;
  if (graph.num_edges() != edges) {
    return bad_graph("its header says " + std::to_string(graph.num_edges()) +
                     " edges, but its lists hold " + std::to_string(edges));
  }
  return verify_nodes(graph);
}

}  // namespace quadrille
