// SharedLayout: what a file of shared frames holds, and where. Written by a run, read by whoever
// watches it. All offsets follow from four counts, so a watcher computes them and believes none.
//
//   SharedHeader       fixed                     read once, copied before it is verified
//   SharedCounts       how far the run is        written by the run
//   ChannelWord, WakeWord, ChannelSlot[]         written by all: see frame_channel.h,
//   ReaderRecord[]                               frame_waiting.h, reader_table.h
//   published_ns[]     when each slot was published; written by the run
//   schema             as encode_schema() writes it
//   (64 KiB boundary) the slots, a frame each; written by the run
// Everything before that boundary is mapped writable by watchers, everything behind it is not.
//
// Version 2. Numbers are the machine's own: the file never leaves it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <quadrille/frame.h>
#include <quadrille/status.h>

#include "engine/frame_channel.h"

namespace quadrille {

inline constexpr std::uint64_t kSharedMagic = 0x31454d4152465144;  // "DQFRAME1" in memory
inline constexpr std::uint32_t kSharedVersion = 2;

struct SharedShape {
  std::uint32_t num_slots = 0;
  std::uint32_t num_readers = 0;
  std::uint64_t schema_bytes = 0;
  std::uint64_t frame_bytes = 0;
};

// 192 bytes.
struct SharedHeader {
  std::uint64_t magic;  // written last: a file without it is being made
  std::uint32_t version;
  std::uint32_t header_bytes;
  SharedShape shape;
  std::uint64_t file_bytes;
  std::int32_t process;  // of the run
  std::uint32_t reserved;
  std::array<char, 64> title;  // what runs; ends with a zero
  std::array<char, 72> unused;
};
static_assert(sizeof(SharedHeader) == 192);

// Relaxed counters but for `ended`: they order nothing.
struct alignas(kCacheLineBytes) SharedCounts {
  std::atomic<std::uint32_t> ended{0};  // released behind the last frame
  std::atomic<std::int64_t> completed{0}, published{0}, skipped{0};
};

// Where the parts lie, from the file's first byte.
struct SharedLayout {
  explicit SharedLayout(const SharedShape& shape);

  std::uint64_t counts, word, wake, slots, records, published_ns, schema;
  std::uint64_t control_bytes;  // the slots begin here
  std::uint64_t slot_stride;
  std::uint64_t file_bytes;
  // Of a slot's first byte: neighbours at different places of a page, as in FramePool.
  std::uint64_t slot_offset(FrameSlot slot) const;
};

// kInvalidInput: a file of `file_bytes` bytes with this header is not what this program wrote, or
// another version of it did.
Status verify_header(const SharedHeader& header, std::uint64_t file_bytes);

std::vector<std::byte> encode_schema(const FrameSchema& schema);
// kInvalidInput: these bytes are no schema.
Result<FrameSchema> decode_schema(std::span<const std::byte> bytes);

}  // namespace quadrille
