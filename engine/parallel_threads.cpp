// A persistent pool of std::thread. A call allocates nothing, takes no mutex and waits for nobody
// who has not come.
//
// The caller is worker 0. It opens a job in one 32-bit word, works like everyone, closes the word
// when no chunk is left and waits only for the workers that had entered: one that is still asleep
// costs the call nothing but its wake-up. The word packs {generation: 18, stop: 1, open: 1,
// entered: 12}.
//   A  caller: entry_.fetch_add(open), release           -> B: the job's fields are set before a
//   worker reads them B  worker: entry_.compare_exchange(+1), acquire          enters; only while
//   the word says open C  worker: left_.fetch_add(1), release               -> D: what its chunks
//   wrote happens before the call returns, D  caller: left_.load() == entered in total, acquire and
//   its reads of the job before the next job is set
// A and C are seq_cst because std::atomic::notify first looks whether anyone sleeps, and that look
// must not pass the change itself. Generations may wrap: they only keep a worker from entering one
// job twice.
#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

#include "engine/parallel_backends.h"
#include "engine/spin_pause.h"

namespace quadrille::detail {
namespace {

constexpr std::uint32_t kEnteredMask = (1u << 12) - 1;
constexpr std::uint32_t kOpen = 1u << 12;
constexpr std::uint32_t kStop = 1u << 13;
constexpr std::uint32_t kGeneration = 1u << 14;
constexpr int kSpins =
    1000;  // 5 to 40 us: longer than the gap between two passes, shorter than a sleep and a wake-up

class ThreadPool final : public Parallel {
 public:
  // Spinning pays only while each worker has a core of its own.
  explicit ThreadPool(int num_workers)
      : Parallel(num_workers),
        spins_(static_cast<unsigned>(num_workers) <= std::thread::hardware_concurrency() ? kSpins
                                                                                         : 1) {}

  void start() {
    threads_.reserve(static_cast<std::size_t>(num_workers() - 1));
    for (int worker = 1; worker < num_workers(); ++worker) {
      threads_.emplace_back([this, worker] { work(worker); });
    }
  }

  ~ThreadPool() override {
    entry_.fetch_or(kStop, std::memory_order_seq_cst);
    entry_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  std::string_view name() const override { return "threads"; }

 private:
  void run(std::int64_t num_chunks, Chunk chunk, void* argument) override {
    QUADRILLE_ASSERT((entry_.load(std::memory_order_relaxed) & kOpen) ==
                     0);  // nested or concurrent call
    num_chunks_ = num_chunks;
    chunk_ = chunk;
    argument_ = argument;
    next_.store(0, std::memory_order_relaxed);  // ordered by A
    // One caller, and the word is closed: nobody else changes it, so an addition sets the next
    // generation, open.
    const std::uint32_t closed = entry_.load(std::memory_order_relaxed);
    entry_.fetch_add(kGeneration + kOpen - (closed & kEnteredMask),
                     std::memory_order_seq_cst);  // A
    entry_.notify_all();
    run_chunks(0);
    const std::uint32_t open =
        entry_.fetch_sub(kOpen, std::memory_order_relaxed);  // orders nothing: it only ends B
    entered_ += open & kEnteredMask;
    wait_until_left();
  }

  void run_chunks(int worker) {
    // Relaxed: the counter hands out numbers; the data is ordered by A and C.
    for (std::int64_t i; (i = next_.fetch_add(1, std::memory_order_relaxed)) < num_chunks_;) {
      chunk_(argument_, i, worker);
    }
  }

  void wait_until_left() {
    int spin = 0;
    std::uint32_t left;
    while ((left = left_.load(std::memory_order_acquire)) != entered_) {  // D
      if (++spin < spins_) {
        spin_pause();
      } else {
        left_.wait(left, std::memory_order_acquire);
      }
    }
  }

  void work(int worker) {
    std::uint32_t generation = 0;
    while (enter_next_job(generation)) {
      run_chunks(worker);
      left_.fetch_add(1, std::memory_order_seq_cst);  // C
      left_.notify_one();
    }
  }

  // Enters the next open job whose generation is not `generation`, which it sets; false when the
  // pool stops.
  bool enter_next_job(std::uint32_t& generation) {
    int spin = 0;
    for (;;) {
      std::uint32_t word = entry_.load(std::memory_order_relaxed);
      if ((word & kStop) != 0) return false;
      if ((word & kOpen) != 0 && word / kGeneration != generation) {
        if (entry_.compare_exchange_weak(word, word + 1, std::memory_order_acquire,
                                         std::memory_order_relaxed)) {  // B
          generation = word / kGeneration;
          return true;
        }
      } else if (++spin < spins_) {
        spin_pause();
      } else {
        entry_.wait(word, std::memory_order_relaxed);
      }
    }
  }

  // Written by the caller alone, read by workers that entered.
  std::int64_t num_chunks_ = 0;
  Chunk chunk_ = nullptr;
  void* argument_ = nullptr;
  std::uint32_t entered_ = 0;  // total over all jobs, as left_ is; the caller's own
  const int spins_;
  std::vector<std::thread> threads_;
  // Each on a cache line of its own: workers hammer next_ while others spin on entry_ and the
  // caller on left_.
  alignas(64) std::atomic<std::uint32_t> entry_{0};
  alignas(64) std::atomic<std::int64_t> next_{0};
  alignas(64) std::atomic<std::uint32_t> left_{0};
};

}  // namespace

Result<std::unique_ptr<Parallel>> create_thread_pool(int num_workers) {
  auto pool = std::make_unique<ThreadPool>(num_workers);
  try {
    pool->start();
  } catch (const std::system_error& error) {
    return Status(
        StatusCode::kOutOfMemory,
        "the system refused to start " + std::to_string(num_workers) + " threads: " + error.what());
  }
  return std::unique_ptr<Parallel>(std::move(pool));
}

}  // namespace quadrille::detail
