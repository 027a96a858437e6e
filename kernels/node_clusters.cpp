#include "kernels/node_clusters.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <quadrille/parallel.h>

#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr NodeID kFull = 64;
constexpr NodeID kLeast = kFull / 4;
constexpr NodeID kMost = kFull + kFull / 2;  // with what joined it
constexpr NodeID kNoCluster = -1;

// Of one component.
class Growth {
 public:
  Growth(const SimpleGraph& graph, NodeRange range, const GrowthSpace& space, NodeID* cluster)
      : graph_(graph), range_(range), sequence_(space.sequence.data() + range.begin),
        cluster_(cluster), size_(space.size.data() + range.begin),
        pending_(space.pending.data() + range.begin) {}
  NodeID run();  // returns how many clusters there are

 private:
  void grow(NodeID seed);
  void close(NodeID begin);
  NodeID neighbour_with_room(NodeID begin) const;

  const SimpleGraph& graph_;
  NodeRange range_;
  NodeID* sequence_;
  NodeID* cluster_;  // of a node, counted from the component's first
  NodeID* size_;
  NodeID* pending_;
  NodeID taken_ = 0, pending_end_ = 0, num_clusters_ = 0;
  NodeID remnants_ = kNoCluster;  // a cluster that gathers what joins no other
};

NodeID Growth::run() {
  std::fill(cluster_ + range_.begin, cluster_ + range_.end, kNoCluster);
  grow(range_.begin);
  for (NodeID next = 0; next < pending_end_; ++next) {
    if (next + 2 < pending_end_) __builtin_prefetch(graph_.neigh(pending_[next + 2]).data());
    for (const NodeID v : graph_.neigh(pending_[next])) {
      if (cluster_[v] == kNoCluster) grow(v);
    }
  }
  return num_clusters_;
}

void Growth::grow(NodeID seed) {
  const NodeID begin = taken_;
  const auto take = [this](NodeID v) {
    cluster_[v] = num_clusters_;
    sequence_[taken_++] = v;
    __builtin_prefetch(graph_.first.data() + v);
  };
  take(seed);
  NodeID next = begin;
  const auto expand = [&](NodeID u) {  // false: the cluster is full
    for (const NodeID v : graph_.neigh(u)) {
      if (cluster_[v] != kNoCluster) continue;
      if (taken_ - begin == kFull) return false;
      take(v);
    }
    return true;
  };
  while (next < taken_ && expand(sequence_[next])) {
    ++next;
    if (next + 2 < taken_) __builtin_prefetch(graph_.neigh(sequence_[next + 2]).data());
  }
  while (next < taken_) pending_[pending_end_++] = sequence_[next++];
  close(begin);
}

// The cluster of a neighbour of those taken since `begin`, with room for them all.
NodeID Growth::neighbour_with_room(NodeID begin) const {
  for (NodeID i = begin; i < taken_; ++i) {
    for (const NodeID v : graph_.neigh(sequence_[i])) {
      const NodeID other = cluster_[v];
      if (other != num_clusters_ && other != kNoCluster && size_[other] + taken_ - begin <= kMost)
        return other;
    }
  }
  return kNoCluster;
}

// Those taken since `begin` are a cluster, or join one.
void Growth::close(NodeID begin) {
  const NodeID size = taken_ - begin;
  NodeID into = num_clusters_;
  if (size < kLeast && num_clusters_ > 0) {
    const NodeID neighbour = neighbour_with_room(begin);
    if (neighbour != kNoCluster) {
      into = neighbour;
    } else if (remnants_ != kNoCluster && size_[remnants_] + size <= kFull) {
      into = remnants_;
    } else {
      remnants_ = num_clusters_;
    }
  }
  if (into == num_clusters_) {
    size_[num_clusters_++] = 0;
  } else {
    for (NodeID i = begin; i < taken_; ++i) cluster_[sequence_[i]] = into;
  }
  size_[into] += size;
}

// Nodes sorted by cluster; within one in the order in which they were taken. `first_place` is that
// of the component's first cluster.
void gather_component(const GrowthSpace& space, NodeRange range, NodeID first_cluster,
                      NodeID first_place, NodeID num_clusters, const NodeClusters& clusters) {
  NodeID* const next = space.size.data() + range.begin;  // free place of a cluster
  for (NodeID c = 0; c < num_clusters; ++c) {
    clusters.first.data()[first_cluster + c] = first_place;
    first_place += std::exchange(next[c], first_place);
  }
  for (NodeID i = range.begin; i < range.end; ++i) {
    const NodeID v = space.sequence.data()[i];
    NodeID& c = clusters.cluster.data()[v];
    clusters.order.data()[next[c]++] = v;
    c += first_cluster;
  }
}

}  // namespace

Result<NodeClusters> grow_clusters(const SimpleGraph& graph, std::span<const NodeRange> components,
                                   const GrowthSpace& space, Parallel& parallel, Arena& scratch) {
  const Label label{"placement clusters"};
  const auto count = static_cast<std::int64_t>(components.size());
  NodeClusters clusters;
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, graph.num_nodes, label, clusters.cluster));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, count + 1, label, clusters.component));
  NodeID* const first_cluster = clusters.component.data();
  first_cluster[0] = 0;
  parallel.for_chunks(count, [&](std::int64_t k, int) {
    const NodeRange range = components[static_cast<std::size_t>(k)];
    first_cluster[k + 1] = Growth(graph, range, space, clusters.cluster.data()).run();
  });
  std::vector<NodeID> first_place{0};
  for (std::int64_t k = 0; k < count; ++k) {
    const NodeRange range = components[static_cast<std::size_t>(k)];
    first_place.push_back(first_place.back() + range.end - range.begin);
    first_cluster[k + 1] += first_cluster[k];
  }
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, first_place.back(), label, clusters.order));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(scratch, std::int64_t{first_cluster[count]} + 1, label, clusters.first));
  clusters.first.back() = first_place.back();
  parallel.for_chunks(count, [&](std::int64_t k, int) {
    const auto i = static_cast<std::size_t>(k);
    gather_component(space, components[i], first_cluster[k], first_place[i],
                     first_cluster[k + 1] - first_cluster[k], clusters);
  });
  return clusters;
}

}  // namespace quadrille
