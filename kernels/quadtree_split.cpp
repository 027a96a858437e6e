/* A cell of more points than a core's cache holds is parted by all threads, four levels at once:
   each chunk of points counts its digits, a plan is made on the sums (quadtree_plan.h), a prefix
   sum over (bucket, chunk) gives each chunk its own places, each chunk scatters. So the order
   inside of a bucket is the input's, whoever ran which chunk. */
#include "kernels/quadtree_split.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include <quadrille/parallel.h>

#include "kernels/grains.h"
#include "kernels/kernel_table.h"
#include "kernels/morton.h"

namespace quadrille {
namespace {

constexpr std::int64_t kSplitGrain = 16 * 1024;     // points
constexpr std::int32_t kLargestRun = 256 * 1024;    // points; more are parted by all threads
constexpr std::int32_t kSmallestSplit = 16 * 1024;  // points; fewer are one thread's from the start
// Of runs that are sorted with a part of the idle buffer: half a megabyte, of which a run touches
// what it needs.
constexpr std::size_t kRecordsInCache = 32 * 1024;
constexpr int kSplitLevels = 4;
using SplitPlan = CellPlan<kSplitLevels>;
static_assert(SplitPlan::kDigits == RadixScratch::kDigits);

std::size_t digit_at(std::uint32_t key, int shift) {
  return (key >> shift) & (SplitPlan::kDigits - 1);
}

// The root's points, still in columns. Keys are made when they are first counted.
struct FromColumns {
  static constexpr bool kAreRecords = false;
  SplitPoints points;
  const KernelTable& kernels;

  void prepare(std::int64_t begin, std::int64_t end) const {
    kernels.morton.encode({points.x.data() + begin, points.y.data() + begin,
                           points.keys.data() + begin, end - begin, points.square});
  }
  std::uint32_t key(std::int64_t i) const { return points.keys[static_cast<std::size_t>(i)]; }
  SortRecord operator()(std::int64_t i) const {
    const auto at = static_cast<std::size_t>(i);
    return {points.x[at], points.y[at], points.keys[at], static_cast<BodyID>(i)};
  }
};

struct FromRecords {
  static constexpr bool kAreRecords = true;
  const SortRecord* records;
  void prepare(std::int64_t, std::int64_t) const {}
  std::uint32_t key(std::int64_t i) const { return records[i].key; }
  SortRecord operator()(std::int64_t i) const { return records[i]; }
};

class Splitter {
 public:
  Splitter(SplitRoom& room, Parallel& parallel) : room_(room), parallel_(parallel) {}

  // Parts the cell, whose points `load` gives, into one of the buffers.
  template <class Load>
  void part(const OpenCell& cell, const Load& load, bool into_spare) {
    SplitPlan plan;
    plan.clear();
    count_digits(cell, load, plan);
    plan.make(cell);
    // All in one bucket, as behind a far point: records may stay where they are.
    if (!Load::kAreRecords || plan.num_buckets() > 1) {
      scatter(cell, load, (into_spare ? room_.spare : room_.records).data(), plan);
    } else {
      into_spare = !into_spare;
    }
    num_pending_ += plan.size();
    for (std::size_t i = 0; i < plan.size(); ++i) {
      const OpenCell& made = plan[i].cell;
      --num_pending_;
      if (plan[i].is_inner) {
        add_inner(plan[i]);
      } else if (made.count > kLargestRun && made.budget >= 3 && is_room_for_more()) {
        part_again(made, into_spare);
      } else {
        add_run(made, into_spare);
      }
    }
  }

  void add_run(const OpenCell& cell, bool in_spare) {
    run() = {cell, next_cell_, 0, false, in_spare};
    next_cell_ += cell.budget;
  }

  void sort_runs() {
    const std::span<SortRecord> idle = own_parts_of_idle_buffer();
    parallel_.for_chunks(
        static_cast<std::int64_t>(room_.num_runs), [&](std::int64_t i, int worker) {
          CellRun& run = room_.runs[static_cast<std::size_t>(i)];
          if (run.is_inner) return;
          const auto first = static_cast<std::size_t>(run.cell.first);
          SortRecord* const records = room_.records.data() + first;
          SortRecord* const spare = room_.spare.data() + first;
          CellRecords points{run.in_spare ? spare : records, run.in_spare ? records : spare};
          if (!idle.empty() && static_cast<std::size_t>(run.cell.count) <= kRecordsInCache)
            points.other = idle.data() + static_cast<std::size_t>(worker) * kRecordsInCache;
          run.count = sort_into_leaves(run.cell, points, room_.cells, run.begin, room_.columns);
        });
  }

