// check_graph_image: what verify_graph_image() promises, at the speed of memory, on all threads.
//
// A node block is checked alone: its entry in the block table and the next one say where its arcs
// begin and end. That each arc stands in the lists of both directions is told by sums over arcs
// u -> v: of a(u) b(v), and of a(v) b(u) with the lists read backwards, where a and b scramble an
// id. Per arc that takes one look at its target, and no cache miss at the other end's list; damage
// does not make 64-bit sums equal. Only bytes with a fault are walked by verify_graph_image(),
// which knows the sentence.
#include <quadrille/graph.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>

#include <quadrille/parallel.h>

#include "engine/clock.h"
#include "engine/graph_image.h"
#include "engine/node_names.h"
#include "engine/random.h"
#include "engine/slab.h"

namespace quadrille {
namespace {

struct Scrambled {
  std::uint64_t a, b;
};

// Another one for each check, of the nanosecond and of where the system put this thread's stack:
// who writes a file cannot know it, and so cannot have false arcs cancel each other.
struct Key {
  std::uint32_t flip, factor;
};

Key draw_key() {
  const int place = 0;
  Random random(static_cast<std::uint64_t>(monotonic_ns()),
                static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(&place)));
  // The highest bit, which ids do not have, keeps products from being 0; an odd factor, from losing
  // bits.
  return {static_cast<std::uint32_t>(random.next()) | 0x80000000U,
          static_cast<std::uint32_t>(random.next()) | 1U};
}

// One product of 32 bits, which every instruction set can take several at a time; the shifts keep
// a and b from being multiples of the id or of each other.
inline Scrambled scramble(NodeID id, Key key) {
  const std::uint64_t x = std::uint64_t{static_cast<std::uint32_t>(id) ^ key.flip} * key.factor;
  return {x ^ (x >> 29), x ^ (x >> 15)};
}
inline std::uint64_t scramble_weight(Weight w) {
  const std::uint64_t x = (std::uint64_t{static_cast<std::uint32_t>(w)} + 1) * 0x94d049bb133111ebU;
  return (x ^ (x >> 31)) | 1;
}

struct ListTotals {
  Key key;
  std::uint64_t forward = 0, backward = 0;
  std::int64_t self_loops = 0;
  std::int64_t max_degree = 0;
};

// Non-negative and finite, as the bits of a float too: those of infinity and beyond are above.
bool are_weights(std::span<const Weight> weights, bool real) {
  const auto most = static_cast<std::uint32_t>(real ? 0x7f7fffff : INT32_MAX);
  std::uint32_t largest = 0;
  for (const Weight w : weights) largest = std::max(largest, static_cast<std::uint32_t>(w));
  return largest <= most;
}

bool ascends_below(std::span<const NodeID> targets, NodeID end) {
  if (targets.empty()) return true;
  unsigned falls = 0;
  for (std::size_t i = 1; i < targets.size(); ++i) falls |= targets[i] <= targets[i - 1];
  return falls == 0 && targets.front() >= 0 && targets.back() < end;
}

struct ListSum {
  std::uint64_t a = 0, b = 0;
  std::uint32_t self_loops = 0;  // 32 bits, as wide as ids: more of them fit into a register
};

ListSum sum_of(NodeID u, std::span<const NodeID> targets, Key key) {
  ListSum sum;
  for (const NodeID v : targets) {
    const Scrambled target = scramble(v, key);
    sum.a += target.a, sum.b += target.b;
    sum.self_loops += v == u;
  }
  return sum;
}
ListSum sum_of(NodeID u, std::span<const NodeID> targets, const Weight* weights, Key key) {
  ListSum sum;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const Scrambled target = scramble(targets[i], key);
    const std::uint64_t w = scramble_weight(weights[i]);
    sum.a += target.a * w, sum.b += target.b * w;
    sum.self_loops += targets[i] == u;
  }
  return sum;
}

void add_list(NodeID u, std::span<const NodeID> targets, const Weight* weights,
              ListTotals& totals) {
  if (targets.empty()) return;
  const Key key = totals.key;
  const ListSum sum =
      weights == nullptr ? sum_of(u, targets, key) : sum_of(u, targets, weights, key);
  const Scrambled self = scramble(u, key);
  totals.forward += self.a * sum.b;
  totals.backward += self.b * sum.a;
  totals.self_loops += sum.self_loops;
  totals.max_degree = std::max(totals.max_degree, static_cast<std::int64_t>(targets.size()));
}

struct NodeRange {
  NodeID begin, end;
};

// One direction's lists of one block.
bool check_lists(const GraphView& graph, const Adjacency& lists, NodeRange nodes,
                 ListTotals& totals) {
  const NodeBlock* const block = lists.blocks + (nodes.begin >> kNodeBlockShift);
  const EdgeOffset begin = block->edge_base;
  const EdgeOffset end = nodes.end == graph.num_nodes() ? graph.num_arcs() : block[1].edge_base;
  if (block->first_record != nodes.begin || begin < 0 || begin > end || end > graph.num_arcs() ||
      (nodes.begin == 0 && begin != 0)) {
    return false;
  }
  EdgeOffset next = begin;
  for (NodeID u = nodes.begin; u < nodes.end; ++u) {
    const NodeRecord& record = lists.records[u];
    if (record.edge_index != next - begin || (record.flags | record.reserved) != 0 ||
        record.out_degree > end - next) {
      return false;
    }
    const std::span<const NodeID> targets(lists.targets + next, record.out_degree);
    if (!ascends_below(targets, graph.num_nodes())) return false;
    const Weight* const weights = lists.weights == nullptr ? nullptr : lists.weights + next;
    if (weights != nullptr && !are_weights({weights, targets.size()}, graph.real_weights()))
      return false;
    add_list(u, targets, weights, totals);
    next += record.out_degree;
  }
  return next == end;
}

