#include <quadrille/frame.h>

#include <utility>

#include "engine/frame_layout.h"
#include "engine/hash.h"

namespace quadrille {
namespace {

const FrameHeader& header(const std::byte* data) {
  return *reinterpret_cast<const FrameHeader*>(data);
}

void append_hex(std::uint64_t value, std::string& text) {
  for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[(value >> shift) & 15];
}

}  // namespace

ColumnID FrameSchema::add(ColumnSpec spec) {
  columns_.push_back(std::move(spec));
  return static_cast<ColumnID>(columns_.size()) - 1;
}

ColumnID FrameSchema::find(std::string_view name) const {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].name == name) return static_cast<ColumnID>(i);
  }
  return -1;
}

std::string StateHash::to_string() const {
  std::string text;
  text.reserve(32);
  append_hex(high, text);
  append_hex(low, text);
  return text;
}

std::int64_t Frame::step() const { return header(data_).step; }
double Frame::time() const { return header(data_).time; }
std::uint64_t Frame::topology_version() const { return header(data_).topology_version; }
const FrameSchema& Frame::schema() const { return layout_->schema(); }

std::span<const std::int64_t> Frame::last_written_step(ColumnID column) const {
  const ColumnLayout& layout = (*layout_)[column];
  return {reinterpret_cast<const std::int64_t*>(data_ + layout.steps_offset),
          static_cast<std::size_t>(layout.num_blocks)};
}

std::span<const std::byte> Frame::plane_bytes(ColumnID column, int plane) const {
  const ColumnLayout& layout = (*layout_)[column];
  QUADRILLE_ASSERT(plane >= 0 && plane < schema()[column].planes);
  return {data_ + layout.offset + static_cast<std::size_t>(plane) * layout.plane_stride,
          layout.plane_bytes};
}

StateHash Frame::state_hash() const {
  StateHasher hasher;
  const std::int64_t step_number = step();
  hasher.add(std::as_bytes(std::span(&step_number, 1)));
  for (ColumnID id = 0; id < layout_->num_columns(); ++id) {
    const ColumnSpec& spec = schema()[id];
    for (int plane = 0; plane < spec.planes; ++plane) {
      if (spec.type == ColumnType::kFloat32) {
        hasher.add(column<float>(id, plane));
      } else {
        hasher.add(plane_bytes(id, plane));
      }
    }
  }
  return hasher.digest();
}

}  // namespace quadrille
