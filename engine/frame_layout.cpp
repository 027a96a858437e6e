#include "engine/frame_layout.h"

#include <utility>

#include "engine/integers.h"

namespace quadrille {
namespace {

// In 64 bits, because size_t may have 32.
std::uint64_t live_plane_bytes(const ColumnSpec& spec) {
  const auto size = static_cast<std::uint64_t>(spec.size);
  if (spec.type == ColumnType::kBit) return (size + 63) / 64 * 8;
  return size * (element_bits(spec.type) / 8);
}

Status invalid_column(const ColumnSpec& spec, const std::string& what) {
  return {StatusCode::kInvalidArgument, "column '" + spec.name + "' " + what};
}

Status verify_column(const FrameSchema& schema, ColumnID column) {
  const ColumnSpec& spec = schema[column];
  if (spec.name.empty()) {
    return {StatusCode::kInvalidArgument, "column " + std::to_string(column) + " has no name"};
  }
  if (schema.find(spec.name) != column) return invalid_column(spec, "stands twice in the schema");
  if (spec.size < 0) {
    return invalid_column(spec, "has size " + std::to_string(spec.size) + "; 0 is the least");
  }
  if (spec.planes < 1) {
    return invalid_column(spec, "has " + std::to_string(spec.planes) + " planes; 1 is the least");
  }
  return Status::ok();
}

}  // namespace

std::size_t element_bits(ColumnType type) {
  switch (type) {
    case ColumnType::kBit: return 1;
    case ColumnType::kInt64: return 64;
    case ColumnType::kInt32:
    case ColumnType::kUint32:
    case ColumnType::kFloat32: break;
  }
  return 32;
}

Status verify_schema(const FrameSchema& schema) {
  constexpr std::uint64_t kLargestFrame = SIZE_MAX / 4;
  constexpr std::int64_t kLargestSize = std::int64_t{1} << 56;  // * 8 bytes still fits 64 bits
  std::uint64_t total = sizeof(FrameHeader);
  for (ColumnID column = 0; column < static_cast<int>(schema.columns().size()); ++column) {
    QUADRILLE_RETURN_IF_ERROR(verify_column(schema, column));
    const ColumnSpec& spec = schema[column];
    const auto planes = static_cast<std::uint64_t>(spec.planes);
    // A quarter is left for rounding and for last_written_step (8 bytes in 64 KiB).
    if (spec.size > kLargestSize ||
        live_plane_bytes(spec) + kCacheLineBytes > (kLargestFrame - total) / planes) {
      return {StatusCode::kOutOfMemory,
              "column '" + spec.name + "' of " + std::to_string(spec.size) + " elements in " +
                  std::to_string(spec.planes) + " planes does not fit the address space"};
    }
    total += (live_plane_bytes(spec) + kCacheLineBytes) * planes;
  }
  return Status::ok();
}

FrameLayout::FrameLayout(FrameSchema schema) : schema_(std::move(schema)) {
  std::size_t end = sizeof(FrameHeader);
  for (const ColumnSpec& spec : schema_.columns()) {
    ColumnLayout column{};
    column.plane_bytes = static_cast<std::size_t>(live_plane_bytes(spec));
    column.plane_stride = round_up(column.plane_bytes, kCacheLineBytes);
    column.bytes = column.plane_stride * static_cast<std::size_t>(spec.planes);
    column.num_blocks = static_cast<std::int64_t>((column.bytes + kBlockBytes - 1) / kBlockBytes);
    column.steps_offset = end;
    end += static_cast<std::size_t>(column.num_blocks) * sizeof(std::int64_t);
    columns_.push_back(column);
  }
  end = round_up(end, kCacheLineBytes);
  for (ColumnLayout& column : columns_) {
    column.offset = end;
    end += column.bytes;
  }
  frame_bytes_ = end;
}

}  // namespace quadrille
