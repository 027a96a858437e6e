#include "kernels/cluster_graph.h"

#include <algorithm>
#include <vector>

#include <quadrille/parallel.h>

#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kGrain = 128;  // clusters
constexpr EdgeOffset kMostNeighbours = 64;

class Joiner {
 public:
  Joiner(const SimpleGraph& graph, const NodeClusters& clusters, NodeID least_nodes,
         Parallel& parallel)
      : graph_(graph), clusters_(clusters), least_nodes_(least_nodes), parallel_(parallel) {}
  Result<ClusterGraph> run(Arena& scratch);

 private:
  Status allocate(Arena& scratch);
  void name_nodes();
  // visit(other, worker) for each arc of a wanted cluster that leads to another one.
  template <class Visit>
  void for_each_arc(NodeID c, Visit visit) const {
    if (!wanted_[static_cast<std::size_t>(c)]) return;
    for (NodeID v = clusters_.first.data()[c]; v < clusters_.first.data()[c + 1]; ++v) {
      for (const NodeID u : graph_.neigh(v)) {
        const NodeID other = cluster_.data()[u];
        if (other != c) visit(other);
      }
    }
  }
  void count_arcs();
  void drop_tangles();
  void fill_arcs();

  const SimpleGraph& graph_;
  const NodeClusters& clusters_;
  NodeID least_nodes_;
  Parallel& parallel_;
  ClusterGraph result_;
  std::span<NodeID> cluster_;  // of a node
  std::vector<std::uint8_t> wanted_;
  std::vector<std::vector<EdgeOffset>> seen_;  // a worker: by cluster, where it was seen last
};

Status Joiner::allocate(Arena& scratch) {
  const auto count = static_cast<std::int64_t>(clusters_.first.size()) - 1;
  const Label label{"placement clusters"};
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, graph_.num_nodes, label, cluster_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, count, label, result_.size));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, count + 1, label, result_.first));
  wanted_.resize(static_cast<std::size_t>(count));
  seen_.resize(static_cast<std::size_t>(parallel_.num_workers()));
  for (std::vector<EdgeOffset>& seen : seen_) seen.assign(static_cast<std::size_t>(count), -1);
  return Status::ok();
}

void Joiner::name_nodes() {
  const NodeID* const first = clusters_.first.data();
  for (std::size_t k = 0; k + 1 < clusters_.component.size(); ++k) {
    const NodeID begin = clusters_.component[k], end = clusters_.component[k + 1];
    const bool wanted = first[end] - first[begin] > least_nodes_;
    for (NodeID c = begin; c < end; ++c) {
      wanted_[static_cast<std::size_t>(c)] = wanted;
      result_.size.data()[c] = first[c + 1] - first[c];
      std::fill(cluster_.data() + first[c], cluster_.data() + first[c + 1], c);
    }
  }
}

void Joiner::count_arcs() {
  parallel_.for_range(result_.num_clusters(), kGrain,
                      [&](std::int64_t begin, std::int64_t end, int worker) {
                        EdgeOffset* const seen = seen_[static_cast<std::size_t>(worker)].data();
                        for (auto c = static_cast<NodeID>(begin); c < end; ++c) {
                          EdgeOffset count = 0;
                          for_each_arc(c, [&](NodeID other) {
                            count += seen[other] != c;
                            seen[other] = c;
                          });
                          result_.first.data()[c + 1] = count;
                        }
                      });
}

// Where clusters have so many neighbours on average, there is no cut to be found: random graphs.
void Joiner::drop_tangles() {
  for (std::size_t k = 0; k + 1 < clusters_.component.size(); ++k) {
    const NodeID begin = clusters_.component[k], end = clusters_.component[k + 1];
    EdgeOffset arcs = 0;
    for (NodeID c = begin; c < end; ++c) arcs += result_.first.data()[c + 1];
    if (arcs <= kMostNeighbours * (end - begin)) continue;
    for (NodeID c = begin; c < end; ++c) {
      wanted_[static_cast<std::size_t>(c)] = 0;
      result_.first.data()[c + 1] = 0;
    }
  }
}

void Joiner::fill_arcs() {
  for (std::vector<EdgeOffset>& seen : seen_) std::fill(seen.begin(), seen.end(), -1);
  parallel_.for_range(
      result_.num_clusters(), kGrain, [&](std::int64_t begin, std::int64_t end, int worker) {
        EdgeOffset* const seen = seen_[static_cast<std::size_t>(worker)].data();
        for (auto c = static_cast<NodeID>(begin); c < end; ++c) {
          const EdgeOffset first = result_.first.data()[c], last = result_.first.data()[c + 1];
          EdgeOffset next = first;
          for_each_arc(c, [&](NodeID other) {  // places in [first, last) are of this cluster alone
            if (seen[other] < first || seen[other] >= last) {
              seen[other] = next;
              result_.arcs.data()[next++] = {other, 0};
            }
            ++result_.arcs.data()[seen[other]].edges;
          });
        }
      });
}

Result<ClusterGraph> Joiner::run(Arena& scratch) {
  QUADRILLE_RETURN_IF_ERROR(allocate(scratch));
  name_nodes();
  count_arcs();
  drop_tangles();
  result_.first[0] = 0;
  for (std::size_t c = 1; c < result_.first.size(); ++c) result_.first[c] += result_.first[c - 1];
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(scratch, result_.first.back(), {"placement cluster edges"}, result_.arcs));
  fill_arcs();
  return result_;
}

}  // namespace

Result<ClusterGraph> make_cluster_graph(const SimpleGraph& graph, const NodeClusters& clusters,
                                        NodeID least_nodes, Parallel& parallel, Arena& scratch) {
  return Joiner(graph, clusters, least_nodes, parallel).run(scratch);
}

}  // namespace quadrille
