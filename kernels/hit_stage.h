// HitStage: hits of a batch of queries before anyone knows how many each has. Each worker fills a
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

#include "kernels/batch_pieces.h"
#include "kernels/query_order.h"
#include "kernels/scratch.h"

namespace quadrille {

class MemoryBudget;

template <class Hit>
class HitStage {
 public:
  Status prepare(std::int64_t num_queries, MemoryBudget* budget) {
    const std::size_t bytes = static_cast<std::size_t>(num_queries) * 2 * sizeof(std::int64_t);
    QUADRILLE_ASSIGN_OR_RETURN(numbers_, query_arena(bytes, budget));
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*numbers_, num_queries, {"hit counts"}, counts_));
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*numbers_, num_queries, {"staged at"}, at_));
    std::ranges::fill(at_, -1);
    return Status::ok();
  }
  // Counts and stages the first queries by run(first, count), until those that are to be answered
  // are known; how many is returned. Those of the first piece, which tells how many hits there will
  // be, are asked again.
  template <class Run>
  Result<std::int64_t> fill(std::int64_t max_hits, int num_workers, MemoryBudget* budget,
                            const Run& run) {
    const auto run_anyhow = [&](std::int64_t first, std::int64_t count) {
      Status status = run(first, count);
      // Perhaps the stage left no memory to order queries.
      return status.is_ok() || !drop() ? status : run(first, count);
    };
    BatchPieces pieces(std::ssize(counts_), max_hits);
    while (!pieces.is_done()) {
      const std::int64_t first = pieces.counted(), count = pieces.next();
      QUADRILLE_RETURN_IF_ERROR(run_anyhow(first, count));
      pieces.take(
          counts_.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)));
      if (first > 0 || pieces.is_done()) continue;
      reserve(pieces.likely_hits(), num_workers, budget);
      if (is_open_) QUADRILLE_RETURN_IF_ERROR(run_anyhow(first, count));
    }
    return pieces.answered();
  }
  // Gives its memory back, with what is staged; false: there was none.
  bool drop() {
    arena_.reset();
    return std::exchange(is_open_, false);
  }

  bool is_open() const { return is_open_; }
  std::span<std::int64_t> counts() const { return counts_; }

  // Where a worker stages its next hits: at `to`, which is the stage's element `first`.
  struct Share {
    Hit* to = nullptr;
    std::int64_t first = 0, room = 0;
  };
  Share share_of(int worker) const {
    if (!is_open_) return {};
    const std::int64_t used = used_[static_cast<std::size_t>(worker)].hits;
    const std::int64_t first = share_ * worker + used;
    return {hits_.data() + first, first, share_ - used};
  }
  // So many hits of one query, if they fit, stand there now.
  void put(int worker, std::size_t query, std::int64_t count) {
    counts_[query] = count;
    const Share share = share_of(worker);
    if (!is_open_ || count > share.room) return;
    at_[query] = share.first;
    use(worker, count);
  }
  // Or, of several, their number, and for each where its hits begin, or -1.
  std::span<std::int64_t> places() const { return at_; }
  void use(int worker, std::int64_t count) {
    used_[static_cast<std::size_t>(worker)].hits += count;
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
  bool take(std::size_t query, std::span<Hit> hits) const {
    if (!is_open_ || at_[query] < 0) return false;
    const Hit* const from = hits_.data() + at_[query];
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
    HitStage few;
    if (!few.prepare(static_cast<std::int64_t>(num_queries), budget).is_ok()) return;
    std::ranges::copy(counts_.first(num_queries), few.counts_.begin());
    std::ranges::copy(at_.first(num_queries), few.at_.begin());
    numbers_ = std::move(few.numbers_);
    counts_ = few.counts_;
    at_ = few.at_;
  }

  // Where a budget has no room for it, all is asked for twice.
  void reserve(std::int64_t num_hits, int num_workers, MemoryBudget* budget) {
    share_ = num_hits / num_workers + kSpareHits;
    const std::int64_t all = share_ * num_workers;
    const auto bytes = static_cast<std::size_t>(all) * sizeof(Hit) +
                       static_cast<std::size_t>(num_workers) * sizeof(Used);
    auto made = query_arena(bytes, budget);
    if (!made.is_ok()) return;
    arena_ = std::move(made).value();
    is_open_ = allocate_scratch(*arena_, all, {"staged hits"}, hits_).is_ok() &&
               allocate_scratch(*arena_, num_workers, {"staged"}, used_).is_ok();
    if (!is_open_) return arena_.reset();
    std::ranges::fill(used_, Used{0});
  }

  bool is_open_ = false;
  std::int64_t share_ = 0;  // of a worker
  std::optional<Arena> numbers_, arena_;
  std::span<std::int64_t> counts_, at_;
  std::span<Hit> hits_;
  std::span<Used> used_;
};

}  // namespace quadrille
