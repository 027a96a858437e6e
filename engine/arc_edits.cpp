#include "engine/arc_edits.h"

#include <algorithm>
#include <utility>

#include "engine/integers.h"

namespace quadrille {
namespace {

constexpr std::int64_t kEditGrain = 8192;
constexpr std::int64_t kMaxChunks = 64;  // each has a counter for every block of the graph
constexpr std::int64_t kFewEdits = 64;   // of a block: sorted as they are
constexpr int kBucketShift = 3;          // nodes a bucket

std::uint64_t key_of(const ArcEdit& arc) {
  return std::uint64_t{static_cast<std::uint32_t>(arc.u)} << 32 | static_cast<std::uint32_t>(arc.v);
}
bool comes_first(const ArcEdit& a, const ArcEdit& b) {
  const std::uint64_t key_a = key_of(a), key_b = key_of(b);
  return key_a != key_b ? key_a < key_b : a.order < b.order;
}

// For edits that are nearly sorted; those of a pair stay in their order.
void insertion_sort(ArcEdit* first, ArcEdit* last) {
  for (ArcEdit* next = first; next < last; ++next) {
    const std::uint64_t key = key_of(*next);
    if (next == first || key_of(next[-1]) <= key) continue;
    const ArcEdit moved = *next;
    ArcEdit* to = next;
    for (; to > first && key < key_of(to[-1]); --to) *to = to[-1];
    *to = moved;
  }
}

}  // namespace

void ArcEdits::reserve(std::int64_t edits, NodeID nodes, int workers) {
  const std::int64_t num_blocks = (std::int64_t{nodes} >> kNodeBlockShift) + 1;
  const std::int64_t chunks = std::min((edits + kEditGrain - 1) / kEditGrain, kMaxChunks);
  starts_.reserve(at(num_blocks * std::max<std::int64_t>(chunks, 1)));
  bucket_starts_.resize(static_cast<std::size_t>(workers));
  arcs_.reserve(at(2 * edits));
  sorted_.reserve(at(2 * edits));
  blocks_.reserve(at(std::min(2 * edits, num_blocks)));
}

void ArcEdits::assign(std::span<const EdgeEdit> edits, bool forward, bool backward,
                      NodeID num_nodes, Parallel& parallel) {
  forward_ = forward;
  backward_ = backward;
  num_blocks_ = (std::int64_t{num_nodes} + kNodeBlockSize - 1) >> kNodeBlockShift;
  const auto size = static_cast<std::int64_t>(edits.size());
  const std::int64_t grain = std::max(kEditGrain, (size + kMaxChunks - 1) / kMaxChunks);
  const std::int64_t chunks = (size + grain - 1) / grain;
  starts_.assign(at(chunks * num_blocks_), 0);
  count(edits, grain, parallel);
  sum(chunks);
  scatter(edits, grain, parallel);
  bucket_starts_.resize(static_cast<std::size_t>(parallel.num_workers()));
  parallel.for_chunks(static_cast<std::int64_t>(blocks_.size()), [&](std::int64_t i, int worker) {
    sort(blocks_[at(i)], bucket_starts_[static_cast<std::size_t>(worker)]);
  });
}

void ArcEdits::count(std::span<const EdgeEdit> edits, std::int64_t grain, Parallel& parallel) {
  const auto size = static_cast<std::int64_t>(edits.size());
  parallel.for_range(size, grain, [&](std::int64_t begin, std::int64_t end, int) {
    std::int64_t* const counts = starts_.data() + begin / grain * num_blocks_;
    for (std::int64_t i = begin; i < end; ++i) {
      if (forward_) ++counts[edits[at(i)].u >> kNodeBlockShift];
      if (backward_) ++counts[edits[at(i)].v >> kNodeBlockShift];
    }
  });
}

// Turns the counts into where each chunk's edits of each block begin.
void ArcEdits::sum(std::int64_t num_chunks) {
  blocks_.clear();
  std::int64_t next = 0;
  for (std::int64_t block = 0; block < num_blocks_; ++block) {
    const std::int64_t begin = next;
    for (std::int64_t chunk = 0; chunk < num_chunks; ++chunk) {
      std::int64_t& slot = starts_[at(chunk * num_blocks_ + block)];
      next += std::exchange(slot, next);
    }
    if (next > begin) blocks_.push_back({block, begin, next});
  }
  arcs_.resize(at(next));
  sorted_.resize(at(next));
}

void ArcEdits::scatter(std::span<const EdgeEdit> edits, std::int64_t grain, Parallel& parallel) {
  const auto size = static_cast<std::int64_t>(edits.size());
  parallel.for_range(size, grain, [&](std::int64_t begin, std::int64_t end, int) {
    std::int64_t* const next = starts_.data() + begin / grain * num_blocks_;
    for (std::int64_t i = begin; i < end; ++i) {
      const EdgeEdit& edit = edits[at(i)];
      const auto order = static_cast<std::uint32_t>(2 * i) + std::uint32_t{edit.is_insert};
      if (forward_) arcs_[at(next[edit.u >> kNodeBlockShift]++)] = {edit.u, edit.v, edit.w, order};
      if (backward_) arcs_[at(next[edit.v >> kNodeBlockShift]++)] = {edit.v, edit.u, edit.w, order};
    }
  });
}

// Into buckets of neighbouring nodes, each of which is then sorted; drops all but the last edit of
// a pair.
void ArcEdits::sort(Block& block, Starts& starts) {
  ArcEdit* const to = sorted_.data() + block.begin;
  const std::int64_t size = block.end - block.begin;
  const std::span<const ArcEdit> from(arcs_.data() + block.begin, at(size));
  if (size <= kFewEdits) {
    std::ranges::copy(from, to);
    std::sort(to, to + size, comes_first);
  } else {
    const auto bucket = [](const ArcEdit& arc) {
      return (arc.u & (kNodeBlockSize - 1)) >> kBucketShift;
    };
    std::ranges::fill(starts.at, 0);
    for (const ArcEdit& arc : from) ++starts.at[bucket(arc) + 1];
    for (std::int64_t b = 0; b < kBuckets; ++b) starts.at[b + 1] += starts.at[b];
    for (const ArcEdit& arc : from) to[starts.at[bucket(arc)]++] = arc;
    // Each start has moved on to where the next bucket began.
    std::int64_t begin = 0;
    for (std::int64_t b = 0; b < kBuckets; begin = starts.at[b++]) {
      if (starts.at[b] - begin > kFewEdits / 4)
        std::sort(to + begin, to + starts.at[b], comes_first);
    }
    insertion_sort(to, to + size);
  }
  std::int64_t kept = 0;
  for (std::int64_t i = 0; i < size; ++i) {
    const bool is_last = i + 1 == size || to[i].u != to[i + 1].u || to[i].v != to[i + 1].v;
    if (is_last) to[kept++] = to[i];
  }
  block.end = block.begin + kept;
}

}  // namespace quadrille
