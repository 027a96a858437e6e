/* Delta-stepping [1] without the split into light and heavy arcs, with bucket fusion [2]. Writes
   distance (the least so far, all nodes) and, of the nodes that a bucket settles, parent.

   A distance is lowered by an atomic minimum over its unsigned bits: unreached, -1, is the largest.
   Whoever lowers it adds an entry to its own list, so an entry is alive as long as it holds the
   node's distance. Nodes are relaxed once for each distance that they had while their bucket was
   emptied; stale entries are skipped. A bucket is settled when no list has a live entry of it. Then
   every node holds the minimum over arcs that leave settled nodes, whatever the order was: the same
   bytes after each step for any number of threads.

   [1] Meyer, Sanders. Delta-stepping: a parallelizable shortest path algorithm. J. Algorithms 49,
   2003.
   [2] Zhang et al. Optimizing ordered graph algorithms with GraphIt. CGO 2020. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace sssp {

// How many entries ahead of its use a line is asked for: the node, then its arcs, then where the
// first arcs lead.
constexpr std::int32_t kPrefetchNode = 12;
constexpr std::int32_t kPrefetchArcs = 8;
constexpr std::int32_t kPrefetchTargets = 4;
constexpr std::int64_t kTargetsAhead = 8;

inline std::uint64_t as_unsigned(PathLength distance) {
  return static_cast<std::uint64_t>(distance);
}

inline PathLength load(const PathLength* distance) {
  return __atomic_load_n(distance, __ATOMIC_RELAXED);
}

inline Weight weight_of(const Adjacency& graph, EdgeOffset edge) {
  return graph.weights == nullptr ? 1 : graph.weights[edge];
}

// distance = min(distance, to); true if it was larger.
template <bool kShared>
inline bool lower_distance(PathLength* distance, PathLength to) {
  if constexpr (!kShared) {
    if (as_unsigned(to) >= as_unsigned(*distance)) return false;
    *distance = to;
    return true;
  } else {
    PathLength seen = load(distance);
    while (as_unsigned(to) < as_unsigned(seen)) {
      if (__atomic_compare_exchange_n(distance, &seen, to, true, __ATOMIC_RELAXED,
                                      __ATOMIC_RELAXED)) {
        return true;
      }
    }
    return false;
  }
}

template <bool kShared>
inline std::int32_t take_from_pool(const BucketPool& pool) {
  std::int64_t top;
  if constexpr (kShared) {
    top = __atomic_fetch_sub(pool.num_free, 1, __ATOMIC_RELAXED);
  } else {
    top = (*pool.num_free)--;
  }
  return top > 0 ? pool.free_chunks[top - 1] : kNoChunk;
}

// An empty chunk in front of `next`, or kNoChunk when there is none left.
template <bool kShared>
inline std::int32_t take_chunk(const BucketPool& pool, std::int32_t& spare, std::int32_t next) {
  std::int32_t id = spare;
  if (id != kNoChunk) {
    spare = pool.chunks[id].next;
  } else {
    id = take_from_pool<kShared>(pool);
  }
  if (id == kNoChunk) return kNoChunk;
  pool.chunks[id].count = 0;
  pool.chunks[id].next = next;
  return id;
}

template <bool kShared>
inline void add_entry(const SsspState& state, BucketLists& lists, NodeID v, PathLength distance) {
  const std::int64_t bucket = distance >> state.shift;
  std::int32_t& head = lists.heads[bucket & (kNumBuckets - 1)];
  bool dropped = bucket >= state.bucket + kNumBuckets;
  if (!dropped && (head == kNoChunk || state.pool.chunks[head].count == BucketChunk::kCapacity)) {
    const std::int32_t fresh = take_chunk<kShared>(state.pool, lists.spare, head);
    dropped = fresh == kNoChunk;
    if (!dropped) head = fresh;
  }
  if (dropped) {
    if (bucket < lists.first_dropped) lists.first_dropped = bucket;
    return;
  }
  BucketChunk& chunk = state.pool.chunks[head];
  chunk.entries[chunk.count++] = {static_cast<std::uint32_t>(distance), v};
}

// Keeps `active` and the list of its nodes; a node joins the list with its bit.
template <bool kShared>
inline void note_lowered(const SsspState& state, QueueBuffer& buffer, NodeID v) {
  if (state.active == nullptr) return;
  std::uint64_t* const word = state.active + (v >> 6);
  const std::uint64_t bit = std::uint64_t{1} << (v & 63);
  if ((__atomic_load_n(word, __ATOMIC_RELAXED) & bit) != 0) return;
  if constexpr (kShared) {
    if ((__atomic_fetch_or(word, bit, __ATOMIC_RELAXED) & bit) != 0) return;
  } else {
    *word |= bit;
  }
  if (buffer.count == QueueBuffer::kCapacity) {
    const std::int64_t at = __atomic_fetch_add(state.lowered.tail, buffer.count, __ATOMIC_RELAXED);
    for (std::int64_t i = 0; i < buffer.count && at + i < state.lowered_capacity; ++i) {
      state.lowered.ids[at + i] = buffer.ids[i];
    }
    buffer.count = 0;
  }
  buffer.ids[buffer.count++] = v;
}

inline bool is_live(const SsspState& state, const BucketEntry& entry, PathLength distance) {
  return static_cast<std::uint32_t>(distance) == entry.distance_low &&
         distance >> state.shift == state.bucket;
}

QUADRILLE_PREFETCHING void prefetch(const SsspState& state, const BucketChunk& chunk,
                                    std::int32_t i) {
  if (i + kPrefetchNode < chunk.count) {
    const NodeID u = chunk.entries[i + kPrefetchNode].node;
    __builtin_prefetch(state.distance + u);
    __builtin_prefetch(&node_record(*state.graph, u));
  }
  if (i + kPrefetchArcs < chunk.count) {
    const EdgeOffset edge = first_edge(*state.graph, chunk.entries[i + kPrefetchArcs].node);
    __builtin_prefetch(state.graph->targets + edge);
    if (state.graph->weights != nullptr) __builtin_prefetch(state.graph->weights + edge);
  }
  if (i + kPrefetchTargets < chunk.count) {
    const NodeID u = chunk.entries[i + kPrefetchTargets].node;
    const NodeID* const targets = state.graph->targets + first_edge(*state.graph, u);
    const std::int64_t degree = node_record(*state.graph, u).out_degree;
    for (std::int64_t k = 0; k < degree && k < kTargetsAhead; ++k) {
      __builtin_prefetch(state.distance + targets[k]);
    }
  }
}

template <bool kShared>
void relax(const RelaxArgs& args) {
  const SsspState& state = *args.state;
  const BucketChunk& chunk = *args.chunk;
  for (std::int32_t i = 0; i < chunk.count; ++i) {
    prefetch(state, chunk, i);
    const NodeID u = chunk.entries[i].node;
    const PathLength distance = load(state.distance + u);
    if (!is_live(state, chunk.entries[i], distance)) continue;
    const EdgeOffset first = first_edge(*state.graph, u);
    const EdgeOffset end = first + node_record(*state.graph, u).out_degree;
    args.lists->edges += end - first;
    for (EdgeOffset e = first; e < end; ++e) {
      if (e + kTargetsAhead < end)
        __builtin_prefetch(state.distance + state.graph->targets[e + kTargetsAhead]);
      const NodeID v = state.graph->targets[e];
      const PathLength through = distance + weight_of(*state.graph, e);
      if (!lower_distance<kShared>(state.distance + v, through)) continue;
      note_lowered<kShared>(state, *args.lowered, v);
      add_entry<kShared>(state, *args.lists, v, through);
    }
  }
}

void refill(const RefillArgs& args) {
  for (std::int64_t v = args.begin; v < args.end; ++v) {
    const PathLength distance = args.state->distance[v];
    if (distance >= args.from) {
      add_entry<true>(*args.state, *args.lists, static_cast<NodeID>(v), distance);
    }
  }
}

PathLength next_distance(const NextDistanceArgs& args) {
  PathLength least = kPathInf;
  for (std::int64_t v = args.begin; v < args.end; ++v) {
    const PathLength distance = args.distance[v];
    if (distance >= args.from && as_unsigned(distance) < as_unsigned(least)) least = distance;
  }
  return least;
}

// Lists ascend, so the first predecessor that fits is the lowest.
inline NodeID lowest_nearer(const SsspState& state, NodeID v, PathLength distance) {
  const Adjacency& transpose = *state.transpose;
  const EdgeOffset first = first_edge(transpose, v);
  const EdgeOffset end = first + node_record(transpose, v).out_degree;
  for (EdgeOffset e = first; e < end; ++e) {
    const PathLength from = state.distance[transpose.targets[e]];
    if (as_unsigned(from) < as_unsigned(distance) && from + weight_of(transpose, e) == distance) {
      return transpose.targets[e];
    }
  }
  return kNoParent;
}

void parents(const SsspParentArgs& args) {
  const SsspState& state = *args.state;
  for (std::int32_t i = 0; i < args.chunk->count; ++i) {
    const NodeID v = args.chunk->entries[i].node;
    const PathLength distance = state.distance[v];
    if (distance == 0 || !is_live(state, args.chunk->entries[i], distance)) continue;
    // Atomic: a refilled bucket may name a node twice, and two workers would write the same value.
    __atomic_store_n(state.parent + v, lowest_nearer(state, v, distance), __ATOMIC_RELAXED);
  }
}

}  // namespace sssp
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
