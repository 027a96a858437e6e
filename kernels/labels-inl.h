/* One synchronous round of label propagation [1]: each node takes the most frequent label among its
   own and its neighbours' of the round before; of equally frequent ones the smallest.

   Few labels are counted all against all, a register at a time; many in an array with a place for
   each label, which is cleared by walking the same labels again. Either way the answer depends on
   the labels alone. Differs from [1]: rounds are synchronous and ties have a rule, so the result
   does not depend on an order of visits; the own label counts, which ends most of the flipping of
   bipartite graphs that synchronous rounds are known for.
   [1] Raghavan, Albert, Kumara. Near linear time algorithm to detect community structures. Phys.
   Rev. E 76, 2007. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace labels {

constexpr std::int64_t kPrefetchAhead = 16;

// The best so far of labels that come with ever higher counts.
struct Winner {
  NodeID label;
  std::int32_t count = 0;
  void offer(NodeID other, std::int32_t other_count) {
    if (other_count > count || (other_count == count && other < label)) {
      label = other;
      count = other_count;
    }
  }
};

template <class Arch>
inline NodeID most_frequent_of_few(const NodeID* labels, std::int64_t count) {
  using Ids = Batch<NodeID, Arch>;
  constexpr auto width = static_cast<std::int64_t>(Ids::size);
  std::int32_t counts[kFewLabels];
  for (std::int64_t i = 0; i < count; i += width) {
    const Ids ids = Ids::load_unaligned(labels + i);
    Ids seen(0);
    for (std::int64_t k = 0; k < count; ++k)
      seen = seen + select(ids == Ids(labels[k]), Ids(1), Ids(0));
    seen.store_unaligned(counts + i);
  }
  Winner winner{labels[0]};
  for (std::int64_t i = 0; i < count; ++i) winner.offer(labels[i], counts[i]);
  return winner.label;
}

template <class Visit>
inline void for_targets(const Adjacency& graph, NodeID v, const NodeID* last, Visit visit) {
  const NodeID* target = graph.targets + first_edge(graph, v);
  const NodeID* const end = target + node_record(graph, v).out_degree;
  for (; target != end; ++target) {
    if (end - target > kPrefetchAhead) __builtin_prefetch(last + target[kPrefetchAhead]);
    visit(last[*target]);
  }
}

template <class Visit>
inline void for_labels(const PropagateArgs& args, NodeID v, Visit visit) {
  visit(args.last[v]);
  for_targets(*args.out, v, args.last, visit);
  if (args.in != nullptr) for_targets(*args.in, v, args.last, visit);
}

inline std::int64_t degree(const PropagateArgs& args, NodeID v) {
  std::int64_t sum = node_record(*args.out, v).out_degree;
  if (args.in != nullptr) sum += node_record(*args.in, v).out_degree;
  return sum;
}

template <class Arch>
inline NodeID most_frequent(const PropagateArgs& args, NodeID v, std::int64_t neighbours) {
  if (neighbours < kFewLabels) {
    NodeID labels[kFewLabels] = {};
    std::int64_t count = 0;
    for_labels(args, v, [&](NodeID label) { labels[count++] = label; });
    return most_frequent_of_few<Arch>(labels, count);
  }
  Winner winner{args.last[v]};
  for_labels(args, v, [&](NodeID label) { winner.offer(label, ++args.counts[label]); });
  for_labels(args, v, [&](NodeID label) { args.counts[label] = 0; });
  return winner.label;
}

template <class Arch>
void propagate(PropagateArgs& args) {
  for (std::int64_t w = args.word_begin; w < args.word_end; ++w) {
    std::uint64_t changed = 0;
    for (std::uint64_t rest = args.due[w]; rest != 0; rest &= rest - 1) {
      const int bit = __builtin_ctzll(rest);
      const auto v = static_cast<NodeID>(w * 64 + bit);
      const std::int64_t neighbours = degree(args, v);
      args.edges += neighbours;
      const NodeID label = most_frequent<Arch>(args, v, neighbours);
      if (label == args.last[v]) continue;
      args.label[v] = label;
      changed |= std::uint64_t{1} << bit;
    }
    args.active[w] = changed;
    args.changed += __builtin_popcountll(changed);
  }
}

}  // namespace labels
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
