#include "kernels/simple_graph.h"

#include <algorithm>
#include <utility>

#include <quadrille/parallel.h>

#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kGrain = 4096;
constexpr std::int64_t kAhead = 8;  // nodes whose list is fetched before its turn

// visit(u) for each neighbour of v, in whichever direction, once and in ascending order.
template <class Visit>
void for_each_neighbour(const GraphView& graph, NodeID v, Visit visit) {
  std::span<const NodeID> out = graph.out_neigh(v), in;
  if (graph.directed()) in = graph.in_neigh(v);
  while (!out.empty() || !in.empty()) {
    const bool from_out = in.empty() || (!out.empty() && out[0] <= in[0]);
    const NodeID u = from_out ? out[0] : in[0];
    if (!out.empty() && out[0] == u) out = out.subspan(1);
    if (!in.empty() && in[0] == u) in = in.subspan(1);
    if (u != v) visit(u);
  }
}

// From degrees at [v + 1] to first places; then room for as many targets.
Status open_lists(SimpleGraph& graph, Arena& scratch) {
  graph.first[0] = 0;
  for (std::size_t v = 1; v < graph.first.size(); ++v) graph.first[v] += graph.first[v - 1];
  return allocate_scratch(scratch, graph.first.back(), {"placement edges"}, graph.targets);
}

}  // namespace

Result<SimpleGraph> make_simple_graph(const GraphView& graph, Parallel& parallel, Arena& scratch) {
  SimpleGraph simple{.num_nodes = graph.num_nodes(), .first = {}, .targets = {}};
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, std::int64_t{graph.num_nodes()} + 1,
                                             {"placement lists"}, simple.first));
  EdgeOffset* const first = simple.first.data();
  parallel.for_range(graph.num_nodes(), kGrain, [&](std::int64_t begin, std::int64_t end, int) {
    for (auto v = static_cast<NodeID>(begin); v < end; ++v) {
      EdgeOffset degree = 0;
      for_each_neighbour(graph, v, [&](NodeID) { ++degree; });
      first[v + 1] = degree;
    }
  });
  QUADRILLE_RETURN_IF_ERROR(open_lists(simple, scratch));
  parallel.for_range(graph.num_nodes(), kGrain, [&](std::int64_t begin, std::int64_t end, int) {
    NodeID* target = simple.targets.data() + first[begin];
    for (auto v = static_cast<NodeID>(begin); v < end; ++v) {
      for_each_neighbour(graph, v, [&](NodeID u) { *target++ = u; });
    }
  });
  return simple;
}

Result<SimpleGraph> renumber(const SimpleGraph& graph, std::span<const NodeID> order,
                             std::span<NodeID> new_id, Parallel& parallel, Arena& scratch) {
  SimpleGraph renumbered{.num_nodes = graph.num_nodes, .first = {}, .targets = {}};
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, std::int64_t{graph.num_nodes} + 1,
                                             {"placement lists"}, renumbered.first));
  EdgeOffset* const first = renumbered.first.data();
  const NodeID* const old_id = order.data();
  NodeID* const new_of = new_id.data();
  parallel.for_range(graph.num_nodes, kGrain, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t i = begin; i < end; ++i) {
      new_of[old_id[i]] = static_cast<NodeID>(i);
      first[i + 1] = graph.degree(old_id[i]);
    }
  });
  QUADRILLE_RETURN_IF_ERROR(open_lists(renumbered, scratch));
  parallel.for_range(graph.num_nodes, kGrain, [&](std::int64_t begin, std::int64_t end, int) {
    NodeID* target = renumbered.targets.data() + first[begin];
    for (std::int64_t i = begin; i < end; ++i) {
      if (i + 2 * kAhead < end) __builtin_prefetch(&graph.first.data()[old_id[i + 2 * kAhead]]);
      if (i + kAhead < end) __builtin_prefetch(graph.neigh(old_id[i + kAhead]).data());
      for (const NodeID u : graph.neigh(old_id[i])) *target++ = new_of[u];
    }
  });
  return renumbered;
}

}  // namespace quadrille
