#include "scenes/update_stream.h"

#include <algorithm>
#include <utility>

#include <quadrille/graph_builder.h>

namespace quadrille {
namespace {

constexpr std::uint32_t kMostWeight = 255;  // as of generated graphs
constexpr int kTries = 16;                  // to find a node with an edge

}  // namespace

UpdateStream::UpdateStream(std::int64_t batch, std::uint64_t seed)
    : batch_(static_cast<std::size_t>(batch)), random_(seed, /*stream=*/0xc0ffee) {
  updates_.reserve(batch_);
}

UpdateStream::UpdateStream(std::int64_t batch, std::vector<EdgeEdit> updates)
    : is_file_(true), batch_(static_cast<std::size_t>(batch)), updates_(std::move(updates)) {}

NodeID UpdateStream::nodes_at_end(const GraphView& graph) const {
  NodeID nodes = graph.num_nodes();
  for (const EdgeEdit& update : updates_) nodes = std::max({nodes, update.u + 1, update.v + 1});
  return nodes;
}

std::span<const EdgeEdit> UpdateStream::next(const GraphView& graph) {
  if (is_file_) {
    const std::size_t count = std::min(batch_, updates_.size() - begin_);
    return std::span(updates_).subspan(std::exchange(begin_, begin_ + count), count);
  }
  updates_.clear();
  while (graph.num_nodes() > 0 && updates_.size() < batch_) updates_.push_back(draw(graph));
  return updates_;
}

EdgeEdit UpdateStream::draw(const GraphView& graph) {
  const auto any_node = [&] {
    return static_cast<NodeID>(random_.next_below(static_cast<std::uint32_t>(graph.num_nodes())));
  };
  const bool deletes = (random_.next() >> 63) != 0;
  for (int i = 0; deletes && i < kTries; ++i) {
    const NodeID u = any_node();
    const auto near = graph.out_neigh(u);
    if (near.empty()) continue;
    return {u, near[random_.next_below(static_cast<std::uint32_t>(near.size()))], 1, false};
  }
  EdgeEdit insert{any_node(), any_node(), 1, true};
  const auto weight = static_cast<Weight>(1 + random_.next_below(kMostWeight));
  if (graph.weighted()) {
    insert.w = graph.real_weights() ? real_edge(0, 0, static_cast<float>(weight)).w : weight;
  }
  return insert;
}

}  // namespace quadrille
