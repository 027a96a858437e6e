#include "kernels/broad_phase.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <utility>

#include <quadrille/parallel.h>

#include "kernels/grains.h"
#include "kernels/grid_levels.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kDiscsATask = 4096;  // discs a task
// Places a task of the search: a disc of a coarse level may take as long as a thousand others.
constexpr std::int64_t kPlacesATask = 512;
// Lists of a task are kept beside while their lengths are not all known, in blocks: one of each
// task, and as many more as it takes.
constexpr std::int64_t kStagedRoom = 512;
constexpr std::int64_t kStagedStride = kStagedRoom + kOverlapPadding;
constexpr std::int64_t kStagedBlocksATask = 4;
constexpr std::int32_t kNoStagedBlock = -1;
constexpr std::int64_t kSortChunk = 65536;  // discs a task of the sort's first digit
constexpr std::int64_t kMaxBuckets = 1024;
// A disc on its way through the sort: what follows it into its bucket need not be gathered there.
enum DiscRecord { kRecordCell, kRecordBody, kRecordX, kRecordY, kRecordRadius, kRecordWords };
constexpr std::int64_t kMaxCells = std::int64_t{1} << 30;

std::int64_t max_cells(std::int64_t num_bodies) {
  return std::min(4 * num_bodies + 1024, kMaxCells);
}

}  // namespace

struct StagedBlock {
  std::int32_t count;
  std::int32_t
      next;  // of the same task; kNoStagedBlock: there was none left, and what follows is lost
};

Result<BroadPhase> BroadPhase::create(const BroadPhaseOptions& options, const KernelTable& kernels,
                                      Parallel& parallel, Arena& arena) {
  BroadPhase phase;
  phase.options_ = options;
  phase.kernels_ = &kernels;
  phase.parallel_ = &parallel;
  QUADRILLE_RETURN_IF_ERROR(phase.allocate(arena));
  return phase;
}

Status BroadPhase::allocate(Arena& arena) {
  const std::int64_t n = options_.num_bodies;
  const std::int64_t padded = n + kOverlapPadding;
  const std::int64_t sort_chunks = std::max<std::int64_t>(chunks_of(n, kSortChunk), 1);
  const std::int64_t tasks = chunks_of(n, kPlacesATask);
  // The sort is over when lists are staged.
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(
      arena, std::max(kRecordWords * n, kStagedBlocksATask * tasks * kStagedStride),
      {"broad phase: sort and staging"}, staging_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, std::ssize(staging_) / kStagedStride,
                                             {"broad phase: staged blocks"}, block_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, max_cells(n) + 1, {"broad phase: cell starts"}, cell_start_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, sort_chunks * kMaxBuckets + 1,
                                             {"broad phase: bucket starts"}, bucket_start_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, n, {"broad phase: order"}, order_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, padded, {"broad phase: x by place"}, x_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, padded, {"broad phase: y by place"}, y_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, padded, {"broad phase: radius by place"}, radius_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, n + 1, {"broad phase: list starts"}, first_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, tasks + 1, {"broad phase: chunk starts"}, chunk_first_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, chunks_of(n, kDiscsATask), {"broad phase: summaries"}, summaries_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, options_.max_pairs, {"broad phase: neighbors"}, neighbors_));
  for (std::span<float> column : {x_, y_, radius_}) std::ranges::fill(column, 0.0f);
  std::ranges::fill(first_, 0);
  return Status::ok();
}

void BroadPhase::sort(const DiscColumns& discs) {
  const auto n = static_cast<std::int64_t>(discs.x.size());
  QUADRILLE_ASSERT(n <= options_.num_bodies);
  num_discs_ = n;
  num_neighbors_ = 0;
  num_levels_ = 0;
  first_[static_cast<std::size_t>(n)] = 0;
  if (n == 0) return;
  choose_levels(discs);
  sort_into_cells(discs);
}

BroadPhaseOutcome BroadPhase::update(const DiscColumns& discs) {
  sort(discs);
  const std::int64_t n = num_discs_;
  if (n == 0) return BroadPhaseOutcome::kComplete;
  next_block_ = static_cast<std::int32_t>(chunks_of(n, kPlacesATask));
  parallel_->for_range(n, kPlacesATask,
                       [&](std::int64_t begin, std::int64_t end, int) { stage_lists(begin, end); });
  const std::int64_t tasks = chunks_of(n, kPlacesATask);
  for (std::int64_t task = 0; task < tasks; ++task) {
    std::int64_t& start = chunk_first_[static_cast<std::size_t>(task)];
    num_neighbors_ += std::exchange(start, num_neighbors_);
  }
  chunk_first_[static_cast<std::size_t>(tasks)] = num_neighbors_;
  if (num_neighbors_ > static_cast<std::int64_t>(neighbors_.size())) {
    std::ranges::fill(first_, 0);
    return BroadPhaseOutcome::kOverflow;
  }
  first_[static_cast<std::size_t>(n)] = num_neighbors_;
  parallel_->for_range(n, kPlacesATask,
                       [&](std::int64_t begin, std::int64_t end, int) { place_lists(begin, end); });
  return BroadPhaseOutcome::kComplete;
}

