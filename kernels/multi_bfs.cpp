/* Breadth-first search from 64 sources at once [1]. A word a node has bit i where source i has
   reached it, so an arc is looked at once for all searches that are at its end in the same level,
   which in graphs of small diameter are most of them. Levels with few arcs push (an atomic "or":
   the set of bits does not depend on the order), levels with many pull, and a node whose word is
   full is not looked at again.
   Where lists are short, as on grids and road maps, searches from different places are at a node in
   different levels: nothing is shared, and the words are only more to read (a pass over five
   cities' roads took seven times as long as 64 searches). There one search follows the other.
   [1] Then et al. The more the merrier: efficient multi-source graph traversal. VLDB 2014. */
#include "kernels/multi_bfs.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <string>
#include <utility>

#include "engine/integers.h"
#include "kernels/grains.h"
#include "kernels/scratch.h"
#include "kernels/sources.h"

namespace quadrille {
namespace {

constexpr std::int64_t kScanGrain = 1024;
constexpr std::int64_t kSinglesGrain = 1 << 14;
constexpr std::int64_t kQueueGrain = 128;
constexpr std::int64_t kArcsWorthSharing = 8;  // fewer arcs a node: searches share little
constexpr std::int64_t kPullShare = 4;         // of all arcs this part leaves the level

// Sums and a maximum, read when all chunks are done.
void add_to_source(MultiBfsSource& source, const MultiBfsSource& found) {
  std::atomic_ref(source.reached).fetch_add(found.reached, std::memory_order_relaxed);
  std::atomic_ref(source.distance_sum).fetch_add(found.distance_sum, std::memory_order_relaxed);
  const std::atomic_ref farthest(source.eccentricity);
  Distance known = farthest.load(std::memory_order_relaxed);
  while (known < found.eccentricity &&
         !farthest.compare_exchange_weak(known, found.eccentricity, std::memory_order_relaxed)) {
  }
}

}  // namespace

Result<MultiBfs> MultiBfs::create(const GraphView& graph, Parallel& parallel,
                                  const KernelTable& kernels, Arena& scratch) {
  MultiBfs bfs(graph, parallel);
  if (graph.num_arcs() / kArcsWorthSharing < graph.num_nodes()) {
    QUADRILLE_ASSIGN_OR_RETURN(bfs.single_, Bfs::create(graph, parallel, kernels, scratch));
  }
  QUADRILLE_RETURN_IF_ERROR(bfs.allocate(scratch));
  return bfs;
}

Status MultiBfs::allocate(Arena& scratch) {
  const std::int64_t nodes = graph_.num_nodes();
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"multi bfs: seen"}, seen_));
  if (single_) {
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"multi bfs: hops"}, distance_));
    return allocate_scratch(scratch, nodes, {"multi bfs: parents"}, parent_);
  }
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"multi bfs: frontier"}, front_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"multi bfs: next"}, next_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"multi bfs: queue"}, queue_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(scratch, nodes, {"multi bfs: next queue"}, next_queue_));
  std::fill(front_.begin(), front_.end(), 0);
  std::fill(next_.begin(), next_.end(), 0);
  return Status::ok();
}

void MultiBfs::start(const MultiBfsColumns& columns) {
  std::fill(columns.distance.begin(), columns.distance.end(), kDistInf);
  std::fill(columns.reached_by.begin(), columns.reached_by.end(), 0);
  std::fill(columns.distance_sum.begin(), columns.distance_sum.end(), 0);
  std::fill(columns.farthest.begin(), columns.farthest.end(), kDistInf);
  std::fill(columns.sources.begin(), columns.sources.end(), MultiBfsSource{});
  edges_examined_ = 0;
}

void MultiBfs::search(std::span<const NodeID> sources, std::int64_t first_source,
                      const MultiBfsColumns& columns) {
  columns_ = columns;
  std::fill(seen_.begin(), seen_.end(), 0);
  if (single_)
    search_singly(sources, first_source);
  else
    search_together(sources, first_source);
  count_reached();
}

void MultiBfs::search_singly(std::span<const NodeID> sources, std::int64_t first_source) {
  for (std::size_t i = 0; i < sources.size(); ++i) {
    single_->run(sources[i], {distance_, parent_, {}});
    add_search(static_cast<std::int64_t>(i), first_source + static_cast<std::int64_t>(i));
  }
}

