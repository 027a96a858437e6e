// From the stashed edges of an undirected graph to its lists, without sorting each edge twice.
//
// squeeze(): each bucket of lower ends is sorted in the cache and its duplicates dropped, so edges
// stand in the order of (lower, higher). A list is the neighbours below its node and then those
// above. Those above are sorted now; those below come sorted when edges are dealt out to their
// higher ends in that order, which is why that is done by segments of buckets, each of which knows
// the places that are its own. One pass by node within a bucket, in the cache again, ends it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include <quadrille/parallel.h>
#include <quadrille/status.h>

#include "engine/memory_budget.h"
#include "engine/region.h"
#include "scenes/adjacency_lists.h"
#include "scenes/arc_packing.h"
#include "scenes/arc_sorter.h"
#include "scenes/edge_stash.h"
#include "scenes/first_failure.h"

namespace quadrille {

// Each edge once, by its lower end, sorted.
template <bool kWeighted>
class MirroredEdges {
 public:
  using Arc = PackedArc<std::uint32_t, kWeighted>;
  using Sinks = std::vector<StashSink<kWeighted>>;

  // `packing` is the one of the stash; `num_nodes` of its nodes are there.
  MirroredEdges(const ArcPacking& packing, std::int64_t num_nodes)
      : packing_(packing), num_nodes_(num_nodes),
        buckets_((static_cast<std::size_t>(num_nodes) + bucket_nodes() - 1) / bucket_nodes()),
        num_segments_(std::min(kMostSegments, buckets_.size())),
        dealt_(num_segments_ * buckets_.size(), 0) {}

  // May be called again, with the edges of another stash.
  Status squeeze(const Sinks& stash, Parallel& parallel, MemoryBudget* budget);
  std::int64_t num_edges() const { return num_edges_; }
  // Of the lists: loops stand in one, other edges in two.
  EdgeOffset num_arcs() const { return 2 * num_edges_ - self_loops_; }

  // The lists' slabs have room for num_arcs(). The bytes depend on the edges alone.
  Status write(AdjacencyLists& lists, Parallel& parallel, ListTotals& totals);

  // Each edge to the sink of the worker that meets it.
  Status send_to(Sinks& sinks, Parallel& parallel) const;

 private:
  static constexpr std::size_t kMostSegments = 64;
  using Buckets = std::vector<std::span<const Arc>>;

  std::size_t bucket_nodes() const { return std::size_t{1} << packing_.local_bits; }
  std::size_t first_bucket(std::size_t segment) const {
    return segment * buckets_.size() / num_segments_;
  }
  EdgeOffset* places_of(std::size_t segment) { return dealt_.data() + segment * buckets_.size(); }
  std::size_t gather(const Sinks& stash, std::size_t bucket, ArcSorter<Arc>& sorter) const;
  Status squeeze_segment(const Sinks& stash, std::size_t segment, ArcSorter<Arc>& sorter);
  Result<Arc*> take_room(std::size_t arcs);
  Status plan_places(AdjacencyLists& lists);
  void deal_out(std::size_t segment, const AdjacencyLists& lists);

  ArcPacking packing_;
  std::int64_t num_nodes_;
  Buckets buckets_;
  std::size_t num_segments_;
  // By segment and bucket: how many edges with their higher end there; later, where they go.
  std::vector<EdgeOffset> dealt_;
  std::vector<EdgeOffset> begins_;  // of each bucket's arcs, and the end of all
  Region region_;
  std::mutex mutex_;
  std::size_t used_ = 0;  // of the region, in arcs
  std::int64_t num_edges_ = 0, self_loops_ = 0;
};

extern template class MirroredEdges<false>;
extern template class MirroredEdges<true>;

}  // namespace quadrille
