/* Core numbers by peeling [1], level after level, each in waves [2]: of the nodes that are left,
   those with the fewest neighbours are taken away, then those that have no more neighbours left
   because of it. Core numbers do not depend on the order within a level, so neither do the columns
   after a step, and a level at which nothing is peeled is no step.
   [1] Batagelj, Zaversnik. An O(m) algorithm for cores decomposition of networks. 2003.
   [2] Dasari, Desh, Zubair. ParK: an efficient algorithm for k-core decomposition on multicore
   processors. IEEE Big Data 2014. */
#include "kernels/kcore.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <utility>

#include "engine/integers.h"
#include "kernels/grains.h"
#include "kernels/node_sets.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kWaveGrain = 128;    // a hub among them takes as long as many others
constexpr std::int64_t kSerialWave = 1024;  // fewer nodes are not worth a second thread

std::int64_t neighbours_but_itself(std::span<const NodeID> neighbours, NodeID v) {
  const bool loop = std::binary_search(neighbours.begin(), neighbours.end(), v);
  return std::ssize(neighbours) - (loop ? 1 : 0);
}

}  // namespace

Result<Kcore> Kcore::create(const GraphView& graph, Parallel& parallel, Arena& scratch) {
  Kcore kcore(graph, parallel);
  QUADRILLE_RETURN_IF_ERROR(kcore.allocate(scratch));
  return kcore;
}

Status Kcore::allocate(Arena& scratch) {
  const std::int64_t nodes = graph_.num_nodes();
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"kcore degrees"}, degree_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"kcore order"}, order_));
  return allocate_scratch(scratch, nodes, {"kcore rest"}, rest_);
}

void Kcore::start(const KcoreColumns& columns) {
  parallel_->for_range(graph_.num_nodes(), kNodeGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         for (auto v = static_cast<NodeID>(begin); v < end; ++v) {
                           std::int64_t degree = neighbours_but_itself(graph_.out_neigh(v), v);
                           if (graph_.directed())
                             degree += neighbours_but_itself(graph_.in_neigh(v), v);
                           constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
                           degree_[at(v)] = static_cast<std::int32_t>(std::min(degree, kMost));
                           columns.core[at(v)] = -1;
                           rest_[at(v)] = v;
                         }
                       });
  std::fill(columns.active.begin(), columns.active.end(), 0);
  num_rest_ = graph_.num_nodes();
  num_peeled_ = cleared_begin_ = level_begin_ = edges_examined_ = 0;
  level_ = -1;
}

void Kcore::step(const KcoreColumns& columns) {
  clear_words_of(peeled(level_begin_), columns.active, *parallel_);
  cleared_begin_ = level_begin_;
  level_begin_ = num_peeled_;
  if (finished()) return;
  find_level();
  for (std::int64_t begin = level_begin_; begin < num_peeled_;) {
    const std::int64_t end = num_peeled_;
    peel_wave(columns, begin, end);
    begin = end;
  }
  set_bits(peeled(level_begin_), columns.active, *parallel_);
}

bool Kcore::sparse() const { return is_sparse(std::ssize(changed()), graph_.num_nodes()); }

// The least degree of those that are left, and the nodes that have it.
void Kcore::find_level() {
  std::int32_t least = std::numeric_limits<std::int32_t>::max();
  std::int64_t kept = 0;
  for (const NodeID v : rest_.first(at(num_rest_))) {
    if (degree_[at(v)] <= level_) continue;
    least = std::min(least, degree_[at(v)]);
    rest_[at(kept++)] = v;
  }
  num_rest_ = kept;
  level_ = least;
  for (const NodeID v : rest_.first(at(num_rest_))) {
    if (degree_[at(v)] == level_) order_[at(num_peeled_++)] = v;
  }
}

void Kcore::peel_wave(const KcoreColumns& columns, std::int64_t begin, std::int64_t end) {
  const std::int64_t count = end - begin;
  std::atomic<std::int64_t> edges = 0;
  parallel_->for_range(count, count < kSerialWave ? count : kWaveGrain,
                       [&](std::int64_t chunk_begin, std::int64_t chunk_end, int) {
                         // A sum, read when all chunks are done.
                         edges.fetch_add(peel(columns, begin + chunk_begin, begin + chunk_end),
                                         std::memory_order_relaxed);
                       });
  edges_examined_ += edges.load(std::memory_order_relaxed);
}

// Gives the nodes their number and takes them from their neighbours; who has no more neighbours
// left than the level is next. Returns the number of arcs looked at.
std::int64_t Kcore::peel(const KcoreColumns& columns, std::int64_t begin, std::int64_t end) {
  std::array<NodeID, kNodesFoundAtOnce> found;
  std::size_t num_found = 0;
  std::int64_t edges = 0;
  const auto take_from = [&](NodeID v, std::span<const NodeID> neighbours) {
    for (const NodeID u : neighbours) {
      if (u == v) continue;
      // Degrees only fall, so exactly one thread sees the step to the level; a thread that comes
      // late takes more from one that is peeled already, which nobody reads.
      const std::atomic_ref<std::int32_t> degree(degree_[at(u)]);
      if (degree.load(std::memory_order_relaxed) <= level_) continue;
      if (degree.fetch_sub(1, std::memory_order_relaxed) != level_ + 1) continue;
      found[num_found++] = u;
      if (num_found == kNodesFoundAtOnce) append({found.data(), std::exchange(num_found, 0)});
    }
    edges += std::ssize(neighbours);
  };
  for (const NodeID v : order_.subspan(at(begin), at(end - begin))) {
    columns.core[at(v)] = level_;
    take_from(v, graph_.out_neigh(v));
    if (graph_.directed()) take_from(v, graph_.in_neigh(v));
  }
  append({found.data(), num_found});
  return edges;
}

void Kcore::append(std::span<const NodeID> nodes) {
  // Only places are handed out; the nodes are read when all chunks are done.
  const std::atomic_ref<std::int64_t> end(num_peeled_);
  const std::int64_t place = end.fetch_add(std::ssize(nodes), std::memory_order_relaxed);
  std::copy(nodes.begin(), nodes.end(), order_.begin() + place);
}

Status run_kcore(const GraphView& graph, const KcoreColumns& columns, Parallel& parallel,
                 Arena& scratch) {
  QUADRILLE_ASSIGN_OR_RETURN(Kcore kcore, Kcore::create(graph, parallel, scratch));
  kcore.start(columns);
  while (!kcore.finished()) kcore.step(columns);
  return Status::ok();
}

}  // namespace quadrille
