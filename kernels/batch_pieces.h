// BatchPieces: how many of a batch of queries are searched at a time, where no more hits are wanted
// than some number. Who asks again and again for the rest of a long batch shall not search all of
// it each time: no more is searched than is likely to be answered.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

namespace quadrille {

class BatchPieces {
 public:
  // Of the first queries, as many are answered as have `max_hits` together, but one at least.
  BatchPieces(std::int64_t num_queries, std::int64_t max_hits)
      : num_queries_(num_queries), max_hits_(max_hits) {}

  std::int64_t counted() const { return counted_; }
  std::int64_t answered() const { return answered_; }
  bool is_done() const { return answered_ < counted_ || counted_ == num_queries_; }

  // How many queries are to be counted next.
  std::int64_t next() const {
    const std::int64_t rest = num_queries_ - counted_;
    if (counted_ == 0) return std::min(kCountedFirst, rest);
    const double likely = kReserve * static_cast<double>(max_hits_ - num_hits_) / hits_a_query();
    if (likely >= static_cast<double>(rest)) return rest;
    return std::min(rest, std::max(kCountedFirst, static_cast<std::int64_t>(likely)));
  }
  // Of the next queries.
  void take(std::span<const std::int64_t> counts) {
    counted_ += static_cast<std::int64_t>(counts.size());
    for (const std::int64_t count : counts) {
      if (answered_ > 0 && num_hits_ + count > max_hits_) break;
      num_hits_ += count;
      ++answered_;
    }
  }
  // How many hits all that was counted, and what is to be counted next, are likely to have.
  std::int64_t likely_hits() const {
    return static_cast<std::int64_t>(kReserve * hits_a_query() *
                                     static_cast<double>(counted_ + next()));
  }

 private:
  static constexpr std::int64_t kCountedFirst = 1024;  // they tell how many hits a query has
  static constexpr double kFewestHits = 0x1p-20;       // a query, as far as that is guessed
  static constexpr double kReserve = 1.125;  // times as many as it is guessed that there are

  double hits_a_query() const {
    return std::max(static_cast<double>(num_hits_) / static_cast<double>(counted_), kFewestHits);
  }

  std::int64_t num_queries_, max_hits_;
  std::int64_t counted_ = 0, answered_ = 0, num_hits_ = 0;
};

}  // namespace quadrille
