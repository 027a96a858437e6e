#include "kernels/bfs_bits.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <utility>

#include "engine/integers.h"
#include "kernels/grains.h"
#include "kernels/node_sets.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kFillGrain = 4096;  // words that are filled or joined
constexpr std::int64_t kCountGrain = 8192;
// What a step costs, in fourths of a nanosecond or so: only the ratios matter. Top-down, an arc.
// Bottom-up, a node, and then each arc that is looked at until a parent is found.
constexpr std::int64_t kArcCost = 4;
constexpr std::int64_t kNodeCost = 12;
// A frontier of more than 1/kLargeShare of the nodes is not counted: the rest finds it at once.
constexpr std::int64_t kLargeShare = 4;
constexpr std::int64_t kShortList = 32;    // arcs a node of the frontier, on average
constexpr std::int64_t kOffersGrain = 64;  // nodes of the frontier

}  // namespace

Status BfsBits::allocate(const GraphView& graph, Parallel& parallel, const BfsBodies& bodies,
                         Arena& scratch) {
  graph_ = graph;
  parallel_ = &parallel;
  bodies_ = &bodies;
  const std::int64_t nodes = graph.num_nodes();
  const std::int64_t words = bit_words(nodes);
  const std::int64_t workers = parallel.num_workers();
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"bfs first neighbours"}, first_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, workers + 1, {"bfs shares"}, shares_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, words, {"bfs visited"}, visited_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, words, {"bfs front"}, front_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, words, {"bfs next front"}, next_));
  return allocate_scratch(scratch, nodes / kLargeShare + 1, {"bfs list of the front"}, list_);
}

void BfsBits::read_first_neighbours() {
  std::atomic<std::int64_t> reachable = 0;
  parallel_->for_range(
      graph_.num_nodes(), kNodeGrain, [&](std::int64_t begin, std::int64_t end, int) {
        std::int64_t here = 0;
        for (auto v = static_cast<NodeID>(begin); v < end; ++v) {
          const std::span<const NodeID> sources = graph_.in_neigh(v);
          first_[static_cast<std::size_t>(v)] = sources.empty() ? kNoParent : sources.front();
          here += !sources.empty();
        }
        // A sum; for_range orders it.
        reachable.fetch_add(here, std::memory_order_relaxed);
      });
  num_reachable_ = reachable.load(std::memory_order_relaxed);
  divide_nodes();
}

// To each worker whole words with about as many arcs that lead to them as to those of the others.
// Who finds a node does not matter to the answer.
void BfsBits::divide_nodes() {
  const auto workers = static_cast<std::int64_t>(shares_.size()) - 1;
  std::ranges::fill(shares_, graph_.num_nodes());
  shares_[0] = 0;
  std::int64_t arcs = 0, worker = 1;
  for (NodeID v = 0; v < graph_.num_nodes() && worker < workers; ++v) {
    if (v % 64 == 0 && arcs >= graph_.num_arcs() * worker / workers) {
      shares_[static_cast<std::size_t>(worker++)] = v;
    }
    arcs += graph_.in_degree(v);
  }
}

void BfsBits::enter(const BfsLists& lists, const Distance* distance) {
  if (num_reachable_ < 0) read_first_neighbours();
  std::atomic<std::int64_t> visited = 0;
  parallel_->for_range(static_cast<std::int64_t>(visited_.size()), kWordGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         std::fill(front_.begin() + begin, front_.begin() + end, 0);
                         visited.fetch_add(bodies_->visited({.distance = distance,
                                                             .first = first_.data(),
                                                             .num_nodes = graph_.num_nodes(),
                                                             .words = visited_.data(),
                                                             .word_begin = begin,
                                                             .word_end = end}),
                                           std::memory_order_relaxed);  // as above
                       });
  visited_size_ = visited.load(std::memory_order_relaxed);
  lists.for_each_list([&](std::span<const NodeID> nodes) { set_bits(nodes, front_, *parallel_); });
  frontier_size_ = 0;  // counted anew: workers may have listed a node twice
  for (const std::uint64_t word : front_) frontier_size_ += std::popcount(word);
}

std::int64_t BfsBits::count_arcs() const {
  std::atomic<std::int64_t> arcs = 0;
  parallel_->for_range(list_size_, kCountGrain, [&](std::int64_t begin, std::int64_t end, int) {
    arcs.fetch_add(bodies_->count_arcs(graph_.out(), list_.data() + begin, end - begin),
                   std::memory_order_relaxed);  // as above
  });
  return arcs.load(std::memory_order_relaxed);
}