 private:
  CellRun& run() { return room_.runs[room_.num_runs++]; }

  // The buffer in which no run stands, if each worker can have a part of its own: it sorts all its
  // runs with that, which stays in cache, instead of going through the buffer once. Else none: a
  // run that is sorted with the place beside it, as one longer than a part is, would write into
  // parts of others. One worker does one after the other, so it may do both.
  std::span<SortRecord> own_parts_of_idle_buffer() const {
    std::int32_t longest = 0;
    bool is_any_in_records = false, is_any_in_spare = false;
    for (const CellRun& made : room_.runs.first(room_.num_runs)) {
      if (made.is_inner) continue;
      longest = std::max(longest, made.cell.count);
      (made.in_spare ? is_any_in_spare : is_any_in_records) = true;
    }
    if (is_any_in_records && is_any_in_spare) return {};
    const std::span<SortRecord> idle = is_any_in_spare ? room_.records : room_.spare;
    const auto workers = static_cast<std::size_t>(parallel_.num_workers());
    if (workers * kRecordsInCache > idle.size()) return {};
    if (workers > 1 && static_cast<std::size_t>(longest) > kRecordsInCache) return {};
    return idle;
  }

  // For all runs of one more part, beside those that are to come of the parts begun.
  bool is_room_for_more() const {
    return room_.num_runs + num_pending_ + SplitPlan::kMostCells <= room_.runs.size();
  }

  void add_inner(const PlannedCell& planned) {
    const OpenCell& cell = planned.cell;
    room_.cells[static_cast<std::size_t>(next_cell_)] = {
        cell.key,   cell.first,         cell.count,    level_of(cell),
        cell.depth, planned.child_mask, cell.base != 0};
    run() = {cell, next_cell_++, 1, true, false};
  }

  // At the first bit in which keys differ, or by new keys where none does.
  void part_again(OpenCell cell, bool in_spare) {
    SortRecord* const from = (in_spare ? room_.spare : room_.records).data() + cell.first;
    const Spread spread = spread_of(from, cell.count);
    const std::uint32_t differing =
        static_cast<std::uint32_t>(spread.differing & ((std::uint64_t{1} << cell.bits) - 1));
    if (differing != 0) {
      const int bits =
          std::max(static_cast<int>(std::bit_width(differing) + 1) / 2 * 2, 2 * kSplitLevels);
      if (cell.base == 0)
        cell.key = static_cast<std::uint32_t>(std::uint64_t{from->key} >> bits << bits);
      cell.bits = static_cast<std::uint8_t>(bits);
      return part(cell, FromRecords{from}, !in_spare);
    }
    if (cell.base == 0) cell.key = from->key;
    cell.bits = 0;
    if (!may_deepen(cell, spread.bounds)) return add_run(cell, in_spare);
    const MortonSquare square = morton_square(spread.bounds);
    parallel_.for_range(cell.count, kSplitGrain, [&](std::int64_t begin, std::int64_t end, int) {
      for (SortRecord* record = from + begin; record < from + end; ++record)
        record->key = morton_key(record->x, record->y, square);
    });
    part(deepened(cell), FromRecords{from}, !in_spare);
  }

  struct Spread {
    Box bounds;
    std::uint32_t differing;  // key bits, from the first point's
  };
  Spread spread_of(const SortRecord* from, std::int64_t count) {
    std::array<Spread, RadixScratch::kMaxChunks> partial;
    const std::int64_t grain = std::max(kSplitGrain, chunks_of(count, RadixScratch::kMaxChunks));
    parallel_.for_range(count, grain, [&](std::int64_t begin, std::int64_t end, int) {
      std::uint32_t differing = 0;
      for (std::int64_t i = begin; i < end; ++i) differing |= from[i].key ^ from->key;
      const auto length = static_cast<std::size_t>(end - begin);
      partial[static_cast<std::size_t>(begin / grain)] = {bounds_of_records({from + begin, length}),
                                                          differing};
    });
    Spread all = partial[0];
    for (std::int64_t chunk = 1; chunk * grain < count; ++chunk) {
      const auto& [box, differing] = partial[static_cast<std::size_t>(chunk)];
      all.bounds = {std::min(all.bounds.min_x, box.min_x), std::min(all.bounds.min_y, box.min_y),
                    std::max(all.bounds.max_x, box.max_x), std::max(all.bounds.max_y, box.max_y)};
      all.differing |= differing;
    }
    return all;
  }

