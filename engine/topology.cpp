#include "engine/topology.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <tuple>

namespace quadrille {
namespace {

// The arcs that the edits mean for one direction: sorted by (u, v), the last edit of each pair.
std::vector<ArcEdit> arc_edits(std::span<const EdgeEdit> edits, bool forward, bool backward) {
  std::vector<ArcEdit> arcs;
  arcs.reserve(edits.size() * (std::size_t{forward} + std::size_t{backward}));
  for (const EdgeEdit& edit : edits) {
    if (forward) arcs.push_back({edit.u, edit.v, edit.w, edit.is_insert, arcs.size()});
    if (backward) arcs.push_back({edit.v, edit.u, edit.w, edit.is_insert, arcs.size()});
  }
  std::sort(arcs.begin(), arcs.end(), [](const ArcEdit& a, const ArcEdit& b) {
    return std::tie(a.u, a.v, a.order) < std::tie(b.u, b.v, b.order);
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < arcs.size(); ++i) {
    const bool is_last =
        i + 1 == arcs.size() || arcs[i].u != arcs[i + 1].u || arcs[i].v != arcs[i + 1].v;
    if (is_last) arcs[kept++] = arcs[i];
  }
  arcs.resize(kept);
  return arcs;
}

}  // namespace

Result<std::unique_ptr<TopologyStore>> TopologyStore::create(const GraphView& graph,
                                                             const TopologyOptions& options) {
  std::unique_ptr<TopologyStore> store(new TopologyStore);
  QUADRILLE_RETURN_IF_ERROR(store->copy_nodes(graph, options.budget));
  // Four times the graph, and never less than a few blocks: address space, not memory.
  BlockLists::Limits limits{};
  limits.blocks = 4 * (graph.num_nodes() / kNodeBlockSize + 4);
  limits.arcs = options.most_arcs > 0 ? options.most_arcs : 4 * graph.num_arcs() + (1 << 20);
  limits.budget = options.budget;
  auto first = std::make_unique<Data>();
  QUADRILLE_RETURN_IF_ERROR(store->out_.open(graph.out(), graph.num_nodes(), limits, first->out));
  if (graph.directed()) {
    QUADRILLE_RETURN_IF_ERROR(store->in_.open(graph.in(), graph.num_nodes(), limits, first->in));
  }
  first->view = store->nodes_view_;
  store->publish(std::move(first));
  return store;
}

Status TopologyStore::copy_nodes(const GraphView& graph, MemoryBudget* budget) {
  nodes_view_ = graph;
  const auto count = static_cast<std::size_t>(graph.num_nodes());
  const std::size_t arrays = (graph.has_coordinates() ? 2U : 0U) + (graph.reordered() ? 2U : 0U);
  if (arrays == 0 || count == 0) return Status::ok();
  if (count > SIZE_MAX / 16) {
    return {StatusCode::kOutOfMemory, "a copy of so many nodes does not fit in the address space"};
  }
  RegionOptions options;
  options.budget = budget;
  options.label = {"topology nodes"};
  QUADRILLE_ASSIGN_OR_RETURN(nodes_, Region::reserve(arrays * 4 * count, options));
  QUADRILLE_RETURN_IF_ERROR(nodes_.commit(nodes_.capacity()));
  std::byte* next = nodes_.base();
  const auto copy = [&]<class T>(const T* from) {
    static_assert(sizeof(T) == 4);
    std::memcpy(next, from, 4 * count);
    return reinterpret_cast<const T*>(std::exchange(next, next + 4 * count));
  };
  if (graph.has_coordinates()) {
    nodes_view_.x_ = {copy(graph.x().data()), count};
    nodes_view_.y_ = {copy(graph.y().data()), count};
  }
  if (graph.reordered()) {
    nodes_view_.user_ids_ = copy(graph.user_ids_);
    nodes_view_.internal_ids_ = copy(graph.internal_ids_);
  }
  return Status::ok();
}

Status TopologyStore::check(std::span<const EdgeEdit> edits) const {
  const GraphView& view = current_.view();
  for (std::size_t i = 0; i < edits.size(); ++i) {
    const EdgeEdit& edit = edits[i];
    const std::string name = "edit " + std::to_string(i) + ": ";
    for (const NodeID node : {edit.u, edit.v}) {
      if (node < 0 || node >= view.num_nodes()) {
        return {StatusCode::kInvalidArgument, name + "node " + std::to_string(node) +
                                                  " is out of range; there are " +
                                                  std::to_string(view.num_nodes()) + " nodes"};
      }
    }
    if (edit.is_insert && out_.base().weights != nullptr && edit.w < 0) {
      return {StatusCode::kInvalidArgument, name + "the weight is below 0"};
    }
  }
  return Status::ok();
}

Status TopologyStore::edit(std::span<const EdgeEdit> edits) {
  QUADRILLE_RETURN_IF_ERROR(check(edits));
  collect();
  const Data& before = *current_.data_;
  const bool directed = before.view.directed();
  auto next = std::make_unique<Data>();
  next->view = before.view;
  next->out = before.out;
  next->in = before.in;
  BlockLists::Change change, mirrored;
  QUADRILLE_RETURN_IF_ERROR(out_.apply(arc_edits(edits, true, !directed), next->out, change));
  if (directed) {
    const Status status = in_.apply(arc_edits(edits, false, true), next->in, mirrored);
    if (!status.is_ok()) {
      out_.release_unused(next->out);
      return status;
    }
  }
  out_.retain(next->out);
  in_.retain(next->in);
  next->view.version_ += 1;
  next->view.num_arcs_ += change.arcs;
  next->view.num_edges_ += directed ? change.arcs : (change.arcs + change.self_loops) / 2;
  publish(std::move(next));
  return Status::ok();
}

void TopologyStore::publish(std::unique_ptr<Data> data) {
  const auto place = [](const BlockLists& lists, const BlockLists::Table& table,
                        std::vector<NodeBlock>& blocks) {
    blocks = lists.node_blocks(table);
    Adjacency adjacency = lists.base();
    adjacency.blocks = blocks.data();
    return adjacency;
  };
  data->view.out_ = place(out_, data->out, data->out_blocks);
  data->view.in_ = data->view.directed() ? place(in_, data->in, data->in_blocks) : data->view.out_;
  current_ = TopologyVersion(data.get());
  versions_.push_back(std::move(data));
  collect();
}

void TopologyStore::collect() {
  std::erase_if(versions_, [&](const std::unique_ptr<Data>& data) {
    // Acquire: pairs with the release in ~TopologyVersion, so every read came before.
    if (data->references.load(std::memory_order_acquire) != 0) return false;
    out_.release(data->out);
    in_.release(data->in);
    return true;
  });
}

}  // namespace quadrille
