// FrameLayout: where the columns of a schema lie in a slot. Slot bytes: FrameHeader, then
// last_written_step of each column, then the columns, each plane on a 64-byte boundary. The same
// offsets in every slot: frames copy as bytes.
#pragma once

#include <cstdint>
#include <vector>

#include <quadrille/frame.h>

namespace quadrille {

// 64 bytes at the start of each slot.
struct FrameHeader {
  std::int64_t step;
  double time;
  std::uint64_t topology_version;
  std::uint64_t reserved[5];  // zero
};
static_assert(sizeof(FrameHeader) == 64);

struct ColumnLayout {
  std::size_t offset;        // of plane 0, from the slot's first byte
  std::size_t plane_bytes;   // live bytes of a plane (bits: whole words)
  std::size_t plane_stride;  // a multiple of 64
  std::size_t bytes;         // planes * plane_stride: what blocks are counted over
  std::size_t steps_offset;  // of last_written_step[num_blocks]
  std::int64_t num_blocks;   // of kBlockBytes
};

std::size_t element_bits(ColumnType type);

// Bases of neighbouring slots differ by 11 lines within a page: a column that is read in one slot
// and written at the same offset of another must not compete for the same cache sets, and loads
// must not seem to depend on stores 4 KiB away. 11 is odd, so 64 slots have 64 different bases.
constexpr std::size_t slot_stagger_bytes(std::size_t slot) {
  return slot * 11 * kCacheLineBytes % 4096;
}

// kInvalidArgument: a column without a name or with another's, a negative size, no plane.
// kOutOfMemory: a frame that this address space cannot hold. What FrameLayout may be given.
Status verify_schema(const FrameSchema& schema);

class FrameLayout {
 public:
  explicit FrameLayout(FrameSchema schema);
  const FrameSchema& schema() const { return schema_; }
  const ColumnLayout& operator[](ColumnID column) const {
    return columns_[static_cast<std::size_t>(column)];
  }
  int num_columns() const { return static_cast<int>(columns_.size()); }
  std::size_t frame_bytes() const { return frame_bytes_; }  // a multiple of 64

 private:
  FrameSchema schema_;
  std::vector<ColumnLayout> columns_;
  std::size_t frame_bytes_ = 0;
};

}  // namespace quadrille
