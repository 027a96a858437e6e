// One pass of a sorting algorithm over an array of values: from one array into another, each a
// permutation of the other.
//
// Which part to use: counting_pass for a digit of a radix sort, merge_pass for a width of a merge
// sort, PartitionRounds for quicksort. Temporary buffers are labelled allocations of the arena
// given; the caller resets it between passes. All are stable but for the short segments that
// PartitionRounds finishes, where equal values cannot be told apart.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/status.h>

namespace quadrille {

class Parallel;

inline constexpr int kSortDigitBits = 4;

// What a pass over `count` values may take from its arena at most.
std::size_t sort_scratch_bytes(std::int64_t count, int num_workers);

// Orders by the digit of kSortDigitBits bits from `shift` upward.
Status counting_pass(std::span<const std::uint32_t> from, std::span<std::uint32_t> to, int shift,
                     Parallel& parallel, Arena& scratch);

// `from` holds sorted runs of `width` values (the last may be shorter); `to` gets runs twice as
// wide.
Status merge_pass(std::span<const std::uint32_t> from, std::span<std::uint32_t> to,
                  std::int64_t width, Parallel& parallel, Arena& scratch);

// Quicksort breadth first: a round splits every segment that is not yet sorted into the values
// below, at and above its pivot, the median of its first, middle and last.
class PartitionRounds {
 public:
  static constexpr std::int64_t kShort = 32;  // segments up to here are finished at once

  Status prepare(std::int64_t count, Arena& arena);
  // The segments live on between rounds, so they stand in prepare's arena; counters and tasks in
  // `scratch`.
  Status round(std::span<const std::uint32_t> from, std::span<std::uint32_t> to, Parallel& parallel,
               Arena& scratch);
  bool finished() const { return num_segments_ == 0; }

  struct Segment {
    std::int64_t begin, end;
  };
  struct Task;  // a piece of a segment

 private:
  std::int64_t make_tasks(std::span<const std::uint32_t> from, std::span<Task> tasks) const;
  void place_tasks(std::span<Task> tasks);

  std::span<Segment> segments_, next_;
  std::int64_t num_segments_ = 0;
};

}  // namespace quadrille
