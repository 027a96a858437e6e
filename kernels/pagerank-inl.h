/* PageRank [1]: one pull over a range of nodes.

   A node's sum is one chain of doubles. Four chains, gathers, prefetch and huge pages were tried
   and no faster on any graph, because what limits the loop is the rate at which lines of others'
   shares arrive, and the chain is the fewest instructions between two of them. Shares are floats:
   half as many bytes lie in nearer caches.
   A node sees what the others held when the iteration began, so that the order in which threads
   take ranges does not matter.
   [1] Brin, Page. The anatomy of a large-scale hypertextual web search engine. WWW 1998. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace pagerank {

constexpr std::uint32_t kFullList = 4;  // of a grid, or of a crossing

// Whether a score rose or fell is anyone's guess, and known only when its sum is: a branch on that
// would end the processor's look ahead into the lists of the nodes after it.
inline double distance(double a, double b) { return __builtin_fabs(a - b); }

inline double sum_of_list(const float* share, const NodeID* list, std::uint32_t degree) {
  double sum = 0;
  for (const NodeID* const end = list + degree; list != end; ++list) sum += double{share[*list]};
  return sum;
}

// `yes` or `no`, by arithmetic: of a conditional expression compilers make a branch.
inline std::uintptr_t choose(bool which, std::uintptr_t yes, std::uintptr_t no) {
  return no ^ ((yes ^ no) & (0 - std::uintptr_t{which}));
}

// The same of fewer than kFullList arcs: what is not there leads to `nobody`, whose share of 0
// changes no sum. Where a list of a road map ends is anyone's guess. Addresses are numbers, since
// some of them are of no target.
inline double sum_of_short_list(const float* share, const NodeID* list, std::uint32_t degree,
                                const NodeID* nobody) {
  double sum = 0;
  for (std::uint32_t i = 0; i + 1 < kFullList; ++i) {
    const std::uintptr_t target = reinterpret_cast<std::uintptr_t>(list) + i * sizeof(NodeID);
    const std::uintptr_t node =
        choose(i < degree, target, reinterpret_cast<std::uintptr_t>(nobody));
    sum += double{share[*reinterpret_cast<const NodeID*>(node)]};
  }
  return sum;
}

template <bool kShortLists>
inline double sum_of(const PullArgs& args, const NodeID* list, std::uint32_t degree) {
  if (!kShortLists || degree > kFullList) return sum_of_list(args.share, list, degree);
  if (degree < kFullList) return sum_of_short_list(args.share, list, degree, &args.num_nodes);
  return sum_of_list(args.share, list, kFullList);  // inside a grid: no loop, and foreseen
}

template <bool kShortLists>
void pull(PullArgs& args) {
  double change = 0, lead = 0, total = 0;
  for (NodeID v = args.begin; v < args.end; ++v) {
    const NodeID* const list = args.in->targets + first_edge(*args.in, v);
    const std::uint32_t degree = node_record(*args.in, v).out_degree;
    const double sum = sum_of<kShortLists>(args, list, degree);
    const double plain = args.base + args.damping * sum;
    const double older = double{args.older_score[v]};
    const double moved = older + args.momentum * (plain - older);
    const double next = moved < args.base ? args.base : moved;  // no rank is less
    change += distance(plain, double{args.score[v]});
    lead += distance(plain, next);
    total += next;
    args.older_score[v] = static_cast<float>(next);
    args.fresh_share[v] = static_cast<float>(next) * args.inverse_degree[v];
  }
  args.change = change;
  args.lead = lead;
  args.sum = total;
}

// Returns the bits of the nodes whose rank is new.
template <class Arch>
std::uint64_t write_ranks(const float* score, float scale, float* rank, std::int64_t count) {
  using Floats = Batch<float, Arch>;
  constexpr auto kLanes = static_cast<std::int64_t>(Floats::size);
  std::uint64_t same = 0;
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    const Floats fresh = Floats::load_unaligned(score + i) * Floats(scale);
    same |= mask_bits(fresh == Floats::load_unaligned(rank + i)) << i;
    fresh.store_unaligned(rank + i);
  }
  for (; i < count; ++i) {
    const float fresh = score[i] * scale;
    same |= std::uint64_t{fresh == rank[i]} << i;
    rank[i] = fresh;
  }
  const std::uint64_t all = count == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
  return ~same & all;
}

template <class Arch>
void scale(const ScaleArgs& args) {
  for (std::int64_t w = args.word_begin; w < args.word_end; ++w) {
    const std::int64_t left = args.num_nodes - w * 64;
    args.active[w] = write_ranks<Arch>(args.score + w * 64, args.scale, args.rank + w * 64,
                                       left < 64 ? left : 64);
  }
}

}  // namespace pagerank
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
