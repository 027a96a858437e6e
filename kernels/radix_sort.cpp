/* Radix sort, most significant digit first, then each cell in cache.
   The first split (8 bits) streams over all records once, in chunks of fixed size: each chunk
   counts its digits, a prefix sum over (digit, chunk) gives each chunk its own places, each chunk
   scatters. So the order inside a digit is the input's, whoever ran which chunk. The cells that
   result fit into a core's cache for all but very uneven keys and are sorted there, least
   significant digit first, leaving out digits that all records share; cells too large for that are
   split again. */
#include "kernels/radix_sort.h"
#include "kernels/grains.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <quadrille/parallel.h>

namespace quadrille {
namespace {

constexpr int kDigitBits = 8;
constexpr std::int64_t kRadixDigits = RadixScratch::kDigits;
constexpr std::int64_t kSortGrain = 16 * 1024;
constexpr std::int64_t kLargestCell =
    256 * 1024;                         // of records; more are split once more by all threads
constexpr std::size_t kSmallCell = 48;  // below, insertion beats counting

using Starts = std::array<std::int64_t, kRadixDigits + 1>;

std::size_t digit_of(std::uint32_t key, int shift) { return (key >> shift) & (kRadixDigits - 1); }

// Sorts `from` into `to`; equal keys keep their order.
void insertion_sort(std::span<const SortRecord> from, SortRecord* to) {
  for (std::size_t i = 0; i < from.size(); ++i) {
    const SortRecord record = from[i];
    std::size_t place = i;
    for (; place > 0 && record.key < to[place - 1].key; --place) to[place] = to[place - 1];
    to[place] = record;
  }
}

// Sorts `cell` by the digits below `bits`, back and forth with `other`; the result is in the one
// that is returned.
SortRecord* sort_digits(SortRecord* cell, SortRecord* other, std::size_t count, int bits) {
  std::uint32_t differing = 0;
  for (std::size_t i = 0; i < count; ++i) differing |= cell[i].key ^ cell[0].key;
  for (int shift = 0; shift < bits; shift += kDigitBits) {
    if (digit_of(differing, shift) == 0) continue;
    std::array<std::uint32_t, kRadixDigits> places{};
    for (std::size_t i = 0; i < count; ++i) ++places[digit_of(cell[i].key, shift)];
    std::uint32_t before = 0;
    for (std::uint32_t& place : places) before += std::exchange(place, before);
    for (std::size_t i = 0; i < count; ++i) other[places[digit_of(cell[i].key, shift)]++] = cell[i];
    std::swap(cell, other);
  }
  return cell;
}

// Sorts the `count` records at `cell`, whose keys differ below `bits` only, into `home` (`cell`
// itself or not).
void sort_cell(SortRecord* cell, SortRecord* home, SortRecord* spare, std::size_t count, int bits) {
  if (count <= kSmallCell) {
    insertion_sort({cell, count}, home);
    return;
  }
  SortRecord* const sorted = sort_digits(cell, cell == home ? spare : home, count, bits);
  if (sorted != home) std::copy_n(sorted, count, home);
}

// One split of `count` records, given by load(i), by the digit at `shift`; to[starts[d] .. starts[d
// + 1]) gets digit d.
template <class Load>
void split(const Load& load, std::int64_t count, int shift, SortRecord* to, Starts& starts,
           RadixScratch& scratch, Parallel& parallel) {
  const std::int64_t chunks_at_most = RadixScratch::kMaxChunks;
  const std::int64_t grain = std::max(kSortGrain, (count + chunks_at_most - 1) / chunks_at_most);
  const std::int64_t num_chunks = chunks_of(count, grain);
  parallel.for_range(count, grain, [&](std::int64_t begin, std::int64_t end, int) {
    auto& counts = scratch.counters[static_cast<std::size_t>(begin / grain)];
    counts.fill(0);
    for (std::int64_t i = begin; i < end; ++i) ++counts[digit_of(load.key(i), shift)];
  });
  std::uint32_t before = 0;
  for (std::size_t digit = 0; digit < kRadixDigits; ++digit) {
    starts[digit] = before;
    for (std::int64_t chunk = 0; chunk < num_chunks; ++chunk) {
      before += std::exchange(scratch.counters[static_cast<std::size_t>(chunk)][digit], before);
    }
  }
  starts[kRadixDigits] = count;
  parallel.for_range(count, grain, [&](std::int64_t begin, std::int64_t end, int) {
    auto& places = scratch.counters[static_cast<std::size_t>(begin / grain)];
    for (std::int64_t i = begin; i < end; ++i)
      store_record(to + places[digit_of(load.key(i), shift)]++, load(i));
  });
}

struct LoadColumns {
  PointColumns points;
  std::uint32_t key(std::int64_t i) const { return points.keys[static_cast<std::size_t>(i)]; }
  SortRecord operator()(std::int64_t i) const {
    const auto at = static_cast<std::size_t>(i);
    return {points.x[at], points.y[at], points.keys[at], static_cast<BodyID>(i)};
  }
};

struct LoadRecords {
  const SortRecord* records;
  std::uint32_t key(std::int64_t i) const { return records[i].key; }
  SortRecord operator()(std::int64_t i) const { return records[i]; }
};

struct Buffers {
  SortRecord* home;  // where the result must be
  SortRecord* spare;
  RadixScratch* scratch;
  Parallel* parallel;
};

// Sorts what a split at `shift` left in `from` (buffers.spare or buffers.home) into buffers.home.
void sort_cells(const Starts& starts, int shift, SortRecord* from, const Buffers& buffers) {
  SortRecord* const other = from == buffers.home ? buffers.spare : buffers.home;
  const auto is_large = [&](std::size_t d) {
    return shift > 0 && starts[d + 1] - starts[d] > kLargestCell;
  };
  buffers.parallel->for_chunks(kRadixDigits, [&](std::int64_t chunk, int) {
    const auto digit = static_cast<std::size_t>(chunk);
    const std::int64_t first = starts[digit];
    const auto count = static_cast<std::size_t>(starts[digit + 1] - first);
    if (count == 0 || is_large(digit)) return;
    sort_cell(from + first, buffers.home + first, buffers.spare + first, count, shift);
  });
  for (std::size_t digit = 0; digit < kRadixDigits; ++digit) {
    if (!is_large(digit)) continue;
    const std::int64_t first = starts[digit];
    Starts inner;
    split(LoadRecords{from + first}, starts[digit + 1] - first, shift - kDigitBits, other + first,
          inner, *buffers.scratch, *buffers.parallel);
    sort_cells(inner, shift - kDigitBits, other + first,
               {buffers.home + first, buffers.spare + first, buffers.scratch, buffers.parallel});
  }
}

constexpr int kFirstShift = 32 - kDigitBits;

}  // namespace

void radix_sort(const PointColumns& points, std::span<SortRecord> records,
                std::span<SortRecord> spare, RadixScratch& scratch, Parallel& parallel) {
  Starts starts;
  split(LoadColumns{points}, static_cast<std::int64_t>(records.size()), kFirstShift, spare.data(),
        starts, scratch, parallel);
  sort_cells(starts, kFirstShift, spare.data(),
             {records.data(), spare.data(), &scratch, &parallel});
}

void radix_sort(std::span<SortRecord> records, std::span<SortRecord> spare, RadixScratch& scratch,
                Parallel& parallel) {
  Starts starts;
  split(LoadRecords{records.data()}, static_cast<std::int64_t>(records.size()), kFirstShift,
        spare.data(), starts, scratch, parallel);
  sort_cells(starts, kFirstShift, spare.data(),
             {records.data(), spare.data(), &scratch, &parallel});
}

void radix_sort_cell(std::span<SortRecord> records, std::span<SortRecord> spare) {
  sort_cell(records.data(), records.data(), spare.data(), records.size(), 32);
}

}  // namespace quadrille
