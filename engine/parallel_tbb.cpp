// The door to oneTBB: an arena of its own for each Parallel, so that simulations do not see each
// other's tasks.
//
// oneTBB never starts more threads than cores unless a global_control allows it. While several of
// them live the smallest limit holds for all: a property of oneTBB; who needs two different thread
// counts at once uses `threads`.
#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/partitioner.h>
#include <oneapi/tbb/task_arena.h>

#include <exception>
#include <string>

#include "engine/parallel_backends.h"

namespace quadrille::detail {
namespace {

class TbbParallel final : public Parallel {
 public:
  explicit TbbParallel(int num_workers)
      : Parallel(num_workers),
        limit_(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(num_workers)),
        arena_(num_workers) {
    arena_.initialize();
  }
  std::string_view name() const override { return "tbb"; }

 private:
  void run(std::int64_t num_chunks, Chunk chunk, void* argument) override {
    arena_.execute([&] {
      tbb::parallel_for(
          tbb::blocked_range<std::int64_t>(0, num_chunks, 1),
          [&](const tbb::blocked_range<std::int64_t>& range) {
            const int worker = tbb::this_task_arena::current_thread_index();
            for (std::int64_t i = range.begin(); i < range.end(); ++i) chunk(argument, i, worker);
          },
          tbb::simple_partitioner());
    });
  }

  tbb::global_control limit_;
  tbb::task_arena arena_;
};

}  // namespace

Result<std::unique_ptr<Parallel>> create_tbb_arena(int num_workers) {
  try {
    return std::unique_ptr<Parallel>(std::make_unique<TbbParallel>(num_workers));
  } catch (const std::exception& error) {
    return Status(
        StatusCode::kOutOfMemory,
        "oneTBB could not start " + std::to_string(num_workers) + " threads: " + error.what());
  }
}

}  // namespace quadrille::detail
