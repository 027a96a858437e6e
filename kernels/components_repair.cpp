/* Components of a changing graph.

   A spanning forest is kept: of an edge that goes, nothing follows unless it was an arc of the
   forest, which few are. Then the lower end's tree looks for another arc that leads out of it:
   first to a neighbour of lower rank, which cannot be below it (as in the trees of [1], ranks
   ascend downward); else by a search that goes on from both ends in turn, so that it costs what the
   smaller part costs [1]. If there is none, the part has become a component. Edges that come join
   components; those that lose their label are named anew once, however many join.
   Ranks are kept by lowering those above, never by raising those below: as long as the way up, not
   as what hangs on it.
   Where all that would cost more than an eighth of the arcs, everything is computed anew.
   [1] Even, Shiloach. An On-Line Edge-Deletion Problem. Journal of the ACM 28(1), 1981. */
#include "kernels/components_repair.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/integers.h"
#include "kernels/bfs.h"
#include "kernels/components.h"
#include "kernels/node_sets.h"
#include "kernels/repair_limits.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int32_t kLowestRank = std::numeric_limits<std::int32_t>::min() / 2;
constexpr NodeID kFloodShare = 16;  // a part of the nodes that is renamed by a look at all of them

void prefetch_ends(std::span<const EdgeEdit> edits, std::size_t i, const NodeID* column) {
  if (i + kPrefetchEdits >= edits.size()) return;
  __builtin_prefetch(column + edits[i + kPrefetchEdits].u);
  __builtin_prefetch(column + edits[i + kPrefetchEdits].v);
}

}  // namespace

Result<ComponentsRepair> ComponentsRepair::create(NodeID most_nodes, Parallel& parallel,
                                                  const KernelTable& kernels, Arena& scratch,
                                                  Arena& rerun) {
  ComponentsRepair made(parallel, kernels, rerun);
  const auto take = [&](Label label, auto& array, std::int64_t count) {
    return allocate_scratch(scratch, count, label, array);
  };
  const std::int64_t words = bit_words(most_nodes);
  QUADRILLE_RETURN_IF_ERROR(take({"components: parents"}, made.parent_, most_nodes));
  QUADRILLE_RETURN_IF_ERROR(take({"components: ranks"}, made.rank_, most_nodes));
  QUADRILLE_RETURN_IF_ERROR(take({"components: sizes"}, made.size_, most_nodes));
  QUADRILLE_RETURN_IF_ERROR(take({"components: merged"}, made.merged_, most_nodes));
  QUADRILLE_RETURN_IF_ERROR(take({"components: losers"}, made.losers_, most_nodes));
  QUADRILLE_RETURN_IF_ERROR(take({"components: changed"}, made.changed_, most_nodes));
  QUADRILLE_RETURN_IF_ERROR(take({"components: old labels"}, made.old_, most_nodes));
  QUADRILLE_RETURN_IF_ERROR(take({"components: search"}, made.tree_queue_, most_nodes));
  QUADRILLE_RETURN_IF_ERROR(take({"components: search"}, made.rest_queue_, most_nodes));
  QUADRILLE_RETURN_IF_ERROR(take({"components: marks"}, made.mark_, most_nodes));
  QUADRILLE_RETURN_IF_ERROR(take({"components: changed"}, made.is_changed_, words));
  QUADRILLE_RETURN_IF_ERROR(take({"components: orphans"}, made.orphans_, most_nodes / 8 + 64));
  std::ranges::fill(made.mark_, 0);
  std::ranges::fill(made.is_changed_, 0);
  return made;
}

bool ComponentsRepair::is_adjacent(NodeID u, NodeID v) const {
  return std::ranges::binary_search(graph_.out_neigh(u), v) ||
         (graph_.directed() && std::ranges::binary_search(graph_.out_neigh(v), u));
}

// ---- from scratch ----

Status ComponentsRepair::start(const GraphView& graph, std::span<NodeID> label) {
  graph_ = graph;
  num_changed_ = 0;
  reruns_ = 0;
  work_ = 0;
  for (auto v = graph.num_nodes(); at(v) < label.size(); ++v) label[at(v)] = v;
  for (std::size_t v = 0; v < label.size(); ++v) merged_[v] = static_cast<NodeID>(v);
  QUADRILLE_RETURN_IF_ERROR(run_from_scratch(label));
  num_changed_ = 0;
  return Status::ok();
}

