// run_chunks: chunks that can fail, at the same time, with one answer whoever runs first.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>

#include <quadrille/status.h>

#include <quadrille/parallel.h>

namespace quadrille {

// The failure of the lowest chunk.
class FirstFailure {
 public:
  bool is_before(std::int64_t chunk) const {
    return chunk_.load(std::memory_order_relaxed) < chunk;
  }
  void note(std::int64_t chunk, Status status) {
    const std::lock_guard lock(mutex_);
    if (is_before(chunk)) return;
    chunk_.store(chunk, std::memory_order_relaxed);
    status_ = std::move(status);
  }
  const Status& status() const { return status_; }

 private:
  std::mutex mutex_;
  std::atomic<std::int64_t> chunk_{INT64_MAX};
  Status status_;
};

// body(chunk, worker) returns a Status. Chunks after one that failed need not run; those before it
// all do.
template <class Body>
Status run_chunks(Parallel& parallel, std::int64_t num_chunks, Body body) {
  FirstFailure failure;
  parallel.for_chunks(num_chunks, [&](std::int64_t chunk, int worker) {
    if (failure.is_before(chunk)) return;
    Status status = body(chunk, worker);
    if (!status.is_ok()) failure.note(chunk, std::move(status));
  });
  return failure.status();
}

}  // namespace quadrille
