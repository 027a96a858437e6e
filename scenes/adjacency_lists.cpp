#include "scenes/adjacency_lists.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

namespace quadrille {
namespace {

// Moves each bucket's arcs down behind those of the bucket before.
void close_gaps(const BucketSpace& space, std::span<const ListTotals> buckets,
                std::span<const EdgeOffset> begins) {
  std::byte* const words = space.words();
  const std::size_t word_bytes = space.packing().word_bytes();
  for (std::size_t bucket = 0; bucket < buckets.size(); ++bucket) {
    const EdgeOffset from = space.begin(bucket), to = begins[bucket];
    const auto arcs = static_cast<std::size_t>(buckets[bucket].arcs);
    std::byte* const target = words + static_cast<std::size_t>(to) * sizeof(NodeID);
    const std::byte* const source = words + static_cast<std::size_t>(from) * word_bytes;
    if (target != source) std::memmove(target, source, arcs * sizeof(NodeID));
    if (space.weights() != nullptr && from != to)
      std::memmove(space.weights() + to, space.weights() + from, arcs * sizeof(Weight));
  }
}

}  // namespace

Status too_many_arcs(std::int64_t block) {
  return {StatusCode::kUnsupported,
          "too many arcs at node " + std::to_string(block << kNodeBlockShift) +
              " and those after it: a block of " + std::to_string(kNodeBlockSize) +
              " nodes may have 4294967295 of them"};
}

Status fill_lists(BucketSpace& space, AdjacencyLists& lists, Parallel& parallel,
                  ListTotals& totals) {
  const int local_bits = space.packing().local_bits;
  const auto num_buckets = static_cast<std::size_t>(space.packing().num_buckets());
  std::vector<ListTotals> buckets(num_buckets);
  sort_into_lists(space, lists.records, buckets, parallel);

  std::vector<EdgeOffset> begins(num_buckets);
  totals = {};
  const std::size_t buckets_a_block = std::size_t{1} << (kNodeBlockShift - local_bits);
  for (std::size_t bucket = 0; bucket < num_buckets; ++bucket) {
    begins[bucket] = totals.arcs;
    const std::size_t block = bucket / buckets_a_block;
    if (bucket % buckets_a_block == 0)
      lists.blocks[block] = {static_cast<std::int64_t>(block) << kNodeBlockShift, totals.arcs};
    totals.arcs += buckets[bucket].arcs;
    totals.self_loops += buckets[bucket].self_loops;
    totals.max_degree = std::max(totals.max_degree, buckets[bucket].max_degree);
    if (totals.arcs - lists.blocks[block].edge_base > std::int64_t{UINT32_MAX})
      return too_many_arcs(static_cast<std::int64_t>(block));
  }
  close_gaps(space, buckets, begins);
  parallel.for_range(lists.num_nodes, std::int64_t{1} << local_bits,
                     [&](std::int64_t begin, std::int64_t end, int) {
                       const EdgeOffset base = lists.blocks[begin >> kNodeBlockShift].edge_base;
                       const auto before = static_cast<std::uint32_t>(
                           begins[static_cast<std::size_t>(begin >> local_bits)] - base);
                       if (before == 0) return;
                       for (std::int64_t u = begin; u < end; ++u)
                         lists.records[u].edge_index += before;
                     });
  return Status::ok();
}

Status ReversedArcs::read(std::int64_t chunk, EdgeSink& sink) {
  const std::int64_t begin = chunk << kNodeBlockShift;
  const std::int64_t end = std::min<std::int64_t>(begin + kNodeBlockSize, lists_.num_nodes);
  std::array<Edge, 1024> batch;
  std::size_t filled = 0;
  for (std::int64_t u = begin; u < end; ++u) {
    const EdgeOffset last = lists_.last_edge(u);
    for (EdgeOffset e = lists_.first_edge(u); e < last; ++e) {
      const Weight w = lists_.weights == nullptr ? 1 : lists_.weights[e];
      batch[filled++] = {lists_.targets[e], static_cast<NodeID>(u), w};
      if (filled < batch.size()) continue;
      QUADRILLE_RETURN_IF_ERROR(sink.take(batch));
      filled = 0;
    }
  }
  return sink.take(std::span(batch).first(filled));
}

}  // namespace quadrille
