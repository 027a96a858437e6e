/* One level of breadth-first search whose frontier stands in a list. Finds distance[v] = level and
   parent[v] = the lowest id among v's in-neighbours of the level before, whoever comes first.

   Alone: of two offers of one level the lower parent is kept.
   Shared: only distances are written, all workers the same; a node's parent is found when the node
   is expanded, for then its list is read anyway. It ascends, so the first neighbour of the level
   before is the lowest. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace bfs {

// How far ahead of its use a line is asked for: nodes of a frontier, targets of a list.
constexpr std::int64_t kPrefetchRecords = 16;
constexpr std::int64_t kPrefetchLists = 8;
constexpr std::int64_t kPrefetchTargets = 8;
constexpr std::int64_t kTargetsInLine = 16;

inline const NodeID* list_of(const Adjacency& graph, NodeID u) {
  return graph.targets + first_edge(graph, u);
}

// Asks for what nodes that come up soon need: a record, then its list.
QUADRILLE_PREFETCHING void prefetch_node(const Adjacency& graph, const NodeID* frontier,
                                         std::int64_t left) {
  if (left > kPrefetchRecords) {
    __builtin_prefetch(&node_record(graph, frontier[kPrefetchRecords]));
  }
  if (left > kPrefetchLists) {
    const NodeID* const list = list_of(graph, frontier[kPrefetchLists]);
    __builtin_prefetch(list);
    __builtin_prefetch(list + kTargetsInLine);
  }
}

// body(u, list, end) for each of `nodes` and its neighbours, which were asked for ahead. What
// bodies read again and again they copy first: for all the compiler knows, a column that is written
// could be a part of `args`.
template <class Body>
QUADRILLE_PREFETCHING void for_each_list(const Adjacency* adjacency, const NodeID* nodes,
                                         std::int64_t count, Body body) {
  const Adjacency graph = *adjacency;
  for (std::int64_t i = 0; i < count; ++i) {
    prefetch_node(graph, nodes + i, count - i);
    const NodeID u = nodes[i];
    const NodeID* const list = list_of(graph, u);
    body(u, list, list + node_record(graph, u).out_degree);
  }
}

void expand_alone(BfsListArgs& args) {
  const Distance level = args.level;
  Distance* const distance = args.distance;
  NodeID* const parent = args.parent;
  NodeID* out = args.out;
  std::int64_t arcs = 0;
  for_each_list(args.graph, args.frontier, args.count,
                [&](NodeID u, const NodeID* target, const NodeID* end) {
                  arcs += end - target;
                  for (; target != end; ++target) {
                    if (end - target > kPrefetchTargets)
                      __builtin_prefetch(distance + target[kPrefetchTargets]);
                    const NodeID v = *target;
                    if (distance[v] == kDistInf) {
                      distance[v] = level;
                      parent[v] = u;
                      *out++ = v;
                    } else if (distance[v] == level && u < parent[v]) {
                      parent[v] = u;
                    }
                  }
                });
  args.found = out - args.out;
  args.arcs = arcs;
}

void expand_shared(BfsListArgs& args) {
  const Distance level = args.level;
  Distance* const distance = args.distance;
  NodeID* const parent = args.parent;
  NodeID* out = args.out;
  std::int64_t arcs = 0;
  for_each_list(args.graph, args.frontier, args.count,
                [&](NodeID u, const NodeID* target, const NodeID* end) {
                  arcs += end - target;
                  NodeID first = kNoParent;
                  for (; target != end; ++target) {
                    const NodeID v = *target;
                    const Distance seen = __atomic_load_n(distance + v, __ATOMIC_RELAXED);
                    first = seen == level - 2 && first == kNoParent ? v : first;
                    *out =
                        v;  // kept if it is new: half of all targets are, which no branch foresees
                    const bool is_new = seen == kDistInf;
                    out += is_new;
                    if (is_new) __atomic_store_n(distance + v, level, __ATOMIC_RELAXED);
                  }
                  // Whoever else lists u writes the same.
                  __atomic_store_n(parent + u, first, __ATOMIC_RELAXED);
                });
  args.found = out - args.out;
  args.arcs = arcs;
}

void settle(const BfsSettleArgs& args) {
  for_each_list(args.transpose, args.nodes, args.count,
                [&args](NodeID v, const NodeID* source, const NodeID* end) {
                  while (source != end && args.distance[*source] != args.level - 1) ++source;
                  __atomic_store_n(args.parent + v, source != end ? *source : kNoParent,
                                   __ATOMIC_RELAXED);
                });
}

std::int64_t count_arcs(const Adjacency& graph, const NodeID* nodes, std::int64_t count) {
  std::int64_t arcs = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    if (i + kPrefetchRecords < count) {
      __builtin_prefetch(&node_record(graph, nodes[i + kPrefetchRecords]));
    }
    arcs += node_record(graph, nodes[i]).out_degree;
  }
  return arcs;
}

}  // namespace bfs
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
