#include "kernels/bfs.h"

#include <algorithm>
#include <string>

#include "kernels/node_sets.h"

namespace quadrille {
namespace {

constexpr std::int64_t kDistanceFillGrain = 1 << 16;
constexpr std::int64_t kSettleGrain = 4096;
constexpr std::int64_t kSparseArcs = 8;  // a node, on average: grids, road maps, trees, meshes

}  // namespace

Result<NodeID> find_source(const GraphView& graph, NodeID source) {
  if (source >= 0 && source < graph.num_nodes()) return graph.internal_id(source);
  return Status(StatusCode::kInvalidArgument, "source " + std::to_string(source) +
                                                  " is out of range: the graph has " +
                                                  std::to_string(graph.num_nodes()) + " nodes");
}

Result<Bfs> Bfs::create(const GraphView& graph, Parallel& parallel, const KernelTable& kernels,
                        Arena& scratch) {
  Bfs bfs(graph, parallel, kernels);
  QUADRILLE_RETURN_IF_ERROR(bfs.lists_.allocate(graph, parallel, kernels.bfs, scratch));
  QUADRILLE_RETURN_IF_ERROR(bfs.bits_.allocate(graph, parallel, kernels.bfs, scratch));
  return bfs;
}

void Bfs::start(NodeID source, const BfsColumns& columns) {
  parallel_->for_range(
      graph_.num_nodes(), kDistanceFillGrain, [&](std::int64_t begin, std::int64_t end, int) {
        std::fill(columns.distance.begin() + begin, columns.distance.begin() + end, kDistInf);
        std::fill(columns.parent.begin() + begin, columns.parent.begin() + end, kNoParent);
      });
  std::ranges::fill(columns.active, 0);
  columns.distance[static_cast<std::size_t>(source)] = 0;
  columns.parent[static_cast<std::size_t>(source)] = source;
  lists_.assign({&source, 1});
  if (!columns.active.empty()) set_bits(lists_.found(), columns.active, *parallel_);
  in_bits_ = sparse_ = false;
  frontier_size_ = reached_ = 1;
  edges_examined_ = 0;
  level_ = 0;
}

void Bfs::step(const BfsColumns& columns) {
  if (finished()) {  // nothing changes any more
    lists_.assign({});
    in_bits_ = false;
    sparse_ = true;
    return;
  }
  advance(columns);
  if (!columns.active.empty()) write_active(columns.active);
}

void Bfs::advance(const BfsColumns& columns) {
  if (!in_bits_ && !lists_.fits()) {
    bits_.enter(lists_, columns.distance.data());
    in_bits_ = true;
  }
  if (in_bits_) in_bits_ = bits_.choose_direction(lists_);
  ++level_;
  Distance* const distance = columns.distance.data();
  NodeID* const parent = columns.parent.data();
  edges_examined_ +=
      in_bits_ ? bits_.step(level_, distance, parent) : lists_.step(level_, distance, parent);
  frontier_size_ = in_bits_ ? bits_.frontier_size() : lists_.size();
  reached_ += frontier_size_;
  sparse_ = !in_bits_ && is_sparse(frontier_size_, graph_.num_nodes());
}

std::span<const NodeID> Bfs::changed() const { return lists_.found(); }

void Bfs::write_active(std::span<std::uint64_t> active) const {
  if (in_bits_) {
    std::ranges::copy(bits_.frontier(), active.begin());
  } else {
    clear_words_of(lists_.expanded(), active, *parallel_);
    set_bits(lists_.found(), active, *parallel_);
  }
}

// ---- to the end at once ----

// Where lists are short and lead both ways, workers need not agree on a node's parent when they
// find it.
bool Bfs::finds_parents_later() const {
  return lists_.symmetric() && graph_.num_arcs() <= kSparseArcs * graph_.num_nodes();
}

void Bfs::run(NodeID source, const BfsColumns& columns) {
  parallel_->in_region([&] {
    start(source, {columns.distance, columns.parent, {}});
    while (!finished()) {
      if (!in_bits_ && finds_parents_later()) search_lists(columns);
      if (!finished()) advance(columns);
    }
  });
  columns.parent[static_cast<std::size_t>(source)] = source;
  std::ranges::fill(columns.active, 0);  // the last level reached nobody
}

// As many levels as are small; then the frontier has parents, too.
void Bfs::search_lists(const BfsColumns& columns) {
  const BfsLists::Found found =
      lists_.search(level_, columns.distance.data(), columns.parent.data());
  reached_ += found.nodes;
  edges_examined_ += found.arcs;
  frontier_size_ = lists_.size();
  lists_.for_each_list([&](std::span<const NodeID> nodes) {
    parallel_->for_range(static_cast<std::int64_t>(nodes.size()), kSettleGrain,
                         [&](std::int64_t begin, std::int64_t end, int) {
                           kernels_->settle({.transpose = &graph_.in(),
                                             .nodes = nodes.data() + begin,
                                             .count = end - begin,
                                             .level = level_,
                                             .distance = columns.distance.data(),
                                             .parent = columns.parent.data()});
                         });
  });
}

Status run_bfs(const GraphView& graph, NodeID source, const BfsColumns& columns, Parallel& parallel,
               const KernelTable& kernels, Arena& scratch) {
  QUADRILLE_ASSIGN_OR_RETURN(const NodeID start, find_source(graph, source));
  QUADRILLE_ASSIGN_OR_RETURN(Bfs bfs, Bfs::create(graph, parallel, kernels, scratch));
  bfs.run(start, columns);
  return Status::ok();
}

}  // namespace quadrille
