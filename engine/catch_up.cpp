#include "engine/catch_up.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace quadrille {
namespace {

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

}  // namespace

CatchUp::CatchUp(const FrameLayout& layout, int max_slots)
    : last_written_(total_blocks(layout), 0), last_marked_(last_written_),
      dirty_(last_written_.size()), log_(list_capacity(layout)),
      held_step_(static_cast<std::size_t>(max_slots), kNoStep) {
  std::size_t first_block = 0;
  for (ColumnID id = 0; id < layout.num_columns(); ++id) {
    columns_.push_back({.layout = &layout[id],
                        .spec = &layout.schema()[id],
                        .first_block = first_block,
                        .num_blocks = static_cast<std::size_t>(layout[id].num_blocks),
                        .log2_bits = std::countr_zero(element_bits(layout.schema()[id].type))});
    first_block += columns_.back().num_blocks;
    if (columns_.back().is_updated()) add_to_kind(columns_.size() - 1);
  }
  jobs_.reserve(first_block);
}

void CatchUp::add_to_kind(std::size_t index) {
  const Column& column = columns_[index];
  auto kind = std::ranges::find_if(kinds_, [&](const Kind& other) {
    const Column& first = columns_[other.columns.front()];
    return first.log2_bits == column.log2_bits && first.spec->size == column.spec->size &&
           first.spec->planes == column.spec->planes;
  });
  if (kind == kinds_.end()) kind = kinds_.insert(kinds_.end(), Kind());
  kind->columns.push_back(index);
  for (int plane = 0; plane < column.spec->planes; ++plane) {
    kind->planes.push_back(column.layout->offset +
                           static_cast<std::size_t>(plane) * column.layout->plane_stride);
  }
  updated_planes_ += static_cast<std::size_t>(column.spec->planes);
}

std::size_t CatchUp::bytes() const {
  return (last_written_.size() + last_marked_.size() + held_step_.size()) * sizeof(std::int64_t) +
         dirty_.size() + log_.bytes() + jobs_.capacity() * sizeof(CopyJob);
}

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
  if (!any_dirty_.load(std::memory_order_relaxed))
    any_dirty_.store(true, std::memory_order_relaxed);
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
  any_dirty_.store(true, std::memory_order_relaxed);
}

// Elements that a shorter column lacks are passed over.
template <class Visit>
void CatchUp::for_blocks_of(const Column& column, std::span<const NodeID> ids, Visit visit) const {
  // Copies: what visit() writes could be taken for what these are read from.
  const std::int64_t size = column.spec->size;
  const std::size_t first_block = column.first_block;
  const int log2_bits = column.log2_bits;
  for (int plane = 0; plane < column.spec->planes; ++plane) {
    const std::size_t base = static_cast<std::size_t>(plane) * column.layout->plane_stride;
    for (const NodeID id : ids) {
      QUADRILLE_ASSERT(id >= 0);
      if (id >= size) continue;
      visit(first_block + (base + (static_cast<std::size_t>(id) << log2_bits) / 8) / kBlockBytes);
    }
  }
}

void CatchUp::complete(FrameSlot slot, std::byte* data, std::int64_t step) {
  if (is_sparse_) take_cleared_bits(step);
  if (log_.has_list(step)) {
    take_list(step);  // before the marks: see there
  } else if (log_.newest_step() != step) {
    log_.record_no_list(step);
  }
  take_marks(step);
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
      if (last_written_[b] == step - 1) last_written_[b] = last_marked_[b] = newest_mark_ = step;
    }
  }
}

void CatchUp::take_marks(std::int64_t step) {
  const bool any = any_dirty_.load(std::memory_order_relaxed);
  for (const Column& column : columns_) {
    if (!any && column.is_updated()) continue;
    for (std::size_t b = column.first_block; b < column.first_block + column.num_blocks; ++b) {
      const bool marked = dirty_[b].load(std::memory_order_relaxed) != 0 || !column.is_updated();
      if (!marked) continue;
      last_written_[b] = last_marked_[b] = step;
      dirty_[b].store(0, std::memory_order_relaxed);
    }
  }
  if (!any) return;
  newest_mark_ = step;
  any_dirty_.store(false, std::memory_order_relaxed);
}

// The same ids write the same blocks of all columns of a kind: they are looked up once.
void CatchUp::take_list(std::int64_t step) {
  for (const Kind& kind : kinds_) {
    const Column& first = columns_[kind.columns.front()];
    for_blocks_of(first, log_.list(step), [&](std::size_t block) { last_written_[block] = step; });
    for (std::size_t i = 1; i < kind.columns.size(); ++i) {
      const std::size_t to = columns_[kind.columns[i]].first_block;
      for (std::size_t b = 0; b < first.num_blocks; ++b) {
        if (last_written_[first.first_block + b] == step) last_written_[to + b] = step;
      }
    }
  }
}

}  // namespace quadrille
