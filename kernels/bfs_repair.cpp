/* Breadth-first search on a changing graph, after Ramalingam and Reps [1].

   Deletions: a node whose arc from its parent is gone looks for another neighbour of the level
   before; one that finds none is lost, and so its children look in turn, level after level.
   Insertions: a node that an arc brings nearer is settled there, as are lost nodes where a
   neighbour that is not lost leads to them; from a settled node on others may be nearer, level
   after level.
   Parents are chosen when all distances stand: lists ascend, so the first neighbour of the level
   before is the one of lowest id, and where a node has come to a level it is offered to its
   neighbours of the next one.
   Where that would cost more than an eighth of the arcs, everything is computed anew.
   [1] Ramalingam, Reps. An Incremental Algorithm for a Generalization of the Shortest-Path Problem.
   Journal of Algorithms 21(2), 1996. */
#include "kernels/bfs_repair.h"

#include <algorithm>
#include <utility>

#include "engine/integers.h"
#include "kernels/node_sets.h"
#include "kernels/repair_limits.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

// Unreached is the farthest.
bool is_nearer(Distance a, Distance b) {
  return static_cast<std::uint32_t>(a) < static_cast<std::uint32_t>(b);
}

bool test(std::span<const std::uint64_t> bits, NodeID v) {
  return (bits[at(v >> 6)] & bit_of(v)) != 0;
}

}  // namespace

Status LevelBuckets::allocate(NodeID most_nodes, Arena& scratch) {
  const std::int64_t nodes = most_nodes;
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes + 2, {"levels: first"}, first_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"levels: next"}, next_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"levels: previous"}, previous_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"levels: of nodes"}, level_));
  std::ranges::fill(first_, kNoParent);
  std::ranges::fill(level_, -1);
  return Status::ok();
}

void LevelBuckets::push(NodeID v, Distance level) {
  if (contains(v)) remove(v);
  NodeID& first = first_[at(level)];
  next_[at(v)] = first;
  previous_[at(v)] = kNoParent;
  if (first != kNoParent) previous_[at(first)] = v;
  first = v;
  level_[at(v)] = level;
  begin_ = begin_ == end_ ? level : std::min(begin_, level);
  end_ = std::max(end_, level + 1);
}

void LevelBuckets::remove(NodeID v) {
  const NodeID next = next_[at(v)], previous = previous_[at(v)];
  if (next != kNoParent) previous_[at(next)] = previous;
  (previous == kNoParent ? first_[at(level_[at(v)])] : next_[at(previous)]) = next;
  level_[at(v)] = -1;
}

NodeID LevelBuckets::pop(Distance level) {
  const NodeID v = first_[at(level)];
  if (v != kNoParent) remove(v);
  return v;
}

void LevelBuckets::clear() {
  for (Distance level = begin_; level < end_; ++level) {
    while (pop(level) != kNoParent) {
    }
  }
  begin_ = end_ = 0;
}

Result<BfsRepair> BfsRepair::create(NodeID most_nodes, Parallel& parallel,
                                    const KernelTable& kernels, Arena& scratch, Arena& rerun) {
  BfsRepair made(parallel, kernels, rerun);
  const std::int64_t nodes = most_nodes, words = bit_words(nodes);
  const auto take = [&](Label label, auto& array, std::int64_t count) {
    return allocate_scratch(scratch, count, label, array);
  };
  QUADRILLE_RETURN_IF_ERROR(made.buckets_.allocate(most_nodes, scratch));
  QUADRILLE_RETURN_IF_ERROR(take({"bfs repair: lost"}, made.lost_, nodes));
  QUADRILLE_RETURN_IF_ERROR(take({"bfs repair: moved"}, made.moved_, nodes));
  QUADRILLE_RETURN_IF_ERROR(take({"bfs repair: changed"}, made.changed_, nodes));
  QUADRILLE_RETURN_IF_ERROR(take({"bfs repair: old values"}, made.old_, nodes));
  QUADRILLE_RETURN_IF_ERROR(take({"bfs repair: lost"}, made.is_lost_, words));
  QUADRILLE_RETURN_IF_ERROR(take({"bfs repair: changed"}, made.is_changed_, words));
  std::ranges::fill(made.is_lost_, 0);
  std::ranges::fill(made.is_changed_, 0);
  return made;
}

