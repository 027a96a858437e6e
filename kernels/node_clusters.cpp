#include "kernels/node_clusters.h"

#include <algorithm>

#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr NodeID kFull = 64;
constexpr NodeID kLeast = kFull / 4;
constexpr NodeID kMost = kFull + kFull / 2;  // with what joined it
constexpr NodeID kNone = -1;

class Growth {
 public:
  explicit Growth(const SimpleGraph& graph) : graph_(graph) {}
  Status allocate(Arena& scratch);
  void run();
  NodeClusters clusters(Arena& scratch, Status& status);

 private:
  void grow_component(NodeID seed);
  void grow(NodeID seed);
  void close(NodeID begin);
  NodeID neighbour_with_room(NodeID begin) const;
  void take(NodeID v) {
    cluster_[v] = num_clusters_;
    sequence_[taken_++] = v;
    __builtin_prefetch(&graph_.first.data()[v]);
  }

  const SimpleGraph& graph_;
  NodeID* sequence_ = nullptr;   // nodes in the order in which they were taken
  NodeID* joined_ = nullptr;     // the cluster of sequence_[i]
  NodeID* cluster_ = nullptr;    // of a node
  NodeID* size_ = nullptr;       // of a cluster
  NodeID* pending_ = nullptr;    // taken nodes that may have neighbours without cluster
  NodeID* component_ = nullptr;  // first clusters
  NodeID taken_ = 0, pending_end_ = 0;
  NodeID num_clusters_ = 0, num_components_ = 0;
  NodeID remnants_ = kNone;  // a cluster of this component that gathers what joins no other
};

Status Growth::allocate(Arena& scratch) {
  const std::int64_t nodes = std::int64_t{graph_.num_nodes} + 1;
  for (NodeID** array : {&sequence_, &joined_, &cluster_, &size_, &pending_, &component_}) {
    std::span<NodeID> memory;
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"placement clusters"}, memory));
    *array = memory.data();
  }
  return Status::ok();
}

void Growth::run() {
  std::fill_n(cluster_, graph_.num_nodes, kNone);
  for (NodeID v = 0; v < graph_.num_nodes; ++v) {
    if (cluster_[v] == kNone) grow_component(v);
  }
}

void Growth::grow_component(NodeID seed) {
  component_[num_components_++] = num_clusters_;
  remnants_ = kNone;
  NodeID next = pending_end_;
  grow(seed);
  for (; next < pending_end_; ++next) {
    if (next + 1 < pending_end_) {
      __builtin_prefetch(graph_.neigh(pending_[next + 1]).data());
    }
    for (const NodeID v : graph_.neigh(pending_[next])) {
      if (cluster_[v] == kNone) grow(v);
    }
  }
}

void Growth::grow(NodeID seed) {
  const NodeID begin = taken_;
  take(seed);
  NodeID next = begin;
  const auto expand = [&](NodeID u) {  // false: the cluster is full
    for (const NodeID v : graph_.neigh(u)) {
      if (cluster_[v] != kNone) continue;
      if (taken_ - begin == kFull) return false;
      take(v);
    }
    return true;
  };
  while (next < taken_ && expand(sequence_[next])) {
    ++next;
    if (next + 1 < taken_) __builtin_prefetch(graph_.neigh(sequence_[next + 1]).data());
  }
  while (next < taken_) pending_[pending_end_++] = sequence_[next++];
  close(begin);
}

// The cluster of a neighbour of those taken since `begin`, with room for them all.
NodeID Growth::neighbour_with_room(NodeID begin) const {
  for (NodeID i = begin; i < taken_; ++i) {
    for (const NodeID v : graph_.neigh(sequence_[i])) {
      const NodeID other = cluster_[v];
      if (other != num_clusters_ && other != kNone && size_[other] + taken_ - begin <= kMost)
        return other;
    }
  }
  return kNone;
}

// Those taken since `begin` are a cluster, or join one.
void Growth::close(NodeID begin) {
  const NodeID size = taken_ - begin;
  NodeID into = num_clusters_;
  if (size < kLeast && num_clusters_ > component_[num_components_ - 1]) {
    const NodeID neighbour = neighbour_with_room(begin);
    if (neighbour != kNone) {
      into = neighbour;
    } else if (remnants_ != kNone && size_[remnants_] + size <= kFull) {
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
  std::fill(joined_ + begin, joined_ + taken_, into);
  size_[into] += size;
}

// Sorted by cluster; within one in the order in which they were taken.
NodeClusters Growth::clusters(Arena& scratch, Status& status) {
  NodeClusters result;
  status = allocate_scratch(scratch, std::int64_t{num_clusters_} + 1, {"placement clusters"},
                            result.first);
  if (!status.is_ok()) return result;
  NodeID* const first = result.first.data();
  NodeID* const end = size_;  // of what stands in a cluster already
  NodeID place = 0;
  for (NodeID c = 0; c < num_clusters_; ++c) {
    first[c] = place;
    place += size_[c];
    end[c] = first[c];
  }
  first[num_clusters_] = place;
  component_[num_components_] = num_clusters_;
  NodeID* const order = pending_;  // whose work is done
  for (NodeID i = 0; i < taken_; ++i) order[end[joined_[i]]++] = sequence_[i];
  result.order = {order, static_cast<std::size_t>(taken_)};
  result.component = {component_, static_cast<std::size_t>(num_components_) + 1};
  return result;
}

}  // namespace

Result<NodeClusters> grow_clusters(const SimpleGraph& graph, Arena& scratch) {
  Growth growth(graph);
  QUADRILLE_RETURN_IF_ERROR(growth.allocate(scratch));
  growth.run();
  Status status = Status::ok();
  NodeClusters clusters = growth.clusters(scratch, status);
  QUADRILLE_RETURN_IF_ERROR(status);
  return clusters;
}

}  // namespace quadrille