bool check_nodes(const GraphView& graph, NodeRange nodes) {
  const auto begin = static_cast<std::size_t>(nodes.begin);
  const auto count = static_cast<std::size_t>(nodes.end - nodes.begin);
  if (graph.has_coordinates()) {
    const auto finite = [](float value) { return std::isfinite(value); };
    if (!std::ranges::all_of(graph.x().subspan(begin, count), finite) ||
        !std::ranges::all_of(graph.y().subspan(begin, count), finite)) {
      return false;
    }
  }
  if (!graph.names().empty() && !are_names(graph.names(), nodes.begin, nodes.end)) return false;
  if (!graph.reordered()) return true;
  for (NodeID u = nodes.begin; u < nodes.end; ++u) {
    const NodeID user = graph.user_id(u);
    if (user < 0 || user >= graph.num_nodes() || graph.internal_id(user) != u) return false;
  }
  return true;
}

std::int64_t count_isolated(const GraphView& graph, NodeRange nodes) {
  std::int64_t isolated = 0;
  for (NodeID u = nodes.begin; u < nodes.end; ++u)
    isolated += graph.out().records[u].out_degree == 0 && graph.in().records[u].out_degree == 0;
  return isolated;
}

// What blocks add up to, in any order. Relaxed: read after all of them are done.
class Totals {
 public:
  void add(const ListTotals& out, const ListTotals& in, std::int64_t isolated) {
    constexpr auto kRelaxed = std::memory_order_relaxed;
    difference_.fetch_add(out.forward - in.backward, kRelaxed);
    self_loops_.fetch_add(out.self_loops, kRelaxed);
    isolated_.fetch_add(isolated, kRelaxed);
    std::int64_t seen = max_degree_.load(kRelaxed);
    while (seen < out.max_degree &&
           !max_degree_.compare_exchange_weak(seen, out.max_degree, kRelaxed)) {
    }
  }
  bool is_symmetric() const { return difference_.load(std::memory_order_relaxed) == 0; }
  GraphTotals result() const {
    constexpr auto kRelaxed = std::memory_order_relaxed;
    return {self_loops_.load(kRelaxed), isolated_.load(kRelaxed), max_degree_.load(kRelaxed)};
  }

 private:
  std::atomic<std::uint64_t> difference_{0};
  std::atomic<std::int64_t> self_loops_{0}, isolated_{0}, max_degree_{0};
};

template <class Body>
void for_blocks(const GraphView& graph, Parallel* parallel, Body body) {
  const auto run = [&](std::int64_t begin, std::int64_t end, int) {
    body(NodeRange{static_cast<NodeID>(begin), static_cast<NodeID>(end)});
  };
  if (parallel != nullptr) return parallel->for_range(graph.num_nodes(), kNodeBlockSize, run);
  for (std::int64_t begin = 0; begin < graph.num_nodes(); begin += kNodeBlockSize)
    run(begin, std::min<std::int64_t>(begin + kNodeBlockSize, graph.num_nodes()), 0);
}

// All but the number of edges.
bool sum_up(const GraphView& graph, Parallel* parallel, GraphTotals& totals) {
  std::atomic<bool> fine{true};
  Totals sums;
  const Key key = draw_key();
  for_blocks(graph, parallel, [&](NodeRange nodes) {
    if (!fine.load(std::memory_order_relaxed)) return;
    ListTotals out{.key = key}, in{.key = key};
    bool is_fine = check_lists(graph, graph.out(), nodes, out) && check_nodes(graph, nodes);
    if (is_fine && graph.directed()) is_fine = check_lists(graph, graph.in(), nodes, in);
    if (!is_fine) return fine.store(false, std::memory_order_relaxed);
    sums.add(out, graph.directed() ? in : out, count_isolated(graph, nodes));
  });
  if (!fine.load(std::memory_order_relaxed) || !sums.is_symmetric()) return false;
  totals = sums.result();
  return true;
}

bool holds(const GraphView& graph, Parallel* parallel, GraphTotals& totals) {
  if (!sum_up(graph, parallel, totals)) return false;
  // Symmetric: each undirected edge stands twice, a self loop once.
  return graph.num_edges() ==
         (graph.directed() ? graph.num_arcs() : (graph.num_arcs() + totals.self_loops) / 2);
}

}  // namespace

bool holds_both_arcs(const GraphView& graph, Parallel& parallel) {
  GraphTotals totals;
  return sum_up(graph, &parallel, totals);
}

Status check_graph_image(std::span<const std::byte> image, Parallel* parallel,
                         GraphTotals* totals) {
  QUADRILLE_RETURN_IF_ERROR(check_graph_layout(image));
  GraphTotals found;
  if (!holds(GraphView(image.data()), parallel, found)) {
    QUADRILLE_RETURN_IF_ERROR(verify_graph_image(image));
    return {StatusCode::kInvalidInput, "graph image: its bytes changed while they were checked"};
  }
  if (totals != nullptr) *totals = found;
  return Status::ok();
}

}  // namespace quadrille
