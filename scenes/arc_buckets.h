// Arcs by buckets of nodes: BucketSpace is where they lie, BucketWriter puts them there, and
// arc_buckets.cpp sorts each bucket in the cache.
//
// Each bucket has exactly the room for the arcs that were counted for it. Writers keep a few arcs a
// bucket to themselves and put them down together, since a bucket's next place is a cache miss away
// and its cursor is shared. Places are taken in any order; sorting makes the bytes the same.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include <quadrille/graph.h>
#include <quadrille/graph_builder.h>
#include <quadrille/parallel.h>
#include <quadrille/types.h>

#include "scenes/arc_packing.h"

namespace quadrille {

// Words from `words` on, weights (null: none) at the same index. `counts` is by bucket.
class BucketSpace {
 public:
  BucketSpace(ArcPacking packing, std::byte* words, Weight* weights,
              std::span<const std::int64_t> counts);

  const ArcPacking& packing() const { return packing_; }
  std::byte* words() const { return words_; }
  Weight* weights() const { return weights_; }
  EdgeOffset begin(std::size_t bucket) const { return begins_[bucket]; }
  EdgeOffset end(std::size_t bucket) const { return begins_[bucket + 1]; }

  // The first of `count` places, or -1: the bucket has not so many left, so the source gave more
  // than when it was counted. Relaxed: who reads the arcs waits for the writers to end anyway.
  EdgeOffset take_places(std::size_t bucket, std::int64_t count) {
    const EdgeOffset first = nexts_[bucket].fetch_add(count, std::memory_order_relaxed);
    return first + count <= end(bucket) ? first : -1;
  }
  bool is_full() const;

 private:
  ArcPacking packing_;
  std::byte* words_;
  Weight* weights_;
  std::vector<EdgeOffset> begins_;
  std::vector<std::atomic<EdgeOffset>> nexts_;
};

// One a worker. Arcs are in their places after flush().
template <class Word, bool kWeighted>
class BucketWriter {
 public:
  explicit BucketWriter(BucketSpace& space)
      : space_(&space), packing_(space.packing()),
        filled_(static_cast<std::size_t>(packing_.num_buckets())), words_(filled_.size() * kRoom),
        weights_(kWeighted ? filled_.size() * kRoom : 0) {}

  // Both return false when a bucket overflows.
  bool put(NodeID u, NodeID v, Weight w) {
    const std::size_t bucket = packing_.bucket_of(u);
    const std::size_t at = bucket * kRoom + filled_[bucket];
    words_[at] = packing_.pack<typename Word::Number>(u, v);
    if constexpr (kWeighted) weights_[at] = w;
    return ++filled_[bucket] < kRoom || put_down(bucket);
  }
  bool flush() {
    for (std::size_t bucket = 0; bucket < filled_.size(); ++bucket) {
      if (filled_[bucket] != 0 && !put_down(bucket)) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t kRoom = 16;  // a cache line of narrow words

  bool put_down(std::size_t bucket) {
    const std::size_t count = std::exchange(filled_[bucket], std::uint8_t{0});
    const EdgeOffset first = space_->take_places(bucket, static_cast<std::int64_t>(count));
    if (first < 0) return false;
    const auto* const words = words_.data() + bucket * kRoom;
    if constexpr (Word::kBytes == sizeof *words) {
      std::memcpy(space_->words() + static_cast<std::size_t>(first) * Word::kBytes, words,
                  count * Word::kBytes);
    } else {
      for (std::size_t i = 0; i < count; ++i)
        store_word<Word>(space_->words(), first + static_cast<EdgeOffset>(i), words[i]);
    }
    if constexpr (kWeighted)
      std::copy_n(weights_.data() + bucket * kRoom, count, space_->weights() + first);
    return true;
  }

  BucketSpace* space_;
  ArcPacking packing_;
  std::vector<std::uint8_t> filled_;
  std::vector<typename Word::Number> words_;
  std::vector<Weight> weights_;
};

// body.template operator()<Word, kWeighted>() for the kind of arcs that `space` holds.
template <class Body>
auto with_kind_of(const BucketSpace& space, Body body) {
  const bool weighted = space.weights() != nullptr;
  if (space.packing().wide) {
    return weighted ? body.template operator()<WideWord, true>()
                    : body.template operator()<WideWord, false>();
  }
  return weighted ? body.template operator()<NarrowWord, true>()
                  : body.template operator()<NarrowWord, false>();
}

// Sorts each bucket by (node, target, weight) and keeps the first arc from a node to a target.
// Then, bucket by bucket, any worker: what is kept goes to the front of the bucket, as words and
// weights (`kept` says how many) ...
void sort_distinct(BucketSpace& space, std::span<std::int64_t> kept, Parallel& parallel);

// ... or as targets of 4 bytes from the place of the bucket's first word on, with the records of
// its nodes, whose edge_index counts from the bucket's first arc.
struct ListTotals {
  EdgeOffset arcs = 0;
  std::int64_t self_loops = 0;  // lists that hold their own node
  std::int64_t max_degree = 0;
};
void sort_into_lists(BucketSpace& space, NodeRecord* records, std::span<ListTotals> totals,
                     Parallel& parallel);

}  // namespace quadrille
