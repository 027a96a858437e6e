#include "kernels/sssp.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <utility>

#include "engine/integers.h"
#include "kernels/arc_weights.h"
#include "kernels/node_sets.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kPathFillGrain = 1 << 15;

}  // namespace

Result<Sssp> Sssp::create(const GraphView& graph, std::int64_t delta, Parallel& parallel,
                          const KernelTable& kernels, Arena& scratch) {
  QUADRILLE_ASSIGN_OR_RETURN(const ArcWeights weights, check_arc_weights(graph, parallel));
  Sssp sssp(graph, parallel, kernels);
  // Within a factor of four of the best width tried on scale-free and uniform random graphs, a grid
  // and road maps.
  QUADRILLE_ASSIGN_OR_RETURN(
      sssp.first_shift_, bucket_shift({.delta = delta, .factor = 8, .most = kMaxShift}, weights));
  sssp.shift_ = sssp.first_shift_;
  QUADRILLE_RETURN_IF_ERROR(sssp.allocate(scratch));
  QUADRILLE_RETURN_IF_ERROR(
      sssp.zero_arcs_.allocate(graph, weights.least == 0 && weights.num_arcs != 0, scratch));
  return sssp;
}

// The pool holds every node once, in chunks that are full but for one a bucket and worker, and as
// much again for entries that go stale.
Status Sssp::allocate(Arena& scratch) {
  const std::int64_t workers = parallel_->num_workers();
  const std::int64_t nodes = graph_.num_nodes();
  num_chunks_ = 2 * (nodes / BucketChunk::kCapacity + 1) + workers * kNumBuckets;
  const std::int64_t named = nodes / 16 + 1024;  // more than is_sparse() ever allows
  std::span<std::int64_t> counters;
  std::span<BucketChunk> chunks;
  std::span<std::int32_t> free_chunks;
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, 16, {"sssp counters"}, counters));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, num_chunks_, {"sssp buckets"}, chunks));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(scratch, num_chunks_, {"sssp free chunks"}, free_chunks));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(scratch, num_chunks_, {"sssp chunks at work"}, collected_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, workers, {"sssp lists"}, lists_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, workers, {"sssp queue buffers"}, buffers_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, named, {"sssp lowered"}, lowered_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, named, {"sssp changed"}, changed_));
  state_.pool = {
      .chunks = chunks.data(), .free_chunks = free_chunks.data(), .num_free = counters.data()};
  state_.lowered = {.ids = lowered_.data(), .tail = counters.data() + 8};
  state_.lowered_capacity = named;
  return Status::ok();
}

void Sssp::bind(const SsspColumns& columns) {
  state_.graph = &graph_.out();
  state_.transpose = &graph_.in();
  state_.distance = columns.distance.data();
  state_.parent = columns.parent.data();
  state_.active = columns.active.empty() ? nullptr : columns.active.data();
  state_.shift = shift_;
}

void Sssp::start(NodeID source, const SsspColumns& columns) {
  parallel_->for_range(
      graph_.num_nodes(), kPathFillGrain, [&](std::int64_t begin, std::int64_t end, int) {
        std::fill(columns.distance.begin() + begin, columns.distance.begin() + end, kPathInf);
        std::fill(columns.parent.begin() + begin, columns.parent.begin() + end, kNoParent);
      });
  std::fill(columns.active.begin(), columns.active.end(), 0);
  columns.distance[at(source)] = 0;
  columns.parent[at(source)] = source;
  if (!columns.active.empty()) columns.active[at(source >> 6)] = bit_of(source);
  zero_arcs_.start();
  shift_ = first_shift_;
  window_begin_ = window_steps_ = 0;
  settled_below_ = edges_examined_ = 0;
  finished_ = false;
  lowered_[0] = source;
  num_lowered_ = 1;
  lowered_is_complete_ = true;
  sparse_ = false;
  num_changed_ = 0;
  bind(columns);
  for (QueueBuffer& buffer : buffers_) buffer.count = 0;
  for (BucketLists& lists : lists_) lists.edges = 0;
  refill(0);
}

void Sssp::step(const SsspColumns& columns) {
  bind(columns);
  begin_changes(columns);
  if (finished_) return;
  ++window_steps_;
  empty_bucket();
  settle(columns);
  end_changes();
  find_next_bucket();
}

// The bits of the last step's nodes go; they are the first of what this step changes.
void Sssp::begin_changes(const SsspColumns& columns) {
  num_changed_ = 0;
  sparse_ = lowered_is_complete_;
  const auto last =
      std::span<const NodeID>(lowered_).first(lowered_is_complete_ ? at(num_lowered_) : 0);
  if (!columns.active.empty()) {
    if (sparse_) {
      clear_words_of(last, columns.active, *parallel_);
    } else {
      std::fill(columns.active.begin(), columns.active.end(), 0);
    }
  }
  std::copy(last.begin(), last.end(), changed_.begin());
  num_changed_ = static_cast<std::int64_t>(last.size());
  *state_.lowered.tail = num_lowered_ = 0;
  lowered_is_complete_ = true;
}

// Called when the bucket's chunks are the first of collected_.
void Sssp::note_settled(std::int64_t num_chunks) {
  if (state_.active == nullptr) return;
  std::int64_t settled = 0;
  for (std::int64_t i = 0; i < num_chunks; ++i) {
    settled += state_.pool.chunks[collected_[at(i)]].count;
  }
  sparse_ = sparse_ && is_sparse(num_changed_ + settled, graph_.num_nodes());
  for (std::int64_t i = 0; i < num_chunks && sparse_; ++i) {
    const BucketChunk& chunk = state_.pool.chunks[collected_[at(i)]];
    for (std::int32_t k = 0; k < chunk.count; ++k)
      changed_[at(num_changed_++)] = chunk.entries[k].node;
  }
}

void Sssp::end_changes() {
  std::int64_t tail = *state_.lowered.tail;
  for (QueueBuffer& buffer : buffers_) {
    const std::int64_t fits =
        std::clamp<std::int64_t>(state_.lowered_capacity - tail, 0, buffer.count);
    std::copy_n(buffer.ids, fits, lowered_.begin() + std::min(tail, state_.lowered_capacity));
    tail += std::exchange(buffer.count, 0);
  }
  num_lowered_ = tail;
  lowered_is_complete_ = is_sparse(num_lowered_, graph_.num_nodes());
  sparse_ = sparse_ && is_sparse(num_changed_ + num_lowered_, graph_.num_nodes());
  if (!sparse_) return;
  std::copy_n(lowered_.begin(), num_lowered_, changed_.begin() + num_changed_);
  num_changed_ += num_lowered_;
}

}  // namespace quadrille
