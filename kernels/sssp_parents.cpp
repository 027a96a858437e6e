#include "kernels/sssp_parents.h"

#include <algorithm>

#include "engine/integers.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr NodeID kPending = -1;  // a layer not known yet

}  // namespace

Status ZeroArcParents::allocate(const GraphView& graph, bool has_zero_arcs, Arena& scratch) {
  graph_ = graph;
  if (!has_zero_arcs) return Status::ok();
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(scratch, graph.num_nodes(), {"sssp zero layers"}, layer_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(scratch, graph.num_nodes(), {"sssp zero pending"}, pending_));
  return allocate_scratch(scratch, graph.num_nodes(), {"sssp zero queue"}, queue_);
}

void ZeroArcParents::start() {
  std::fill(layer_.begin(), layer_.end(), 0);
  num_pending_ = 0;
}

void ZeroArcParents::add(const BucketChunk& chunk, std::span<const PathLength> distance,
                         std::span<const NodeID> parent) {
  for (std::int32_t i = 0; i < chunk.count; ++i) {
    const auto [low, v] = chunk.entries[i];
    const bool stale = static_cast<std::uint32_t>(distance[at(v)]) != low;
    if (stale || parent[at(v)] != kNoParent || layer_[at(v)] == kPending) continue;
    layer_[at(v)] = kPending;
    pending_[at(num_pending_++)] = v;
  }
}

void ZeroArcParents::assign(std::span<const PathLength> distance, std::span<NodeID> parent) {
  if (num_pending_ == 0) return;
  begin_ = end_ = 0;
  assign_first_layer(distance, parent);
  for (NodeID z = 2; begin_ < end_; ++z) assign_layer(z, distance, parent);
  num_pending_ = 0;
}

// Layer 1 looks back: few nodes are pending, but any settled one may have an arc to them.
void ZeroArcParents::assign_first_layer(std::span<const PathLength> distance,
                                        std::span<NodeID> parent) {
  const Adjacency& transpose = graph_.in();
  for (std::int64_t i = 0; i < num_pending_; ++i) {
    const NodeID v = pending_[at(i)];
    const EdgeOffset first = first_edge(transpose, v);
    const EdgeOffset end = first + graph_.in_degree(v);
    for (EdgeOffset e = first; e < end; ++e) {
      const NodeID u = transpose.targets[e];
      if (transpose.weights[e] != 0 || distance[at(u)] != distance[at(v)] || layer_[at(u)] != 0)
        continue;
      parent[at(v)] = u;
      queue_[at(end_++)] = v;
      break;
    }
  }
  for (std::int64_t i = 0; i < end_; ++i) layer_[at(queue_[at(i)])] = 1;
}

// The others look ahead, from layer z - 1.
void ZeroArcParents::assign_layer(NodeID z, std::span<const PathLength> distance,
                                  std::span<NodeID> parent) {
  const Adjacency& out = graph_.out();
  const std::int64_t last = end_;
  for (; begin_ < last; ++begin_) {
    const NodeID u = queue_[at(begin_)];
    const EdgeOffset first = first_edge(out, u);
    const EdgeOffset end = first + graph_.out_degree(u);
    for (EdgeOffset e = first; e < end; ++e) {
      const NodeID v = out.targets[e];
      if (out.weights[e] != 0 || distance[at(v)] != distance[at(u)]) continue;
      if (layer_[at(v)] == kPending) {
        layer_[at(v)] = z;
        parent[at(v)] = u;
        queue_[at(end_++)] = v;
      } else if (layer_[at(v)] == z && u < parent[at(v)]) {
        parent[at(v)] = u;
      }
    }
  }
}

}  // namespace quadrille
