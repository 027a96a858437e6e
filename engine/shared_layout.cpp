#include "engine/shared_layout.h"

#include <algorithm>
#include <cstring>

#include "engine/frame_layout.h"
#include "engine/frame_waiting.h"
#include "engine/integers.h"
#include "engine/reader_table.h"

namespace quadrille {
namespace {

// More than any run asks for; what keeps the sums below from overflowing.
constexpr std::uint32_t kMostReaders = 1024;
constexpr std::uint64_t kMostSchemaBytes = std::uint64_t{1} << 20;
constexpr std::uint64_t kMostFrameBytes = std::uint64_t{1} << 46;
constexpr std::uint64_t kPage = 4096;

Status damaged_frames(const std::string& what) {
  return {StatusCode::kInvalidInput, "it is damaged: " + what};
}

struct ColumnRecord {
  std::uint8_t type, mode;
  std::uint16_t name_bytes;
  std::int32_t planes;
  std::int64_t size;
};
static_assert(sizeof(ColumnRecord) == 16);

void append(std::vector<std::byte>& bytes, const void* first, std::size_t count) {
  const std::size_t end = bytes.size();
  bytes.resize(end + count);
  if (count > 0) std::memcpy(bytes.data() + end, first, count);
}

// False: there are fewer bytes left.
template <class T>
bool take(std::span<const std::byte>& bytes, T& value) {
  if (bytes.size() < sizeof value) return false;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes = bytes.subspan(sizeof value);
  return true;
}

}  // namespace

SharedLayout::SharedLayout(const SharedShape& shape) {
  std::uint64_t end = sizeof(SharedHeader);
  const auto place = [&end](std::uint64_t bytes) {
    const std::uint64_t at = end;
    end = round_up(end + bytes, kCacheLineBytes);
    return at;
  };
  counts = place(sizeof(SharedCounts));
  word = place(sizeof(ChannelWord));
  wake = place(sizeof(WakeWord));
  slots = place(shape.num_slots * sizeof(ChannelSlot));
  records = place(shape.num_readers * sizeof(ReaderRecord));
  published_ns = place(shape.num_slots * sizeof(std::int64_t));
  schema = place(shape.schema_bytes);
  control_bytes = round_up(end, kBlockBytes);
  slot_stride = round_up(shape.frame_bytes, kPage) + kPage;
  file_bytes = round_up(control_bytes + shape.num_slots * slot_stride, kBlockBytes);
}

std::uint64_t SharedLayout::slot_offset(FrameSlot slot) const {
  return control_bytes + slot * slot_stride + slot_stagger_bytes(slot);
}

Status verify_header(const SharedHeader& header, std::uint64_t file_bytes) {
  if (header.magic != kSharedMagic) {
    return {StatusCode::kInvalidInput, "it holds no frames of a run"};
  }
  if (header.version != kSharedVersion || header.header_bytes != sizeof(SharedHeader)) {
    return {StatusCode::kInvalidInput,
            "its frames are of version " + std::to_string(header.version) +
                "; this program reads version " + std::to_string(kSharedVersion)};
  }
  const SharedShape& shape = header.shape;
  if (shape.num_slots < 1 || shape.num_slots > kNoFrameSlot) {
    return damaged_frames(std::to_string(shape.num_slots) + " slots");
  }
  if (shape.num_readers > kMostReaders) {
    return damaged_frames(std::to_string(shape.num_readers) + " readers");
  }
  if (shape.schema_bytes > kMostSchemaBytes || shape.frame_bytes > kMostFrameBytes) {
    return damaged_frames("a schema of " + std::to_string(shape.schema_bytes) +
                          " bytes, frames of " + std::to_string(shape.frame_bytes));
  }
  const std::uint64_t needed = SharedLayout(shape).file_bytes;
  if (header.file_bytes != needed || file_bytes != needed || needed > SIZE_MAX) {
    return damaged_frames(std::to_string(file_bytes) + " bytes instead of " +
                          std::to_string(needed));
  }
  return Status::ok();
}

std::vector<std::byte> encode_schema(const FrameSchema& schema) {
  std::vector<std::byte> bytes;
  const auto num_columns = static_cast<std::uint32_t>(schema.columns().size());
  append(bytes, &num_columns, sizeof num_columns);
  for (const ColumnSpec& spec : schema.columns()) {
    const std::size_t name_bytes = std::min<std::size_t>(spec.name.size(), UINT16_MAX);
    const ColumnRecord record = {.type = static_cast<std::uint8_t>(spec.type),
                                 .mode = static_cast<std::uint8_t>(spec.mode),
                                 .name_bytes = static_cast<std::uint16_t>(name_bytes),
                                 .planes = spec.planes,
                                 .size = spec.size};
    append(bytes, &record, sizeof record);
    append(bytes, spec.name.data(), name_bytes);
  }
  return bytes;
}

Result<FrameSchema> decode_schema(std::span<const std::byte> bytes) {
  std::uint32_t num_columns = 0;
  if (!take(bytes, num_columns)) return damaged_frames("no schema");
  FrameSchema schema;
  for (std::uint32_t i = 0; i < num_columns; ++i) {
    ColumnRecord record;
    if (!take(bytes, record) || bytes.size() < record.name_bytes) {
      return damaged_frames("the schema ends within column " + std::to_string(i));
    }
    if (record.type > static_cast<std::uint8_t>(ColumnType::kFloat32) ||
        record.mode > static_cast<std::uint8_t>(ColumnMode::kRewritten)) {
      return damaged_frames("column " + std::to_string(i) + " is of no known type");
    }
    const auto* name = reinterpret_cast<const char*>(bytes.data());
    schema.add({.name = std::string(name, record.name_bytes),
                .type = static_cast<ColumnType>(record.type),
                .mode = static_cast<ColumnMode>(record.mode),
                .size = record.size,
                .planes = record.planes});
    bytes = bytes.subspan(record.name_bytes);
  }
  if (!bytes.empty()) return damaged_frames("bytes follow the schema");
  const Status status = verify_schema(schema);
  if (!status.is_ok()) return damaged_frames(status.message());
  return schema;
}

}  // namespace quadrille
