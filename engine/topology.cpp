#include "engine/topology.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>
#include <new>
#include <string>

namespace quadrille {
namespace {

constexpr std::int64_t kMostPlaces = std::int64_t{1} << 32;  // places that a record can name
constexpr std::size_t kMostEdits = std::size_t{1} << 30;
constexpr std::int64_t kCheckGrain = 16384;
constexpr std::size_t kUsualVersions = 8;  // that live at one time: memory for more is taken late

}  // namespace

Result<std::unique_ptr<TopologyStore>> TopologyStore::create(const GraphView& graph,
                                                             Parallel& parallel,
                                                             const TopologyOptions& options) {
  try {
    std::unique_ptr<TopologyStore> store(new TopologyStore(parallel));
    store->is_directed_ = graph.directed();
    store->most_nodes_ = std::min<std::int64_t>(
        options.most_nodes > 0 ? std::max<std::int64_t>(options.most_nodes, graph.num_nodes())
                               : std::int64_t{graph.num_nodes()} + (1 << 20),
        std::numeric_limits<NodeID>::max());
    QUADRILLE_RETURN_IF_ERROR(store->copy_nodes(graph, options));
    QUADRILLE_RETURN_IF_ERROR(store->copy_names(graph.names(), options.budget));
    QUADRILLE_RETURN_IF_ERROR(store->open_lists(graph, options));
    return store;
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kOutOfMemory, "no memory for a graph that can change");
  }
}

Status TopologyStore::open_lists(const GraphView& graph, const TopologyOptions& options) {
  // A list's slack is half of it, and where a node has an extent of its own up to twice as much.
  if (graph.num_arcs() > kMostPlaces / 3) {
    return {StatusCode::kUnsupported, "a graph that changes has at most " +
                                          std::to_string(kMostPlaces / 3) + " arcs; this one has " +
                                          std::to_string(graph.num_arcs())};
  }
  BlockLists::Limits limits{};
  limits.nodes = most_nodes_;
  limits.arcs = options.most_arcs > 0 ? options.most_arcs : 16 * graph.num_arcs() + (1 << 23);
  limits.arcs = std::min(limits.arcs, kMostPlaces);
  limits.versions = options.most_versions;
  limits.budget = options.budget;
  QUADRILLE_RETURN_IF_ERROR(
      out_.open(graph.out(), graph.num_nodes(), graph.version(), limits, *parallel_));
  out_edits_.reserve(options.usual_edits, graph.num_nodes(), parallel_->num_workers());
  if (graph.directed()) {
    QUADRILLE_RETURN_IF_ERROR(
        in_.open(graph.in(), graph.num_nodes(), graph.version(), limits, *parallel_));
    in_edits_.reserve(options.usual_edits, graph.num_nodes(), parallel_->num_workers());
  }
  reserve_versions(kUsualVersions);
  publish(graph);
  return Status::ok();
}

Status TopologyStore::copy_nodes(const GraphView& graph, const TopologyOptions& options) {
  const auto count = static_cast<std::size_t>(graph.num_nodes());
  const auto copy = [&](NodeArray array, const void* from) {
    RegionOptions region;
    region.budget = options.budget;
    region.label = {"topology nodes"};
    QUADRILLE_ASSIGN_OR_RETURN(nodes_[array],
                               Region::reserve(static_cast<std::size_t>(most_nodes_) * 4, region));
    QUADRILLE_RETURN_IF_ERROR(nodes_[array].commit(4 * count));
    if (count != 0) std::memcpy(nodes_[array].base(), from, 4 * count);
    return Status::ok();
  };
  static_assert(sizeof(float) == 4 && sizeof(NodeID) == 4);
  if (graph.has_coordinates()) {
    QUADRILLE_RETURN_IF_ERROR(copy(kX, graph.x().data()));
    QUADRILLE_RETURN_IF_ERROR(copy(kY, graph.y().data()));
  }
  if (!graph.reordered()) return Status::ok();
  QUADRILLE_RETURN_IF_ERROR(copy(kUserIds, graph.user_ids_));
  return copy(kInternalIds, graph.internal_ids_);
}

Status TopologyStore::copy_names(const NodeNames& names, MemoryBudget* budget) {
  const auto copy = [&](Region& to, const void* from, std::size_t bytes) -> Status {
    QUADRILLE_ASSIGN_OR_RETURN(
        to, Region::reserve(bytes, {.budget = budget, .label = {"topology names"}}));
    QUADRILLE_RETURN_IF_ERROR(to.commit(bytes));
    std::memcpy(to.base(), from, bytes);
    return Status::ok();
  };
  if (names.empty()) return Status::ok();
  const std::span from = names.are_texts() ? names.offsets() : names.numbers();
  QUADRILLE_RETURN_IF_ERROR(copy(name_words_, from.data(), from.size_bytes()));
  const std::span words(reinterpret_cast<const std::uint64_t*>(name_words_.base()), from.size());
  if (!names.are_texts()) {
    names_ = NodeNames(words);
    return Status::ok();
  }
  QUADRILLE_RETURN_IF_ERROR(copy(name_bytes_, names.bytes().data(), names.bytes().size()));
  names_ =
      NodeNames(words, {reinterpret_cast<const char*>(name_bytes_.base()), names.bytes().size()});
  return Status::ok();
}