// Beamer's alpha and beta compare arcs with arcs and nodes with nodes. Here each side is what it
// costs: bottom-up a node looks at arcs until one leads from the frontier, so at most at all of its
// own, and the fewer the more arcs of those that are left leave the frontier. Many nodes that look
// in vain are dear (a bipartite graph's large side), and so is to go on where few are found in each
// level (web graphs, thirty levels deep).
bool BfsBits::choose_direction(BfsLists& lists) {
  bottom_up_ = frontier_size_ > graph_.num_nodes() / kLargeShare;
  if (bottom_up_) return true;
  list_size_ = list_bits(front_, list_.data());
  arcs_ = count_arcs();
  if (std::max(arcs_, list_size_) <= lists.max_arcs() / 2) {
    lists.assign(list_.first(static_cast<std::size_t>(list_size_)));
    return false;
  }
  const std::int64_t left = std::max<std::int64_t>(num_reachable_ - visited_size_, 0);
  const std::int64_t degree = graph_.num_arcs() / std::max<std::int64_t>(num_reachable_, 1) + 1;
  const std::int64_t looks = std::min(degree, degree * left / std::max<std::int64_t>(arcs_, 1));
  bottom_up_ = kArcCost * arcs_ > left * (kNodeCost + looks);
  return true;
}

std::int64_t BfsBits::step(Distance level, Distance* distance, NodeID* parent) {
  const std::int64_t arcs = bottom_up_          ? bottom_up(level, distance, parent)
                            : has_short_lists() ? top_down_by_offers(level, distance, parent)
                                                : top_down(level, distance, parent);
  std::swap(front_, next_);
  visited_size_ += frontier_size_;
  return arcs;
}

std::int64_t BfsBits::top_down(Distance level, Distance* distance, NodeID* parent) {
  std::atomic<std::int64_t> found = 0;
  const auto workers = static_cast<std::int64_t>(shares_.size()) - 1;
  parallel_->for_chunks(workers, [&](std::int64_t share, int) {
    const NodeID first_node = shares_[static_cast<std::size_t>(share)];
    const NodeID end_node = shares_[static_cast<std::size_t>(share) + 1];
    if (first_node == end_node) return;  // its last word is another worker's
    BfsTopDownArgs args{.graph = &graph_.out(),
                        .frontier = list_.data(),
                        .count = list_size_,
                        .first_node = first_node,
                        .end_node = end_node,
                        .has_last_node = end_node == graph_.num_nodes(),
                        .level = level,
                        .visited = visited_.data(),
                        .next = next_.data(),
                        .distance = distance,
                        .parent = parent,
                        .found = 0};
    bodies_->top_down(args);
    found.fetch_add(args.found, std::memory_order_relaxed);  // as above
  });
  frontier_size_ = found.load(std::memory_order_relaxed);
  return arcs_;
}

// Where each worker finds nodes of its own, each reads every list's beginning: of short lists, that
// is most of the work. Then offers, which cost two atomic operations a node, are cheaper, if there
// are lists enough for all.
bool BfsBits::has_short_lists() const {
  const std::int64_t workers = parallel_->num_workers();
  return workers > 1 && list_size_ >= kOffersGrain * workers && arcs_ <= kShortList * list_size_;
}

std::int64_t BfsBits::top_down_by_offers(Distance level, Distance* distance, NodeID* parent) {
  std::atomic<std::int64_t> found = 0;
  const auto words = static_cast<std::int64_t>(next_.size());
  parallel_->for_range(words, kFillGrain, [&](std::int64_t begin, std::int64_t end, int) {
    std::fill(next_.begin() + begin, next_.begin() + end, 0);
  });
  parallel_->for_range(list_size_, kOffersGrain, [&](std::int64_t begin, std::int64_t end, int) {
    BfsOffersArgs args{.graph = &graph_.out(),
                       .frontier = list_.data() + begin,
                       .count = end - begin,
                       .level = level,
                       .visited = visited_.data(),
                       .next = next_.data(),
                       .distance = distance,
                       .parent = parent,
                       .found = 0};
    bodies_->top_down_by_offers(args);
    found.fetch_add(args.found, std::memory_order_relaxed);  // as above
  });
  parallel_->for_range(words, kFillGrain, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t w = begin; w < end; ++w) visited_[at(w)] |= next_[at(w)];
  });
  frontier_size_ = found.load(std::memory_order_relaxed);
  return arcs_;
}

std::int64_t BfsBits::bottom_up(Distance level, Distance* distance, NodeID* parent) {
  std::atomic<std::int64_t> found = 0, arcs = 0;
  parallel_->for_range(static_cast<std::int64_t>(front_.size()), kWordGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         BfsBottomUpArgs args{.transpose = &graph_.in(),
                                              .first = first_.data(),
                                              .front = front_.data(),
                                              .visited = visited_.data(),
                                              .next = next_.data(),
                                              .word_begin = begin,
                                              .word_end = end,
                                              .level = level,
                                              .distance = distance,
                                              .parent = parent,
                                              .found = 0,
                                              .arcs = 0};
                         bodies_->bottom_up(args);
                         found.fetch_add(args.found, std::memory_order_relaxed);  // as above
                         arcs.fetch_add(args.arcs, std::memory_order_relaxed);
                       });
  frontier_size_ = found.load(std::memory_order_relaxed);
  return arcs.load(std::memory_order_relaxed);
}

}  // namespace quadrille
