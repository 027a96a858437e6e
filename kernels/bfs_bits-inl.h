/* One level of breadth-first search whose frontier stands in bits, direction optimizing [1]. Finds
   distance[v] = level and parent[v] = the lowest id among v's in-neighbours of the level before.

   Differs from [1]: the parent does not depend on who comes first.
   Top-down: the frontier ascends and each node has one worker, so the first offer is the lowest;
   or, by offers, of all workers' the least is kept.
   Bottom-up: lists ascend. A word of 64 nodes belongs to one worker.

   [1] Beamer, Asanovic, Patterson. Direction-Optimizing Breadth-First Search. SC 2012. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace bfs {

// Parents wait for their cache lines in a ring: so many stores later a line has come.
constexpr std::uint32_t kPendingParents = 32;
constexpr int kNodesInBlock = 64 * 64;  // a chunk of bottom-up has no more

// Stores parents some time after it was told to, when their lines have come.
class PendingParents {
 public:
  explicit PendingParents(NodeID* parent) : parent_(parent) {
    for (Pending& pending : ring_) pending = {&nowhere_, 0};
  }
  void store(NodeID v, NodeID u) {
    Pending& pending = ring_[at_++ % kPendingParents];
    *pending.where = pending.parent;
    pending = {parent_ + v, u};
    __builtin_prefetch(pending.where, 1);
  }
  void finish() {
    for (const Pending& pending : ring_) *pending.where = pending.parent;
  }

 private:
  struct Pending {
    NodeID* where;
    NodeID parent;
  };
  NodeID* parent_;
  NodeID nowhere_ = 0;
  std::uint32_t at_ = 0;
  Pending ring_[kPendingParents];
};

// The first of the ascending targets that is not below `node`.
inline const NodeID* skip_below(const NodeID* target, const NodeID* end, NodeID node) {
  constexpr std::int64_t kFew = 32;
  std::int64_t count = end - target;
  while (count > kFew) {
    const std::int64_t half = count / 2;
    if (target[half] < node) {
      target += half + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  for (; count != 0 && *target < node; --count) ++target;
  return target;
}

inline std::int64_t write_level(const std::uint64_t* bits, std::int64_t begin, std::int64_t end,
                                Distance level, Distance* distance) {
  std::int64_t count = 0;
  for (std::int64_t w = begin; w < end; ++w) {
    count += __builtin_popcountll(bits[w]);
    for (std::uint64_t rest = bits[w]; rest != 0; rest &= rest - 1) {
      distance[w * 64 + __builtin_ctzll(rest)] = level;
    }
  }
  return count;
}

// What one worker's nodes are told of the frontier.
class Offers {
 public:
  explicit Offers(const BfsTopDownArgs& args) : visited_(args.visited), parents_(args.parent) {}
  void make(NodeID v, NodeID u) {
    const std::uint64_t bit = std::uint64_t{1} << (v & 63);
    std::uint64_t& word = visited_[v >> 6];
    if ((word & bit) != 0) return;
    word |= bit;
    parents_.store(v, u);
  }
  void finish() { parents_.finish(); }

 private:
  std::uint64_t* visited_;
  PendingParents parents_;
};

void top_down(BfsTopDownArgs& args) {
  const NodeID first_node = args.first_node, end_node = args.end_node;
  const bool to_the_end = args.has_last_node;
  const std::int64_t word_begin = first_node / 64, word_end = (std::int64_t{end_node} + 63) / 64;
  for (std::int64_t w = word_begin; w < word_end; ++w) args.next[w] = args.visited[w];
  Offers offers(args);
  for_each_list(
      args.graph, args.frontier, args.count,
      [&](NodeID u, const NodeID* target, const NodeID* end) {
        if (to_the_end) {  // from behind: nobody searches for where this worker's nodes begin
          while (end != target && end[-1] >= first_node) offers.make(*--end, u);
        } else {
          if (first_node != 0) target = skip_below(target, end, first_node);
          for (; target != end && *target < end_node; ++target) offers.make(*target, u);
        }
      });
  offers.finish();
  for (std::int64_t w = word_begin; w < word_end; ++w) args.next[w] ^= args.visited[w];
  args.found = write_level(args.next, word_begin, word_end, args.level, args.distance);
}

// parent = min(parent, u), where none is the greatest. True: there was none.
inline bool offer(NodeID* parent, NodeID u) {
  static_assert(static_cast<std::uint32_t>(kNoParent) == ~std::uint32_t{0});
  NodeID seen = __atomic_load_n(parent, __ATOMIC_RELAXED);
  while (static_cast<std::uint32_t>(u) < static_cast<std::uint32_t>(seen)) {
    if (__atomic_compare_exchange_n(parent, &seen, u, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
      return seen == kNoParent;
    }
  }
  return false;
}

// `visited` does not change meanwhile, so every arc of the level makes its offer.
void top_down_by_offers(BfsOffersArgs& args) {
  const std::uint64_t* const visited = args.visited;
  NodeID* const parent = args.parent;
  std::int64_t found = 0;
  for_each_list(args.graph, args.frontier, args.count,
                [&](NodeID u, const NodeID* target, const NodeID* end) {
                  for (; target != end; ++target) {
                    const NodeID v = *target;
                    const std::uint64_t bit = std::uint64_t{1} << (v & 63);
                    if ((visited[v >> 6] & bit) != 0 || !offer(parent + v, u)) continue;
                    args.distance[v] = args.level;  // of all workers, this one alone
                    __atomic_fetch_or(args.next + (v >> 6), bit, __ATOMIC_RELAXED);
                    ++found;
                  }
                });
  args.found = found;
}

inline bool is_in(const std::uint64_t* bits, NodeID u) {
  return (bits[u >> 6] >> (u & 63) & 1) != 0;
}

// Tries each node's first in-neighbour alone, which is enough for most where the frontier is large
// or its nodes come first in lists. Appends the others to `rest`; returns their number.
inline std::int64_t try_first(BfsBottomUpArgs& args, NodeID* rest) {
  const NodeID* const first = args.first;
  const std::uint64_t* const front = args.front;
  std::int64_t num_rest = 0;
  for (std::int64_t w = args.word_begin; w < args.word_end; ++w) {
    const std::uint64_t unvisited = ~args.visited[w];
    std::uint64_t found = 0;
    for (std::uint64_t left = unvisited; left != 0; left &= left - 1) {
      const int bit = __builtin_ctzll(left);
      found |= std::uint64_t{is_in(front, first[w * 64 + bit])} << bit;
    }
    for (std::uint64_t left = found; left != 0; left &= left - 1) {
      const std::int64_t v = w * 64 + __builtin_ctzll(left);
      args.parent[v] = first[v];
      args.distance[v] = args.level;
    }
    for (std::uint64_t left = unvisited & ~found; left != 0; left &= left - 1) {
      rest[num_rest++] = static_cast<NodeID>(w * 64 + __builtin_ctzll(left));
    }
    args.next[w] = found;
    args.visited[w] |= found;
    args.found += __builtin_popcountll(found);
    args.arcs += __builtin_popcountll(unvisited);
  }
  return num_rest;
}

void bottom_up(BfsBottomUpArgs& args) {
  const std::uint64_t* const front = args.front;
  NodeID rest[kNodesInBlock];
  const std::int64_t num_rest = try_first(args, rest);
  for_each_list(args.transpose, rest, num_rest,
                [&](NodeID v, const NodeID* list, const NodeID* end) {
                  const NodeID* const begin = list + 1;  // the first one was tried
                  const NodeID* source = begin;
                  while (source != end && !is_in(front, *source)) ++source;
                  args.arcs += source - begin;
                  if (source == end) return;
                  ++args.arcs;
                  ++args.found;
                  args.parent[v] = *source;
                  args.distance[v] = args.level;
                  args.next[v >> 6] |= std::uint64_t{1} << (v & 63);
                  args.visited[v >> 6] |= std::uint64_t{1} << (v & 63);
                });
}

std::int64_t visited(const BfsVisitedArgs& args) {
  std::int64_t found = 0;
  for (std::int64_t w = args.word_begin; w < args.word_end; ++w) {
    const std::int64_t left = args.num_nodes - w * 64;
    const std::int64_t count = left < 64 ? left : 64;
    const Distance* const distance = args.distance + w * 64;
    const NodeID* const first = args.first + w * 64;
    std::uint64_t is_found = 0, never = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      is_found |= std::uint64_t{distance[i] != kDistInf} << i;
      never |= std::uint64_t{first[i] < 0} << i;
    }
    if (count < 64) never |= ~std::uint64_t{0} << count;
    args.words[w] = is_found | never;
    found += __builtin_popcountll(is_found);
  }
  return found;
}

}  // namespace bfs
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