  static std::int64_t grain_of(const OpenCell& cell) {
    return std::max(kSplitGrain, chunks_of(cell.count, RadixScratch::kMaxChunks));
  }
  template <class Load>
  void count_digits(const OpenCell& cell, const Load& load, SplitPlan& plan);
  template <class Load>
  void scatter(const OpenCell& cell, const Load& load, SortRecord* to, SplitPlan& plan);

  SplitRoom& room_;
  Parallel& parallel_;
  std::int32_t next_cell_ = 0;
  std::size_t num_pending_ = 0;  // planned cells that have no run yet
};

template <class Load>
void Splitter::count_digits(const OpenCell& cell, const Load& load, SplitPlan& plan) {
  const int shift = cell.bits - 2 * kSplitLevels;
  const std::int64_t grain = grain_of(cell);
  auto& counters = room_.counters.counters;
  parallel_.for_range(cell.count, grain, [&](std::int64_t begin, std::int64_t end, int) {
    auto& counts = counters[static_cast<std::size_t>(begin / grain)];
    counts.fill(0);
    load.prepare(begin, end);
    for (std::int64_t i = begin; i < end; ++i) ++counts[digit_at(load.key(i), shift)];
  });
  const auto num_chunks = static_cast<std::size_t>(chunks_of(cell.count, grain));
  for (std::size_t chunk = 0; chunk < num_chunks; ++chunk) {
    for (std::size_t digit = 0; digit < SplitPlan::kDigits; ++digit)
      plan.count(digit, counters[chunk][digit]);
  }
}

template <class Load>
void Splitter::scatter(const OpenCell& cell, const Load& load, SortRecord* to, SplitPlan& plan) {
  const int shift = cell.bits - 2 * kSplitLevels;
  const std::int64_t grain = grain_of(cell);
  const auto num_chunks = static_cast<std::size_t>(chunks_of(cell.count, grain));
  auto& counters = room_.counters.counters;
  for (std::size_t chunk = 0; chunk < num_chunks; ++chunk) {
    std::array<std::uint32_t, SplitPlan::kDigits> in_bucket{};
    for (std::size_t digit = 0; digit < SplitPlan::kDigits; ++digit)
      in_bucket[plan.bucket_of(digit)] += counters[chunk][digit];
    for (std::size_t bucket = 0; bucket < plan.num_buckets(); ++bucket) {
      std::int32_t& next = plan.next(bucket);
      counters[chunk][bucket] = static_cast<std::uint32_t>(next);
      next += static_cast<std::int32_t>(in_bucket[bucket]);
    }
  }
  parallel_.for_range(cell.count, grain, [&](std::int64_t begin, std::int64_t end, int) {
    auto& places = counters[static_cast<std::size_t>(begin / grain)];
    for (std::int64_t i = begin; i < end; ++i)
      store_record(to + places[plan.bucket_of(digit_at(load.key(i), shift))]++, load(i));
  });
}

}  // namespace

void split_points(const SplitPoints& points, SplitRoom& room, Parallel& parallel,
                  const KernelTable& kernels) {
  const auto count = static_cast<std::int32_t>(points.x.size());
  const OpenCell root = root_of(count);
  const FromColumns load{points, kernels};
  room.num_runs = 0;
  Splitter splitter(room, parallel);
  if (count >= kSmallestSplit) {
    splitter.part(root, load, false);
  } else {
    load.prepare(0, count);
    for (std::int32_t i = 0; i < count; ++i)
      store_record(&room.records[static_cast<std::size_t>(i)], load(i));
    splitter.add_run(root, false);
  }
  splitter.sort_runs();
}

}  // namespace quadrille
