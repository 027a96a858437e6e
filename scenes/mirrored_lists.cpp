#include "scenes/mirrored_lists.h"

#include <array>
#include <bit>

namespace quadrille {
namespace {

// Keeps the first of equal arcs, with the least weight of them; the new end.
template <class Arc>
std::size_t drop_duplicates(std::span<Arc> arcs) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < arcs.size(); ++kept) {
    Arc arc = arcs[i];
    for (++i; i < arcs.size() && arcs[i].packed == arc.packed; ++i) {
      if constexpr (requires { arc.w; }) arc.w = std::min(arc.w, arcs[i].w);
    }
    arcs[kept] = arc;
  }
  return kept;
}

}  // namespace

// One a worker: a bucket's lists on their way to their places.
template <bool kWeighted>
class ListWriter {
 public:
  using Arc = PackedArc<std::uint32_t, kWeighted>;

  explicit ListWriter(const ArcPacking& packing)
      : packing_(packing), places_(std::size_t{1} << packing.local_bits) {}

  // `below` arcs stand at `begin` already, as words of their higher ends.
  void write(const AdjacencyLists& lists, std::int64_t first_node, EdgeOffset begin,
             std::size_t below, std::span<const Arc> above, ListTotals& totals) {
    take_below(lists, begin, below);
    const auto nodes = static_cast<std::size_t>(
        std::min<std::int64_t>(lists.num_nodes - first_node, std::ssize(places_)));
    std::fill_n(places_.begin(), nodes, 0U);
    for (const Arc& arc : below_) ++places_[local(arc)];
    for (const Arc& arc : above) ++places_[local(arc)];
    std::uint32_t place =
        static_cast<std::uint32_t>(begin - lists.blocks[first_node >> kNodeBlockShift].edge_base);
    const std::uint32_t first_place = place;
    for (std::size_t node = 0; node < nodes; ++node) {
      const std::uint32_t degree = places_[node];
      lists.records[first_node + static_cast<std::int64_t>(node)] = {place, degree, 0, 0};
      totals.max_degree = std::max<std::int64_t>(totals.max_degree, degree);
      places_[node] = place - first_place;
      place += degree;
    }
    put(lists, begin, below_);
    put(lists, begin, above);
  }

 private:
  std::size_t local(const Arc& arc) const {
    return static_cast<std::size_t>(packing_.local(arc.packed));
  }
  void take_below(const AdjacencyLists& lists, EdgeOffset begin, std::size_t count) {
    below_.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      const EdgeOffset e = begin + static_cast<EdgeOffset>(i);
      below_[i].packed = static_cast<std::uint32_t>(lists.targets[e]);
      if constexpr (kWeighted) below_[i].w = lists.weights[e];
    }
  }
  void put(const AdjacencyLists& lists, EdgeOffset begin, std::span<const Arc> arcs) {
    NodeID* const targets = lists.targets + begin;
    for (const Arc& arc : arcs) {
      const std::uint32_t place = places_[local(arc)]++;
      targets[place] = packing_.target(arc.packed);
      if constexpr (kWeighted) lists.weights[begin + place] = arc.w;
    }
  }

  ArcPacking packing_;
  std::vector<std::uint32_t> places_;  // by node of the bucket
  std::vector<Arc> below_;
};

template <bool kWeighted>
std::size_t MirroredEdges<kWeighted>::gather(const Sinks& stash, std::size_t bucket,
                                             ArcSorter<Arc>& sorter) const {
  std::size_t count = 0;
  for (const auto& part : stash)
    part.for_each_chunk(bucket, [&](std::span<const Arc> arcs) { count += arcs.size(); });
  Arc* next = sorter.make_room(count);
  for (const auto& part : stash) {
    part.for_each_chunk(bucket, [&](std::span<const Arc> arcs) {
      next = std::copy(arcs.begin(), arcs.end(), next);
    });
  }
  return count;
}

