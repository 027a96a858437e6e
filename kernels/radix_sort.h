// Stable radix sort of points by Morton key, for any number of threads the same bytes.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <type_traits>

#include <quadrille/types.h>

#include "engine/float_quad.h"

namespace quadrille {

class Parallel;

// 16 bytes: a point travels with its key, so that a sorted cell is read once, in order.
struct SortRecord {
  float x, y;
  std::uint32_t key;
  BodyID id;
};
static_assert(sizeof(SortRecord) == 16 && std::is_trivially_copyable_v<SortRecord>);

// Writes a record at once: where records are dealt to many places their lines are not in cache, and
// stores that wait for them fill a queue, four times as fast if a record takes four.
inline void store_record(SortRecord* to, const SortRecord& record) {
  store_four(to, reinterpret_cast<FloatQuad>(IntQuad{
                     std::bit_cast<std::int32_t>(record.x), std::bit_cast<std::int32_t>(record.y),
                     static_cast<std::int32_t>(record.key), record.id}));
}

// Counters of a parallel split. Reusable; big: not for the stack.
struct RadixScratch {
  static constexpr std::int64_t kDigits = 256;
  static constexpr std::int64_t kMaxChunks = 128;
  using Counters = std::array<std::array<std::uint32_t, kDigits>, kMaxChunks>;
  Counters counters;
};

struct PointColumns {  // point i stands at (x[i], y[i]) and has key keys[i]; its id is i
  std::span<const float> x, y;
  std::span<const std::uint32_t> keys;
};

// records = the points by (key, id). `spare` is as long; its content is lost. Allocates nothing.
void radix_sort(const PointColumns& points, std::span<SortRecord> records,
                std::span<SortRecord> spare, RadixScratch& scratch, Parallel& parallel);

// Sorts records by key in place; equal keys keep their order.
void radix_sort(std::span<SortRecord> records, std::span<SortRecord> spare, RadixScratch& scratch,
                Parallel& parallel);

// The same on one thread, for what fits into a cache. Needs no scratch.
void radix_sort_cell(std::span<SortRecord> records, std::span<SortRecord> spare);

}  // namespace quadrille
