// How a slot that lags behind is brought to the last completed step: by blocks or by elements.
#include <algorithm>
#include <cstring>

#include "engine/catch_up.h"

namespace quadrille {
namespace {

// Below this one thread copies: waking the others costs more than they save.
constexpr std::size_t kParallelCopyBytes = std::size_t{1} << 20;

// memcpy, because elements are another type to whoever computes with them; it compiles to one load
// and one store.
template <class Word>
void copy_word(std::size_t index, std::byte* to, const std::byte* from) {
  std::memcpy(to + index * sizeof(Word), from + index * sizeof(Word), sizeof(Word));
}

// The words of 64 elements of a bit column that hold these: so few bytes that they stay in a cache.
void copy_bits(std::span<const NodeID> ids, std::int64_t size, std::byte* to,
               const std::byte* from) {
  for (const NodeID id : ids) {
    if (id < size) copy_word<std::uint64_t>(static_cast<std::size_t>(id) / 64, to, from);
  }
}

// Two planes at once, so that their lines, which nobody may have touched for a while, miss the
// caches at the same time.
template <class Word>
void copy_elements(std::span<const NodeID> ids, std::int64_t size, std::byte* to0,
                   const std::byte* from0, std::byte* to1, const std::byte* from1) {
  constexpr std::size_t kAhead = 24;
  const std::size_t last = ids.size() - 1;  // of no list that is looped over, when empty
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto later = static_cast<std::size_t>(ids[std::min(i + kAhead, last)]) * sizeof(Word);
    __builtin_prefetch(to0 + later, 1);
    __builtin_prefetch(to1 + later, 1);
    if (ids[i] >= size) continue;
    copy_word<Word>(static_cast<std::size_t>(ids[i]), to0, from0);
    copy_word<Word>(static_cast<std::size_t>(ids[i]), to1, from1);
  }
}

}  // namespace

std::int64_t CatchUp::bring_up(FrameSlot slot, std::byte* to, const std::byte* from,
                               Parallel& parallel) {
  const std::int64_t held = held_step_[slot];
  begin(slot);
  if (!lists_are_cheaper(held)) {
    return static_cast<std::int64_t>(copy_blocks(last_written_, held, to, from, parallel));
  }
  std::size_t copied = replay_lists(held, to, from);
  if (newest_mark_ > held) copied += copy_blocks(last_marked_, held, to, from, parallel);
  return static_cast<std::int64_t>(copied);
}

bool CatchUp::lists_are_cheaper(std::int64_t held) const {
  if (held == kNoStep || !log_.covers_since(held)) return false;
  std::size_t by_lists = replay_bytes(held);
  if (newest_mark_ > held) by_lists += stale_bytes(last_marked_, held, SIZE_MAX);
  return stale_bytes(last_written_, held, by_lists) > by_lists;
}

std::size_t CatchUp::block_bytes(const Column& column, std::size_t block) const {
  return std::min(kBlockBytes, column.layout->bytes - block * kBlockBytes);
}

// Counts no further once there are more than `enough`.
std::size_t CatchUp::stale_bytes(const std::vector<std::int64_t>& last, std::int64_t held,
                                 std::size_t enough) const {
  std::size_t bytes = 0;
  for (const Column& column : columns_) {
    if (!column.is_updated()) continue;
    for (std::size_t b = 0; b < column.num_blocks && bytes <= enough; ++b) {
      if (last[column.first_block + b] > held) bytes += block_bytes(column, b);
    }
  }
  return bytes;
}

// What replaying moves through the caches: a line an element.
std::size_t CatchUp::replay_bytes(std::int64_t held) const {
  std::size_t ids = 0;
  for (std::int64_t step = held; step <= last_step_; ++step) ids += log_.list(step).size();
  return ids * updated_planes_ * kCacheLineBytes;
}

std::size_t CatchUp::copy_blocks(const std::vector<std::int64_t>& last, std::int64_t held,
                                 std::byte* to, const std::byte* from, Parallel& parallel) {
  jobs_.clear();
  std::size_t total = 0;
  for (const Column& column : columns_) {
    if (!column.is_updated()) continue;
    for (std::size_t b = 0; b < column.num_blocks; ++b) {
      if (last[column.first_block + b] <= held) continue;
      jobs_.push_back({column.layout->offset + b * kBlockBytes, block_bytes(column, b)});
      total += jobs_.back().bytes;
    }
  }
  const auto copy = [&](std::int64_t job, int) {
    const CopyJob& block = jobs_[static_cast<std::size_t>(job)];
    std::memcpy(to + block.offset, from + block.offset, block.bytes);
  };
  const auto num_jobs = static_cast<std::int64_t>(jobs_.size());
  if (total >= kParallelCopyBytes) {
    parallel.for_chunks(num_jobs, copy);
  } else {
    for (std::int64_t job = 0; job < num_jobs; ++job) copy(job, 0);
  }
  return total;
}

std::size_t CatchUp::replay_lists(std::int64_t held, std::byte* to, const std::byte* from) const {
  std::size_t copied = 0;
  for (const Kind& kind : kinds_) {
    const Column& first = columns_[kind.columns.front()];
    const bool is_bit = first.is_bit();
    const std::size_t element_bytes =
        is_bit ? sizeof(std::uint64_t) : std::size_t{1} << first.log2_bits >> 3;
    for (std::int64_t step = is_bit ? held : held + 1; step <= last_step_; ++step) {
      const std::span<const NodeID> ids = log_.list(step);
      replay_list(kind, ids, to, from);
      copied += ids.size() * kind.planes.size() * element_bytes;
    }
  }
  return copied;
}

void CatchUp::replay_list(const Kind& kind, std::span<const NodeID> ids, std::byte* to,
                          const std::byte* from) const {
  const Column& first = columns_[kind.columns.front()];
  const std::int64_t size = first.spec->size;
  const bool is_bit = first.is_bit();
  for (std::size_t i = 0; i < kind.planes.size(); i += is_bit ? 1U : 2U) {
    const std::size_t a = kind.planes[i];
    const std::size_t b = kind.planes[std::min(i + 1, kind.planes.size() - 1)];
    if (is_bit) {
      copy_bits(ids, size, to + a, from + a);
    } else if (first.spec->type == ColumnType::kInt64) {
      copy_elements<std::uint64_t>(ids, size, to + a, from + a, to + b, from + b);
    } else {
      copy_elements<std::uint32_t>(ids, size, to + a, from + a, to + b, from + b);
    }
  }
}

}  // namespace quadrille