Status TopologyStore::check(std::span<const EdgeEdit> edits) const {
  if (edits.size() >= kMostEdits) {
    return {StatusCode::kUnsupported,
            "a batch has fewer than 2^30 edits; this one has " + std::to_string(edits.size())};
  }
  const GraphView& view = current_.view();
  const bool is_weighted = view.weighted();
  const auto is_node = [&](NodeID v) { return v >= 0 && v < view.num_nodes(); };
  const auto is_good = [&](const EdgeEdit& edit) {
    return is_node(edit.u) && is_node(edit.v) && !(edit.is_insert && is_weighted && edit.w < 0);
  };
  const auto size = static_cast<std::int64_t>(edits.size());
  std::atomic<bool> all_good = true;  // relaxed: for_range orders it
  parallel_->for_range(size, kCheckGrain, [&](std::int64_t begin, std::int64_t end, int) {
    const auto part =
        edits.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
    if (!std::ranges::all_of(part, is_good)) all_good.store(false, std::memory_order_relaxed);
  });
  if (all_good.load(std::memory_order_relaxed)) return Status::ok();
  const auto bad = std::ranges::find_if_not(edits, is_good);
  const std::string name = "edit " + std::to_string(bad - edits.begin()) + ": ";
  for (const NodeID node : {bad->u, bad->v}) {
    if (is_node(node)) continue;
    return {StatusCode::kInvalidArgument, name + "node " + std::to_string(node) +
                                              " is out of range; there are " +
                                              std::to_string(view.num_nodes()) + " nodes"};
  }
  return {StatusCode::kInvalidArgument, name + "the weight is below 0"};
}

BlockLists::Versions TopologyStore::versions() const {
  BlockLists::Versions versions{current_.view().version() + 1, -1};
  for (const std::unique_ptr<Data>& data : versions_) {
    const std::int32_t own = data.get() == current_.data_ ? 1 : 0;
    // Acquire: pairs with the release in ~TopologyVersion; what is not held is changed in place.
    if (data->references.load(std::memory_order_acquire) == own) continue;
    versions.newest_held = static_cast<std::int64_t>(data->view.version());
  }
  return versions;
}

Status TopologyStore::plan(std::span<const EdgeEdit> edits, const BlockLists::Versions& versions) {
  const GraphView& view = current_.view();
  out_edits_.assign(edits, true, !view.directed(), view.num_nodes(), *parallel_);
  if (view.directed()) in_edits_.assign(edits, false, true, view.num_nodes(), *parallel_);
  QUADRILLE_RETURN_IF_ERROR(out_.plan(out_edits_, versions, *parallel_));
  if (!view.directed()) return Status::ok();
  const Status status = in_.plan(in_edits_, versions, *parallel_);
  if (!status.is_ok()) out_.abandon();
  return status;
}

Status TopologyStore::edit(std::span<const EdgeEdit> edits, EditReport* report) {
  QUADRILLE_RETURN_IF_ERROR(check(edits));
  collect();
  const BlockLists::Versions versions = this->versions();
  try {
    reserve_versions(1);
    QUADRILLE_RETURN_IF_ERROR(plan(edits, versions));
  } catch (const std::bad_alloc&) {
    out_.abandon();
    in_.abandon();
    return {StatusCode::kOutOfMemory,
            "no memory for a batch of " + std::to_string(edits.size()) + " edits"};
  }
  GraphView next = current_.view();
  const bool directed = next.directed();
  BlockLists::Change change = out_.write(out_edits_, versions, *parallel_);
  const auto edges = [&](std::int64_t arcs, std::int64_t loops) {
    return directed ? arcs : (arcs + loops) / 2;
  };
  EditReport done;
  done.inserted = edges(change.inserted, change.loops_inserted);
  done.deleted = edges(change.deleted, change.loops_deleted);
  done.reweighted = edges(change.reweighted, change.loops_reweighted);
  done.ignored =
      static_cast<std::int64_t>(edits.size()) - done.inserted - done.deleted - done.reweighted;
  next.version_ = versions.next;
  next.num_arcs_ += change.inserted - change.deleted;
  next.num_edges_ += done.inserted - done.deleted;
  if (directed) change.add(in_.write(in_edits_, versions, *parallel_));
  done.rewritten_extents = change.rewritten_extents;
  done.splits = change.splits;
  if (report != nullptr) *report = done;
  publish(next);
  return Status::ok();
}

