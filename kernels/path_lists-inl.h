/* The buckets of a whole search for shortest paths: each worker's lists of chunks, entries that it
   adds and takes out again, and what fills them anew from the words of all nodes. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace path_search {

constexpr std::int32_t kGatherAhead = 12;

inline PathWord load(const PathWord* word) { return __atomic_load_n(word, __ATOMIC_RELAXED); }
inline std::uint32_t distance_of(PathWord word) { return static_cast<std::uint32_t>(word >> 32); }

inline bool is_null_or_full(const BucketEntry* end) {
  return (reinterpret_cast<std::uintptr_t>(end) & (sizeof(BucketChunk) - 1)) == 0;
}

template <bool kShared>
__attribute__((noinline)) void begin_chunk(const PathState& state, PathLists& lists,
                                           std::uint64_t bucket, BucketEntry entry) {
  const std::uint64_t slot = bucket & (kNumPathBuckets - 1);
  BucketEntry* const end = lists.ends[slot];
  const std::int32_t before = end == nullptr ? kNoChunk : chunk_of(state.pool, end - 1);
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
  if (bucket - state.bucket >= kNumPathBuckets) {
    if (static_cast<std::int64_t>(bucket) < lists.first_dropped)
      lists.first_dropped = static_cast<std::int64_t>(bucket);
    return;
  }
  BucketEntry*& end = lists.ends[bucket & (kNumPathBuckets - 1)];
  if (is_null_or_full(end)) return begin_chunk<kShared>(state, lists, bucket, entry);
  *end++ = entry;
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
    lists.touched[entry.node >> kPathBlockShift] = 1;
    lists.live[num_live] = entry;
    num_live += live && !is_leaf(state, entry) ? 1 : 0;
  }
  chunk.next = lists.spare;
  lists.spare = id;
  return num_live;
}

inline std::int64_t length_of(const BucketPool& pool, std::int32_t head, std::int64_t most) {
  std::int64_t length = 0;
  for (; head != kNoChunk && length <= most; head = pool.chunks[head].next) ++length;
  return length;
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

}  // namespace path_search
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
