// ParallelRegion: the workers of one Parallel for as long as it has a lot to do: they look for the
// next chunks instead of going to sleep. What Parallel::in_region is made of.
//
// Whoever comes first leads: it runs the caller's function, whose calls give chunks out. It waits
// for no worker that took none, so any scheduler will do, one that runs them one after another
// among them. Each worker begins with a share of the chunks of its own (of more than kMaxShares
// workers some have one together), neighbours as far as may be, which are in its core's cache from
// one call to the next, and then helps the others.
//
// A share is a row of positions that only grow, so that a look that comes too late finds nothing,
// never something else. Orders: limit's store (release) and load (acquire) hand over the call and
// all that was written before it; done_'s addition (release) and load (acquire) what chunks wrote;
// calls_' likewise that there is something to look for, or the end. Relaxed: next, as a position
// that is still free was given out in the round of the limit read; arrived_, as it only tells
// numbers.
#pragma once

#include <atomic>
#include <cstdint>

namespace quadrille {

class ParallelRegion {
 public:
  using Chunk = void (*)(void* argument, std::int64_t chunk, int worker);

  explicit ParallelRegion(int num_workers)
      : num_shares_(num_workers < kMaxShares ? num_workers : kMaxShares) {}

  // The worker's number: 0 leads.
  int enter() { return arrived_.fetch_add(1, std::memory_order_relaxed); }

  // The leader's: chunk(argument, i, worker) for each i, by all who are here; returns when all are
  // done.
  void run(std::int64_t num_chunks, Chunk chunk, void* argument);
  void end() { calls_.store(kOver, std::memory_order_release); }  // to follow()

  // The others': runs chunks until the end.
  void follow(int worker);

 private:
  static constexpr int kMaxShares = 16;  // a region stands on its caller's stack
  static constexpr std::int64_t kOver = -1;
  struct alignas(64) Share {
    std::atomic<std::int64_t> next{0};   // position of the first chunk not taken
    std::atomic<std::int64_t> limit{0};  // position after the last one given out
    std::int64_t offset = 0;             // chunk minus position
  };
  void run_some(int worker);
  std::int64_t run_share(Share& share, int worker);

  const int num_shares_;
  std::atomic<int> arrived_{0};
  Chunk chunk_ = nullptr;
  void* argument_ = nullptr;
  std::int64_t given_ = 0;  // chunks so far
  // So far, or kOver. The one line that idle workers look at: the shares' are left to who works.
  alignas(64) std::atomic<std::int64_t> calls_{0};
  Share shares_[kMaxShares];
  alignas(64) std::atomic<std::int64_t> done_{0};  // chunks so far
};

}  // namespace quadrille