template <bool kWeighted>
Result<PackedArc<std::uint32_t, kWeighted>*> MirroredEdges<kWeighted>::take_room(std::size_t arcs) {
  const std::lock_guard lock(mutex_);
  const std::size_t needed = (used_ + arcs) * sizeof(Arc);
  constexpr std::size_t kHugePage = std::size_t{1} << 21;  // once they are a small part, whole ones
  const std::size_t step = needed < 16 * kHugePage ? kBlockBytes : kHugePage;
  const std::size_t bytes = (needed + step - 1) / step * step;
  QUADRILLE_RETURN_IF_ERROR(region_.commit(std::min(bytes, region_.capacity())));
  return reinterpret_cast<Arc*>(region_.base()) + std::exchange(used_, used_ + arcs);
}

template <bool kWeighted>
Status MirroredEdges<kWeighted>::squeeze_segment(const Sinks& stash, std::size_t segment,
                                                 ArcSorter<Arc>& sorter) {
  const int target_bits =
      std::max(2, static_cast<int>(std::bit_width(static_cast<std::uint64_t>(num_nodes_ - 1))));
  const int low = (target_bits + 1) / 2;
  const typename ArcSorter<Arc>::Digit digits[] = {
      {0, low}, {low, target_bits - low}, {packing_.target_bits, packing_.local_bits}};
  EdgeOffset* const dealt = places_of(segment);
  for (std::size_t b = first_bucket(segment); b < first_bucket(segment + 1); ++b) {
    const std::size_t count = gather(stash, b, sorter);
    const std::span<Arc> sorted = sorter.sort(count, digits);
    const std::span<const Arc> kept = sorted.first(drop_duplicates(sorted));
    QUADRILLE_ASSIGN_OR_RETURN(Arc* const room, take_room(kept.size()));
    std::copy(kept.begin(), kept.end(), room);
    buckets_[b] = {room, kept.size()};
    const auto first = static_cast<NodeID>(b << packing_.local_bits);
    for (const Arc& arc : kept) {
      const NodeID v = packing_.target(arc.packed);
      const bool is_loop = first + static_cast<NodeID>(packing_.local(arc.packed)) == v;
      dealt[packing_.bucket_of(v)] += !is_loop;
    }
  }
  return Status::ok();
}

template <bool kWeighted>
Status MirroredEdges<kWeighted>::squeeze(const Sinks& stash, Parallel& parallel,
                                         MemoryBudget* budget) {
  std::int64_t edges = 0;
  region_ = Region();
  used_ = 0;
  std::fill(dealt_.begin(), dealt_.end(), 0);
  for (const auto& part : stash) edges += part.edges();
  QUADRILLE_ASSIGN_OR_RETURN(region_,
                             Region::reserve(static_cast<std::size_t>(edges) * sizeof(Arc),
                                             {.budget = budget, .label = {"edges of the input"}}));
  std::vector<ArcSorter<Arc>> sorters(static_cast<std::size_t>(parallel.num_workers()));
  QUADRILLE_RETURN_IF_ERROR(run_chunks(
      parallel, static_cast<std::int64_t>(num_segments_), [&](std::int64_t segment, int worker) {
        return squeeze_segment(stash, static_cast<std::size_t>(segment),
                               sorters[static_cast<std::size_t>(worker)]);
      }));
  num_edges_ = static_cast<std::int64_t>(used_);
  self_loops_ = num_edges_;
  for (const EdgeOffset dealt : dealt_) self_loops_ -= dealt;
  return Status::ok();
}

