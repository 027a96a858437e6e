// Readers on threads of their own, while the writer steps: no torn frame, whatever they hold.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "engine/time_stepper.h"
#include "tests/engine/stepper_model.h"

namespace quadrille {
namespace {

constexpr int kRunReaders = 4;
constexpr NodeID kRunNodes = 4096;
#if defined(QUADRILLE_SANITIZED)
constexpr std::int64_t kRunSteps = 500;
#else
constexpr std::int64_t kRunSteps = 6000;
#endif

FrameSchema wave_schema() {
  FrameSchema schema;
  schema.add({"active", ColumnType::kBit, ColumnMode::kUpdated, kRunNodes, 1});
  schema.add({"distance", ColumnType::kInt32, ColumnMode::kUpdated, kRunNodes, 1});
  schema.add({"position", ColumnType::kFloat32, ColumnMode::kRewritten, kRunNodes, 2});
  return schema;
}

// Sparse in two steps of three, by parallel chunks and marks in the third.
Status wave(FrameWriter& frame, Parallel& parallel, std::vector<NodeID>& front) {
  const auto active = frame.column<std::uint64_t>(0);
  const auto distance = frame.column<std::int32_t>(1);
  for (const NodeID id : front) active[static_cast<std::size_t>(id) / 64] = 0;
  if (frame.step() % 3 != 0) {
    for (std::size_t i = 0; i < front.size(); ++i) {
      const std::int64_t id = (frame.step() * 37 + static_cast<std::int64_t>(i) * 101) % kRunNodes;
      front[i] = static_cast<NodeID>(id);
      active[static_cast<std::size_t>(id) / 64] |= std::uint64_t{1} << (id % 64);
      ++distance[static_cast<std::size_t>(id)];
    }
    frame.set_changed_ids(front);
  } else {
    frame.set_changed_ids({});
    parallel.for_range(kRunNodes, 256, [&](std::int64_t begin, std::int64_t end, int) {
      for (std::int64_t i = begin; i < end; ++i) distance[static_cast<std::size_t>(i)] += 1;
      frame.mark_changed(1, begin, end);
    });
  }
  for (const int plane : {0, 1}) {
    const auto from = frame.previous().column<float>(2, plane);
    const auto to = frame.column<float>(2, plane);
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = from[i] + static_cast<float>(i) * 0.5f;
  }
  return Status::ok();
}

class WaveRun {
 public:
  explicit WaveRun(const FrameOptions& options) {
    auto created = TimeStepper::create(
        wave_schema(), options, [](FrameWriter&) { return Status::ok(); }, *parallel_, nullptr, {});
    stepper_ = std::move(created).value();
    stepper_->set_passes(
        {{"wave", [this](FrameWriter& frame) { return wave(frame, *parallel_, front_); }}});
  }
  TimeStepper& stepper() { return *stepper_; }

 private:
  std::unique_ptr<Parallel> parallel_ = test::make_parallel(TaskBackend::kThreads, 2);
  std::vector<NodeID> front_ = std::vector<NodeID>(20, 0);
  std::unique_ptr<TimeStepper> stepper_;
};

// The hash of every step of a run that nobody watches.
std::vector<StateHash> expected_hashes() {
  FrameOptions options;
  options.publish_every = 0;
  WaveRun run(options);
  std::vector<StateHash> hashes = {run.stepper().last_completed().state_hash()};
  for (std::int64_t step = 1; step <= kRunSteps; ++step) {
    EXPECT_TRUE(run.stepper().step(1).is_ok());
    hashes.push_back(run.stepper().last_completed().state_hash());
  }
  return hashes;
}

struct Seen {
  std::atomic<bool> done{false};
  std::atomic<std::int64_t> frames{0}, torn{0}, backward{0};
};

void read(FrameReader reader, const std::vector<StateHash>& expected, Seen& seen) {
  PinnedFrame pin = reader.latest();
  std::int64_t newest = 0;
  while (!seen.done.load(std::memory_order_relaxed)) {
    const std::int64_t step = pin->step();
    if (step < newest) seen.backward.fetch_add(1, std::memory_order_relaxed);
    newest = step;
    if (pin->state_hash() != expected[static_cast<std::size_t>(step)]) {
      seen.torn.fetch_add(1, std::memory_order_relaxed);
    }
    seen.frames.fetch_add(1, std::memory_order_relaxed);
    if (!reader.refresh(pin)) std::this_thread::yield();
  }
}

void run_with_readers(const FrameOptions& options, const std::vector<StateHash>& expected) {
  WaveRun run(options);
  Seen seen;
  const PinnedFrame stalled = run.stepper().reader().latest();
  std::vector<std::thread> readers;
  for (int i = 0; i < kRunReaders; ++i) {
    readers.emplace_back([&] { read(run.stepper().reader(), expected, seen); });
  }
  while (seen.frames.load(std::memory_order_relaxed) < kRunReaders) std::this_thread::yield();
  for (std::int64_t step = 1; step <= kRunSteps; ++step) {
    ASSERT_TRUE(run.stepper().step(1).is_ok());
  }
  seen.done.store(true, std::memory_order_relaxed);
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(seen.torn.load(), 0);
  EXPECT_EQ(seen.backward.load(), 0);
  EXPECT_EQ(stalled->state_hash(), expected[0]);
  EXPECT_EQ(run.stepper().last_completed().state_hash(), expected.back());
  const FrameStatistics statistics = run.stepper().statistics();
  EXPECT_EQ(statistics.completed, kRunSteps);
  EXPECT_GT(statistics.reused, kRunSteps - 20);
  if (options.readers > kRunReaders) {
    EXPECT_EQ(statistics.skipped, 0);
  }
}

TEST(TimeStepperReaders, FourReadersAndAStalledOneSeeOnlyWholeFrames) {
  const std::vector<StateHash> expected = expected_hashes();
  FrameOptions options;
  options.readers = kRunReaders + 1;  // the stalled one too
  run_with_readers(options, expected);
  options.publish_every = 3;
  run_with_readers(options, expected);
  options.publish_every = 1;
  options.readers = 0;  // more pins than slots were made for: steps are skipped, or slots added
  run_with_readers(options, expected);
  options.policy = FramePolicy::kGrow;
  run_with_readers(options, expected);
}

}  // namespace
}  // namespace quadrille
