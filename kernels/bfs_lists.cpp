#include "kernels/bfs_lists.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "engine/spin_pause.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kMinArcs = 1024;  // levels of a small graph are all small
constexpr std::int64_t kArcsShare = 32;  // a small level has at most 1/32 as many arcs as nodes
constexpr std::int64_t kTogetherNodes =
    64;                                    // fewer are expanded before another worker has seen them
constexpr std::int64_t kNodesAtOnce = 64;  // nodes given out at once
constexpr std::int64_t kRecordGrain = 1 << 16;

// What decides how lists are expanded.
struct Shape {
  std::int64_t largest_degree = 0;
  bool symmetric = true;  // each node's out-list is its in-list
};

bool same_lists(const GraphView& graph, NodeID u) {
  return std::ranges::equal(graph.out_neigh(u), graph.in_neigh(u));
}

Shape look_at(const GraphView& graph, Parallel& parallel) {
  std::atomic<std::int64_t> largest = 0;
  std::atomic<bool> symmetric = true;
  parallel.for_range(
      graph.num_nodes(), kRecordGrain, [&](std::int64_t begin, std::int64_t end, int) {
        std::int64_t here = 0;
        // One difference tells all; for_range orders what is stored.
        bool same = symmetric.load(std::memory_order_relaxed);
        for (auto u = static_cast<NodeID>(begin); u < end; ++u) {
          here = std::max(here, graph.out_degree(u));
          same = same && (!graph.directed() || same_lists(graph, u));
        }
        if (!same) symmetric.store(false, std::memory_order_relaxed);
        std::int64_t seen = largest.load(std::memory_order_relaxed);
        while (seen < here &&
               !largest.compare_exchange_weak(seen, here, std::memory_order_relaxed)) {
        }
      });
  return {largest.load(std::memory_order_relaxed), symmetric.load(std::memory_order_relaxed)};
}

}  // namespace

// What the workers of one search share.
struct BfsLists::Search {
  Distance level;  // of the nodes being found: changed only while no chunk is given out
  Distance* distance;
  NodeID* parent;
  std::int64_t reached = 0;  // the leader's
  std::atomic<std::size_t> arrived{0};
  // Levels given out to all so far, or kOver. The one line that idle workers look at: those of the
  // lanes are left to who works.
  alignas(kCacheLineBytes) std::atomic<std::int64_t> round{0};
  static constexpr std::int64_t kOver = -1;
};

Status BfsLists::allocate(const GraphView& graph, Parallel& parallel, const BfsBodies& bodies,
                          Arena& scratch) {
  graph_ = graph.out();
  parallel_ = &parallel;
  bodies_ = &bodies;
  max_arcs_ = std::max(kMinArcs, graph.num_nodes() / kArcsShare);
  const Shape shape = look_at(graph, parallel);
  max_degree_ = shape.largest_degree;
  symmetric_ = shape.symmetric;
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(scratch, parallel.num_workers(), {"bfs lanes"}, lanes_));
  for (BfsLane& lane : lanes_) {
    std::construct_at(&lane);
    std::span<NodeID> lists;  // bodies write one id beyond the last
    QUADRILLE_RETURN_IF_ERROR(
        allocate_scratch(scratch, 2 * (max_arcs_ + 1), {"bfs frontier"}, lists));
    lane.frontier = lists.data();
    lane.found = lists.data() + max_arcs_ + 1;
  }
  return Status::ok();
}

void BfsLists::assign(std::span<const NodeID> frontier) {
  for (BfsLane& lane : lanes_) lane.num_frontier = lane.num_found = 0;
  std::ranges::copy(frontier, lanes_[0].found);
  lanes_[0].num_found = static_cast<std::int64_t>(frontier.size());
}

std::int64_t BfsLists::size() const {
  std::int64_t size = 0;
  for (const BfsLane& lane : lanes_) size += lane.num_found;
  return size;
}

bool BfsLists::fits() const {
  if (size() * max_degree_ <= max_arcs_) return true;
  std::int64_t arcs = 0;
  for (const BfsLane& lane : lanes_) {
    for (std::int64_t i = 0; i < lane.num_found && arcs <= max_arcs_; i += kRecordGrain) {
      arcs +=
          bodies_->count_arcs(graph_, lane.found + i, std::min(kRecordGrain, lane.num_found - i));
    }
  }
  return arcs <= max_arcs_;
}

// What was found becomes what is expanded.
void BfsLists::turn() {
  for (BfsLane& lane : lanes_) {
    std::swap(lane.frontier, lane.found);
    lane.num_frontier = std::exchange(lane.num_found, 0);
  }
}

