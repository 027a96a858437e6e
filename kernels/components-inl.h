/* Connected components over a lock-free forest with links from the higher to the lower id [1]:
   whatever the order in which a set of edges is linked, every node's root is the lowest id that
   those edges connect it to. That is what makes labels the same on any number of threads.

   Many arcs a node: Afforest [2], but sampled otherwise. Every node points to its lowest neighbour,
   for which nothing but its list is read; that leaves one tree for each node without a lower
   neighbour, and these few look at the first of their neighbours. With direction, a node joins its
   first neighbours in and out instead; of two that are higher, only the one in. The nodes outside
   the tree that is largest then look at all of theirs. Differs from [2], where every node looks at
   two.
   Few arcs a node: all arcs, each from its higher end, in the order of nodes, as in a raster scan
   [3]; arcs between the ranges of two workers after that.
   [1] Shiloach, Vishkin. An O(log n) parallel connectivity algorithm. J. Algorithms 3, 1982.
   [2] Sutton, Ben-Nun, Barak. Optimizing parallel graph connectivity computation via subgraph
   sampling. IPDPS 2018.
   [3] Hoshen, Kopelman. Percolation and cluster distribution. Phys. Rev. B 14, 1976. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace components {

constexpr std::int64_t kListsAhead = 16;
constexpr EdgeOffset kArcsAhead = 16;
constexpr NodeID kOthersAhead = 32;
constexpr std::int64_t kMinimumTargets = 8;  // of a node without a lower neighbour

// Nodes are read and written by several workers at once where others join, so all accesses but
// those of sweep() and hook_lowest() are atomic. They are relaxed: a parent is the whole message,
// whatever a worker reads is an ancestor, and passes are ordered by the end of a parallel loop.
inline NodeID load(const NodeID* from) { return __atomic_load_n(from, __ATOMIC_RELAXED); }
inline void store(NodeID* to, NodeID v) { __atomic_store_n(to, v, __ATOMIC_RELAXED); }

// One direction of up to 4,096 nodes of a block from `begin` on, found once for all of them.
struct Lists {
  Lists(const Adjacency& graph, NodeID begin)
      : record(&node_record(graph, begin)),
        targets(graph.targets + graph.blocks[begin >> kNodeBlockShift].edge_base) {}
  const NodeID* first(std::int64_t i) const { return targets + record[i].edge_index; }
  const NodeID* end(std::int64_t i) const { return first(i) + record[i].out_degree; }
  const NodeRecord* record;
  const NodeID* targets;
};

// On the way up every node passed is hung two higher (path halving), or a long chain would be
// walked anew by all whose arcs lead to its end. Never lower than another worker has hung it
// meanwhile: who settled it counts on that.
inline NodeID find_root(NodeID* component, NodeID v) {
  NodeID parent = load(component + v);
  for (NodeID above; (above = load(component + parent)) != parent;) {
    NodeID seen = parent;
    __atomic_compare_exchange_n(component + v, &seen, above, false, __ATOMIC_RELAXED,
                                __ATOMIC_RELAXED);
    v = above;
    parent = load(component + v);
  }
  return parent;
}

// Links the trees of u and v: the root with the higher id gets a parent below it. Halves paths as
// well: a node that is no root never becomes one again, and whoever it is hung below stays above
// it, so a store that overwrites another's loses nothing. False: they were one.
inline bool link(NodeID* component, NodeID u, NodeID v, bool shared) {
  NodeID p = load(component + u);
  NodeID q = load(component + v);
  while (p != q) {
    const NodeID high = p > q ? p : q;
    const NodeID low = p > q ? q : p;
    NodeID above = load(component + high);
    if (above == low) return false;
    if (above == high) {
      if (!shared) {
        component[high] = low;
        return true;
      }
      // A root is hung once: by whoever still finds it one.
      if (__atomic_compare_exchange_n(component + high, &above, low, false, __ATOMIC_RELAXED,
                                      __ATOMIC_RELAXED)) {
        return true;
      }
    }
    p = load(component + above);
    if (p != above) store(component + high, p);
    q = load(component + low);
  }
  return false;
}

// take(v, first target of v) for nodes of one block; v itself where there is none. Notes in
// `has_arcs` who has one.
template <class Take>
inline std::int64_t for_each_first(const Adjacency& graph, std::uint64_t* has_arcs, NodeID begin,
                                   NodeID end, Take take) {
  const Lists lists(graph, begin);
  const std::int64_t count = end - begin;
  std::int64_t edges = 0;
  for (std::int64_t word = 0; word < count; word += 64) {
    std::uint64_t bits = 0;
    const std::int64_t word_end = count - word < 64 ? count : word + 64;
    for (std::int64_t i = word; i < word_end; ++i) {
      const std::int64_t ahead = i + kListsAhead;
      __builtin_prefetch(lists.first(ahead < count ? ahead : count - 1));
      const bool has_arc = lists.record[i].out_degree != 0;
      bits |= std::uint64_t{has_arc} << (i - word);
      const auto v = static_cast<NodeID>(begin + i);
      take(v, has_arc ? *lists.first(i) : v);
    }
    edges += __builtin_popcountll(bits);
    has_arcs[(begin + word) >> 6] |= bits;
  }
  return edges;
}

inline void find_minima(const HookLowestArgs& args, NodeID begin, NodeID end) {
  for (NodeID word = begin >> 6; word <= (end - 1) >> 6; ++word) {
    const NodeID first = word * 64;
    std::uint64_t same = 0;
    for (NodeID i = 0; i < 64 && i < end - first; ++i) {
      same |= std::uint64_t{args.component[first + i] == first + i} << i;
    }
    args.minima[word] = same & args.has_arcs[word];
  }
}

inline NodeID lower(NodeID a, NodeID b) { return a < b ? a : b; }
inline NodeID higher(NodeID a, NodeID b) { return a < b ? b : a; }

// Without a branch: which of the two lists has a lower first target is hard to foresee.
inline void hook_directed(HookLowestArgs& args, NodeID begin, NodeID end) {
  NodeID* const component = args.component;
  NodeID* const other = args.other;
  args.edges += for_each_first(*args.graph, args.has_arcs, begin, end, [=](NodeID v, NodeID first) {
    component[v] = lower(v, first);
    other[v] = higher(v, first);
  });
  args.edges +=
      for_each_first(*args.transpose, args.has_arcs, begin, end, [=](NodeID v, NodeID first) {
        const NodeID known = component[v];
        const NodeID left = higher(known, first);
        component[v] = lower(known, first);
        other[v] = left == v ? other[v] : left;
      });
}

void hook_lowest(HookLowestArgs& args) {
  for (NodeID begin = args.begin; begin < args.end;) {
    const NodeID left = kNodeBlockSize - begin % kNodeBlockSize;
    const NodeID end = args.end - begin > left ? begin + left : args.end;
    for (NodeID word = begin >> 6; word <= (end - 1) >> 6; ++word) args.has_arcs[word] = 0;
    if (args.transpose != nullptr) {
      hook_directed(args, begin, end);
    } else {
      args.edges +=
          for_each_first(*args.graph, args.has_arcs, begin, end,
                         [&](NodeID v, NodeID first) { args.component[v] = lower(v, first); });
      find_minima(args, begin, end);
    }
    begin = end;
  }
}

void hook_others(const HookOthersArgs& args) {
  NodeID* const component = args.component;
  for (NodeID v = args.begin; v < args.end; ++v) {
    if (args.end - v > kOthersAhead) {
      __builtin_prefetch(component + args.other[v + kOthersAhead]);
    }
    if (load(component + v) != load(component + args.other[v])) {
      link(component, v, args.other[v], args.shared);
    }
  }
}

template <class Body>
inline void for_each_bit(std::uint64_t bits, Body body) {
  for (; bits != 0; bits &= bits - 1) body(__builtin_ctzll(bits));
}

inline void hook_minima_of(const Adjacency& graph, HookMinimaArgs& args, std::int64_t word) {
  const auto first_node = static_cast<NodeID>(word * 64);
  const std::uint64_t minima = args.minima[word];
  const Lists lists(graph, first_node);
  const auto count = [&](int i) {
    const std::int64_t degree = lists.record[i].out_degree;
    return degree < kMinimumTargets ? degree : kMinimumTargets;
  };
  for_each_bit(minima, [&](int i) { __builtin_prefetch(lists.first(i)); });
  for_each_bit(minima, [&](int i) {
    for (std::int64_t k = 0; k < count(i); ++k) {
      __builtin_prefetch(args.component + lists.first(i)[k]);
    }
  });
  for_each_bit(minima, [&](int i) {
    for (std::int64_t k = 0; k < count(i); ++k) {
      link(args.component, first_node + i, lists.first(i)[k], args.shared);
    }
    args.edges += count(i);
  });
}

void hook_minima(HookMinimaArgs& args) {
  for (std::int64_t word = args.word_begin; word < args.word_end; ++word) {
    if (args.minima[word] != 0) hook_minima_of(*args.graph, args, word);
  }
}

// The forest of one range while it is built, and what is known of the node at work.
struct Sweep {
  // Joins v, the highest node so far, with those of its targets in the range that are below it.
  void join(NodeID v, const NodeID* target, const NodeID* end) {
    for (; target < end && *target < begin; ++target) border = true;
    for (; target < end && *target < v; ++target) {
      ++edges;
      NodeID other = component[*target];
      if (other == root) continue;
      NodeID below = *target;
      for (NodeID above; (above = component[other]) != other; other = component[below]) {
        component[below] = above;  // halves the path
        below = above;
      }
      if (other == root) continue;
      const NodeID high = other > root ? other : root;
      root = other > root ? root : other;
      component[high] = root;
    }
  }
  NodeID* component;
  NodeID begin;
  NodeID root;  // of the tree that v is in so far
  bool border;  // a target of v is below the range
  std::int64_t edges;
};

template <bool kDirected>
inline void sweep_range(SweepArgs& args) {
  Sweep sweep{args.component, args.begin, 0, false, 0};
  const NodeID end = args.end;
  for (NodeID word = args.begin >> 6; word <= (end - 1) >> 6; ++word) {
    const NodeID first = word * 64;
    const Lists out(*args.graph, first);
    const Lists in(kDirected ? *args.transpose : *args.graph, first);
    std::uint64_t border = 0;
    for (NodeID i = 0; i < 64 && i < end - first; ++i) {
      const NodeID v = first + i;
      sweep.component[v] = sweep.root = v;
      sweep.border = false;
      sweep.join(v, out.first(i), out.end(i));
      if constexpr (kDirected) sweep.join(v, in.first(i), in.end(i));
      sweep.component[v] = sweep.root;
      border |= std::uint64_t{sweep.border} << i;
    }
    args.border[word] = border;
  }
  args.edges += sweep.edges;
}

void sweep(SweepArgs& args) {
  args.transpose != nullptr ? sweep_range<true>(args) : sweep_range<false>(args);
}

inline void join_list(JoinArgs& args, const Lists& lists, NodeID v, std::int64_t i) {
  NodeID* const component = args.component;
  const bool shared = args.shared;
  const NodeID* const begin = lists.first(i);
  const NodeID* const end = lists.end(i);
  const std::int64_t limit = args.range == 0 ? std::int64_t{1} << 31 : v - v % args.range;
  NodeID root = load(component + v);
  const NodeID* target = begin;
  for (; target < end && *target < limit; ++target) {
    if (end - target > kArcsAhead) __builtin_prefetch(component + target[kArcsAhead]);
    if (load(component + *target) == root) continue;
    args.joined |= link(component, v, *target, shared);
    root = load(component + v);
  }
  args.edges += target - begin;
}

void join(JoinArgs& args) {
  for (std::int64_t word = args.word_begin; word < args.word_end; ++word) {
    const std::uint64_t nodes = args.nodes[word];
    if (nodes == 0) continue;
    const auto first_node = static_cast<NodeID>(word * 64);
    const Lists out(*args.graph, first_node);
    const Lists in(args.transpose != nullptr ? *args.transpose : *args.graph, first_node);
    for_each_bit(nodes, [&](int i) { __builtin_prefetch(out.first(i)); });
    for_each_bit(nodes, [&](int i) {
      join_list(args, out, first_node + i, i);
      if (args.transpose != nullptr) join_list(args, in, first_node + i, i);
    });
  }
}

// Up to 64 nodes, first as if none were more than two below its root; returns a bit for each whose
// root is not `giant`. Nobody may link meanwhile: the store could bring back a root just hung.
inline std::uint64_t settle_word(NodeID* component, NodeID begin, NodeID count, NodeID giant) {
  NodeID deeper = 0;
  std::uint64_t outside = 0;
  for (NodeID i = 0; i < count; ++i) {
    const NodeID root = load(component + load(component + begin + i));
    deeper |= load(component + root) ^ root;
    store(component + begin + i, root);
    outside |= std::uint64_t{root != giant} << i;
  }
  if (deeper == 0) return outside;
  outside = 0;
  for (NodeID i = 0; i < count; ++i) {
    const NodeID root = find_root(component, begin + i);
    store(component + begin + i, root);
    outside |= std::uint64_t{root != giant} << i;
  }
  return outside;
}

void settle(const SettleArgs& args) {
  for (NodeID word = args.begin >> 6; word <= (args.end - 1) >> 6; ++word) {
    const NodeID left = args.end - word * 64;
    const std::uint64_t outside =
        settle_word(args.component, word * 64, left < 64 ? left : 64, args.giant);
    if (args.outside != nullptr) args.outside[word] = outside & args.has_arcs[word];
  }
}

// Writes up to 64 labels; returns a bit for each that was another before.
template <class Arch>
inline std::uint64_t write_labels(const NodeID* fresh, NodeID* label, std::int64_t count) {
  using Ids = Batch<NodeID, Arch>;
  constexpr auto width = static_cast<std::int64_t>(Ids::size);
  std::uint64_t same = 0;
  std::int64_t i = 0;
  for (; i + width <= count; i += width) {
    const Ids ids = Ids::load_unaligned(fresh + i);
    same |= mask_bits(ids == Ids::load_unaligned(label + i)) << i;
    ids.store_unaligned(label + i);
  }
  for (; i < count; ++i) {
    same |= std::uint64_t{fresh[i] == label[i]} << i;
    label[i] = fresh[i];
  }
  const std::uint64_t all = count == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
  return ~same & all;
}

template <class Arch>
void relabel(const RelabelArgs& args) {
  for (std::int64_t w = args.word_begin; w < args.word_end; ++w) {
    const std::int64_t left = args.num_nodes - w * 64;
    const std::int64_t count = left < 64 ? left : 64;
    const NodeID* fresh = args.component + w * 64;
    NodeID named[64];
    if (args.name != nullptr) {
      for (std::int64_t i = 0; i < count; ++i) named[i] = args.name[fresh[i]];
      fresh = named;
    }
    args.active[w] = write_labels<Arch>(fresh, args.label + w * 64, count);
  }
}

}  // namespace components
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
