/* One level of breadth-first search, direction optimizing [1]. Finds distance[v] = level and
   parent[v] = the lowest id among v's in-neighbours of the level before.

   Top-down: a node's find (bfs_body.h) falls to the least that is offered. Who lowers it from
   kNotFound found the node and puts it into the queue: exactly one worker.
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

// Lowers *find to `offer`; true if nothing was found before.
template <bool kShared>
inline bool lower(Find* find, Find offer) {
  Find seen = __atomic_load_n(find, __ATOMIC_RELAXED);
  if (seen <= offer) return false;
  if constexpr (!kShared) {
    *find = offer;
    return seen == kNotFound;
  } else {
    do {
      if (__atomic_compare_exchange_n(find, &seen, offer, true, __ATOMIC_RELAXED,
                                      __ATOMIC_RELAXED)) {
        return seen == kNotFound;
      }
    } while (offer < seen);
    return false;
  }
}

// Where found nodes go: a worker's buffer, or, where no other runs, the queue itself.
template <bool kShared>
class Found {
 public:
  explicit Found(const TopDownArgs& args)
      : queue_(args.next), buffer_(args.buffer), end_(kShared ? 0 : *args.next.tail) {}
  void push(NodeID v) {
    if constexpr (!kShared) {
      queue_.ids[end_++] = v;
    } else {
      if (buffer_->count == QueueBuffer::kCapacity) {
        const std::int64_t at = __atomic_fetch_add(queue_.tail, buffer_->count, __ATOMIC_RELAXED);
        __builtin_memcpy(queue_.ids + at, buffer_->ids, sizeof(buffer_->ids));
        buffer_->count = 0;
      }
      buffer_->ids[buffer_->count++] = v;
    }
  }
  void close() {
    if constexpr (!kShared) *queue_.tail = end_;
  }

 private:
  NodeQueue queue_;
  QueueBuffer* buffer_;
  std::int64_t end_;
};

// Asks for what nodes that come up soon need, in three stages: a record, its targets, what is known
// of the first targets.
inline void prefetch_node(const Adjacency& graph, const NodeID* frontier, std::int64_t left,
                          const Find* finds) {
  if (left > 3 * kPrefetchNodes) {
    __builtin_prefetch(&node_record(graph, frontier[3 * kPrefetchNodes]));
  }
  if (left > 2 * kPrefetchNodes) {
    __builtin_prefetch(graph.targets + first_edge(graph, frontier[2 * kPrefetchNodes]));
  }
  if (left > kPrefetchNodes) {
    const NodeID u = frontier[kPrefetchNodes];
    const NodeID* const target = graph.targets + first_edge(graph, u);
    const std::uint32_t degree = node_record(graph, u).out_degree;
    for (std::uint32_t k = 0; k < degree && k < kPrefetchFirst; ++k) {
      __builtin_prefetch(finds + target[k]);
    }
  }
}

// What the loop reads again and again is copied first: for all the compiler knows, a find that is
// written could be a part of `args`.
template <bool kShared>
void top_down(TopDownArgs& args) {
  const Adjacency graph = *args.graph;
  Find* const finds = args.finds;
  const NodeID* const frontier = args.frontier;
  const std::int64_t count = args.count;
  const Distance level = args.level;
  const bool keeps_records = args.keeps_records;
  Found<kShared> found(args);
  for (std::int64_t i = 0; i < count; ++i) {
    prefetch_node(graph, frontier + i, count - i, finds);
    const NodeID u = frontier[i];
    const Find offer = make_find(level, u);
    const NodeID* target = graph.targets + first_edge(graph, u);
    const NodeID* const end = target + node_record(graph, u).out_degree;
    for (; target != end; ++target) {
      if (end - target > kPrefetchTargets) __builtin_prefetch(finds + target[kPrefetchTargets]);
      if (!lower<kShared>(finds + *target, offer)) continue;
      found.push(*target);
      if (keeps_records) __builtin_prefetch(&node_record(graph, *target));
    }
  }
  found.close();
}

// How many in-neighbours of v are looked at until one is in the frontier; all, if none is.
struct Look {
  NodeID parent;  // kNoParent: none
  std::int64_t looked;
};

inline Look find_parent(const Adjacency& transpose, const std::uint64_t* front, NodeID v) {
  const NodeID* const targets = transpose.targets + first_edge(transpose, v);
  const std::int64_t degree = node_record(transpose, v).out_degree;
  for (std::int64_t i = 0; i < degree; ++i) {
    const NodeID u = targets[i];
    if ((front[u >> 6] >> (u & 63) & 1) != 0) return {u, i + 1};
  }
  return {kNoParent, degree};
}

void bottom_up(BottomUpArgs& args) {
  const Adjacency transpose = *args.transpose;  // copied, as in top_down()
  const std::uint64_t* const front = args.front;
  Find* const finds = args.finds;
  const Distance level = args.level;
  std::int64_t num_found = 0, edges = 0;
  for (std::int64_t w = args.word_begin; w < args.word_end; ++w) {
    const std::uint64_t unreached = args.unreached[w];
    std::uint64_t found = 0;
    for (std::uint64_t rest = unreached; rest != 0; rest &= rest - 1) {
      const int bit = __builtin_ctzll(rest);
      const auto v = static_cast<NodeID>(w * 64 + bit);
      const Look look = find_parent(transpose, front, v);
      edges += look.looked;
      if (look.parent == kNoParent) continue;
      finds[v] = make_find(level, look.parent);
      found |= std::uint64_t{1} << bit;
    }
    args.next[w] = found;
    args.unreached[w] = unreached & ~found;
    num_found += __builtin_popcountll(found);
  }
  args.found += num_found;
  args.edges += edges;
}

void unreached(const UnreachedArgs& args) {
  for (std::int64_t w = args.word_begin; w < args.word_end; ++w) {
    const std::int64_t left = args.num_nodes - w * 64;
    const std::int64_t count = left < 64 ? left : 64;
    std::uint64_t bits = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      bits |= std::uint64_t{args.finds[w * 64 + i] == kNotFound} << i;
    }
    args.words[w] = bits & args.candidates[w];
  }
}

std::int64_t count_arcs(const Adjacency& graph, const NodeID* nodes, std::int64_t count) {
  std::int64_t arcs = 0;
  for (std::int64_t i = 0; i < count; ++i) arcs += node_record(graph, nodes[i]).out_degree;
  return arcs;
}

inline void write_find(const Find* finds, std::int64_t v, const BfsOutputs& outputs) {
  outputs.distance[v] = distance_of(finds[v]);
  outputs.parent[v] = parent_of(finds[v]);
}

void write_range(const Find* finds, std::int64_t begin, std::int64_t end,
                 const BfsOutputs& outputs) {
  for (std::int64_t v = begin; v < end; ++v) write_find(finds, v, outputs);
}

void write_nodes(const Find* finds, const NodeID* nodes, std::int64_t count,
                 const BfsOutputs& outputs) {
  for (std::int64_t i = 0; i < count; ++i) {
    if (i + kPrefetchTargets < count) {
      const NodeID ahead = nodes[i + kPrefetchTargets];
      __builtin_prefetch(finds + ahead);
      __builtin_prefetch(outputs.distance + ahead, 1);
      __builtin_prefetch(outputs.parent + ahead, 1);
    }
    write_find(finds, nodes[i], outputs);
  }
}

void write_words(const Find* finds, const std::uint64_t* words, std::int64_t begin,
                 std::int64_t end, const BfsOutputs& outputs) {
  for (std::int64_t w = begin; w < end; ++w) {
    for (std::uint64_t rest = words[w]; rest != 0; rest &= rest - 1) {
      write_find(finds, w * 64 + __builtin_ctzll(rest), outputs);
    }
  }
}

}  // namespace bfs
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
