// CatchUp: what each step changed in the updated columns, and how a slot that lags behind is
// brought to the last completed step.
//
// A step says what it changed by blocks (marks) or by elements (a list of ids: a sparse step), or
// both. For each block of each column this keeps the last step that wrote it, and the last that
// marked it. A slot that holds step s then needs either all blocks written after s, or the blocks
// marked after s and the lists of the steps after s; whichever moves fewer bytes. A bit column
// needs the list of s too: the step after it may have cleared those bits.
//
// mark(), mark_all(): any worker. All else: the writer's thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <quadrille/parallel.h>
#include <quadrille/types.h>

#include "engine/change_log.h"
#include "engine/frame_channel.h"
#include "engine/frame_layout.h"

namespace quadrille {

class CatchUp {
 public:
  CatchUp(const FrameLayout& layout, int max_slots);  // `layout` outlives this

  // What the step being computed changed. Elements [first, last) of a plane.
  void mark(ColumnID column, std::int64_t first, std::int64_t last, int plane);
  void mark_all(ColumnID column);
  void set_changed_ids(std::span<const NodeID> ids);

  bool holds_a_step(FrameSlot slot) const { return held_step_[slot] != kNoStep; }
  // The slot's bytes are about to change: they are no step's until complete().
  void begin(FrameSlot slot) { held_step_[slot] = kNoStep; }
  // Copies to the updated columns of `slot` at `to` what they lack of the last completed step at
  // `from`, and begins. Returns the bytes copied.
  std::int64_t bring_up(FrameSlot slot, std::byte* to, const std::byte* from, Parallel& parallel);
  // `step` is complete in `slot`: takes in its marks and its list, and writes last_written_step.
  void complete(FrameSlot slot, std::byte* data, std::int64_t step);

  std::size_t bytes() const;  // of the buffers behind this

 private:
  static constexpr std::int64_t kNoStep = -1;
  struct CopyJob {
    std::size_t offset, bytes;
  };
  struct Column {
    const ColumnLayout* layout;
    const ColumnSpec* spec;
    std::size_t first_block;  // in the arrays over all columns
    std::size_t num_blocks;
    int log2_bits;  // of an element
    bool is_bit() const { return spec->type == ColumnType::kBit; }
    bool is_updated() const { return spec->mode == ColumnMode::kUpdated; }
  };

  // Updated columns of one width, size and number of planes: an element of one lies where it lies
  // in the others.
  struct Kind {
    std::vector<std::size_t> columns;  // indices into columns_
    std::vector<std::size_t> planes;   // of all of them, as offsets in a slot
  };

  void add_to_kind(std::size_t index);
  template <class Visit>
  void for_blocks_of(const Column& column, std::span<const NodeID> ids, Visit visit) const;
  std::size_t block_bytes(const Column& column, std::size_t block) const;
  bool lists_are_cheaper(std::int64_t held) const;
  std::size_t stale_bytes(const std::vector<std::int64_t>& last, std::int64_t held,
                          std::size_t enough) const;
  std::size_t replay_bytes(std::int64_t held) const;
  std::size_t copy_blocks(const std::vector<std::int64_t>& last, std::int64_t held, std::byte* to,
                          const std::byte* from, Parallel& parallel);
  std::size_t replay_lists(std::int64_t held, std::byte* to, const std::byte* from) const;
  void replay_list(const Kind& kind, std::span<const NodeID> ids, std::byte* to,
                   const std::byte* from) const;
  void take_cleared_bits(std::int64_t step);
  void take_marks(std::int64_t step);
  void take_list(std::int64_t step);

  std::vector<Column> columns_;
  std::vector<Kind> kinds_;
  std::int64_t last_step_ = kNoStep;        // the last completed one
  std::vector<std::int64_t> last_written_;  // a step a block, all columns
  std::vector<std::int64_t> last_marked_;   // the same without what lists alone wrote
  // A byte a block, relaxed: workers that mark neighbouring blocks share a line but never a word.
  std::vector<std::atomic<std::uint8_t>> dirty_;
  std::atomic<bool> any_dirty_{false};  // relaxed: read when the workers have ended the pass
  std::int64_t newest_mark_ = 0;        // the greatest of last_marked_ in updated columns
  ChangeLog log_;
  bool is_sparse_ = false;               // set_changed_ids() was called in this step
  std::vector<std::int64_t> held_step_;  // a slot
  std::vector<CopyJob> jobs_;            // room for every block, so that no step allocates
  std::size_t updated_planes_ = 0;
};

}  // namespace quadrille
