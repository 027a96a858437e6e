#include "scenes/arc_buckets.h"

#include <array>

#include "scenes/arc_sorter.h"

namespace quadrille {
namespace {

// One a worker.
template <class Word, bool kWeighted>
class BucketSorter {
 public:
  using Arc = PackedArc<typename Word::Number, kWeighted>;

  // Ascending by `packed`; of equal ones in any order. Valid until the next call.
  std::span<const Arc> sort(const BucketSpace& space, std::size_t bucket) {
    const EdgeOffset begin = space.begin(bucket);
    const auto count = static_cast<std::size_t>(space.end(bucket) - begin);
    Arc* const arcs = sorter_.make_room(count);
    for (std::size_t i = 0; i < count; ++i) {
      const EdgeOffset place = begin + static_cast<EdgeOffset>(i);
      arcs[i].packed = load_word<Word>(space.words(), place);
      if constexpr (kWeighted) arcs[i].w = space.weights()[place];
    }
    constexpr int kDigits = Word::kBytes == 4 ? 3 : 4;
    const int bits = (space.packing().bits() + kDigits - 1) / kDigits;
    std::array<typename ArcSorter<Arc>::Digit, std::size_t{kDigits}> digits;
    for (int digit = 0; digit < kDigits; ++digit)
      digits[static_cast<std::size_t>(digit)] = {digit * bits, bits};
    return sorter_.sort(count, digits);
  }

 private:
  static_assert(ArcSorter<Arc>::kMostDigitBits * 3 >= 32 &&
                ArcSorter<Arc>::kMostDigitBits * 4 >= ArcPacking::kMostLocalBits + 31);
  ArcSorter<Arc> sorter_;
};

// use(bucket, arcs) for each bucket, sorted.
template <class Word, bool kWeighted, class Use>
void for_sorted_buckets(const BucketSpace& space, Parallel& parallel, Use use) {
  std::vector<BucketSorter<Word, kWeighted>> sorters(
      static_cast<std::size_t>(parallel.num_workers()));
  parallel.for_chunks(space.packing().num_buckets(), [&](std::int64_t chunk, int worker) {
    const auto bucket = static_cast<std::size_t>(chunk);
    use(bucket, sorters[static_cast<std::size_t>(worker)].sort(space, bucket));
  });
}

// The end of the arcs that equal the one at `i`, and the least weight among them.
template <class Arc>
std::size_t end_of_equals(std::span<const Arc> arcs, std::size_t i, Weight& least) {
  const auto packed = arcs[i].packed;
  least = arcs[i].weight();
  for (++i; i < arcs.size() && arcs[i].packed == packed; ++i)
    least = std::min(least, arcs[i].weight());
  return i;
}

// `targets` need not be aligned; `weights` is null where there are none.
template <class Arc>
ListTotals write_lists(const ArcPacking& packing, std::size_t bucket, std::span<const Arc> arcs,
                       std::byte* targets, Weight* weights, NodeRecord* records) {
  ListTotals totals;
  const std::int64_t first = static_cast<std::int64_t>(bucket) << packing.local_bits;
  const std::int64_t nodes =
      std::min(packing.num_nodes - first, std::int64_t{1} << packing.local_bits);
  std::size_t i = 0, kept = 0;
  Weight least = 1;
  for (std::int64_t local = 0; local < nodes; ++local) {
    const std::size_t begin = kept;
    const auto self = static_cast<NodeID>(first + local);
    while (i < arcs.size() && packing.local(arcs[i].packed) == local) {
      const NodeID target = packing.target(arcs[i].packed);
      i = end_of_equals(arcs, i, least);
      std::memcpy(targets + kept * sizeof(NodeID), &target, sizeof target);
      if (weights != nullptr) weights[kept] = least;
      totals.self_loops += target == self;
      ++kept;
    }
    const auto degree = static_cast<std::uint32_t>(kept - begin);
    records[self] = {static_cast<std::uint32_t>(begin), degree, 0, 0};
    totals.max_degree = std::max<std::int64_t>(totals.max_degree, degree);
  }
  totals.arcs = static_cast<EdgeOffset>(kept);
  return totals;
}

}  // namespace

BucketSpace::BucketSpace(ArcPacking packing, std::byte* words, Weight* weights,
                         std::span<const std::int64_t> counts)
    : packing_(packing), words_(words), weights_(weights), begins_(counts.size() + 1),
      nexts_(counts.size()) {
  for (std::size_t bucket = 0; bucket < counts.size(); ++bucket) {
    begins_[bucket + 1] = begins_[bucket] + counts[bucket];
    nexts_[bucket].store(begins_[bucket], std::memory_order_relaxed);
  }
}

bool BucketSpace::is_full() const {
  for (std::size_t bucket = 0; bucket < nexts_.size(); ++bucket) {
    if (nexts_[bucket].load(std::memory_order_relaxed) != end(bucket)) return false;
  }
  return true;
}

void sort_distinct(BucketSpace& space, std::span<std::int64_t> kept, Parallel& parallel) {
  with_kind_of(space, [&]<class Word, bool kWeighted>() {
    for_sorted_buckets<Word, kWeighted>(space, parallel, [&](std::size_t bucket, auto arcs) {
      EdgeOffset place = space.begin(bucket);
      Weight least = 1;
      for (std::size_t i = 0; i < arcs.size(); ++place) {
        store_word<Word>(space.words(), place, arcs[i].packed);
        i = end_of_equals(arcs, i, least);
        if constexpr (kWeighted) space.weights()[place] = least;
      }
      kept[bucket] = place - space.begin(bucket);
    });
  });
}

void sort_into_lists(BucketSpace& space, NodeRecord* records, std::span<ListTotals> totals,
                     Parallel& parallel) {
  with_kind_of(space, [&]<class Word, bool kWeighted>() {
    for_sorted_buckets<Word, kWeighted>(space, parallel, [&](std::size_t bucket, auto arcs) {
      const EdgeOffset begin = space.begin(bucket);
      std::byte* const targets = space.words() + static_cast<std::size_t>(begin) * Word::kBytes;
      Weight* const weights = kWeighted ? space.weights() + begin : nullptr;
      totals[bucket] = write_lists(space.packing(), bucket, arcs, targets, weights, records);
    });
  });
}

}  // namespace quadrille
