#include "kernels/path_buckets.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "kernels/scratch.h"

namespace quadrille {

// The pool holds every node once, in chunks that are full but for one a bucket and worker (or an
// entry, where these are fewer), and as much again for entries that go stale.
Status PathBuckets::allocate(std::int64_t num_nodes, std::int64_t workers, Arena& scratch) {
  num_chunks_ = 2 * (num_nodes / BucketChunk::kCapacity + 1) +
                std::min(workers * kNumPathBuckets, 2 * num_nodes);
  num_blocks_ = (num_nodes >> kPathBlockShift) + 1;
  std::span<std::int64_t> counter;
  std::span<BucketChunk> chunks;
  std::span<std::int32_t> free_chunks;
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, 8, {"paths counter"}, counter));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(scratch, num_chunks_, {"paths buckets"}, chunks, sizeof(BucketChunk)));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(scratch, num_chunks_, {"paths free chunks"}, free_chunks));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(scratch, num_chunks_, {"paths chunks at work"}, collected_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, workers, {"paths lists"}, lists_));
  for (PathLists& lists : lists_) {
    std::span<std::uint32_t> touched;
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, num_blocks_, {"paths blocks"}, touched));
    lists.touched = touched.data();
  }
  forget_touched();
  pool_ = {.chunks = chunks.data(), .free_chunks = free_chunks.data(), .num_free = counter.data()};
  return Status::ok();
}

void PathBuckets::clear() {
  for (PathLists& lists : lists_) {
    std::ranges::fill(lists.ends, nullptr);
    std::ranges::fill(lists.filled, 0);
    lists.spare = kNoChunk;
    lists.first_dropped = static_cast<std::int64_t>(kNoBucket);
  }
  for (std::int64_t i = 0; i < num_chunks_; ++i)
    pool_.free_chunks[i] = static_cast<std::int32_t>(i);
  *pool_.num_free = num_chunks_;
}

void PathBuckets::collect(std::uint64_t bucket) {
  const std::size_t slot = bucket % kNumPathBuckets;
  num_collected_ = 0;
  for (PathLists& lists : lists_) {
    const BucketEntry* const end = std::exchange(lists.ends[slot], nullptr);
    if (end == nullptr) continue;
    lists.filled[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
    std::int32_t id = chunk_of(pool_, end - 1);
    auto entries = static_cast<std::int32_t>(end - pool_.chunks[id].entries);
    for (; id != kNoChunk; id = pool_.chunks[id].next, entries = BucketChunk::kCapacity) {
      pool_.chunks[id].count = entries;
      collected_[num_collected_++] = id;
    }
  }
  *pool_.num_free = std::max<std::int64_t>(*pool_.num_free, 0);
}

std::uint64_t PathBuckets::next_filled(std::uint64_t bucket) const {
  const std::uint64_t end = bucket + kNumPathBuckets;
  for (std::uint64_t next = bucket + 1; next < end; next = (next | 63) + 1) {
    std::uint64_t filled = 0;
    for (const PathLists& lists : lists_) filled |= lists.filled[next % kNumPathBuckets / 64];
    filled >>= next % 64;
    if (filled == 0) continue;
    const std::uint64_t found = next + static_cast<std::uint64_t>(std::countr_zero(filled));
    if (found < end) return found;
  }
  return kNoBucket;
}

std::uint64_t PathBuckets::first_dropped() const {
  auto first = static_cast<std::int64_t>(kNoBucket);
  for (const PathLists& lists : lists_) first = std::min(first, lists.first_dropped);
  return static_cast<std::uint64_t>(first);
}

void PathBuckets::forget_arcs() {
  for (PathLists& lists : lists_) lists.edges = 0;
}

std::int64_t PathBuckets::edges_examined() const {
  std::int64_t edges = 0;
  for (const PathLists& lists : lists_) edges += lists.edges;
  return edges;
}

void PathBuckets::forget_touched() {
  for (PathLists& lists : lists_) std::fill_n(lists.touched, num_blocks_, 0u);
}

bool PathBuckets::take_touched(std::int64_t block) {
  std::uint32_t touched = 0;
  for (PathLists& lists : lists_) touched |= std::exchange(lists.touched[block], 0u);
  return touched != 0;
}

}  // namespace quadrille