Status ComponentsRepair::run_from_scratch(std::span<NodeID> label) {
  // As they were before a repair that was given up.
  for (std::size_t i = 0; i < num_changed_; ++i) {
    label[at(changed_[i])] = old_[i];
    is_changed_[at(changed_[i] >> 6)] = 0;
  }
  num_changed_ = 0;
  const NodeID nodes = graph_.num_nodes();
  rerun_->reset();
  std::span<NodeID> fresh;
  std::span<std::uint64_t> active;
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*rerun_, nodes, {"components: labels"}, fresh));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(*rerun_, bit_words(nodes), {"components: active"}, active));
  QUADRILLE_RETURN_IF_ERROR(
      run_components(graph_, {.label = fresh, .active = active}, *parallel_, *kernels_, *rerun_));
  for (NodeID v = 0; v < nodes; ++v) {
    if (label[at(v)] != fresh[at(v)]) relabel(v, fresh[at(v)], label);
  }
  std::ranges::fill(size_, 0);
  for (const NodeID l : label) ++size_[at(l)];
  for (std::size_t v = at(nodes); v < label.size(); ++v) {
    parent_[v] = static_cast<NodeID>(v);
    rank_[v] = 0;
  }
  if (nodes == 0) return Status::ok();
  const auto largest = std::ranges::max_element(size_.first(at(nodes))) - size_.begin();
  if (graph_.directed()) {
    std::ranges::fill(parent_.first(at(nodes)), kNoParent);
  } else {  // the largest component's tree is that of a search
    QUADRILLE_RETURN_IF_ERROR(run_bfs(
        graph_, static_cast<NodeID>(largest),
        {.distance = rank_.first(at(nodes)), .parent = parent_.first(at(nodes)), .active = {}},
        *parallel_, *kernels_, *rerun_));
  }
  for (NodeID v = 0; v < nodes; ++v) {
    if (parent_[at(v)] == kNoParent && graph_.user_id(v) == label[at(v)]) grow_tree(v);
  }
  keep_changed(label);
  return Status::ok();
}

// Over what has no parent as yet.
void ComponentsRepair::grow_tree(NodeID root) {
  parent_[at(root)] = root;
  rank_[at(root)] = 0;
  tree_queue_[0] = root;
  for (std::size_t done = 0, size = 1; done < size; ++done) {
    const NodeID u = tree_queue_[done];
    any_neighbour(u, [&](NodeID v) {
      if (parent_[at(v)] != kNoParent) return false;
      parent_[at(v)] = u;
      rank_[at(v)] = rank_[at(u)] + 1;
      tree_queue_[size++] = v;
      return false;
    });
  }
}

// ---- a batch ----

Status ComponentsRepair::repair(const GraphView& graph, std::span<const EdgeEdit> edits,
                                std::span<NodeID> label) {
  graph_ = graph;
  num_changed_ = num_losers_ = num_orphans_ = 0;
  const std::int64_t before = work_;
  most_work_ = before + most_repair_work(graph);
  if (lowest_rank_ <= kLowestRank || !cut(edits) || !mend(label) || !merge(edits, label)) {
    for (const NodeID loser : losers_.first(num_losers_)) merged_[at(loser)] = loser;
    ++reruns_;
    lowest_rank_ = 0;
    return run_from_scratch(label);
  }
  relabel_merged(label);
  keep_changed(label);
  return Status::ok();
}

// Takes arcs of the forest away that are none of the graph any more. False: they are too many.
bool ComponentsRepair::cut(std::span<const EdgeEdit> edits) {
  const auto cut_above = [&](NodeID v, NodeID u) {
    if (u == v || parent_[at(v)] != u || is_adjacent(u, v)) return true;
    if (num_orphans_ == orphans_.size()) return false;
    parent_[at(v)] = v;
    orphans_[num_orphans_++] = {v, u};
    return true;
  };
  for (std::size_t i = 0; i < edits.size(); ++i) {
    prefetch_ends(edits, i, parent_.data());
    if (edits[i].is_insert) continue;
    if (!cut_above(edits[i].u, edits[i].v) || !cut_above(edits[i].v, edits[i].u)) return false;
  }
  return true;
}

