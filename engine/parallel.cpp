// Which backend runs the chunks; the serial one and the integrator's hook, which need no file of
// their own.
#include <quadrille/parallel.h>

#include <algorithm>
#include <string>
#include <thread>

#include "engine/parallel_backends.h"

namespace quadrille {
namespace {

constexpr int kMaxWorkers = 1024;  // beyond it a wrong option is likelier than such a machine

class SerialParallel final : public Parallel {
 public:
  SerialParallel() : Parallel(1) {}
  std::string_view name() const override { return "serial"; }

 private:
  void run(std::int64_t num_chunks, Chunk chunk, void* argument) override {
    for (std::int64_t i = 0; i < num_chunks; ++i) chunk(argument, i, 0);
  }
};

class HookParallel final : public Parallel {
 public:
  explicit HookParallel(const TaskHook& hook) : Parallel(hook.num_workers), hook_(hook) {}
  std::string_view name() const override { return "hook"; }

 private:
  void run(std::int64_t num_chunks, Chunk chunk, void* argument) override {
    hook_.run(hook_.context, num_chunks, chunk, argument);
  }
  TaskHook hook_;
};

Status check_workers(const char* what, int num_workers, int least) {
  if (num_workers >= least && num_workers <= kMaxWorkers) return Status::ok();
  return {StatusCode::kInvalidArgument, std::string(what) + " is " + std::to_string(num_workers) +
                                            "; it must be between " + std::to_string(least) +
                                            " and " + std::to_string(kMaxWorkers)};
}

}  // namespace

Result<std::unique_ptr<Parallel>> Parallel::create(const ParallelOptions& options) {
  if (options.hook.run != nullptr) {
    QUADRILLE_RETURN_IF_ERROR(
        check_workers("the task hook's number of workers", options.hook.num_workers, 1));
    return std::unique_ptr<Parallel>(std::make_unique<HookParallel>(options.hook));
  }
  if (options.backend == TaskBackend::kSerial) {
    return std::unique_ptr<Parallel>(std::make_unique<SerialParallel>());
  }
  QUADRILLE_RETURN_IF_ERROR(check_workers("the number of threads", options.num_threads, 0));
  // hardware_concurrency may say 0 when it does not know.
  const int cores =
      std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMaxWorkers);
  const int num_workers = options.num_threads == 0 ? cores : options.num_threads;
#if !defined(QUADRILLE_WITHOUT_TBB)  // a build without it has the pool stand in, and name() says so
  if (options.backend == TaskBackend::kTbb) return detail::create_tbb_arena(num_workers);
#endif
  return detail::create_thread_pool(num_workers);
}

}  // namespace quadrille
