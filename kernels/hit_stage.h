// HitStage: hits of a batch of windows before anyone knows how many each has. Each worker fills a
// share of its own, query after query, where they stay; what does not fit is only counted, and
// asked for again.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include <quadrille/arena.h>
#include <quadrille/point_index.h>
#include <quadrille/status.h>
#include <quadrille/types.h>

#include "kernels/query_body.h"
#include "kernels/scratch.h"

namespace quadrille {

class MemoryBudget;

class HitStage {
 public:
  explicit HitStage(bool as_places) : as_places_(as_places) {}

  Status prepare(std::int64_t num_queries, MemoryBudget* budget) {
    const std::size_t bytes = static_cast<std::size_t>(num_queries) * 2 * sizeof(std::int64_t);
    QUADRILLE_ASSIGN_OR_RETURN(numbers_, arena_of(bytes, budget));
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*numbers_, num_queries, {"hit counts"}, counts_));
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*numbers_, num_queries, {"staged at"}, at_));
    std::ranges::fill(at_, -1);
    return Status::ok();
  }
  // Where a budget has no room for it, all is asked for twice.
  void reserve(std::int64_t num_hits, int num_workers, MemoryBudget* budget) {
    share_ = num_hits / num_workers + kSpareHits;
    const std::int64_t all = share_ * num_workers;
    const auto bytes = static_cast<std::size_t>(all) * sizeof(BodyID) +
                       static_cast<std::size_t>(num_workers) * sizeof(Used);
    auto made = arena_of(bytes, budget);
    if (!made.is_ok()) return;
    arena_ = std::move(made).value();
    is_open_ = allocate_scratch(*arena_, all, {"staged hits"}, hits_).is_ok() &&
               allocate_scratch(*arena_, num_workers, {"staged"}, used_).is_ok();
    if (!is_open_) return arena_.reset();
    std::ranges::fill(used_, Used{0});
  }
  // Gives its memory back, with what is staged; false: there was none.
  bool drop() {
    arena_.reset();
    return std::exchange(is_open_, false);
  }

  bool is_open() const { return is_open_; }
  bool as_places() const { return as_places_; }
  std::span<std::int64_t> counts() const { return counts_; }

  // Where a worker stages the next queries, of which the first is `first` of all.
  void open(int worker, std::size_t first, WindowArgs& args) const {
    const std::int64_t used = used_[static_cast<std::size_t>(worker)].hits;
    args.staged_first = share_ * worker + used;
    args.hits = hits_.data() + args.staged_first;
    args.room = share_ - used;
    args.staged_at = at_.data() + first;
  }
  void close(int worker, std::int64_t used) {
    used_[static_cast<std::size_t>(worker)].hits += used;
  }

  // All hits of the first queries become `hits`, where they stand; false: some were not staged.
  bool hand_over(std::size_t num_queries, MemoryBudget* budget, WindowHits& hits) {
    const auto staged = at_.first(num_queries);
    if (!is_open_ || std::ranges::find(staged, -1) != staged.end()) return false;
    is_open_ = false;
    keep_first(num_queries, budget);
    hits = {std::move(numbers_), std::move(arena_), at_.first(num_queries),
            counts_.first(num_queries), hits_};
    return true;
  }
  // False: they were not staged.
  bool take(std::size_t query, std::span<BodyID> hits) const {
    if (!is_open_ || at_[query] < 0) return false;
    const BodyID* const from = hits_.data() + at_[query];
    std::copy(from, from + hits.size(), hits.begin());
    return true;
  }

 private:
  struct alignas(kCacheLineBytes) Used {  // a line a worker: each writes its own
    std::int64_t hits;
  };
  static constexpr std::int64_t kSpareHits = 4096;

  // Where few of the queries are answered, their numbers move, so that an answer does not keep
  // those of all; if there is no room to move, they stay.
  void keep_first(std::size_t num_queries, MemoryBudget* budget) {
    if (num_queries > at_.size() / 2) return;
    HitStage few(as_places_);
    if (!few.prepare(static_cast<std::int64_t>(num_queries), budget).is_ok()) return;
    std::ranges::copy(counts_.first(num_queries), few.counts_.begin());
    std::ranges::copy(at_.first(num_queries), few.at_.begin());
    numbers_ = std::move(few.numbers_);
    counts_ = few.counts_;
    at_ = few.at_;
  }

  static Result<Arena> arena_of(std::size_t bytes, MemoryBudget* budget) {
    ArenaOptions options;
    options.budget = budget;
    options.name = {"hits"};
    options.capacity_bytes = bytes + 4 * kCacheLineBytes;
    return Arena::create(options);
  }

  bool as_places_, is_open_ = false;
  std::int64_t share_ = 0;  // of a worker
  std::optional<Arena> numbers_, arena_;
  std::span<std::int64_t> counts_, at_;
  std::span<BodyID> hits_;
  std::span<Used> used_;
};

}  // namespace quadrille
