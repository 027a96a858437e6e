/* Betweenness by counting shortest paths and adding dependencies backwards [1], from a sample of
   sources [2]. A breadth-first search gives levels. Then paths are counted level by level: a node's
   are the sum of those of its in-neighbours one level before. Dependencies go the other way: what
   depends on a node is its paths times the sum of (1 + dependency) / paths of its out-neighbours
   one level further. Both are pulled along lists, so each sum has one order and no atomic addition.
   No arc's end is asked for its level: nodes of even and of odd levels have their numbers in two
   arrays, which hold 0 for all nodes of levels that are not done. An in-neighbour is at
   most one level before, so in the array of the level before it is in that level or counts as 0;
   backwards likewise.
   Differs from [1]: counts are divided where a dependency is handed on, not for each arc; and where
   doubles cannot hold the counts (below a lattice of 1,024 x 1,024 lie 2^2040 paths) the source is
   begun anew with numbers that do. Where both can, both give the same bytes.
   [1] Brandes. A faster algorithm for betweenness centrality. Journal of Mathematical Sociology 25,
   2001. [2] Brandes, Pich. Centrality estimation in large networks. 2007. */
#include "kernels/betweenness.h"

#include <algorithm>
#include <atomic>
#include <type_traits>

#include "engine/integers.h"
#include "kernels/grains.h"
#include "kernels/node_sets.h"
#include "kernels/scratch.h"
#include "kernels/sources.h"

namespace quadrille {
namespace {

constexpr std::int64_t kPaths = 2;  // of numbers_; 0 and 1: of even levels and odd ones
constexpr std::int64_t kClearGrain = 1 << 15;
constexpr std::int64_t kLevelGrain = 128;  // a hub among them takes as long as many others
// Doubles are given up beyond, so that what they hold never comes near their ends.
constexpr double kMostPaths = 0x1p1000;
// Nodes of the order that are asked for before they are needed: their records, their lists.
constexpr std::int64_t kRecordsAhead = 16, kListsAhead = 8;

bool is_too_large(double paths) { return paths > kMostPaths; }
bool is_too_large(const ScaledNumber&) { return false; }

double to_double(double number) { return number; }
double to_double(const ScaledNumber& number) { return number.value(); }

template <class Number>
Number number_of(double value) {
  if constexpr (std::is_same_v<Number, double>)
    return value;
  else
    return Number::of(value);
}

// In the order of the list.
template <class Number>
Number sum_over(std::span<const NodeID> list, const Number* numbers) {
  Number sum{};
  for (const NodeID u : list) sum = sum + numbers[u];
  return sum;
}

// Always inlined: GCC takes a function that only prefetches for one without effect.
[[gnu::always_inline]] inline void ask_ahead(const Adjacency& lists, std::span<const NodeID> order,
                                             std::int64_t i) {
  const std::int64_t count = std::ssize(order);
  if (i + kRecordsAhead < count)
    __builtin_prefetch(&node_record(lists, order[at(i + kRecordsAhead)]));
  if (i + kListsAhead < count)
    __builtin_prefetch(lists.targets + first_edge(lists, order[at(i + kListsAhead)]));
}

}  // namespace

Result<Betweenness> Betweenness::create(const GraphView& graph, std::span<const NodeID> sources,
                                        Parallel& parallel, const KernelTable& kernels,
                                        Arena& scratch) {
  QUADRILLE_RETURN_IF_ERROR(check_distinct_sources(graph, sources));
  QUADRILLE_ASSIGN_OR_RETURN(const Bfs bfs, Bfs::create(graph, parallel, kernels, scratch));
  Betweenness betweenness(graph, sources, parallel, bfs);
  QUADRILLE_RETURN_IF_ERROR(betweenness.allocate(scratch));
  betweenness.with_arcs_ = num_nodes_with_arcs(graph);
  return betweenness;
}

Status Betweenness::allocate(Arena& scratch) {
  const std::int64_t nodes = graph_.num_nodes();
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"betweenness: hops"}, distance_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"betweenness: order"}, order_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(scratch, nodes + 2, {"betweenness: levels"}, level_begin_));
  constexpr auto kNumberBytes = static_cast<std::int64_t>(sizeof(ScaledNumber));
  for (std::span<std::byte>& numbers : numbers_) {
    QUADRILLE_RETURN_IF_ERROR(
        allocate_scratch(scratch, nodes * kNumberBytes, {"betweenness: numbers"}, numbers));
  }
  return allocate_scratch(scratch, nodes, {"betweenness: scores"}, score_);
}

