// Processes that share the frames of a run: forked from the test's own, which has no threads.
#pragma once

#include <gtest/gtest.h>
#include <quadrille/frame_watcher.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/clock.h"
#include "engine/time_stepper.h"
#include "tests/engine/stepper_model.h"

namespace quadrille::test {

inline constexpr std::int64_t kElements = 1024;  // 8 KiB a frame

// A name of this test in this process: tests run side by side.
inline std::string own_name() {
  return "test-" + std::to_string(getpid()) + "-" +
         testing::UnitTest::GetInstance()->current_test_info()->name();
}
inline std::string path_of(const std::string& name) { return "/dev/shm/quadrille." + name; }

// Another process, which runs `body` and exits with what it returns.
class Process {
 public:
  explicit Process(const std::function<int()>& body) : id_(fork()) {
    if (id_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // no child outlives a test that is interrupted
    _exit(body());
  }
  Process(Process&& other) noexcept : id_(std::exchange(other.id_, -1)) {}
  Process& operator=(Process&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~Process() {
    if (id_ > 0) end(SIGKILL);
  }
  void signal(int number) const { kill(id_, number); }
  // Sends `number` and waits for the end; 0 only waits. Returns the exit code, or -signal.
  int end(int number) {
    if (number != 0) kill(id_, number);
    int status = 0;
    while (waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    id_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  void wait_until_stopped() const {
    int status = 0;
    waitpid(id_, &status, WUNTRACED);
  }

 private:
  pid_t id_;
};

// Counters that this process and its children share.
struct Tally {
  std::atomic<std::int64_t> ready{0}, frames{0}, torn{0}, go{0};
};
class SharedTally {
 public:
  SharedTally()
      : memory_(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    tally_ = new (memory_) Tally;
  }
  ~SharedTally() { munmap(memory_, 4096); }
  Tally* operator->() const { return tally_; }

 private:
  void* memory_;
  Tally* tally_;
};

inline void wait_for(const std::atomic<std::int64_t>& count, std::int64_t at_least) {
  while (count.load(std::memory_order_acquire) < at_least)
    std::this_thread::sleep_for(std::chrono::microseconds(100));
}

// A frame whose elements are all its step.
inline bool is_whole(const Frame& frame) {
  for (const std::int64_t value : frame.column<std::int64_t>(0)) {
    if (value != frame.step()) return false;
  }
  return true;
}

struct SharedRunTest : testing::Test {
  Status try_share(FrameOptions options) {
    FrameSchema schema;
    schema.add({"step", ColumnType::kInt64, ColumnMode::kRewritten, kElements, 1});
    options.share.name = name;
    options.share.title = "a test\x1b of sharing";
    auto created = TimeStepper::create(schema, options, [](FrameWriter&) { return Status::ok(); },
                                       *parallel, &budget, {});
    if (!created.is_ok()) return created.status();
    stepper = std::move(created).value();
    stepper->set_passes({{"fill", [](FrameWriter& frame) {
                            for (std::int64_t& value : frame.column<std::int64_t>(0)) {
                              value = frame.step();
                            }
                            return Status::ok();
                          }}});
    return Status::ok();
  }
  void share(const FrameOptions& options) {
    const Status status = try_share(options);
    ASSERT_TRUE(status.is_ok()) << status.message();
  }
  void step(int times = 1) {
    for (int i = 0; i < times; ++i) ASSERT_TRUE(stepper->step(1).is_ok());
  }
  FrameWatcher watch(std::string_view label = "watcher") {
    auto opened = FrameWatcher::open(name, label);
    EXPECT_TRUE(opened.is_ok()) << opened.status().message();
    return std::move(opened).value();
  }
  // Steps until nobody holds anything and no place is a dead one's.
  void expect_all_slots_back() {
    const std::int64_t deadline = monotonic_ns() + 20'000'000'000;
    while (!stepper->pinned_slots().empty() && monotonic_ns() < deadline) step();
    EXPECT_TRUE(stepper->pinned_slots().empty());
    const std::int64_t skipped = stepper->statistics().skipped;
    step(100);
    EXPECT_EQ(stepper->statistics().skipped, skipped);
  }

  std::string name = own_name();
  MemoryBudget budget;
  std::unique_ptr<Parallel> parallel = make_parallel(TaskBackend::kSerial, 1);
  std::unique_ptr<TimeStepper> stepper;
};

}  // namespace quadrille::test
