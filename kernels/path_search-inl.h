/* Shortest paths from one node to the end, by delta-stepping as in sssp-inl.h, but for the state:
   a node's distance and parent are one 64-bit word, (distance << 32) | parent, lowered by an atomic
   minimum. Every node that leads on is relaxed with its final distance, so the least word over all
   that was tried names the lowest tight predecessor: parents take no pass of their own, and any
   order of relaxations ends in the same words.

   An arc of weight 0 leads to a node that may be as near as its parent; it offers kZeroArcParent,
   and such nodes get their parents from ZeroArcParents at the end.

   A bucket's entries are first moved out of their chunks, without the stale ones, so that what they
   need is asked for in a long row: the word and the record, then the lists, then the words that
   these lead to. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace path_search {

constexpr std::int32_t kListsAhead = PathLists::kAhead;  // entries
constexpr std::int32_t kTargetsAhead = 4;                // entries
constexpr std::int64_t kArcsAhead = 16;                  // in a long list
constexpr std::int64_t kListArcs = 64;  // of a list that are asked for; the processor goes on

// word = min(word, to); returns what it was, `to` or less where it was not lowered.
template <bool kShared>
inline PathWord lower_word(PathWord* word, PathWord seen, PathWord to) {
  if constexpr (!kShared) {
    if (to < seen) *word = to;
  } else {
    while (to < seen && !__atomic_compare_exchange_n(word, &seen, to, true, __ATOMIC_RELAXED,
                                                     __ATOMIC_RELAXED)) {
    }
  }
  return seen;
}

// Where a node's lists are: looked up once for all that is done with them.
struct NodeLists {
  const NodeID* targets;
  const Weight* weights;  // null: all arcs weigh 1
  std::int64_t degree;
};

// A guess of the branch would be wrong for every other arc of a grid or a road map, so there the
// word and the entry are written in any case, and the list's end moves or does not. Where most arcs
// lower nothing, the branch costs less.
inline void relax_without_branch(const PathState& state, PathLists& lists, NodeID v, PathWord to) {
  const PathWord seen = state.words[v];
  state.words[v] = to < seen ? to : seen;
  const std::uint32_t through = distance_of(to);
  const bool lowered = through < distance_of(seen);
  const std::uint64_t bucket = through >> state.shift;
  BucketEntry*& end = lists.ends[bucket & (kNumPathBuckets - 1)];
  BucketEntry* const next = end;
  if (is_null_or_full(next) || bucket - state.bucket >= kNumPathBuckets) [[unlikely]] {
    if (lowered) add<false>(state, lists, {through, v});
    return;
  }
  *next = {through, v};
  end = next + (lowered ? 1 : 0);
}

template <bool kShared>
inline void relax_arc(const PathState& state, PathLists& lists, NodeID v, PathWord to) {
  const PathWord seen = load(state.words + v);
  const std::uint32_t through = distance_of(to);
  if (through > distance_of(seen)) return;
  const PathWord before = lower_word<kShared>(state.words + v, seen, to);
  if (through < distance_of(before)) add<kShared>(state, lists, {through, v});
}

template <bool kShared, bool kWeighted, bool kFewArcs>
inline void relax_node(const PathState& state, PathLists& lists, BucketEntry entry,
                       const NodeLists& node) {
  const auto u = static_cast<std::uint32_t>(entry.node);
  lists.edges += node.degree;
  for (std::int64_t k = 0; k < node.degree; ++k) {
    if (!kFewArcs && k + kArcsAhead < node.degree)
      __builtin_prefetch(state.words + node.targets[k + kArcsAhead]);
    const auto weight = kWeighted ? static_cast<std::uint32_t>(node.weights[k]) : 1u;
    const std::uint32_t parent = weight == 0 ? kZeroArcParent : u;
    const PathWord to = PathWord{entry.distance_low + weight} << 32 | parent;
    if constexpr (kFewArcs && !kShared) {
      relax_without_branch(state, lists, node.targets[k], to);
    } else {
      relax_arc<kShared>(state, lists, node.targets[k], to);
    }
  }
}

// Of most lists the first line and the last are all, and no branch is taken.
QUADRILLE_PREFETCHING void ask_for_list(const std::int32_t* list, std::int64_t degree) {
  constexpr std::int64_t kLine = kCacheLineBytes / sizeof(*list);
  const std::int64_t last = (degree < kListArcs ? degree : kListArcs) - 1;
  __builtin_prefetch(list);
  __builtin_prefetch(list + last);
  for (std::int64_t k = kLine; k < last; k += kLine) __builtin_prefetch(list + k);
}

template <bool kWeighted>
QUADRILLE_PREFETCHING NodeLists ask_for_lists(const Adjacency& graph, NodeID u) {
  const EdgeOffset first = first_edge(graph, u);
  const std::int64_t degree = node_record(graph, u).out_degree;
  ask_for_list(graph.targets + first, degree);
  if constexpr (!kWeighted) return {graph.targets + first, nullptr, degree};
  ask_for_list(graph.weights + first, degree);
  return {graph.targets + first, graph.weights + first, degree};
}

// Four, or eight: a loop that ends with the list would be mispredicted for every other node.
QUADRILLE_PREFETCHING void ask_for_targets(const PathState& state, const NodeLists& node) {
  const std::int64_t last = node.degree - 1;
  for (std::int64_t k = 0; k < 4; ++k)
    __builtin_prefetch(state.words + node.targets[k < last ? k : last]);
  if (last < 4) return;
  for (std::int64_t k = 4; k < 8; ++k)
    __builtin_prefetch(state.words + node.targets[k < last ? k : last]);
}

template <bool kShared, bool kWeighted, bool kFewArcs>
void relax_live(const PathState& state, PathLists& lists, std::int32_t count) {
  if (count == 0) return;
  BucketEntry* const live = lists.live;
  std::fill(live + count, live + count + kListsAhead, live[count - 1]);
  NodeLists found[2 * kListsAhead];
  for (std::int32_t i = 0; i < kListsAhead; ++i)
    found[i] = ask_for_lists<kWeighted>(*state.graph, live[i].node);
  for (std::int32_t i = 0; i < kTargetsAhead; ++i) ask_for_targets(state, found[i]);
  constexpr std::int32_t kMask = 2 * kListsAhead - 1;
  for (std::int32_t i = 0; i < count; ++i) {
    found[(i + kListsAhead) & kMask] =
        ask_for_lists<kWeighted>(*state.graph, live[i + kListsAhead].node);
    ask_for_targets(state, found[(i + kTargetsAhead) & kMask]);
    if (distance_of(load(state.words + live[i].node)) != live[i].distance_low) continue;
    relax_node<kShared, kWeighted, kFewArcs>(state, lists, live[i], found[i & kMask]);
  }
}

template <bool kShared>
inline std::int32_t relax_if_full(const PathState& state, PathLists& lists, std::int32_t num_live,
                                  std::int32_t full) {
  if (num_live < full) return num_live;
  const bool weighted = state.graph->weights != nullptr;
  const auto relax =
      state.few_arcs
          ? (weighted ? relax_live<kShared, true, true> : relax_live<kShared, false, true>)
          : (weighted ? relax_live<kShared, true, false> : relax_live<kShared, false, false>);
  relax(state, lists, num_live);
  return 0;
}

template <bool kShared>
void relax(const RelaxPathsArgs& args) {
  std::int32_t live = 0;
  for (std::int64_t i = 0; i < args.num_chunks; ++i) {
    live = gather(*args.state, *args.lists, args.chunks[i], live);
    live = relax_if_full<kShared>(*args.state, *args.lists, live, PathLists::kLive);
  }
  relax_if_full<kShared>(*args.state, *args.lists, live, 0);
}

// Round after round, each over all that the round before found: newest first would relax far more.
template <bool kShared>
void relax_own(const RelaxOwnArgs& args) {
  const PathState& state = *args.state;
  PathLists& lists = *args.lists;
  const std::uint64_t slot = state.bucket & (kNumPathBuckets - 1);
  while (lists.ends[slot] != nullptr) {
    std::int32_t id = chunk_of(state.pool, lists.ends[slot] - 1);
    if (length_of(state.pool, id, args.most_chunks) > args.most_chunks) return;
    state.pool.chunks[id].count =
        static_cast<std::int32_t>(lists.ends[slot] - state.pool.chunks[id].entries);
    lists.ends[slot] = nullptr;
    lists.filled[slot / 64] &= ~(std::uint64_t{1} << (slot & 63));
    std::int32_t live = 0;
    while (id != kNoChunk) {
      const std::int32_t next = state.pool.chunks[id].next;
      live = gather(state, lists, id, live);
      live = relax_if_full<kShared>(state, lists, live, PathLists::kLive);
      id = next;
      if (id != kNoChunk) state.pool.chunks[id].count = BucketChunk::kCapacity;
    }
    relax_if_full<kShared>(state, lists, live, 0);
  }
}

void write(const WritePathsArgs& args) {
  for (std::int64_t v = args.begin; v < args.end; ++v) {
    const PathWord word = args.words[v];
    args.distance[v] = word == kNoPath ? kPathInf : static_cast<PathLength>(word >> 32);
    args.parent[v] = static_cast<NodeID>(static_cast<std::uint32_t>(word));
    args.words[v] = kNoPath;
  }
}

}  // namespace path_search
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
