/* PageRank [1]: one pull over a range of nodes.

   The list of a node is summed in four lanes of doubles, element i in lane i mod 4, and the lanes
   by one fixed tree: four additions are under way at a time, and the bytes are the same whether a
   compiler makes a register of them or not. Shares are floats, because what limits the loop is
   the latency of reading them at random: half as many bytes lie in nearer caches.
   Within the range a node sees what those before it have come to in this iteration (Gauss-Seidel);
   of other nodes it sees what they held when the segment began, so that the order in which threads
   take ranges does not matter.
   [1] Brin, Page. The anatomy of a large-scale hypertextual web search engine. WWW 1998. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace pagerank {

constexpr std::int64_t kSumLanes = 4;

// Shares of in-neighbours: fresh where they are in the range, those of before where not.
struct Shares {
  const float* before;
  const float* fresh;
  NodeID begin;
  std::uint32_t size;
  double of(NodeID u) const {
    return double{(static_cast<std::uint32_t>(u - begin) < size ? fresh : before)[u]};
  }
};

inline double sum_of_shares(const Shares& share, const NodeID* target, std::int64_t degree) {
  double lane[kSumLanes] = {};
  std::int64_t i = 0;
  for (; i + kSumLanes <= degree; i += kSumLanes) {
    for (std::int64_t k = 0; k < kSumLanes; ++k) lane[k] += share.of(target[i + k]);
  }
  for (std::int64_t k = 0; i < degree; ++i, ++k) lane[k] += share.of(target[i]);
  return (lane[0] + lane[1]) + (lane[2] + lane[3]);
}

inline double distance(double a, double b) { return a < b ? b - a : a - b; }

void pull(PullArgs& args) {
  const Shares share{args.share, args.fresh_share, args.begin,
                     static_cast<std::uint32_t>(args.end - args.begin)};
  for (NodeID v = args.begin; v < args.end; ++v) {
    const NodeID* targets = args.in->targets + first_edge(*args.in, v);
    const double sum = sum_of_shares(share, targets, node_record(*args.in, v).out_degree);
    const auto score = static_cast<float>(args.base + args.damping * sum);
    args.change += distance(double{score}, double{args.score[v]});
    args.sum += double{score};
    args.score[v] = score;
    args.fresh_share[v] = score * args.inverse_degree[v];
  }
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
