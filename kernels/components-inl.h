/* Connected components: Afforest [1] over a lock-free forest with links from the higher to the
   lower id [2]. Whatever the order in which a set of edges is linked, once compressed every node
   points to the lowest id that those edges connect it to: that is what makes each step's labels the
   same on any number of threads.

   Differs from [1]: which nodes are in the giant component is read off the last step's labels, not
   off the moving forest, so that the arcs looked at are the same in every run.
   [1] Sutton, Ben-Nun, Barak. Optimizing parallel graph connectivity computation via subgraph
   sampling. IPDPS 2018.
   [2] Shiloach, Vishkin. An O(log n) parallel connectivity algorithm. J. Algorithms 3, 1982. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace components {

constexpr NodeID kPrefetchAhead = 16;

inline NodeID load(const NodeID* from) { return __atomic_load_n(from, __ATOMIC_RELAXED); }

// Links the trees of u and v: the root with the higher id gets a parent below it. On the way up
// every node passed is hung two higher (path halving), or a long chain would be walked anew by all
// whose arcs lead to its end. A node that is no root never becomes one again, and whoever it is
// hung below stays above it, so a store that overwrites another's loses nothing.
inline void link(NodeID* component, NodeID u, NodeID v) {
  NodeID p = load(component + u);
  NodeID q = load(component + v);
  while (p != q) {
    const NodeID high = p > q ? p : q;
    const NodeID low = p > q ? q : p;
    NodeID above = load(component + high);
    if (above == low) return;
    if (above == high && __atomic_compare_exchange_n(component + high, &above, low, false,
                                                     __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
      return;
    }
    p = load(component + above);
    if (p != above) __atomic_store_n(component + high, p, __ATOMIC_RELAXED);
    q = load(component + low);
  }
}

void hook(HookArgs& args) {
  const auto target = [&](NodeID v) {
    return args.graph->targets + first_edge(*args.graph, v) + args.neighbour;
  };
  const auto has_target = [&](NodeID v) {
    return node_record(*args.graph, v).out_degree > args.neighbour;
  };
  for (NodeID v = args.begin; v < args.end; ++v) {
    if (v + kPrefetchAhead < args.end && has_target(v + kPrefetchAhead)) {
      __builtin_prefetch(args.component + *target(v + kPrefetchAhead));
    }
    if (!has_target(v)) continue;
    ++args.edges;
    link(args.component, v, *target(v));
  }
}

void hook_rest(HookRestArgs& args) {
  for (NodeID v = args.begin; v < args.end; ++v) {
    if (args.label[v] == args.skip) continue;
    const EdgeOffset first = first_edge(*args.graph, v);
    const EdgeOffset end = first + node_record(*args.graph, v).out_degree;
    for (EdgeOffset e = first + args.first_target; e < end; ++e) {
      if (e + kPrefetchAhead < end) {
        __builtin_prefetch(args.component + args.graph->targets[e + kPrefetchAhead]);
      }
      link(args.component, v, args.graph->targets[e]);
      ++args.edges;
    }
  }
}

void compress(const CompressArgs& args) {
  for (NodeID v = args.begin; v < args.end; ++v) {
    NodeID root = load(args.component + v);
    for (NodeID above; (above = load(args.component + root)) != root;) root = above;
    __atomic_store_n(args.component + v, root, __ATOMIC_RELAXED);
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
