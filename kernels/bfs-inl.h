/* One level of breadth-first search, direction optimizing [1]. Writes distance[v] = level and
   parent[v] = the lowest id among v's in-neighbours of the level before.

   Top-down: distance and parent are the state, there is no copy. Both are -1 where unreached, which
   read as unsigned is the largest, so "unreached or found in this level" is one comparison
   (distance >= level) and "a lower parent" is an atomic minimum. Who lowers a parent from -1 found
   the node and puts it into the queue: exactly one worker.
   Bottom-up: lists ascend, so the first in-neighbour in the frontier is the lowest. A word of 64
   nodes belongs to one worker; nothing is atomic.

   Differs from [1]: the parent does not depend on who comes first.
   [1] Beamer, Asanovic, Patterson. Direction-Optimizing Breadth-First Search. SC 2012. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace bfs {

// How far ahead of its use a line is asked for.
constexpr std::int64_t kPrefetchNodes = 8;
constexpr std::int64_t kPrefetchTargets = 16;
constexpr std::uint32_t kPrefetchFirst = 4;

inline std::uint32_t as_unsigned(std::int32_t value) { return static_cast<std::uint32_t>(value); }

// parent = min(parent, u), unsigned; true if there was none.
template <bool kShared>
inline bool lower_parent(NodeID* parent, NodeID u) {
  const std::uint32_t id = as_unsigned(u);
  auto* slot = reinterpret_cast<std::uint32_t*>(parent);
  if constexpr (!kShared) {
    const std::uint32_t seen = *slot;
    if (id < seen) *slot = id;
    return seen == as_unsigned(kNoParent);
  } else {
    std::uint32_t seen = __atomic_load_n(slot, __ATOMIC_RELAXED);
    while (id < seen) {
      if (__atomic_compare_exchange_n(slot, &seen, id, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
        return seen == as_unsigned(kNoParent);
      }
    }
    return false;
  }
}

template <bool kShared>
inline void push(const NodeQueue& queue, QueueBuffer* buffer, NodeID v) {
  if constexpr (!kShared) {
    queue.ids[(*queue.tail)++] = v;
  } else {
    if (buffer->count == QueueBuffer::kCapacity) {
      const std::int64_t at = __atomic_fetch_add(queue.tail, buffer->count, __ATOMIC_RELAXED);
      __builtin_memcpy(queue.ids + at, buffer->ids, sizeof(buffer->ids));
      buffer->count = 0;
    }
    buffer->ids[buffer->count++] = v;
  }
}

// Asks for what nodes that come up soon need, in three stages: a record, its targets, the first
// targets' distances.
inline void prefetch_node(const TopDownArgs& args, std::int64_t i) {
  if (i + 3 * kPrefetchNodes < args.count) {
    __builtin_prefetch(&node_record(*args.graph, args.frontier[i + 3 * kPrefetchNodes]));
  }
  if (i + 2 * kPrefetchNodes < args.count) {
    __builtin_prefetch(args.graph->targets +
                       first_edge(*args.graph, args.frontier[i + 2 * kPrefetchNodes]));
  }
  if (i + kPrefetchNodes < args.count) {
    const NodeID u = args.frontier[i + kPrefetchNodes];
    const NodeID* const target = args.graph->targets + first_edge(*args.graph, u);
    const std::uint32_t degree = node_record(*args.graph, u).out_degree;
    for (std::uint32_t k = 0; k < degree && k < kPrefetchFirst; ++k) {
      __builtin_prefetch(args.distance + target[k]);
    }
  }
}

template <bool kShared>
inline void expand(TopDownArgs& args, NodeID u) {
  const std::uint32_t level = as_unsigned(args.level);
  const NodeID* target = args.graph->targets + first_edge(*args.graph, u);
  const NodeID* const end = target + node_record(*args.graph, u).out_degree;
  for (; target != end; ++target) {
    if (end - target > kPrefetchTargets)
      __builtin_prefetch(args.distance + target[kPrefetchTargets]);
    const NodeID v = *target;
    Distance* const distance = args.distance + v;
    if (as_unsigned(__atomic_load_n(distance, __ATOMIC_RELAXED)) < level) continue;
    if (!lower_parent<kShared>(args.parent + v, u)) continue;
    __atomic_store_n(distance, args.level, __ATOMIC_RELAXED);
    push<kShared>(args.next, args.buffer, v);
    args.scout += node_record(*args.graph, v).out_degree;
  }
}

template <bool kShared>
void top_down(TopDownArgs& args) {
  for (std::int64_t i = 0; i < args.count; ++i) {
    prefetch_node(args, i);
    expand<kShared>(args, args.frontier[i]);
  }
}

// The lowest in-neighbour of v in the frontier, or kNoParent.
inline NodeID find_parent(BottomUpArgs& args, NodeID v) {
  const NodeID* target = args.transpose->targets + first_edge(*args.transpose, v);
  const std::int64_t degree = node_record(*args.transpose, v).out_degree;
  for (std::int64_t i = 0; i < degree; ++i) {
    const NodeID u = target[i];
    if ((args.front[u >> 6] >> (u & 63) & 1) != 0) {
      args.edges += i + 1;
      return u;
    }
  }
  args.edges += degree;
  return kNoParent;
}

void bottom_up(BottomUpArgs& args) {
  for (std::int64_t w = args.word_begin; w < args.word_end; ++w) {
    std::uint64_t found = 0;
    for (std::uint64_t rest = args.unreached[w]; rest != 0; rest &= rest - 1) {
      const int bit = __builtin_ctzll(rest);
      const auto v = static_cast<NodeID>(w * 64 + bit);
      const NodeID u = find_parent(args, v);
      if (u == kNoParent) continue;
      args.distance[v] = args.level;
      args.parent[v] = u;
      found |= std::uint64_t{1} << bit;
    }
    args.next[w] = found;
    args.unreached[w] &= ~found;
    args.found += __builtin_popcountll(found);
  }
}

// The bits of up to 64 distances that are kDistInf.
template <class Arch>
inline std::uint64_t unreached_bits(const Distance* distance, std::int64_t count) {
  using Ints = Batch<Distance, Arch>;
  constexpr auto width = static_cast<std::int64_t>(Ints::size);
  std::uint64_t bits = 0;
  std::int64_t i = 0;
  for (; i + width <= count; i += width) {
    const auto equal = Ints::load_unaligned(distance + i) == Ints(kDistInf);
    bits |= mask_bits(equal) << i;
  }
  for (; i < count; ++i) bits |= std::uint64_t{distance[i] == kDistInf} << i;
  return bits;
}

template <class Arch>
void unreached(const UnreachedArgs& args) {
  for (std::int64_t w = args.word_begin; w < args.word_end; ++w) {
    const std::int64_t left = args.num_nodes - w * 64;
    const std::uint64_t bits = unreached_bits<Arch>(args.distance + w * 64, left < 64 ? left : 64);
    args.words[w] = bits & args.candidates[w];
  }
}

}  // namespace bfs
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