BfsListArgs BfsLists::expansion(const BfsLane& from, const BfsLane& to,
                                const Search& search) const {
  return {.graph = &graph_,
          .frontier = from.frontier,
          .count = from.num_frontier,
          .level = search.level,
          .distance = search.distance,
          .parent = search.parent,
          .out = to.found + to.num_found,
          .found = 0,
          .arcs = 0};
}

std::int64_t BfsLists::step(Distance level, Distance* distance, NodeID* parent) {
  turn();
  BfsLane& lane = lanes_[0];
  BfsListArgs args =
      expansion(lane, lane, {.level = level, .distance = distance, .parent = parent});
  bodies_->expand_alone(args);
  lane.num_found = args.found;
  return args.arcs;
}

// ---- many levels ----

BfsLists::Found BfsLists::search(Distance& level, Distance* distance, NodeID* parent) {
  for (BfsLane& lane : lanes_) {
    lane.begin = 0;
    lane.next.store(0, std::memory_order_relaxed);  // for_chunks() orders these
    lane.limit.store(0, std::memory_order_relaxed);
    lane.done.store(0, std::memory_order_relaxed);
    lane.arcs = 0;
  }
  Search search{.level = level, .distance = distance, .parent = parent};
  // Not a chunk by size but a worker each. Who comes first leads, and waits for no worker that took
  // no chunk: so any scheduler will do, one that runs them one after another among them.
  parallel_->for_chunks(static_cast<std::int64_t>(lanes_.size()), [&](std::int64_t, int) {
    const std::size_t worker = search.arrived.fetch_add(1, std::memory_order_relaxed);
    worker == 0 ? lead(search) : follow(search, worker);
  });
  level = search.level;
  Found found{.nodes = search.reached, .arcs = 0};
  for (const BfsLane& lane : lanes_) found.arcs += lane.arcs;
  return found;
}

void BfsLists::lead(Search& search) {
  for (std::int64_t nodes = size(); nodes != 0 && fits(); nodes = size()) {
    ++search.level;
    turn();
    lanes_.size() > 1 && nodes >= kTogetherNodes ? expand_together(search, nodes)
                                                 : expand_alone(search);
    search.reached += size();
  }
  search.round.store(Search::kOver, std::memory_order_release);  // to follow()
}

void BfsLists::follow(Search& search, std::size_t worker) {
  std::int64_t seen = 0;
  for (int looks = 0; seen != Search::kOver; patient_pause(looks)) {
    const std::int64_t round = search.round.load(std::memory_order_acquire);  // lead()
    if (round == seen) continue;
    seen = round;
    looks = 0;
    while (expand_chunk(search, worker)) {
    }
  }
}

void BfsLists::expand_alone(Search& search) {
  BfsLane& to = lanes_[0];
  for (const BfsLane& from : lanes_) {
    BfsListArgs args = expansion(from, to, search);
    bodies_->expand_shared(args);
    to.num_found += args.found;
    to.arcs += args.arcs;
  }
}

void BfsLists::expand_together(Search& search, std::int64_t nodes) {
  std::int64_t done = nodes;
  for (const BfsLane& lane : lanes_) done += lane.done.load(std::memory_order_relaxed);
  for (BfsLane& lane : lanes_) lane.begin = lane.limit.load(std::memory_order_relaxed);
  for (BfsLane& lane : lanes_) {  // to expand_chunk(): all that was written so far
    lane.limit.store(lane.begin + lane.num_frontier, std::memory_order_release);
  }
  search.round.fetch_add(1, std::memory_order_release);  // to follow()
  while (expand_chunk(search, 0)) {
  }
  for (int looks = 0;; patient_pause(looks)) {
    std::int64_t sum = 0;
    for (const BfsLane& lane : lanes_) {
      sum += lane.done.load(std::memory_order_acquire);  // expand_chunk(): what it found
    }
    if (sum == done) return;
  }
}

// Takes nodes that nobody has taken yet, of this worker's lane first: its lists are in this core's
// cache. Once it has them the level cannot end, so nobody writes their lane. False: there are none.
bool BfsLists::expand_chunk(const Search& search, std::size_t worker) {
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    BfsLane& from = lanes_[(worker + i) % lanes_.size()];
    const std::int64_t limit = from.limit.load(std::memory_order_acquire);
    std::int64_t next = from.next.load(std::memory_order_relaxed);
    if (next >= limit) continue;
    const std::int64_t end = std::min(next + kNodesAtOnce, limit);
    if (!from.next.compare_exchange_strong(next, end, std::memory_order_relaxed)) return true;
    BfsLane& to = lanes_[worker];
    BfsListArgs args = expansion(from, to, search);
    args.frontier += next - from.begin;
    args.count = end - next;
    bodies_->expand_shared(args);
    to.num_found += args.found;
    to.arcs += args.arcs;
    to.done.store(to.done.load(std::memory_order_relaxed) + args.count, std::memory_order_release);
    return true;
  }
  return false;
}

}  // namespace quadrille