// What the single search i of the pass found, from source number `source` of all.
void MultiBfs::add_search(std::int64_t i, std::int64_t source) {
  const std::int64_t num_sources = std::ssize(columns_.distance) / graph_.num_nodes();
  const auto add_range = [&](std::int64_t begin, std::int64_t end, int) {
    MultiBfsSource found{};
    std::int64_t arcs = 0;
    for (auto v = static_cast<NodeID>(begin); v < end; ++v) {
      const Distance distance = distance_[at(v)];
      if (distance == kDistInf) continue;
      seen_[at(v)] |= std::uint64_t{1} << i;
      arcs += graph_.out_degree(v);
      ++found.reached;
      found.distance_sum += distance;
      found.eccentricity = std::max(found.eccentricity, distance);
      if (!columns_.distance_sum.empty()) columns_.distance_sum[at(v)] += distance;
      if (!columns_.farthest.empty())
        columns_.farthest[at(v)] = std::max(columns_.farthest[at(v)], distance);
      if (!columns_.distance.empty()) columns_.distance[at(v * num_sources + source)] = distance;
    }
    // A sum, read when all chunks are done.
    std::atomic_ref(edges_examined_).fetch_add(arcs, std::memory_order_relaxed);
    if (!columns_.sources.empty()) add_to_source(columns_.sources[at(source)], found);
  };
  parallel_->for_range(graph_.num_nodes(), kSinglesGrain, add_range);
}

void MultiBfs::search_together(std::span<const NodeID> sources, std::int64_t first_source) {
  if (sources.empty()) return;
  all_ = ~std::uint64_t{0} >> (kSearches - std::ssize(sources));
  num_next_ = 0;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    std::uint64_t& word = next_[at(sources[i])];
    if (word == 0) next_queue_[at(num_next_++)] = sources[i];
    word |= std::uint64_t{1} << i;
  }
  for (level_ = 0; num_next_ != 0; ++level_) {
    settle_level(first_source);
    if (level_arcs_ > graph_.num_arcs() / kPullShare)
      pull();
    else
      push();
  }
  for (const NodeID v : queue_.first(at(num_queue_))) front_[at(v)] = 0;
  num_queue_ = 0;
}

// body(nodes) for parts of the queue.
template <class Body>
void MultiBfs::for_queue(std::span<const NodeID> queue, Body body) {
  const std::int64_t count = std::ssize(queue);
  parallel_->for_range(count, count < kSerialLevel ? kSerialLevel : kQueueGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         body(queue.subspan(at(begin), at(end - begin)));
                       });
}

// What was found becomes the frontier; the words of the old one are cleared for what is found next.
void MultiBfs::settle_level(std::int64_t first_source) {
  for_queue(queue_.first(at(num_queue_)), [&](std::span<const NodeID> nodes) {
    for (const NodeID v : nodes) front_[at(v)] = 0;
  });
  std::swap(front_, next_);
  std::swap(queue_, next_queue_);
  num_queue_ = std::exchange(num_next_, 0);
  level_arcs_ = 0;
  reached_now_ = {};
  for_queue(queue_.first(at(num_queue_)), [&](std::span<const NodeID> nodes) {
    Counts counts{};
    std::int64_t arcs = 0;
    for (const NodeID v : nodes) {
      settle(v, first_source, counts);
      arcs += graph_.out_degree(v);
    }
    // Sums, read when all chunks are done.
    std::atomic_ref(level_arcs_).fetch_add(arcs, std::memory_order_relaxed);
    if (columns_.sources.empty()) return;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (counts[i] == 0) continue;
      std::atomic_ref(reached_now_[i]).fetch_add(counts[i], std::memory_order_relaxed);
    }
  });
  if (!columns_.sources.empty()) add_to_sources(first_source);
}

void MultiBfs::add_to_sources(std::int64_t first_source) {
  for (std::int64_t i = 0; i < kSearches; ++i) {
    if (reached_now_[at(i)] == 0) continue;
    MultiBfsSource& source = columns_.sources[at(first_source + i)];
    source.reached += reached_now_[at(i)];
    source.distance_sum += reached_now_[at(i)] * level_;
    source.eccentricity = level_;
  }
}

void MultiBfs::settle(NodeID v, std::int64_t first_source, Counts& counts) {
  const std::uint64_t found = front_[at(v)];
  seen_[at(v)] |= found;
  if (!columns_.distance_sum.empty())
    columns_.distance_sum[at(v)] += std::int64_t{level_} * std::popcount(found);
  if (!columns_.farthest.empty())
    columns_.farthest[at(v)] = std::max(columns_.farthest[at(v)], level_);
  if (columns_.distance.empty() && columns_.sources.empty()) return;
  const std::int64_t num_sources = std::ssize(columns_.distance) / graph_.num_nodes();
  for (std::uint64_t rest = found; rest != 0; rest &= rest - 1) {
    const int i = std::countr_zero(rest);
    ++counts[at(i)];
    if (!columns_.distance.empty())
      columns_.distance[at(v * num_sources + first_source + i)] = level_;
  }
}