void Betweenness::start(const BetweennessColumns& columns) {
  start();
  std::fill(columns.betweenness.begin(), columns.betweenness.end(), 0.0f);
  std::fill(columns.active.begin(), columns.active.end(), 0);
}

void Betweenness::start() {
  std::fill(score_.begin(), score_.end(), 0.0);
  done_ = done_with_arcs_ = edges_examined_ = 0;
}

void Betweenness::step(const BetweennessColumns& columns) {
  if (finished()) {
    std::fill(columns.active.begin(), columns.active.end(), 0);
    return;
  }
  advance();
  write(columns);
}

void Betweenness::advance() {
  const NodeID source = sources_[at(done_++)];
  if (graph_.out_degree(source) == 0) return;
  ++done_with_arcs_;
  // Parents are not wanted: the order is written over them.
  bfs_.run(source, {distance_, order_, {}});
  order_by_level();
  if (num_levels_ > 2 && !add_source<double>()) add_source<ScaledNumber>();
}

// By counting; within a level in the order of ids. Counts what the search for distances costs, too:
// the arcs of the nodes reached.
void Betweenness::order_by_level() {
  const std::span<NodeID> ends = level_begin_;
  Distance farthest = 0;
  for (const Distance distance : distance_) farthest = std::max(farthest, distance);
  num_levels_ = std::int64_t{farthest} + 1;
  std::fill_n(ends.begin(), num_levels_ + 1, 0);
  for (const Distance distance : distance_) {
    if (distance != kDistInf) ++ends[at(distance + 1)];
  }
  for (std::int64_t level = 1; level <= num_levels_; ++level)
    ends[at(level)] += ends[at(level - 1)];
  for (NodeID v = 0; v < graph_.num_nodes(); ++v) {
    const Distance distance = distance_[at(v)];
    if (distance == kDistInf) continue;
    order_[at(ends[at(distance)]++)] = v;
    edges_examined_ += graph_.out_degree(v);
  }
  // Each stands where the next one began.
  std::copy_backward(ends.begin(), ends.begin() + num_levels_, ends.begin() + num_levels_ + 1);
  ends[0] = 0;
}

// body(begin, end) for parts of the level's places in order_.
template <class Body>
void Betweenness::for_level(std::int64_t level, Body body) {
  const std::int64_t first = level_begin_[at(level)], count = level_begin_[at(level + 1)] - first;
  parallel_->for_range(
      count, count < kSerialLevel ? kSerialLevel : kLevelGrain,
      [&](std::int64_t begin, std::int64_t end, int) {
        const std::int64_t arcs = body(first + begin, first + end);
        // A sum, read when all chunks are done.
        std::atomic_ref(edges_examined_).fetch_add(arcs, std::memory_order_relaxed);
      });
}

template <class Number>
std::span<Number> Betweenness::numbers(std::int64_t which) const {
  const std::span<std::byte> memory = numbers_[at(which)];
  return {reinterpret_cast<Number*>(memory.data()), memory.size() / sizeof(ScaledNumber)};
}

template <class Number>
void Betweenness::clear_numbers() {
  const std::span<Number> even = numbers<Number>(0), odd = numbers<Number>(1);
  parallel_->for_range(graph_.num_nodes(), kClearGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         std::fill(even.begin() + begin, even.begin() + end, Number{});
                         std::fill(odd.begin() + begin, odd.begin() + end, Number{});
                       });
}

// False: this kind of number cannot hold the counts, and nothing was added.
template <class Number>
bool Betweenness::add_source() {
  clear_numbers<Number>();
  if (!count_paths<Number>()) return false;
  clear_numbers<Number>();
  add_dependencies<Number>();
  return true;
}

