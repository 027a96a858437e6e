// The door to zlib and zstd: whole buffers in and out. Messages are sentences without a file's
// name; who knows the name puts it in front.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <quadrille/status.h>

#include "engine/region.h"

namespace quadrille {

enum class Compression : std::uint8_t {
  kNone,
  kGzip,
  kZstd,
  kZlib,  // inside other formats; its first bytes could be text's, so it is never detected
};

// The first `size` bytes of a region.
struct OwnedBytes {
  Region memory;
  std::size_t size = 0;
  std::span<const char> bytes() const {
    return {reinterpret_cast<const char*>(memory.base()), size};
  }
};

// By the first bytes, never by a name.
Compression detect_compression(std::span<const char> bytes);

// All members or frames one behind the other, as gzip and zstd themselves do. Sizes claimed in the
// data are not believed: memory is committed as output comes, counted in `budget`.
// kInvalidInput: truncated or damaged. kOutOfMemory: expands to more than `most_bytes`.
Result<OwnedBytes> decompress(std::span<const char> bytes, MemoryBudget* budget,
                              std::size_t most_bytes = SIZE_MAX);

// The same input gives the same bytes (no time, no name, one thread). Not for kNone.
Result<OwnedBytes> compress(std::span<const char> bytes, Compression format,
                            MemoryBudget* budget = nullptr);

}  // namespace quadrille