template <bool kWeighted>
Status MirroredEdges<kWeighted>::send_to(Sinks& sinks, Parallel& parallel) const {
  return run_chunks(parallel, std::ssize(buckets_), [&](std::int64_t bucket, int worker) -> Status {
    auto& sink = sinks[static_cast<std::size_t>(worker)];
    const auto first = static_cast<NodeID>(bucket << packing_.local_bits);
    std::array<Edge, 1024> batch;
    std::size_t filled = 0;
    for (const Arc& arc : buckets_[static_cast<std::size_t>(bucket)]) {
      const auto u = first + static_cast<NodeID>(packing_.local(arc.packed));
      batch[filled++] = {u, packing_.target(arc.packed), arc.weight()};
      if (filled < batch.size()) continue;
      QUADRILLE_RETURN_IF_ERROR(sink.take(batch));
      filled = 0;
    }
    return sink.take(std::span(batch).first(filled));
  });
}

// A bucket's places: first those of the arcs that are dealt out to it, segment by segment.
template <bool kWeighted>
Status MirroredEdges<kWeighted>::plan_places(AdjacencyLists& lists) {
  begins_.resize(buckets_.size() + 1);
  EdgeOffset next = 0;
  const std::size_t buckets_a_block = std::size_t{1} << (kNodeBlockShift - packing_.local_bits);
  for (std::size_t b = 0; b < buckets_.size(); ++b) {
    const std::size_t block = b / buckets_a_block;
    if (b % buckets_a_block == 0)
      lists.blocks[block] = {static_cast<std::int64_t>(block) << kNodeBlockShift, next};
    begins_[b] = next;
    for (std::size_t segment = 0; segment < num_segments_; ++segment)
      next += std::exchange(places_of(segment)[b], next);
    next += std::ssize(buckets_[b]);
    if (next - lists.blocks[block].edge_base > std::int64_t{UINT32_MAX})
      return too_many_arcs(static_cast<std::int64_t>(block));
  }
  begins_.back() = next;
  return Status::ok();
}

template <bool kWeighted>
void MirroredEdges<kWeighted>::deal_out(std::size_t segment, const AdjacencyLists& lists) {
  EdgeOffset* const places = places_of(segment);
  for (std::size_t b = first_bucket(segment); b < first_bucket(segment + 1); ++b) {
    const auto first = static_cast<NodeID>(b << packing_.local_bits);
    for (const Arc& arc : buckets_[b]) {
      const NodeID v = packing_.target(arc.packed);
      const NodeID u = first + static_cast<NodeID>(packing_.local(arc.packed));
      if (u == v) continue;
      const EdgeOffset place = places[packing_.bucket_of(v)]++;
      lists.targets[place] = static_cast<NodeID>(packing_.pack<std::uint32_t>(v, u));
      if constexpr (kWeighted) lists.weights[place] = arc.w;
    }
  }
}

template <bool kWeighted>
Status MirroredEdges<kWeighted>::write(AdjacencyLists& lists, Parallel& parallel,
                                       ListTotals& totals) {
  QUADRILLE_RETURN_IF_ERROR(plan_places(lists));
  parallel.for_chunks(static_cast<std::int64_t>(num_segments_), [&](std::int64_t segment, int) {
    deal_out(static_cast<std::size_t>(segment), lists);
  });
  const auto workers = static_cast<std::size_t>(parallel.num_workers());
  std::vector<ListWriter<kWeighted>> writers(workers, ListWriter<kWeighted>(packing_));
  std::vector<ListTotals> found(workers);
  parallel.for_chunks(std::ssize(buckets_), [&](std::int64_t chunk, int worker) {
    const auto b = static_cast<std::size_t>(chunk), w = static_cast<std::size_t>(worker);
    const auto below = static_cast<std::size_t>(begins_[b + 1] - begins_[b]) - buckets_[b].size();
    writers[w].write(lists, chunk << packing_.local_bits, begins_[b], below, buckets_[b], found[w]);
  });
  totals = {num_arcs(), self_loops_, 0};
  for (const ListTotals& part : found)
    totals.max_degree = std::max(totals.max_degree, part.max_degree);
  return Status::ok();
}

template class MirroredEdges<false>;
template class MirroredEdges<true>;

}  // namespace quadrille