Status TopologyStore::grow_nodes(NodeID count) {
  const NodeID before = current_.view().num_nodes();
  const std::size_t size = static_cast<std::size_t>(before) + static_cast<std::size_t>(count);
  for (Region& array : nodes_) {
    if (array.capacity() != 0) QUADRILLE_RETURN_IF_ERROR(array.commit(4 * size));
  }
  const auto fill = [&]<class T>(NodeArray array, T first, T step) {
    if (nodes_[array].capacity() == 0) return;
    for (NodeID i = 0; i < count; ++i) {
      node_array<T>(array)[before + i] = first + static_cast<T>(i) * step;
    }
  };
  fill(kX, 0.0f, 0.0f);
  fill(kY, 0.0f, 0.0f);
  fill(kUserIds, before, NodeID{1});
  fill(kInternalIds, before, NodeID{1});
  return Status::ok();
}

Status TopologyStore::add_nodes(NodeID count) {
  GraphView next = current_.view();
  if (count < 0 || count > most_nodes_ - next.num_nodes()) {
    return {StatusCode::kInvalidArgument, "cannot add " + std::to_string(count) + " nodes to " +
                                              std::to_string(next.num_nodes()) + ": there may be " +
                                              std::to_string(most_nodes_)};
  }
  if (count > 0 && !names_.empty()) {
    return {StatusCode::kInvalidArgument, "no nodes can be added to those that have names"};
  }
  collect();
  next.version_ += 1;
  next.num_nodes_ += count;
  try {
    reserve_versions(1);
    QUADRILLE_RETURN_IF_ERROR(grow_nodes(count));
    QUADRILLE_RETURN_IF_ERROR(out_.grow_to(next.num_nodes_, next.version_));
    // If this fails, lists that the graph has no nodes for do no harm.
    if (next.directed()) QUADRILLE_RETURN_IF_ERROR(in_.grow_to(next.num_nodes_, next.version_));
  } catch (const std::bad_alloc&) {
    return {StatusCode::kOutOfMemory, "no memory for " + std::to_string(count) + " nodes more"};
  }
  publish(next);
  return Status::ok();
}

// So that publish() cannot fail.
void TopologyStore::reserve_versions(std::size_t count) {
  const std::size_t blocks = (static_cast<std::size_t>(most_nodes_) >> kNodeBlockShift) + 1;
  while (spare_.size() < count) {
    auto data = std::make_unique<Data>();
    data->out_blocks.reserve(blocks);
    if (is_directed_) data->in_blocks.reserve(blocks);
    spare_.push_back(std::move(data));
  }
  const std::size_t versions = versions_.size() + spare_.size();
  versions_.reserve(versions);
  spare_.reserve(versions);
  held_.reserve(versions);
}

// Makes the version current that has these counts, and the lists as they are now.
void TopologyStore::publish(const GraphView& nodes_and_counts) {
  Data& data = *spare_.back();
  data.view = nodes_and_counts;
  GraphView& view = data.view;
  view.names_ = names_;
  const auto count = static_cast<std::size_t>(view.num_nodes_);
  if (view.has_coordinates()) {
    view.x_ = {node_array<const float>(kX), count};
    view.y_ = {node_array<const float>(kY), count};
  }
  if (view.reordered()) {
    view.user_ids_ = node_array<const NodeID>(kUserIds);
    view.internal_ids_ = node_array<const NodeID>(kInternalIds);
  }
  const auto place = [](const BlockLists& lists, std::vector<NodeBlock>& blocks) {
    lists.place(blocks);
    Adjacency adjacency = lists.base();
    adjacency.blocks = blocks.data();
    return adjacency;
  };
  view.out_ = place(out_, data.out_blocks);
  view.in_ = view.directed() ? place(in_, data.in_blocks) : view.out_;
  versions_.push_back(std::move(spare_.back()));
  spare_.pop_back();
  current_ = TopologyVersion(&data);
  collect();
}

void TopologyStore::collect() {
  held_.clear();
  std::size_t kept = 0;
  for (std::unique_ptr<Data>& data : versions_) {
    // Acquire: pairs with the release in ~TopologyVersion, so every read came before.
    if (data->references.load(std::memory_order_acquire) == 0) {
      spare_.push_back(std::move(data));
      continue;
    }
    held_.push_back(data->view.version());
    versions_[kept++] = std::move(data);
  }
  versions_.resize(kept);
  out_.collect(held_);
  in_.collect(held_);
}

std::size_t TopologyStore::committed_bytes() const {
  std::size_t bytes = out_.committed_bytes() + in_.committed_bytes();
  bytes += name_words_.committed() + name_bytes_.committed();
  for (const Region& array : nodes_) bytes += array.committed();
  return bytes;
}

}  // namespace quadrille
