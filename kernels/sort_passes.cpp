#include "kernels/sort_passes.h"

#include <algorithm>
#include <utility>

#include <quadrille/parallel.h>

#include "kernels/grains.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kValuesATask = 16384;  // values a task
constexpr std::int64_t kSortDigits = 1 << kSortDigitBits;

std::int64_t tasks_of(std::int64_t count) { return chunks_of(count, kValuesATask); }
std::int64_t size_of(std::span<const std::uint32_t> values) {
  return static_cast<std::int64_t>(values.size());
}
std::uint32_t value_at(std::span<const std::uint32_t> values, std::int64_t i) {
  return values[static_cast<std::size_t>(i)];
}

// How many of the first `rank` values of the merged runs come from `a`, equal values first from `a`
// [1].
// [1] Odeh, Green, Mwassi, Shmueli, Birk. Merge Path. IPDPS workshops 2012.
std::int64_t co_rank(std::int64_t rank, std::span<const std::uint32_t> a,
                     std::span<const std::uint32_t> b) {
  std::int64_t low = std::max<std::int64_t>(0, rank - size_of(b)),
               high = std::min(rank, size_of(a));
  while (low < high) {
    const std::int64_t i = (low + high) / 2;
    if (value_at(a, i) <= value_at(b, rank - i - 1)) {
      low = i + 1;
    } else {
      high = i;
    }
  }
  return low;
}

// Values [begin, end) of the merge of two neighbouring runs.
void merge_part(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b,
                std::int64_t begin, std::int64_t end, std::span<std::uint32_t> to) {
  const std::int64_t a_begin = co_rank(begin, a, b), a_end = co_rank(end, a, b);
  std::merge(a.begin() + a_begin, a.begin() + a_end, b.begin() + (begin - a_begin),
             b.begin() + (end - a_end), to.begin());
}

std::size_t part(std::int64_t i) { return static_cast<std::size_t>(i); }

}  // namespace

// A piece of a segment: its pivot, and how many of its values are below, at and above the pivot;
// later where these go.
struct PartitionRounds::Task {
  Segment segment;
  std::int64_t begin, end;
  std::uint32_t pivot;
  std::int64_t below, equal, above;
  Segment finished[2];  // short segments that the round leaves, told to the segment's first task
};

std::size_t sort_scratch_bytes(std::int64_t count, int num_workers) {
  const std::int64_t counters = tasks_of(count) * kSortDigits;
  const std::int64_t tasks = tasks_of(count) + count / PartitionRounds::kShort + 1;
  const std::int64_t merges = kValuesATask * num_workers;
  return static_cast<std::size_t>(counters) * sizeof(std::int64_t) +
         static_cast<std::size_t>(merges) * sizeof(std::uint32_t) +
         static_cast<std::size_t>(tasks) * sizeof(PartitionRounds::Task) + 4 * kCacheLineBytes;
}

Status counting_pass(std::span<const std::uint32_t> from, std::span<std::uint32_t> to, int shift,
                     Parallel& parallel, Arena& scratch) {
  const std::int64_t count = size_of(from), chunks = tasks_of(count);
  std::span<std::int64_t> next;  // by digit, then chunk
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(scratch, kSortDigits * chunks, {"sort: buckets"}, next));
  std::ranges::fill(next, 0);
  const auto bucket = [&](std::uint32_t value, std::int64_t chunk) -> std::int64_t& {
    return next[part((value >> shift & (kSortDigits - 1)) * chunks + chunk)];
  };
  parallel.for_range(count, kValuesATask, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t i = begin; i < end; ++i) ++bucket(value_at(from, i), begin / kValuesATask);
  });
  std::int64_t total = 0;
  for (std::int64_t& start : next) total += std::exchange(start, total);
  parallel.for_range(count, kValuesATask, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t i = begin; i < end; ++i)
      to[part(bucket(value_at(from, i), begin / kValuesATask)++)] = value_at(from, i);
  });
  return Status::ok();
}

Status merge_pass(std::span<const std::uint32_t> from, std::span<std::uint32_t> to,
                  std::int64_t width, Parallel& parallel, Arena& scratch) {
  const std::int64_t count = size_of(from);
  // The buffer that a merge sort alternates with, one chunk's worth a worker: merges go through it.
  std::span<std::uint32_t> buffer;
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, kValuesATask * parallel.num_workers(),
                                             {"sort: merge buffer"}, buffer));
  parallel.for_range(count, kValuesATask, [&](std::int64_t begin, std::int64_t end, int worker) {
    const auto merged = buffer.subspan(part(kValuesATask * worker), part(end - begin));
    for (std::int64_t i = begin; i < end;) {
      const std::int64_t pair = i - i % (2 * width);
      const std::int64_t middle = std::min(pair + width, count),
                         last = std::min(pair + 2 * width, count);
      const std::int64_t stop = std::min(last, end);
      merge_part(from.subspan(part(pair), part(middle - pair)),
                 from.subspan(part(middle), part(last - middle)), i - pair, stop - pair,
                 merged.subspan(part(i - begin)));
      i = stop;
    }
    std::ranges::copy(merged, to.begin() + begin);
  });
  return Status::ok();
}

