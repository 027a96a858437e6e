#include "kernels/component_walk.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include <quadrille/parallel.h>

#include "kernels/grains.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr NodeID kNotWalked = -1;
// How many nodes ahead of the search its memory is asked for: a node's record, then its list, then
// what is known of each neighbour. Levels of road maps and grids hold some hundreds of nodes.
constexpr NodeID kRecordAhead = 24, kListAhead = 16, kPlaceAhead = 8;
constexpr std::uint32_t kPlacesAhead = 16;  // of a list

class Walk {
 public:
  Walk(const GraphView& graph, bool is_symmetric) : graph_(graph), is_symmetric_(is_symmetric) {}
  Status allocate(Arena& scratch);
  ComponentWalk run();

 private:
  void search(NodeID seed);
  // visit(u) for each arc of v, in either direction, ascending; an arc in both comes twice.
  template <class Visit>
  void for_each_arc(NodeID v, Visit visit) const;

  const GraphView& graph_;
  bool is_symmetric_;
  std::span<NodeID> order_, place_;
  std::span<EdgeOffset> first_;
  std::span<NodeID> targets_;
  NodeID end_ = 0;       // nodes that have a place
  EdgeOffset arcs_ = 0;  // written
};

Status Walk::allocate(Arena& scratch) {
  const std::int64_t nodes = graph_.num_nodes();
  const std::int64_t arcs = graph_.num_arcs() * (is_symmetric_ ? 1 : 2);
  // A node or an arc too many is written before it is known to be one: room for that.
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes + 1, {"placement order"}, order_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"placement order"}, place_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes + 1, {"placement lists"}, first_));
  return allocate_scratch(scratch, arcs + 1, {"placement edges"}, targets_);
}

template <class Visit>
void Walk::for_each_arc(NodeID v, Visit visit) const {
  const std::span<const NodeID> out = graph_.out_neigh(v);
  if (is_symmetric_) {
    for (const NodeID u : out) visit(u);
    return;
  }
  const std::span<const NodeID> in = graph_.in_neigh(v);
  std::size_t i = 0, k = 0;
  while (i < out.size() || k < in.size()) {
    visit(k == in.size() || (i < out.size() && out[i] <= in[k]) ? out[i++] : in[k++]);
  }
}

// When a node's turn comes all of its neighbours get places, so its list is written at once.
// Nothing is guessed: what a node or an arc too many writes, the next one overwrites. The look
// ahead is no function of its own: GCC drops one that changes nothing, prefetches and all.
void Walk::search(NodeID seed) {
  NodeID* const order = order_.data();
  NodeID* const place = place_.data();
  NodeID* const targets = targets_.data();
  const Adjacency* const directions[] = {&graph_.out(), &graph_.in()};
  const std::span lists(directions, is_symmetric_ ? 1 : 2);
  NodeID end = end_, next = end_;
  EdgeOffset arcs = arcs_;
  order[end] = seed;
  place[seed] = end++;
  for (; next < end; ++next) {
    for (const Adjacency* const list : lists) {
      if (end - next > kRecordAhead)
        __builtin_prefetch(&node_record(*list, order[next + kRecordAhead]));
      if (end - next > kListAhead)
        __builtin_prefetch(list->targets + first_edge(*list, order[next + kListAhead]));
      if (end - next <= kPlaceAhead) continue;
      const NodeID v = order[next + kPlaceAhead];
      const NodeID* const target = list->targets + first_edge(*list, v);
      const std::uint32_t degree = std::min(node_record(*list, v).out_degree, kPlacesAhead);
      for (std::uint32_t i = 0; i < degree; ++i) __builtin_prefetch(place + target[i], 1);
    }
    const NodeID u = order[next];
    NodeID last = u;
    first_.data()[next] = arcs;
    for_each_arc(u, [&](NodeID v) {
      const NodeID known = place[v];
      const bool is_new = known == kNotWalked;
      const NodeID local = is_new ? end : known;
      order[end] = v;
      place[v] = local;
      end += is_new;
      targets[arcs] = local;
      arcs += (v != u) & (v != last);
      last = v;
    });
  }
  end_ = end;
  arcs_ = arcs;
}

ComponentWalk Walk::run() {
  ComponentWalk walk;
  std::fill(place_.begin(), place_.end(), kNotWalked);
  for (NodeID v = 0; v < graph_.num_nodes(); ++v) {
    if (place_.data()[v] != kNotWalked) continue;
    walk.first.push_back(end_);
    search(v);
  }
  walk.first.push_back(end_);
  first_.data()[graph_.num_nodes()] = arcs_;
  walk.order = order_.first(static_cast<std::size_t>(graph_.num_nodes()));
  walk.place = place_;
  walk.local = {.num_nodes = graph_.num_nodes(),
                .first = first_,
                .targets = targets_.first(static_cast<std::size_t>(arcs_))};
  return walk;
}

// Lists [begin, end) of one block that hold the same in both directions, and at the same places, as
// in every graph that was not changed: one comparison for all of them.
template <class T>
bool is_block_alike(const GraphView& graph, const T* out, const T* in, NodeID begin, NodeID end) {
  const NodeRecord* const records = &node_record(graph.out(), begin);
  const auto count = static_cast<std::size_t>(end - begin);
  if (std::memcmp(records, &node_record(graph.in(), begin), count * sizeof(NodeRecord)) != 0)
    return false;
  EdgeOffset arcs = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (records[i].edge_index != arcs) return false;  // a graph that changes: gaps between lists
    arcs += records[i].out_degree;
  }
  const std::size_t block = static_cast<std::size_t>(begin) >> kNodeBlockShift;
  out += graph.out().blocks[block].edge_base;
  return std::equal(out, out + arcs, in + graph.in().blocks[block].edge_base);
}

template <class T>
bool are_lists_alike(const GraphView& graph, const T* out, const T* in, NodeID begin, NodeID end) {
  for (NodeID v = begin; v < end; ++v) {
    const T* const list = out + first_edge(graph.out(), v);
    if (graph.in_degree(v) != graph.out_degree(v) ||
        !std::equal(list, list + graph.out_degree(v), in + first_edge(graph.in(), v)))
      return false;
  }
  return true;
}

// Of two columns, one element an arc.
template <class T>
bool are_alike(const GraphView& graph, Parallel& parallel, const T* out, const T* in) {
  std::atomic<bool> alike = true;  // the end of for_range orders it
  parallel.for_range(
      graph.num_nodes(), kNodeBlockSize, [&](std::int64_t first, std::int64_t last, int) {
        const auto begin = static_cast<NodeID>(first), end = static_cast<NodeID>(last);
        if (!alike.load(std::memory_order_relaxed)) return;
        if (!is_block_alike(graph, out, in, begin, end) &&
            !are_lists_alike(graph, out, in, begin, end))
          alike.store(false, std::memory_order_relaxed);
      });
  return alike.load(std::memory_order_relaxed);
}

}  // namespace

bool has_symmetric_arcs(const GraphView& graph, Parallel& parallel) {
  return !graph.directed() || are_alike(graph, parallel, graph.out().targets, graph.in().targets);
}

bool has_symmetric_weights(const GraphView& graph, Parallel& parallel) {
  return !graph.directed() || !graph.weighted() ||
         are_alike(graph, parallel, graph.out().weights, graph.in().weights);
}

Result<ComponentWalk> walk_components(const GraphView& graph, Parallel& parallel, Arena& scratch) {
  Walk walk(graph, has_symmetric_arcs(graph, parallel));
  QUADRILLE_RETURN_IF_ERROR(walk.allocate(scratch));
  return walk.run();
}

}  // namespace quadrille