void BroadPhase::stage_lists(std::int64_t begin, std::int64_t end) {
  struct Blocks {
    BroadPhase& phase;
    std::int32_t block;
  } blocks{*this, static_cast<std::int32_t>(begin / kPlacesATask)};
  OverlapArgs args = overlap_args(begin, end);
  args.neighbors = staging_.data() + kStagedStride * blocks.block;
  args.room = kStagedRoom;
  args.blocks = &blocks;
  args.next_block = [](void* task, std::int64_t count) {
    auto& of = *static_cast<Blocks*>(task);
    return of.phase.next_block(of.block, count);
  };
  chunk_first_[static_cast<std::size_t>(begin / kPlacesATask)] =
      kernels_->broad_phase.stage_overlaps(args);
}

// The block behind a full one. When there is none left, what is found goes where it is overwritten,
// and the task finds it once more.
std::int32_t* BroadPhase::next_block(std::int32_t& block, std::int64_t count) {
  StagedBlock& full = block_[static_cast<std::size_t>(block)];
  const auto end = static_cast<std::int32_t>(block_.size());
  const std::atomic_ref<std::int32_t> taken(next_block_);
  // Looked at first: a count of all that is asked for in vain would run over.
  std::int32_t next = taken.load(std::memory_order_relaxed);
  if (next < end) next = taken.fetch_add(1, std::memory_order_relaxed);
  const bool is_there = next < end;
  full = {static_cast<std::int32_t>(count), is_there ? next : kNoStagedBlock};
  if (is_there) block = next;
  return staging_.data() + kStagedStride * block;
}

// A task's lists come to where they stay.
void BroadPhase::place_lists(std::int64_t begin, std::int64_t end) {
  const std::int64_t task = begin / kPlacesATask;
  const std::int64_t start = chunk_first_[static_cast<std::size_t>(task)];
  std::int64_t left = chunk_first_[static_cast<std::size_t>(task) + 1] - start;
  std::int32_t* to = neighbors_.data() + start;
  auto block = static_cast<std::int32_t>(task);
  while (left > 0 && block != kNoStagedBlock) {
    const StagedBlock& staged = block_[static_cast<std::size_t>(block)];
    // A full one without a successor was overwritten, if only by a register that holds no hit.
    if (left >= kStagedRoom && staged.next == kNoStagedBlock) break;
    // The last one has less than fills it, and was not asked about.
    const std::int64_t count = left < kStagedRoom ? left : staged.count;
    to = std::copy_n(staging_.data() + kStagedStride * block, count, to);
    left -= count;
    block = staged.next;
  }
  if (left > 0) return kernels_->broad_phase.fill_overlaps(overlap_args(begin, end));
  for (auto p = static_cast<std::size_t>(begin); p < static_cast<std::size_t>(end); ++p)
    first_[p] += start;
}

OverlapArgs BroadPhase::overlap_args(std::int64_t begin, std::int64_t end) const {
  return {.x = x_.data(),
          .y = y_.data(),
          .radius = radius_.data(),
          .levels = levels_,
          .num_levels = num_levels_,
          .cell_start = cell_start_.data(),
          .begin = begin,
          .end = end,
          .first = first_.data(),
          .neighbors = neighbors_.data(),
          .next = chunk_first_[static_cast<std::size_t>(begin / kPlacesATask)],
          .room = 0,
          .next_block = nullptr,
          .blocks = nullptr};
}

void BroadPhase::choose_levels(const DiscColumns& discs) {
  const std::int64_t n = num_discs_;
  parallel_->for_range(n, kDiscsATask, [&](std::int64_t begin, std::int64_t end, int) {
    const auto at = static_cast<std::size_t>(begin), count = static_cast<std::size_t>(end - begin);
    summaries_[at / kDiscsATask] = summarize_discs(
        discs.x.subspan(at, count), discs.y.subspan(at, count), discs.radius.subspan(at, count));
  });
  DiscSummary all = summaries_[0];
  const auto chunks = static_cast<std::size_t>(chunks_of(n, kDiscsATask));
  for (const DiscSummary& summary : summaries_.subspan(1, chunks - 1)) all = merge(all, summary);
  num_levels_ = choose_grid_levels(all, n, max_cells(n), levels_);
  const GridLevel& finest = levels_[num_levels_ - 1];
  num_cells_ = finest.first_cell + std::int64_t{finest.columns} * finest.rows;
  const auto cells_a_bucket = static_cast<std::uint64_t>(chunks_of(num_cells_, kMaxBuckets));
  bucket_shift_ = static_cast<int>(std::bit_width(cells_a_bucket - 1));
}