template <class Number>
bool Betweenness::count_paths() {
  const std::span<Number> paths = numbers<Number>(kPaths);
  const std::span<const NodeID> order = order_.first(at(level_begin_[at(num_levels_)]));
  paths[0] = numbers<Number>(0)[at(order[0])] = number_of<Number>(1);
  std::atomic<bool> too_large = false;
  for (std::int64_t level = 1; level < num_levels_; ++level) {
    const Number* before = numbers<Number>((level + 1) % 2).data();
    Number* const here = numbers<Number>(level % 2).data();
    for_level(level, [&](std::int64_t begin, std::int64_t end) {
      std::int64_t arcs = 0;
      for (std::int64_t i = begin; i < end; ++i) {
        ask_ahead(graph_.in(), order, i);
        const NodeID v = order[at(i)];
        const std::span<const NodeID> list = graph_.in_neigh(v);
        const Number sum = sum_over(list, before);
        // Read when all chunks are done.
        if (is_too_large(sum)) too_large.store(true, std::memory_order_relaxed);
        paths[at(i)] = here[v] = sum;
        arcs += std::ssize(list);
      }
      return arcs;
    });
    if (too_large.load(std::memory_order_relaxed)) return false;
  }
  return true;
}

template <class Number>
void Betweenness::add_dependencies() {
  const std::span<const Number> paths = numbers<Number>(kPaths);
  const std::span<const NodeID> order = order_.first(at(level_begin_[at(num_levels_)]));
  for (std::int64_t level = num_levels_ - 1; level > 0; --level) {
    const Number* after = numbers<Number>((level + 1) % 2).data();
    Number* const here = numbers<Number>(level % 2).data();
    const bool last = level == num_levels_ - 1;  // nothing depends on its nodes
    for_level(level, [&](std::int64_t begin, std::int64_t end) {
      std::int64_t arcs = 0;
      for (std::int64_t i = begin; i < end; ++i) {
        const NodeID u = order[at(i)];
        double dependency = 0;
        if (!last) {
          ask_ahead(graph_.out(), order, i);
          const std::span<const NodeID> list = graph_.out_neigh(u);
          dependency = to_double(paths[at(i)] * sum_over(list, after));
          score_[at(u)] += dependency;
          arcs += std::ssize(list);
        }
        here[u] = number_of<Number>(1 + dependency) / paths[at(i)];
      }
      return arcs;
    });
  }
}

void Betweenness::write(const BetweennessColumns& columns) {
  const NodeID nodes = graph_.num_nodes();
  const double pairs = (static_cast<double>(nodes) - 1) * (static_cast<double>(nodes) - 2);
  const double scale =
      done_with_arcs_ == 0 || nodes < 3
          ? 0
          : static_cast<double>(with_arcs_) / static_cast<double>(done_with_arcs_) / pairs;
  parallel_->for_range(std::ssize(columns.active), kWordGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         for (std::int64_t word = begin; word < end; ++word) {
                           std::uint64_t changed = 0;
                           const auto last = std::min<std::int64_t>(64 * (word + 1), nodes);
                           for (auto v = static_cast<NodeID>(64 * word); v < last; ++v) {
                             const auto now = static_cast<float>(score_[at(v)] * scale);
                             if (now != columns.betweenness[at(v)]) changed |= bit_of(v);
                             columns.betweenness[at(v)] = now;
                           }
                           columns.active[at(word)] = changed;
                         }
                       });
}

Status run_betweenness(const GraphView& graph, std::span<const NodeID> sources,
                       const BetweennessColumns& columns, Parallel& parallel,
                       const KernelTable& kernels, Arena& scratch) {
  QUADRILLE_ASSIGN_OR_RETURN(Betweenness betweenness,
                             Betweenness::create(graph, sources, parallel, kernels, scratch));
  betweenness.start();
  while (!betweenness.finished()) betweenness.advance();
  betweenness.write(columns);
  return Status::ok();
}

}  // namespace quadrille
