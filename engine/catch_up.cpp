#include "engine/catch_up.h"

#include <algorithm>
#include <cstring>

namespace quadrille {
namespace {

// Below this one thread copies: waking the others costs more than they save.
constexpr std::size_t kParallelCopyBytes = std::size_t{1} << 20;

// Lists of up to this share of the largest column are worth keeping: copying an element costs a
// cache line, 16 times an element of 4 bytes.
constexpr std::int64_t kListShare = 16;
constexpr std::int64_t kLeastListIds = 1024;

std::int64_t list_capacity(const FrameLayout& layout) {
  std::int64_t largest = 0;
  for (const ColumnSpec& spec : layout.schema().columns()) {
    if (spec.mode == ColumnMode::kUpdated) largest = std::max(largest, spec.size);
  }
  return largest == 0 ? 0 : std::max(largest / kListShare, kLeastListIds);
}

std::size_t total_blocks(const FrameLayout& layout) {
  std::size_t blocks = 0;
  for (ColumnID column = 0; column < layout.num_columns(); ++column) {
    blocks += static_cast<std::size_t>(layout[column].num_blocks);
  }
  return blocks;
}

// `shift`: elements in a word, as a power of two; 6 for bits, else 0. memcpy, because the words are
// another type to whoever computes with them; it compiles to one load and one store.
template <class Word>
void copy_elements(std::span<const NodeID> ids, std::int64_t size, int shift, std::byte* to,
                   const std::byte* from) {
  for (const NodeID id : ids) {
    const std::size_t at = static_cast<std::size_t>(id >> shift) * sizeof(Word);
    if (id < size) std::memcpy(to + at, from + at, sizeof(Word));
  }
}

}  // namespace

CatchUp::CatchUp(const FrameLayout& layout, int max_slots)
    : last_written_(total_blocks(layout), 0), last_marked_(last_written_),
      dirty_(last_written_.size()), log_(list_capacity(layout)),
      held_step_(static_cast<std::size_t>(max_slots), kNoStep) {
  std::size_t first_block = 0;
  for (ColumnID id = 0; id < layout.num_columns(); ++id) {
    const auto num_blocks = static_cast<std::size_t>(layout[id].num_blocks);
    columns_.push_back({&layout[id], &layout.schema()[id], first_block, num_blocks});
    first_block += num_blocks;
    if (columns_.back().is_updated()) {
      updated_planes_ += static_cast<std::size_t>(columns_.back().spec->planes);
    }
  }
  jobs_.reserve(first_block);
}

std::size_t CatchUp::bytes() const {
  return (last_written_.size() + last_marked_.size() + held_step_.size()) * sizeof(std::int64_t) +
         dirty_.size() + log_.bytes() + jobs_.capacity() * sizeof(CopyJob);
}

// ---- what a step changed ----

void CatchUp::mark(ColumnID id, std::int64_t first, std::int64_t last, int plane) {
  const Column& column = columns_[static_cast<std::size_t>(id)];
  QUADRILLE_ASSERT(first >= 0 && last <= column.spec->size && plane < column.spec->planes);
  if (first >= last) return;
  const auto bits = static_cast<std::int64_t>(element_bits(column.spec->type));
  const std::size_t base = static_cast<std::size_t>(plane) * column.layout->plane_stride;
  const std::size_t first_byte = base + static_cast<std::size_t>(first * bits / 8);
  const std::size_t last_byte = base + static_cast<std::size_t>((last * bits - 1) / 8);
  for (std::size_t b = first_byte / kBlockBytes; b <= last_byte / kBlockBytes; ++b) {
    std::atomic<std::uint8_t>& mark = dirty_[column.first_block + b];
    // Looked at first: a block is marked many times, and a line that is only read stays shared.
    if (mark.load(std::memory_order_relaxed) == 0) mark.store(1, std::memory_order_relaxed);
  }
}

void CatchUp::mark_all(ColumnID id) {
  for (int plane = 0; plane < columns_[static_cast<std::size_t>(id)].spec->planes; ++plane) {
    mark(id, 0, columns_[static_cast<std::size_t>(id)].spec->size, plane);
  }
}

void CatchUp::set_changed_ids(std::span<const NodeID> ids) {
  const bool is_first = !is_sparse_;
  is_sparse_ = true;
  if (is_first && static_cast<std::int64_t>(ids.size()) <= log_.max_ids()) {
    log_.record_list(last_step_ + 1, ids);
    return;
  }
  for (const Column& column : columns_) {  // too long to replay, or a second list: as marks
    if (!column.is_updated()) continue;
    for_blocks_of(column, ids,
                  [&](std::size_t block) { dirty_[block].store(1, std::memory_order_relaxed); });
  }
}

std::size_t CatchUp::block_of(const Column& column, NodeID id, int plane) const {
  const auto element = static_cast<std::size_t>(id);
  const std::size_t byte =
      column.is_bit() ? element / 8 : element * (element_bits(column.spec->type) / 8);
  return column.first_block +
         (static_cast<std::size_t>(plane) * column.layout->plane_stride + byte) / kBlockBytes;
}

// Elements that a shorter column lacks are passed over.
template <class Visit>
void CatchUp::for_blocks_of(const Column& column, std::span<const NodeID> ids, Visit visit) const {
  for (int plane = 0; plane < column.spec->planes; ++plane) {
    for (const NodeID id : ids) {
      QUADRILLE_ASSERT(id >= 0);
      if (id < column.spec->size) visit(block_of(column, id, plane));
    }
  }
}

void CatchUp::complete(FrameSlot slot, std::byte* data, std::int64_t step) {
  if (is_sparse_) take_cleared_bits(step);
  take_marks(step);
  if (log_.has_list(step)) {
    take_list(step);
  } else if (log_.newest_step() != step) {
    log_.record_no_list(step);
  }
  is_sparse_ = false;
  last_step_ = step;
  held_step_[slot] = step;
  for (const Column& column : columns_) {
    if (column.num_blocks == 0) continue;
    std::memcpy(data + column.layout->steps_offset, &last_written_[column.first_block],
                column.num_blocks * sizeof(std::int64_t));
  }
}

// A sparse step may have cleared the bits of the list before. Where that is not known, these are
// bits of blocks that were written then.
void CatchUp::take_cleared_bits(std::int64_t step) {
  for (const Column& column : columns_) {
    if (!column.is_updated() || !column.is_bit()) continue;
    if (log_.has_list(step - 1)) {
      for_blocks_of(column, log_.list(step - 1),
                    [&](std::size_t block) { last_written_[block] = step; });
      continue;
    }
    for (std::size_t b = column.first_block; b < column.first_block + column.num_blocks; ++b) {
      if (last_written_[b] == step - 1) last_written_[b] = last_marked_[b] = step;
    }
  }
}

void CatchUp::take_marks(std::int64_t step) {
  for (const Column& column : columns_) {
    for (std::size_t b = column.first_block; b < column.first_block + column.num_blocks; ++b) {
      const bool marked = dirty_[b].load(std::memory_order_relaxed) != 0 || !column.is_updated();
      if (!marked) continue;
      last_written_[b] = last_marked_[b] = step;
      dirty_[b].store(0, std::memory_order_relaxed);
    }
  }
}

void CatchUp::take_list(std::int64_t step) {
  for (const Column& column : columns_) {
    if (!column.is_updated()) continue;
    for_blocks_of(column, log_.list(step), [&](std::size_t block) { last_written_[block] = step; });
  }
}

// ---- bringing a slot up ----

std::int64_t CatchUp::bring_up(FrameSlot slot, std::byte* to, const std::byte* from,
                               Parallel& parallel) {
  const std::int64_t held = held_step_[slot];
  begin(slot);
  const bool by_lists =
      held != kNoStep && log_.covers_since(held) &&
      stale_bytes(last_marked_, held) + replay_bytes(held) < stale_bytes(last_written_, held);
  std::size_t copied =
      copy_blocks(by_lists ? last_marked_ : last_written_, held, to, from, parallel);
  if (by_lists) copied += replay_lists(held, to, from);
  return static_cast<std::int64_t>(copied);
}

std::size_t CatchUp::block_bytes(const Column& column, std::size_t block) const {
  return std::min(kBlockBytes, column.layout->bytes - block * kBlockBytes);
}

std::size_t CatchUp::stale_bytes(const std::vector<std::int64_t>& last, std::int64_t held) const {
  std::size_t bytes = 0;
  for (const Column& column : columns_) {
    if (!column.is_updated()) continue;
    for (std::size_t b = 0; b < column.num_blocks; ++b) {
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
  for (const Column& column : columns_) {
    if (!column.is_updated()) continue;
    const bool wide = column.is_bit() || column.spec->type == ColumnType::kInt64;
    for (std::int64_t step = column.is_bit() ? held : held + 1; step <= last_step_; ++step) {
      const std::span<const NodeID> ids = log_.list(step);
      for (int plane = 0; plane < column.spec->planes; ++plane) {
        const std::size_t at =
            column.layout->offset + static_cast<std::size_t>(plane) * column.layout->plane_stride;
        if (wide) {
          copy_elements<std::uint64_t>(ids, column.spec->size, column.is_bit() ? 6 : 0, to + at,
                                       from + at);
        } else {
          copy_elements<std::uint32_t>(ids, column.spec->size, 0, to + at, from + at);
        }
        copied += ids.size() * (wide ? sizeof(std::uint64_t) : sizeof(std::uint32_t));
      }
    }
  }
  return copied;
}

}  // namespace quadrille
