#include "scenes/distinct_edges.h"

#include <array>
#include <cstring>
#include <numeric>
#include <utility>

namespace quadrille {
namespace {

std::size_t word_slab_bytes(std::int64_t words, const ArcPacking& packing) {
  const std::size_t bytes = static_cast<std::size_t>(words) * packing.word_bytes();
  return (bytes + kCacheLineBytes - 1) / kCacheLineBytes * kCacheLineBytes;
}

}  // namespace

Result<DistinctEdges> DistinctEdges::reserve(const ArcPacking& packing, bool weighted,
                                             std::span<const std::int64_t> counts,
                                             MemoryBudget* budget) {
  const std::int64_t edges = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  const std::size_t words = word_slab_bytes(edges, packing);
  const std::size_t weights = weighted ? static_cast<std::size_t>(edges) * sizeof(Weight) : 0;
  QUADRILLE_ASSIGN_OR_RETURN(
      Region region,
      Region::reserve(words + weights, {.budget = budget, .label = {"edges of the input"}}));
  QUADRILLE_RETURN_IF_ERROR(region.commit(words + weights));
  auto* const weight_slab = weighted ? reinterpret_cast<Weight*>(region.base() + words) : nullptr;
  BucketSpace space(packing, region.base(), weight_slab, counts);
  return DistinctEdges(std::move(region), std::move(space));
}

// Words move down first, and make room for the weights behind them.
void DistinctEdges::squeeze(Parallel& parallel) {
  std::vector<std::int64_t> kept(static_cast<std::size_t>(num_chunks()));
  sort_distinct(space_, kept, parallel);
  const std::int64_t edges = std::accumulate(kept.begin(), kept.end(), std::int64_t{0});
  const ArcPacking& packing = space_.packing();
  const std::size_t words = word_slab_bytes(edges, packing);
  Weight* const weights =
      space_.weights() == nullptr ? nullptr : reinterpret_cast<Weight*>(region_.base() + words);
  BucketSpace closed(packing, space_.words(), weights, kept);
  const auto move_down = [&](std::byte* to, const std::byte* from, std::size_t element_bytes) {
    for (std::size_t bucket = 0; bucket < kept.size(); ++bucket) {
      std::memmove(to + static_cast<std::size_t>(closed.begin(bucket)) * element_bytes,
                   from + static_cast<std::size_t>(space_.begin(bucket)) * element_bytes,
                   static_cast<std::size_t>(kept[bucket]) * element_bytes);
    }
  };
  move_down(closed.words(), space_.words(), packing.word_bytes());
  if (weights != nullptr) {
    move_down(reinterpret_cast<std::byte*>(weights),
              reinterpret_cast<const std::byte*>(space_.weights()), sizeof(Weight));
  }
  space_ = std::move(closed);
  region_.decommit_after(
      words + (weights == nullptr ? 0 : static_cast<std::size_t>(edges) * sizeof(Weight)));
}

Status DistinctEdges::read(std::int64_t chunk, EdgeSink& sink) {
  return with_kind_of(space_, [&]<class Word, bool kWeighted>() -> Status {
    const ArcPacking& packing = space_.packing();
    const auto bucket = static_cast<std::size_t>(chunk);
    const NodeID first = static_cast<NodeID>(chunk << packing.local_bits);
    std::array<Edge, 1024> batch;
    std::size_t filled = 0;
    for (EdgeOffset e = space_.begin(bucket); e < space_.end(bucket); ++e) {
      const auto packed = load_word<Word>(space_.words(), e);
      batch[filled++] = {first + static_cast<NodeID>(packing.local(packed)), packing.target(packed),
                         kWeighted ? space_.weights()[e] : 1};
      if (filled < batch.size()) continue;
      QUADRILLE_RETURN_IF_ERROR(sink.take(batch));
      filled = 0;
    }
    return sink.take(std::span(batch).first(filled));
  });
}

}  // namespace quadrille
