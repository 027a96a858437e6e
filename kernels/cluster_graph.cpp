#include "kernels/cluster_graph.h"

#include <algorithm>
#include <vector>

#include <quadrille/parallel.h>

#include "kernels/grains.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kClusterGrain = 128;  // clusters
constexpr std::int64_t kMostNeighbours = 64;
constexpr NodeID kMembersAhead = 6;  // nodes whose list is fetched before its turn
constexpr NodeID kSample = 256;      // clusters of a component that tell a tangle

class Joiner {
 public:
  Joiner(const SimpleGraph& graph, const NodeClusters& clusters, Parallel& parallel)
      : graph_(graph), clusters_(clusters), parallel_(parallel) {}
  Result<ClusterGraph> run(Arena& scratch);

 private:
  using Arcs = std::vector<ClusterGraph::Arc>;
  Status allocate(Arena& scratch);
  // visit(other) for each arc of a cluster that leads to another one.
  template <class Visit>
  void for_each_arc(NodeID c, Visit visit) const {
    const NodeID* const order = clusters_.order.data();
    const NodeID all = static_cast<NodeID>(clusters_.order.size());
    for (NodeID i = clusters_.first.data()[c]; i < clusters_.first.data()[c + 1]; ++i) {
      if (i + 2 * kMembersAhead < all)
        __builtin_prefetch(graph_.first.data() + order[i + 2 * kMembersAhead]);
      if (i + kMembersAhead < all)
        __builtin_prefetch(graph_.neigh(order[i + kMembersAhead]).data());
      for (const NodeID u : graph_.neigh(order[i])) {
        const NodeID other = clusters_.cluster.data()[u];
        if (other != c) visit(other);
      }
    }
  }
  bool is_tangle(NodeID begin, NodeID end);
  void find_tangles();
  void join(NodeID c, std::vector<std::int64_t>& seen, Arcs& arcs) const;
  void join_all();

  const SimpleGraph& graph_;
  const NodeClusters& clusters_;
  Parallel& parallel_;
  ClusterGraph result_;
  std::vector<std::uint8_t> is_tangle_;          // by cluster
  std::vector<std::vector<std::int64_t>> seen_;  // a worker: by cluster, where it was seen last
  std::vector<Arcs> chunks_;
};

Status Joiner::allocate(Arena& scratch) {
  const std::int64_t count = clusters_.num_clusters();
  const Label label{"placement clusters"};
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, count, label, result_.size));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, count + 1, label, result_.first));
  for (std::size_t c = 0; c < result_.size.size(); ++c)
    result_.size[c] = clusters_.first[c + 1] - clusters_.first[c];
  is_tangle_.resize(static_cast<std::size_t>(count));
  seen_.resize(static_cast<std::size_t>(parallel_.num_workers()));
  for (auto& seen : seen_) seen.assign(static_cast<std::size_t>(count), -1);
  chunks_.resize(static_cast<std::size_t>(chunks_of(count, kClusterGrain)));
  return Status::ok();
}

// Where clusters have so many neighbours on average, there is no cut to be found: random graphs.
// Of a sample of [begin, end): a tangle's arcs may be too many to be listed.
bool Joiner::is_tangle(NodeID begin, NodeID end) {
  std::vector<std::int64_t>& seen = seen_[0];
  const NodeID step = std::max(1, (end - begin) / kSample);
  std::int64_t arcs = 0, clusters = 0;
  for (NodeID c = begin; c < end; c += step) {
    ++clusters;
    for_each_arc(c, [&](NodeID other) {
      arcs += seen.data()[other] != c;
      seen.data()[other] = c;
    });
  }
  return arcs > kMostNeighbours * clusters;
}

void Joiner::find_tangles() {
  for (std::size_t k = 0; k + 1 < clusters_.component.size(); ++k) {
    const NodeID begin = clusters_.component[k], end = clusters_.component[k + 1];
    std::fill(is_tangle_.begin() + begin, is_tangle_.begin() + end, is_tangle(begin, end));
  }
  std::fill(seen_[0].begin(), seen_[0].end(), -1);
}

// Appends the arcs of a cluster. `seen` holds by whom a cluster was seen last, and where among its
// arcs.
void Joiner::join(NodeID c, std::vector<std::int64_t>& seen, Arcs& arcs) const {
  const std::size_t first = arcs.size();
  for_each_arc(c, [&](NodeID other) {
    std::int64_t& last = seen.data()[other];
    if (last >> 32 != c) {
      last = std::int64_t{c} << 32 | static_cast<std::int64_t>(arcs.size() - first);
      arcs.push_back({other, 0});
    }
    ++arcs[first + static_cast<std::size_t>(last & UINT32_MAX)].edges;
  });
}

void Joiner::join_all() {
  parallel_.for_chunks(std::ssize(chunks_), [&](std::int64_t chunk, int worker) {
    Arcs& arcs = chunks_[static_cast<std::size_t>(chunk)];
    std::vector<std::int64_t>& seen = seen_[static_cast<std::size_t>(worker)];
    const NodeID begin = static_cast<NodeID>(chunk * kClusterGrain);
    const NodeID end =
        std::min(static_cast<NodeID>(begin + kClusterGrain), clusters_.num_clusters());
    for (NodeID c = begin; c < end; ++c) {
      const std::size_t before = arcs.size();
      if (is_tangle_[static_cast<std::size_t>(c)] == 0) join(c, seen, arcs);
      result_.first.data()[c + 1] = static_cast<EdgeOffset>(arcs.size() - before);
    }
  });
}

Result<ClusterGraph> Joiner::run(Arena& scratch) {
  QUADRILLE_RETURN_IF_ERROR(allocate(scratch));
  find_tangles();
  join_all();
  result_.first[0] = 0;
  for (std::size_t c = 1; c < result_.first.size(); ++c) result_.first[c] += result_.first[c - 1];
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(scratch, result_.first.back(), {"placement cluster edges"}, result_.arcs));
  auto to = result_.arcs.begin();
  for (const Arcs& arcs : chunks_) to = std::copy(arcs.begin(), arcs.end(), to);
  return result_;
}

}  // namespace

Result<ClusterGraph> make_cluster_graph(const SimpleGraph& graph, const NodeClusters& clusters,
                                        Parallel& parallel, Arena& scratch) {
  return Joiner(graph, clusters, parallel).run(scratch);
}

}  // namespace quadrille