// Stable counting sort by cell, most significant digit first: buckets of neighbouring cells, then
// each bucket in cache.
void BroadPhase::sort_into_cells(const DiscColumns& discs) {
  const std::int64_t n = num_discs_;
  parallel_->for_range(n, kSortChunk, [&](std::int64_t begin, std::int64_t end, int) {
    kernels_->broad_phase.grid_cells({.x = discs.x.data(),
                                      .y = discs.y.data(),
                                      .radius = discs.radius.data(),
                                      .levels = levels_,
                                      .num_levels = num_levels_,
                                      .cell = order_.data(),  // until there is an order
                                      .begin = begin,
                                      .end = end});
  });
  scatter_into_buckets(discs);
  const std::int64_t num_buckets = ((num_cells_ - 1) >> bucket_shift_) + 1;
  parallel_->for_range(num_buckets, 1,
                       [&](std::int64_t bucket, std::int64_t, int) { sort_bucket(bucket); });
  cell_start_[static_cast<std::size_t>(num_cells_)] = static_cast<std::int32_t>(n);
  for (int l = 0; l < num_levels_; ++l) {
    GridLevel& level = levels_[l];
    const auto begin = static_cast<std::size_t>(level.first_cell);
    const auto end =
        begin + static_cast<std::size_t>(level.columns) * static_cast<std::size_t>(level.rows);
    level.num_discs = cell_start_[end] - cell_start_[begin];
  }
}

// A chunk's counters stand together: they stay in the nearest cache while it is counted and while
// it is scattered. Afterwards the last chunk's have run to the buckets' ends.
void BroadPhase::scatter_into_buckets(const DiscColumns& discs) {
  const std::int64_t n = num_discs_, chunks = chunks_of(n, kSortChunk);
  const auto counters = [&](std::int64_t begin) {
    return bucket_start_.data() + begin / kSortChunk * kMaxBuckets;
  };
  parallel_->for_range(n, kSortChunk, [&](std::int64_t begin, std::int64_t end, int) {
    std::int32_t* const count = counters(begin);
    std::fill_n(count, kMaxBuckets, 0);
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
      ++count[order_[i] >> bucket_shift_];
  });
  std::int32_t total = 0;
  for (std::int64_t bucket = 0; bucket < kMaxBuckets; ++bucket) {
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk)
      total += std::exchange(counters(chunk * kSortChunk)[bucket], total);
  }
  parallel_->for_range(n, kSortChunk, [&](std::int64_t begin, std::int64_t end, int) {
    std::int32_t* const next = counters(begin);
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      std::int32_t* const record =
          staging_.data() + std::int64_t{kRecordWords} * next[order_[i] >> bucket_shift_]++;
      record[kRecordCell] = order_[i];
      record[kRecordBody] = static_cast<BodyID>(i);
      record[kRecordX] = std::bit_cast<std::int32_t>(discs.x[i]);
      record[kRecordY] = std::bit_cast<std::int32_t>(discs.y[i]);
      record[kRecordRadius] = std::bit_cast<std::int32_t>(discs.radius[i]);
    }
  });
}

void BroadPhase::sort_bucket(std::int64_t bucket) {
  const std::int64_t chunks = chunks_of(num_discs_, kSortChunk);
  const auto end_of = [&](std::int64_t b) {
    return b < 0 ? 0 : bucket_start_[static_cast<std::size_t>((chunks - 1) * kMaxBuckets + b)];
  };
  const std::int32_t begin = end_of(bucket - 1);
  const std::int32_t* const records = staging_.data() + std::int64_t{kRecordWords} * begin;
  const std::int32_t* const end = staging_.data() + std::int64_t{kRecordWords} * end_of(bucket);
  const std::int64_t first_cell = bucket << bucket_shift_;
  const std::int64_t last_cell = std::min((bucket + 1) << bucket_shift_, num_cells_);
  const auto start = cell_start_.subspan(static_cast<std::size_t>(first_cell),
                                         static_cast<std::size_t>(last_cell - first_cell));
  std::ranges::fill(start, 0);
  for (const std::int32_t* record = records; record != end; record += kRecordWords)
    ++start[static_cast<std::size_t>(record[kRecordCell] - first_cell)];
  std::int32_t total = begin;
  for (std::int32_t& count : start) total += std::exchange(count, total);
  for (const std::int32_t* record = records; record != end; record += kRecordWords) {
    const auto place = static_cast<std::size_t>(
        start[static_cast<std::size_t>(record[kRecordCell] - first_cell)]++);
    order_[place] = record[kRecordBody];
    x_[place] = std::bit_cast<float>(record[kRecordX]);
    y_[place] = std::bit_cast<float>(record[kRecordY]);
    radius_[place] = std::bit_cast<float>(record[kRecordRadius]);
  }
  // Each counter has run to its cell's end, which is where the next cell begins.
  std::shift_right(start.begin(), start.end(), 1);
  start[0] = begin;
}

std::int64_t BroadPhase::write_pairs(std::span<BodyPair> pairs) const {
  std::size_t written = 0;
  for (std::size_t place = 0; place < static_cast<std::size_t>(num_discs_); ++place) {
    for (std::int64_t e = first_[place]; e < first_[place + 1]; ++e) {
      const std::int32_t other = neighbors_[static_cast<std::size_t>(e)];
      if (written == pairs.size()) return static_cast<std::int64_t>(written);
      const BodyID a = order_[place], b = order_[static_cast<std::size_t>(other)];
      pairs[written++] = {std::min(a, b), std::max(a, b)};
    }
  }
  return static_cast<std::int64_t>(written);
}

}  // namespace quadrille
