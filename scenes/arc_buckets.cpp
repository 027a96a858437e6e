#include "scenes/arc_buckets.h"

#include <memory>
#include <utility>

namespace quadrille {
namespace {

template <class Number, bool kWeighted>
struct SortedArc {
  Number packed;
  Weight weight() const { return 1; }
};
template <class Number>
struct SortedArc<Number, true> {
  Number packed;
  Weight w;
  Weight weight() const { return w; }
};

// One a worker: room for the largest bucket that it met, twice.
template <class Word, bool kWeighted>
class BucketSorter {
 public:
  using Arc = SortedArc<typename Word::Number, kWeighted>;

  // Ascending by `packed`; of equal ones in any order. Valid until the next call.
  std::span<const Arc> sort(const BucketSpace& space, std::size_t bucket) {
    const auto count = static_cast<std::size_t>(space.end(bucket) - space.begin(bucket));
    make_room(count);
    load(space, space.begin(bucket), count);
    if (count < kFewArcs) {
      std::sort(from_.get(), from_.get() + count,
                [](const Arc& a, const Arc& b) { return a.packed < b.packed; });
    } else {
      order(count);
    }
    return {from_.get(), count};
  }

 private:
  static constexpr int kMostDigitBits = 11, kDigits = Word::kBytes == 4 ? 3 : 4;
  static constexpr std::size_t kFewArcs = 512;  // below, a walk through the counts costs more
  static_assert(kMostDigitBits * 3 >= 32 && kMostDigitBits * 4 >= ArcPacking::kMostLocalBits + 31);

  void make_room(std::size_t count) {
    if (count <= capacity_) return;
    capacity_ = 0;
    from_.reset(), to_.reset();
    from_ = std::make_unique_for_overwrite<Arc[]>(count);
    to_ = std::make_unique_for_overwrite<Arc[]>(count);
    capacity_ = count;
  }

  // Counts the digits on the way.
  void load(const BucketSpace& space, EdgeOffset begin, std::size_t count) {
    digit_bits_ = (space.packing().bits() + kDigits - 1) / kDigits;
    for (auto& places : counts_) places.fill(0);
    for (std::size_t i = 0; i < count; ++i) {
      const EdgeOffset place = begin + static_cast<EdgeOffset>(i);
      auto rest = from_[i].packed = load_word<Word>(space.words(), place);
      if constexpr (kWeighted) from_[i].w = space.weights()[place];
      for (int digit = 0; digit < kDigits; ++digit, rest >>= digit_bits_)
        ++counts_[static_cast<std::size_t>(digit)][rest & digit_mask()];
    }
  }

  // Least significant digit first.
  void order(std::size_t count) {
    for (int digit = 0; digit < kDigits; ++digit) {
      auto& places = counts_[static_cast<std::size_t>(digit)];
      const int shift = digit * digit_bits_;
      if (places[(from_[0].packed >> shift) & digit_mask()] == count) continue;  // all alike
      std::size_t sum = 0;
      for (std::size_t& place : std::span(places).first(digit_mask() + 1))
        sum += std::exchange(place, sum);
      for (std::size_t i = 0; i < count; ++i)
        to_[places[(from_[i].packed >> shift) & digit_mask()]++] = from_[i];
      from_.swap(to_);
    }
  }
  typename Word::Number digit_mask() const { return (typename Word::Number{1} << digit_bits_) - 1; }

  std::size_t capacity_ = 0;
  std::unique_ptr<Arc[]> from_, to_;
  int digit_bits_ = 0;
  std::array<std::array<std::size_t, std::size_t{1} << kMostDigitBits>, std::size_t{kDigits}>
      counts_;
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