// False: the ways to the roots are too long, or ranks become too low.
bool ComponentsRepair::merge(std::span<const EdgeEdit> edits, std::span<NodeID> label) {
  for (std::size_t i = 0; i < edits.size(); ++i) {
    prefetch_ends(edits, i, label.data());
    auto [u, v, weight, is_insert] = edits[i];
    if (!is_insert || label[at(u)] == label[at(v)]) continue;
    NodeID winner = final_label(label[at(u)]);
    NodeID loser = final_label(label[at(v)]);
    if (winner == loser || !is_adjacent(u, v)) continue;  // deleted again by the same batch
    if (winner > loser) {
      std::swap(winner, loser);
      std::swap(u, v);
    }
    if (is_too_long() || lowest_rank_ <= kLowestRank) return false;
    make_root(v);
    attach(v, u);
    merged_[at(loser)] = winner;
    losers_[num_losers_++] = loser;
  }
  return true;
}

NodeID ComponentsRepair::final_label(NodeID label) {
  while (merged_[at(label)] != label) {
    label = std::exchange(merged_[at(label)], merged_[at(merged_[at(label)])]);
  }
  return label;
}

void ComponentsRepair::relabel_merged(std::span<NodeID> label) {
  const auto losers = losers_.first(num_losers_);
  std::int64_t nodes = 0;
  for (const NodeID loser : losers) nodes += size_[at(loser)];
  for (const NodeID loser : losers) {
    size_[at(final_label(loser))] += std::exchange(size_[at(loser)], 0);
  }
  if (nodes > graph_.num_nodes() / kFloodShare) {
    for (NodeID v = 0; v < graph_.num_nodes(); ++v) {
      const NodeID to = final_label(label[at(v)]);
      if (to != label[at(v)]) relabel(v, to, label);
    }
  } else {
    for (const NodeID loser : losers) {
      flood(graph_.internal_id(loser), final_label(loser), label);
    }
  }
  for (const NodeID loser : losers) merged_[at(loser)] = loser;
}

// Renames what is connected to a node by nodes of the same label.
void ComponentsRepair::flood(NodeID node, NodeID to, std::span<NodeID> label) {
  const NodeID from = label[at(node)];
  tree_queue_[0] = node;
  relabel(node, to, label);
  for (std::size_t done = 0, size = 1; done < size; ++done) {
    any_neighbour(tree_queue_[done], [&](NodeID v) {
      ++work_;
      if (label[at(v)] != from) return false;
      relabel(v, to, label);
      tree_queue_[size++] = v;
      return false;
    });
  }
}

// ---- the forest ----

// Turns the arcs on the way from the root to `v` round.
void ComponentsRepair::make_root(NodeID v) {
  std::int32_t length = 0;
  NodeID root = v;
  for (; parent_[at(root)] != root; root = parent_[at(root)]) ++length;
  std::int32_t rank = rank_[at(root)] - length;
  lowest_rank_ = std::min(lowest_rank_, rank);
  work_ += length;
  for (NodeID above = v; length >= 0; --length) {
    const NodeID next = std::exchange(parent_[at(v)], above);
    rank_[at(v)] = rank++;
    above = std::exchange(v, next);
  }
}

// Hangs the root of a tree below a node of another.
void ComponentsRepair::attach(NodeID v, NodeID to) {
  parent_[at(v)] = to;
  for (; v != to && rank_[at(to)] >= rank_[at(v)]; to = parent_[at(to)]) {
    rank_[at(to)] = rank_[at(v)] - 1;
    lowest_rank_ = std::min(lowest_rank_, rank_[at(to)]);
    ++work_;
    v = to;
  }
}

// ---- labels ----

void ComponentsRepair::relabel(NodeID v, NodeID to, std::span<NodeID> label) {
  std::uint64_t& word = is_changed_[at(v >> 6)];
  if ((word & bit_of(v)) == 0) {
    word |= bit_of(v);
    changed_[num_changed_] = v;
    old_[num_changed_++] = label[at(v)];
  }
  label[at(v)] = to;
}

// Forgets nodes that have the label again that they had.
void ComponentsRepair::keep_changed(std::span<const NodeID> label) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < num_changed_; ++i) {
    const NodeID v = changed_[i];
    is_changed_[at(v >> 6)] = 0;
    if (label[at(v)] != old_[i]) changed_[kept++] = v;
  }
  num_changed_ = kept;
}

}  // namespace quadrille