void MultiBfs::push() {
  edges_examined_ += level_arcs_;
  for_queue(queue_.first(at(num_queue_)), [&](std::span<const NodeID> nodes) {
    std::array<NodeID, kNodesFoundAtOnce> found;
    std::size_t num_found = 0;
    for (const NodeID u : nodes) {
      const std::uint64_t own = front_[at(u)];
      for (const NodeID v : graph_.out_neigh(u)) {
        const std::uint64_t fresh = own & ~seen_[at(v)];
        if (fresh == 0) continue;
        // Exactly one thread sees the word at 0 and queues the node; the words are read when all
        // chunks are done.
        const std::atomic_ref word(next_[at(v)]);
        if ((word.load(std::memory_order_relaxed) & fresh) == fresh) continue;
        if (word.fetch_or(fresh, std::memory_order_relaxed) != 0) continue;
        found[num_found++] = v;
        if (num_found == kNodesFoundAtOnce) append({found.data(), std::exchange(num_found, 0)});
      }
    }
    append({found.data(), num_found});
  });
}

void MultiBfs::pull() {
  const auto pull_range = [&](std::int64_t begin, std::int64_t end, int) {
    std::array<NodeID, kScanGrain> found;
    std::size_t num_found = 0;
    std::int64_t examined = 0;
    for (auto v = static_cast<NodeID>(begin); v < end; ++v) {
      const std::uint64_t missing = all_ & ~seen_[at(v)];
      if (missing == 0) continue;
      std::uint64_t word = 0;
      for (const NodeID u : graph_.in_neigh(v)) {
        ++examined;
        word |= front_[at(u)];
        if ((word & missing) == missing) break;
      }
      next_[at(v)] = word & missing;
      if ((word & missing) != 0) found[num_found++] = v;
    }
    append({found.data(), num_found});
    // A sum, read when all chunks are done.
    std::atomic_ref(edges_examined_).fetch_add(examined, std::memory_order_relaxed);
  };
  parallel_->for_range(graph_.num_nodes(), kScanGrain, pull_range);
}

void MultiBfs::append(std::span<const NodeID> nodes) {
  // Only places are handed out; the nodes are read when all chunks are done. Their order depends on
  // the threads, but nothing depends on it.
  const std::atomic_ref<std::int64_t> end(num_next_);
  const std::int64_t place = end.fetch_add(std::ssize(nodes), std::memory_order_relaxed);
  std::copy(nodes.begin(), nodes.end(), next_queue_.begin() + place);
}

void MultiBfs::count_reached() {
  if (columns_.reached_by.empty()) return;
  parallel_->for_range(graph_.num_nodes(), kScanGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         for (std::int64_t v = begin; v < end; ++v)
                           columns_.reached_by[at(v)] += std::popcount(seen_[at(v)]);
                       });
}

Status run_multi_bfs(const GraphView& graph, std::span<const NodeID> sources,
                     const MultiBfsColumns& columns, Parallel& parallel, const KernelTable& kernels,
                     Arena& scratch) {
  QUADRILLE_RETURN_IF_ERROR(check_sources(graph, sources));
  const auto fits = [](std::size_t size, std::size_t expected) {
    return size == 0 || size == expected;
  };
  const std::size_t nodes = at(graph.num_nodes());
  if (!fits(columns.distance.size(), nodes * sources.size()) ||
      !fits(columns.reached_by.size(), nodes) || !fits(columns.distance_sum.size(), nodes) ||
      !fits(columns.farthest.size(), nodes) || !fits(columns.sources.size(), sources.size())) {
    return {StatusCode::kInvalidArgument,
            "multi bfs: a column has not one element for each node or source"};
  }
  QUADRILLE_ASSIGN_OR_RETURN(MultiBfs bfs, MultiBfs::create(graph, parallel, kernels, scratch));
  bfs.start(columns);
  for (std::int64_t first = 0; first < std::ssize(sources); first += MultiBfs::kSearches) {
    const std::int64_t count = std::min(MultiBfs::kSearches, std::ssize(sources) - first);
    bfs.search(sources.subspan(at(first), at(count)), first, columns);
  }
  return Status::ok();
}

}  // namespace quadrille
