/* Shortest paths from one node to the end, by delta-stepping as in sssp-inl.h, but for the state:
   a node's distance and parent are one 64-bit word, (distance << 32) | parent, lowered by an atomic
   minimum. Every node is relaxed once with its final distance, so the least word over all that was
   tried names the lowest tight predecessor: parents take no pass of their own, and any order of
   relaxations ends in the same words.

   An arc of weight 0 leads to a node that may be as near as its parent; it offers kZeroArcParent,
   and such nodes get their parents from ZeroArcParents at the end.

   A bucket's entries are first moved out of their chunks, without the stale ones, so that what they
   need is asked for in a long row: the word and the record, then the lists, then the words that
   these lead to. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace path_search {

constexpr std::int32_t kGatherAhead = 12;
constexpr std::int32_t kListsAhead = 8;    // entries
constexpr std::int32_t kTargetsAhead = 4;  // entries
constexpr std::int64_t kArcsAhead = 16;    // in a long list
constexpr std::int64_t kListArcs = 64;     // of a list that are asked for; the processor goes on

inline PathWord load(const PathWord* word) { return __atomic_load_n(word, __ATOMIC_RELAXED); }
inline std::uint32_t distance_of(PathWord word) { return static_cast<std::uint32_t>(word >> 32); }

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

inline std::int32_t chunk_of(const PathState& state, const BucketEntry* entry) {
  return static_cast<std::int32_t>(
      reinterpret_cast<const BucketChunk*>(reinterpret_cast<std::uintptr_t>(entry) &
                                           ~(std::uintptr_t{sizeof(BucketChunk)} - 1)) -
      state.pool.chunks);
}

inline bool is_null_or_full(const BucketEntry* end) {
  return (reinterpret_cast<std::uintptr_t>(end) & (sizeof(BucketChunk) - 1)) == 0;
}

template <bool kShared>
__attribute__((noinline)) void begin_chunk(const PathState& state, PathLists& lists,
                                           std::uint64_t bucket, BucketEntry entry) {
  const std::uint64_t slot = bucket & (kNumBuckets - 1);
  BucketEntry* const end = lists.ends[slot];
  const std::int32_t before = end == nullptr ? kNoChunk : chunk_of(state, end - 1);
  const std::int32_t fresh = sssp::take_chunk<kShared>(state.pool, lists.spare, before);
  if (fresh == kNoChunk) {
    if (static_cast<std::int64_t>(bucket) < lists.first_dropped)
      lists.first_dropped = static_cast<std::int64_t>(bucket);
    return;
  }
  state.pool.chunks[fresh].entries[0] = entry;
  lists.ends[slot] = state.pool.chunks[fresh].entries + 1;
  lists.filled[slot / 64] |= std::uint64_t{1} << (slot & 63);
}

template <bool kShared>
inline void add(const PathState& state, PathLists& lists, BucketEntry entry) {
  const std::uint64_t bucket = entry.distance_low >> state.shift;
  if (bucket - state.bucket >= kNumBuckets) {
    if (static_cast<std::int64_t>(bucket) < lists.first_dropped)
      lists.first_dropped = static_cast<std::int64_t>(bucket);
    return;
  }
  BucketEntry*& end = lists.ends[bucket & (kNumBuckets - 1)];
  if (is_null_or_full(end)) return begin_chunk<kShared>(state, lists, bucket, entry);
  *end++ = entry;
}

template <bool kShared, bool kWeighted>
inline void relax_node(const PathState& state, PathLists& lists, BucketEntry entry) {
  const auto u = static_cast<std::uint32_t>(entry.node);
  const EdgeOffset first = first_edge(*state.graph, entry.node);
  const std::int64_t degree = node_record(*state.graph, entry.node).out_degree;
  const NodeID* const targets = state.graph->targets + first;
  const Weight* const weights = kWeighted ? state.graph->weights + first : nullptr;
  lists.edges += degree;
  for (std::int64_t k = 0; k < degree; ++k) {
    if (k + kArcsAhead < degree) __builtin_prefetch(state.words + targets[k + kArcsAhead]);
    const NodeID v = targets[k];
    const auto weight = kWeighted ? static_cast<std::uint32_t>(weights[k]) : 1u;
    const std::uint32_t through = entry.distance_low + weight;
    const PathWord seen = load(state.words + v);
    if (through > distance_of(seen)) continue;
    const std::uint32_t parent = weight == 0 ? kZeroArcParent : u;
    const PathWord to = PathWord{through} << 32 | parent;
    const PathWord before = lower_word<kShared>(state.words + v, seen, to);
    if (through < distance_of(before)) add<kShared>(state, lists, {through, v});
  }
}

// Inlined by force: g++ 12 takes a function that only prefetches for one without effect, and drops
// the calls.
__attribute__((always_inline)) inline void ask_for_lines(const void* list, std::int64_t bytes) {
  const auto begin = reinterpret_cast<std::uintptr_t>(list);
  const auto end = begin + static_cast<std::uintptr_t>(bytes);
  for (std::uintptr_t line = begin & ~(kCacheLineBytes - 1); line < end; line += kCacheLineBytes)
    __builtin_prefetch(reinterpret_cast<const void*>(line));
}

__attribute__((always_inline)) inline void ask_for_lists(const Adjacency& graph, NodeID u) {
  const EdgeOffset first = first_edge(graph, u);
  const std::int64_t degree = node_record(graph, u).out_degree;
  const std::int64_t bytes = (degree < kListArcs ? degree : kListArcs) * 4;
  ask_for_lines(graph.targets + first, bytes);
  if (graph.weights != nullptr) ask_for_lines(graph.weights + first, bytes);
}

// Four, or eight: a loop that ends with the list would be mispredicted for every other node.
__attribute__((always_inline)) inline void ask_for_targets(const PathState& state, NodeID u) {
  const NodeID* const targets = state.graph->targets + first_edge(*state.graph, u);
  const std::int64_t last = node_record(*state.graph, u).out_degree - std::int64_t{1};
  for (std::int64_t k = 0; k < 4; ++k)
    __builtin_prefetch(state.words + targets[k < last ? k : last]);
  if (last < 4) return;
  for (std::int64_t k = 4; k < 8; ++k)
    __builtin_prefetch(state.words + targets[k < last ? k : last]);
}

template <bool kShared, bool kWeighted>
void relax_live(const PathState& state, PathLists& lists, std::int32_t count) {
  const BucketEntry* const live = lists.live;
  for (std::int32_t i = -kListsAhead; i < count; ++i) {
    if (i + kListsAhead < count) ask_for_lists(*state.graph, live[i + kListsAhead].node);
    const std::int32_t next = i + kTargetsAhead;
    if (next >= 0 && next < count) ask_for_targets(state, live[next].node);
    if (i < 0 || distance_of(load(state.words + live[i].node)) != live[i].distance_low) continue;
    relax_node<kShared, kWeighted>(state, lists, live[i]);
  }
}

// The source's own arc is relaxed even if there is no other: it was reached from nowhere.
inline bool is_leaf(const PathState& state, const BucketEntry& entry) {
  const std::uint32_t leaf_degree = entry.distance_low == 0 ? 0 : state.leaf_degree;
  return node_record(*state.graph, entry.node).out_degree <= leaf_degree;
}

// Appends the live entries of a chunk to `live`, then gives the chunk to the worker.
inline std::int32_t gather(const PathState& state, PathLists& lists, std::int32_t id,
                           std::int32_t num_live) {
  BucketChunk& chunk = state.pool.chunks[id];
  for (std::int32_t i = -kGatherAhead; i < chunk.count; ++i) {
    if (i + kGatherAhead < chunk.count) {
      const NodeID ahead = chunk.entries[i + kGatherAhead].node;
      __builtin_prefetch(state.words + ahead);
      __builtin_prefetch(&node_record(*state.graph, ahead));
    }
    if (i < 0) continue;
    const BucketEntry entry = chunk.entries[i];
    const bool live = distance_of(load(state.words + entry.node)) == entry.distance_low;
    lists.live[num_live] = entry;
    num_live += live && !is_leaf(state, entry) ? 1 : 0;
  }
  chunk.next = lists.spare;
  lists.spare = id;
  return num_live;
}

template <bool kShared>
inline std::int32_t relax_if_full(const PathState& state, PathLists& lists, std::int32_t num_live,
                                  std::int32_t full) {
  if (num_live < full) return num_live;
  if (state.graph->weights != nullptr) {
    relax_live<kShared, true>(state, lists, num_live);
  } else {
    relax_live<kShared, false>(state, lists, num_live);
  }
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

inline std::int64_t length_of(const BucketPool& pool, std::int32_t head, std::int64_t most) {
  std::int64_t length = 0;
  for (; head != kNoChunk && length <= most; head = pool.chunks[head].next) ++length;
  return length;
}

// Round after round, each over all that the round before found: newest first would relax far more.
template <bool kShared>
void relax_own(const RelaxOwnArgs& args) {
  const PathState& state = *args.state;
  PathLists& lists = *args.lists;
  const std::uint64_t slot = state.bucket & (kNumBuckets - 1);
  while (lists.ends[slot] != nullptr) {
    std::int32_t id = chunk_of(state, lists.ends[slot] - 1);
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

void refill(const RefillPathsArgs& args) {
  for (std::int64_t v = args.begin; v < args.end; ++v) {
    const PathWord word = args.state->words[v];
    if (word == kNoPath || distance_of(word) < args.from) continue;
    add<true>(*args.state, *args.lists, {distance_of(word), static_cast<NodeID>(v)});
  }
}

std::uint64_t least(const LeastPathArgs& args) {
  std::uint64_t least = distance_of(kNoPath);
  for (std::int64_t v = args.begin; v < args.end; ++v) {
    const std::uint64_t distance = distance_of(args.words[v]);
    if (distance >= args.from && distance < least) least = distance;
  }
  return least;
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
