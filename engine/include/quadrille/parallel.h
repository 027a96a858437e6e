// Parallel: the one way to use more than one thread, and (in parallel_tbb.cpp) the only door to
// oneTBB.
//
// Work is cut into chunks by size, never by thread, so that the same chunks exist for any number of
// workers; who runs a chunk must not matter to the result. `worker` is for private scratch only.
// Backends: serial; threads (a pool of std::thread, no allocation in a call; for ThreadSanitizer,
// WebAssembly and runs in which an allocation counts); tbb; or an integrator's TaskHook.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>

#include <quadrille/hooks.h>
#include <quadrille/parallel_region.h>
#include <quadrille/status.h>

#include <quadrille/float_mode.h>

namespace quadrille {

enum class TaskBackend : std::uint8_t { kSerial, kThreads, kTbb };

struct ParallelOptions {
  TaskBackend backend = TaskBackend::kTbb;
  int num_threads = 0;  // 0: as many as the machine has cores; may be more than the cores
  TaskHook hook{};      // when its `run` is set it replaces the backend
};

class Parallel {
 public:
  static Result<std::unique_ptr<Parallel>> create(const ParallelOptions& options);
  virtual ~Parallel() = default;
  Parallel(const Parallel&) = delete;
  Parallel& operator=(const Parallel&) = delete;

  int num_workers() const { return num_workers_; }
  virtual std::string_view name() const = 0;

  // body(chunk, worker) for each chunk in [0, num_chunks). Returns when all are done. One caller at
  // a time; not nested. std::bad_alloc, the one exception that a body may meet, comes out here.
  template <class Body>
  void for_chunks(std::int64_t num_chunks, Body&& body) {
    if (num_workers_ == 1 || num_chunks <= 1) {
      for (std::int64_t chunk = 0; chunk < num_chunks; ++chunk) body(chunk, 0);
      return;
    }
    Call<std::remove_reference_t<Body>> call{body};
    dispatch(
        num_chunks,
        [](void* argument, std::int64_t chunk, int worker) {
          static_cast<decltype(call)*>(argument)->run(chunk, worker);
        },
        &call);
    if (call.no_memory.load(std::memory_order_relaxed)) throw std::bad_alloc();  // ordered by run()
  }

  // Runs body() on one of the workers' threads and keeps the others awake, spinning, until it
  // returns: for many short calls in a row, of microseconds each, where to wake a worker takes up
  // to a hundred. Meanwhile only body's own thread may call this Parallel, and no chunk. Regions
  // may nest. std::bad_alloc comes out as above.
  template <class Body>
  void in_region(Body&& body) {
    Parallel& workers = backend();
    if (workers.num_workers_ == 1 || workers.region_ != nullptr) return body();
    ParallelRegion region(workers.num_workers_);
    workers.for_chunks(workers.num_workers_, [&](std::int64_t, int) {
      if (const int worker = region.enter(); worker != 0) return region.follow(worker);
      const Lead lead{workers, region};
      body();
    });
  }

  // body(begin, end, worker) over [0, count) in chunks of `grain` elements (the last one may be
  // shorter).
  template <class Body>
  void for_range(std::int64_t count, std::int64_t grain, Body&& body) {
    for_chunks((count + grain - 1) / grain, [&](std::int64_t chunk, int worker) {
      const std::int64_t begin = chunk * grain;
      const std::int64_t end = begin + grain < count ? begin + grain : count;
      body(begin, end, worker);
    });
  }

 protected:
  using Chunk = void (*)(void* argument, std::int64_t chunk, int worker);
  explicit Parallel(int num_workers) : num_workers_(num_workers) {}
  virtual void run(std::int64_t num_chunks, Chunk chunk, void* argument) = 0;
  // For a Parallel that stands before another one, which is its backend.
  virtual Parallel& backend() { return *this; }
  static void run_on(Parallel& backend, std::int64_t num_chunks, Chunk chunk, void* argument) {
    backend.dispatch(num_chunks, chunk, argument);
  }

 private:
  struct Lead {
    Parallel& workers;
    ParallelRegion& region;
    Lead(Parallel& of, ParallelRegion& in) : workers(of), region(in) { workers.region_ = &region; }
    ~Lead() {
      workers.region_ = nullptr;
      region.end();
    }
  };

  void dispatch(std::int64_t num_chunks, Chunk chunk, void* argument) {
    region_ != nullptr ? region_->run(num_chunks, chunk, argument)
                       : run(num_chunks, chunk, argument);
  }

  // What a chunk needs on a thread that is not the caller's: the promised float mode, and no
  // exception that leaves it (a pool would terminate, an integrator's scheduler may be C).
  template <class Body>
  struct Call {
    Body& body;
    std::atomic<bool> no_memory{false};
    void run(std::int64_t chunk, int worker) {
      const FloatMode mode;
      try {
        body(chunk, worker);
      } catch (const std::bad_alloc&) {
        no_memory.store(true, std::memory_order_relaxed);
      }
    }
  };

  int num_workers_;
  // Null outside a region. Written by who leads it, read by who calls; run() orders the two.
  ParallelRegion* region_ = nullptr;
};

}  // namespace quadrille