// ---- from scratch ----

Status BfsRepair::start(const GraphView& graph, NodeID source, const BfsColumns& columns) {
  graph_ = graph;
  source_ = source;
  columns_ = columns;
  num_changed_ = 0;
  work_ = reruns_ = 0;
  std::ranges::fill(columns.distance, kDistInf);
  std::ranges::fill(columns.parent, kNoParent);
  QUADRILLE_RETURN_IF_ERROR(run_from_scratch());
  num_changed_ = 0;
  return Status::ok();
}

Status BfsRepair::run_from_scratch() {
  for (std::size_t i = 0; i < num_changed_; ++i) {  // by a repair that was given up
    columns_.distance[at(changed_[i])] = old_[i].distance;
    columns_.parent[at(changed_[i])] = old_[i].parent;
    is_changed_[at(changed_[i] >> 6)] = 0;
  }
  num_changed_ = 0;
  rerun_->reset();
  const NodeID nodes = graph_.num_nodes();
  std::span<Distance> distance;
  std::span<NodeID> parent;
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*rerun_, nodes, {"bfs repair: distance"}, distance));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*rerun_, nodes, {"bfs repair: parent"}, parent));
  const BfsColumns fresh{.distance = distance, .parent = parent, .active = {}};
  QUADRILLE_RETURN_IF_ERROR(
      run_bfs(graph_, graph_.user_id(source_), fresh, *parallel_, *kernels_, *rerun_));
  for (NodeID v = 0; v < nodes; ++v) {
    if (columns_.distance[at(v)] == distance[at(v)] && columns_.parent[at(v)] == parent[at(v)]) {
      continue;
    }
    remember(v);
    columns_.distance[at(v)] = distance[at(v)];
    columns_.parent[at(v)] = parent[at(v)];
  }
  keep_changed();
  return Status::ok();
}

// ---- a batch ----

Status BfsRepair::repair(const GraphView& graph, std::span<const EdgeEdit> edits,
                         const BfsColumns& columns) {
  graph_ = graph;
  columns_ = columns;
  num_lost_ = num_moved_ = num_changed_ = 0;
  most_work_ = work_ + most_repair_work(graph);
  const bool is_repaired = lose(edits) && settle(edits) && choose_parents(edits);
  buckets_.clear();
  for (const NodeID v : lost_.first(num_lost_)) is_lost_[at(v >> 6)] = 0;
  if (is_repaired) {
    keep_changed();
    return Status::ok();
  }
  ++reruns_;
  return run_from_scratch();
}

bool BfsRepair::is_lost(NodeID v) const { return test(is_lost_, v); }

bool BfsRepair::has_arc(NodeID u, NodeID v) const {
  return std::ranges::binary_search(graph_.out_neigh(u), v);
}

// visit(u, v) for each arc that the edits name; loops lead nowhere.
template <class Visit>
void BfsRepair::for_each_arc(std::span<const EdgeEdit> edits, bool inserted, Visit visit) const {
  for (std::size_t i = 0; i < edits.size(); ++i) {
    if (i + kPrefetchEdits < edits.size()) {
      for (const NodeID v : {edits[i + kPrefetchEdits].u, edits[i + kPrefetchEdits].v}) {
        __builtin_prefetch(columns_.distance.data() + v);
        __builtin_prefetch(columns_.parent.data() + v);
      }
    }
    const EdgeEdit& edit = edits[i];
    if (edit.is_insert != inserted || edit.u == edit.v) continue;
    visit(edit.u, edit.v);
    if (!graph_.directed()) visit(edit.v, edit.u);
  }
}

// The neighbour of lowest id at the distance before, if it is not lost; or kNoParent.
NodeID BfsRepair::find_parent(NodeID v, Distance distance) {
  for (const NodeID u : graph_.in_neigh(v)) {
    ++work_;
    if (columns_.distance[at(u)] == distance - 1 && !is_lost(u)) return u;
  }
  return kNoParent;
}

