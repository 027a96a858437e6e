#include <quadrille/parallel_region.h>

#include <quadrille/status.h>

#include "engine/spin_pause.h"

namespace quadrille {

void ParallelRegion::run(std::int64_t num_chunks, Chunk chunk, void* argument) {
  QUADRILLE_ASSERT(done_.load(std::memory_order_relaxed) == given_);  // nested or concurrent call
  chunk_ = chunk;
  argument_ = argument;
  given_ += num_chunks;
  std::int64_t first = 0;
  for (int i = 0; i < num_shares_; ++i) {
    Share& share = shares_[i];
    const std::int64_t end = num_chunks * (i + 1) / num_shares_;
    const std::int64_t position = share.limit.load(std::memory_order_relaxed);  // this thread's own
    share.offset = first - position;
    share.limit.store(position + end - first, std::memory_order_release);  // to run_share()
    first = end;
  }
  calls_.fetch_add(1, std::memory_order_release);  // to follow()
  run_some(0);
  for (int looks = 0; done_.load(std::memory_order_acquire) != given_; patient_pause(looks)) {
  }
}

void ParallelRegion::follow(int worker) {
  std::int64_t seen = 0;
  for (int looks = 0; seen != kOver; patient_pause(looks)) {
    const std::int64_t calls = calls_.load(std::memory_order_acquire);  // run(), end()
    if (calls == seen) continue;
    seen = calls;
    looks = 0;
    run_some(worker);
  }
}

// As long as a worker has not said that its chunks are done, the call cannot end.
void ParallelRegion::run_some(int worker) {
  std::int64_t taken = 0;
  for (int i = 0; i < num_shares_; ++i) {
    taken += run_share(shares_[(worker + i) % num_shares_], worker);
  }
  if (taken != 0) done_.fetch_add(taken, std::memory_order_release);  // to run()
}

std::int64_t ParallelRegion::run_share(Share& share, int worker) {
  std::int64_t taken = 0;
  const std::int64_t limit = share.limit.load(std::memory_order_acquire);  // run()
  for (std::int64_t next = share.next.load(std::memory_order_relaxed); next < limit;) {
    if (!share.next.compare_exchange_weak(next, next + 1, std::memory_order_relaxed)) continue;
    chunk_(argument_, next + share.offset, worker);
    ++taken;
    next = share.next.load(std::memory_order_relaxed);
  }
  return taken;
}

}  // namespace quadrille