Status PartitionRounds::prepare(std::int64_t count, Arena& arena) {
  const std::int64_t most = count / kShort + 1;
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, most, {"sort: segments"}, segments_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, most, {"sort: next segments"}, next_));
  num_segments_ = 0;
  if (count > 1) segments_[part(num_segments_++)] = {0, count};
  return Status::ok();
}

std::int64_t PartitionRounds::make_tasks(std::span<const std::uint32_t> from,
                                         std::span<Task> tasks) const {
  std::int64_t num_tasks = 0;
  for (const Segment& segment : segments_.first(part(num_segments_))) {
    const std::uint32_t a = value_at(from, segment.begin),
                        b = value_at(from, (segment.begin + segment.end) / 2),
                        c = value_at(from, segment.end - 1);
    const std::uint32_t pivot = std::max(std::min(a, b), std::min(std::max(a, b), c));
    for (std::int64_t begin = segment.begin; begin < segment.end; begin += kValuesATask)
      tasks[part(num_tasks++)] = {
          segment, begin, std::min(begin + kValuesATask, segment.end), pivot, 0, 0, 0, {}};
  }
  return num_tasks;
}

// Turns each task's counts into where its values go, and lists the segments of the next round. The
// tasks of a segment stand together, in order.
void PartitionRounds::place_tasks(std::span<Task> tasks) {
  std::int64_t num_next = 0;
  const auto keep = [&](const Segment& segment, Segment& finished) {
    (segment.end - segment.begin > kShort ? next_[part(num_next++)] : finished) = segment;
  };
  for (std::size_t first = 0, last = 0; first < tasks.size(); first = last) {
    const Segment segment = tasks[first].segment;
    std::int64_t below = 0, equal = 0;
    for (last = first; last < tasks.size() && tasks[last].segment.begin == segment.begin; ++last) {
      below += tasks[last].below;
      equal += tasks[last].equal;
    }
    std::int64_t next_equal = segment.begin + below, next_above = next_equal + equal;
    keep({segment.begin, next_equal}, tasks[first].finished[0]);
    keep({next_above, segment.end}, tasks[first].finished[1]);
    std::int64_t next_below = segment.begin;
    for (Task& task : tasks.subspan(first, last - first)) {
      next_below += std::exchange(task.below, next_below);
      next_equal += std::exchange(task.equal, next_equal);
      next_above += std::exchange(task.above, next_above);
    }
  }
  std::swap(segments_, next_);
  num_segments_ = num_next;
}

Status PartitionRounds::round(std::span<const std::uint32_t> from, std::span<std::uint32_t> to,
                              Parallel& parallel, Arena& scratch) {
  std::span<Task> room;
  const std::int64_t most = tasks_of(size_of(from)) + num_segments_;
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, most, {"sort: partition tasks"}, room));
  const auto tasks = room.first(part(make_tasks(from, room)));
  const auto for_tasks = [&](auto&& body) {
    constexpr std::int64_t kTasks = 16;
    parallel.for_range(static_cast<std::int64_t>(tasks.size()), kTasks,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         for (std::int64_t t = begin; t < end; ++t) body(tasks[part(t)]);
                       });
  };
  parallel.for_range(size_of(from), kValuesATask, [&](std::int64_t begin, std::int64_t end, int) {
    std::copy(from.begin() + begin, from.begin() + end,
              to.begin() + begin);  // what is sorted stays
  });
  for_tasks([&](Task& task) {
    for (std::int64_t i = task.begin; i < task.end; ++i) {
      const std::uint32_t value = value_at(from, i);
      ++(value < task.pivot ? task.below : value == task.pivot ? task.equal : task.above);
    }
  });
  place_tasks(tasks);
  for_tasks([&](Task& task) {
    for (std::int64_t i = task.begin; i < task.end; ++i) {
      const std::uint32_t value = value_at(from, i);
      to[part((value < task.pivot    ? task.below
               : value == task.pivot ? task.equal
                                     : task.above)++)] = value;
    }
  });
  for_tasks([&](const Task& task) {
    for (const Segment& segment : task.finished)
      std::sort(to.begin() + segment.begin, to.begin() + segment.end);
  });
  return Status::ok();
}

}  // namespace quadrille