// Distances stay as they were while nodes are found to be lost. False: too long.
bool BfsRepair::lose(std::span<const EdgeEdit> edits) {
  for_each_arc(edits, false, [&](NodeID u, NodeID v) {
    if (columns_.parent[at(v)] != u || buckets_.contains(v) || has_arc(u, v)) return;
    buckets_.push(v, columns_.distance[at(v)]);
  });
  for (Distance level = buckets_.begin(); level < buckets_.end(); ++level) {
    for (NodeID v; (v = buckets_.pop(level)) != kNoParent;) {
      if (is_too_long()) return false;
      remember(v);
      columns_.parent[at(v)] = find_parent(v, level);
      if (columns_.parent[at(v)] != kNoParent) continue;
      is_lost_[at(v >> 6)] |= bit_of(v);
      lost_[num_lost_++] = v;
      for (const NodeID child : graph_.out_neigh(v)) {
        ++work_;
        if (columns_.parent[at(child)] == v) buckets_.push(child, level + 1);
      }
    }
  }
  buckets_.clear();
  return true;
}

void BfsRepair::offer(NodeID v, Distance distance) {
  if (!is_nearer(distance, columns_.distance[at(v)])) return;
  remember(v);
  columns_.distance[at(v)] = distance;
  buckets_.push(v, distance);
}

bool BfsRepair::settle(std::span<const EdgeEdit> edits) {
  for (const NodeID v : lost_.first(num_lost_)) columns_.distance[at(v)] = kDistInf;
  for (const NodeID v : lost_.first(num_lost_)) {
    if (is_too_long()) return false;
    for (const NodeID u : graph_.in_neigh(v)) {
      ++work_;
      if (columns_.distance[at(u)] != kDistInf && !is_lost(u)) {
        offer(v, columns_.distance[at(u)] + 1);
      }
    }
  }
  for_each_arc(edits, true, [&](NodeID u, NodeID v) {
    const Distance distance = columns_.distance[at(u)];
    if (distance == kDistInf || !is_nearer(distance + 1, columns_.distance[at(v)])) return;
    if (has_arc(u, v)) offer(v, distance + 1);
  });
  for (Distance level = buckets_.begin(); level < buckets_.end(); ++level) {
    for (NodeID v; (v = buckets_.pop(level)) != kNoParent;) {
      if (is_too_long()) return false;
      moved_[num_moved_++] = v;
      for (const NodeID next : graph_.out_neigh(v)) offer(next, level + 1);
      work_ += graph_.out_degree(v);
    }
  }
  return true;
}

bool BfsRepair::choose_parents(std::span<const EdgeEdit> edits) {
  for (const NodeID v : lost_.first(num_lost_)) is_lost_[at(v >> 6)] = 0;
  const auto offer_parent = [&](NodeID u, NodeID v) {
    const Distance distance = columns_.distance[at(u)];
    if (distance == kDistInf || columns_.distance[at(v)] != distance + 1) return false;
    return u < columns_.parent[at(v)];
  };
  for (const NodeID v : moved_.first(num_moved_)) {
    if (is_too_long()) return false;
    columns_.parent[at(v)] = find_parent(v, columns_.distance[at(v)]);
  }
  for (const NodeID u : moved_.first(num_moved_)) {
    for (const NodeID v : graph_.out_neigh(u)) {
      if (!offer_parent(u, v)) continue;
      remember(v);
      columns_.parent[at(v)] = u;
    }
  }
  for_each_arc(edits, true, [&](NodeID u, NodeID v) {
    if (!offer_parent(u, v) || !has_arc(u, v)) return;
    remember(v);
    columns_.parent[at(v)] = u;
  });
  return true;
}

// ---- what changed ----

void BfsRepair::remember(NodeID v) {
  if (test(is_changed_, v)) return;
  is_changed_[at(v >> 6)] |= bit_of(v);
  changed_[num_changed_] = v;
  old_[num_changed_++] = found(v);
}

// Forgets nodes that have again what they had.
void BfsRepair::keep_changed() {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < num_changed_; ++i) {
    const NodeID v = changed_[i];
    is_changed_[at(v >> 6)] = 0;
    if (found(v) != old_[i]) changed_[kept++] = v;
  }
  num_changed_ = kept;
}

}  // namespace quadrille
