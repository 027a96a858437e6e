// Readers beside a running scene: each hashes every frame that it acquires, and what it saw must be
// what a second run, which publishes nothing and has no reader, completed in that step.
// QUADRILLE_LONG=1: ten times the rounds.

#include <quadrille/simulation.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <set>
#include <span>
#include <thread>

#include <gtest/gtest.h>

#include "tests/scenes/scene_inputs.h"

namespace quadrille {
namespace {

// Long and narrow, so that the wave has tens of thousands of short steps.
#if defined(__SANITIZE_THREAD__) || defined(QUADRILLE_SANITIZED)
constexpr NodeID kRows = 8'000, kColumns = 8;  // 64,000 nodes
#else
constexpr NodeID kRows = 50'000, kColumns = 20;  // 1,000,000 nodes
#endif
constexpr int kSteps = kRows + kColumns - 2;  // to the farthest corner
constexpr int kReaders = 4;
constexpr int kFramesSeen = 300;          // by each reader, of different steps
constexpr int kTimesReused = kSteps / 8;  // each slot, on average

int rounds() { return std::getenv("QUADRILLE_LONG") != nullptr ? 10 : 1; }

using Hashes = std::map<std::int64_t, StateHash>;  // by step

// Hashes every frame when it is acquired, and once more before it is let go.
struct Watcher {
  Hashes seen;
  std::int64_t changed = 0;    // while it was held
  std::int64_t backwards = 0;  // an older step than the one before
  std::atomic<int> num_seen{0};
  std::thread thread;

  void watch(const FrameReader& reader, const std::atomic<bool>& stop) {
    PinnedFrame frame = reader.latest();
    const auto stopped = [&] { return stop.load(std::memory_order_relaxed); };
    while (!stopped()) {
      const std::int64_t step = frame->step();
      const StateHash hash = frame->state_hash();
      seen.emplace(step, hash);
      num_seen.fetch_add(1, std::memory_order_relaxed);
      num_seen.notify_one();
      while (!stopped() && reader.is_latest(frame) && frame->step() == step) {
        std::this_thread::sleep_for(std::chrono::microseconds(20));
      }
      if (!(frame->state_hash() == hash) || frame->step() != step) ++changed;
      reader.refresh(frame);
      if (frame->step() < step) ++backwards;
    }
  }
};

SimulationOptions one_thread(PublishMode publish, int readers) {
  SimulationOptions options;
  options.backend = "threads";
  options.num_threads = 1;
  options.publish = publish;
  options.readers = readers;
  return options;
}

// Runs at full speed, but never so far ahead that a reader could miss its share of the steps.
void run_watched(Simulation& simulation, std::span<const Watcher> watchers) {
  for (std::int64_t step = 0; !simulation.finished(); ++step) {
    const std::int64_t due = step * kFramesSeen / kSteps;
    for (const Watcher& watcher : watchers) {
      for (int seen; (seen = watcher.num_seen.load(std::memory_order_relaxed)) < due;) {
        watcher.num_seen.wait(seen, std::memory_order_relaxed);
      }
    }
    const Status status = simulation.step();
    EXPECT_TRUE(status.is_ok()) << status.message();
    if (!status.is_ok()) break;
  }
}

// The hashes of these steps, where nobody reads and every step goes on in the same memory.
Hashes hashes_of(const std::set<std::int64_t>& steps, SceneInput input) {
  auto created = Simulation::create("bfs", std::move(input), one_thread(PublishMode::kNever, 0));
  EXPECT_TRUE(created.is_ok()) << created.status().message();
  if (!created.is_ok()) return {};
  Simulation& simulation = created.value();
  Hashes hashes;
  for (bool more = true; more;) {
    const Frame& last = simulation.last_completed();
    if (steps.contains(last.step())) hashes[last.step()] = last.state_hash();
    more = !simulation.finished() && simulation.step().is_ok();
  }
  return hashes;
}

TEST(Readers, FourThatHashEachFrameOfARunningSceneSeeNoTornOne) {
  for (int round = 0; round < rounds(); ++round) {
    auto created = Simulation::create("bfs", test::lattice_graph(kRows, kColumns),
                                      one_thread(PublishMode::kEvery, kReaders));
    ASSERT_TRUE(created.is_ok()) << created.status().message();
    Simulation simulation = std::move(created).value();

    std::atomic<bool> stop{false};
    std::vector<Watcher> watchers(kReaders);
    for (Watcher& watcher : watchers) {
      watcher.thread = std::thread(
          [&watcher, &stop, reader = simulation.reader()] { watcher.watch(reader, stop); });
    }
    run_watched(simulation, watchers);
    stop.store(true, std::memory_order_relaxed);
    for (Watcher& watcher : watchers) watcher.thread.join();

    const FrameStatistics frames = simulation.frame_statistics();
    EXPECT_EQ(simulation.last_completed().step(), kSteps + 1);  // the last one reaches nobody
    EXPECT_EQ(frames.published, kSteps + 1);
    EXPECT_EQ(frames.skipped, 0);
    EXPECT_GE(frames.reused, std::int64_t{kTimesReused} * frames.slots);

    std::set<std::int64_t> steps;
    for (const Watcher& watcher : watchers) {
      for (const auto& [step, hash] : watcher.seen) steps.insert(step);
    }
    const Hashes completed = hashes_of(steps, std::move(simulation).take_input());
    for (const Watcher& watcher : watchers) {
      EXPECT_EQ(watcher.changed, 0);
      EXPECT_EQ(watcher.backwards, 0);
      EXPECT_GE(std::ssize(watcher.seen), kFramesSeen);
      std::int64_t torn = 0, first_torn = -1;
      for (const auto& [step, hash] : watcher.seen) {
        const auto expected = completed.find(step);
        if (expected != completed.end() && expected->second == hash) continue;
        if (torn++ == 0) first_torn = step;
      }
      EXPECT_EQ(torn, 0) << "of " << watcher.seen.size() << " frames, first step " << first_torn;
    }
  }
}

TEST(Readers, AHeldFrameNeverChangesWhileTheSceneRunsOn) {
  SimulationOptions options;
  options.readers = 1;
  auto created = Simulation::create("bfs", test::grid_graph(100), options);
  ASSERT_TRUE(created.is_ok()) << created.status().message();
  Simulation simulation = std::move(created).value();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(simulation.step().is_ok());
  const PinnedFrame held = simulation.reader().latest();
  const StateHash hash = held->state_hash();
  EXPECT_EQ(held->step(), 20);
  while (!simulation.finished()) ASSERT_TRUE(simulation.step().is_ok());
  EXPECT_EQ(held->state_hash(), hash);
  EXPECT_EQ(held->step(), 20);
  EXPECT_FALSE(simulation.reader().is_latest(held));
}

TEST(Readers, TwoSimulationsInOneProcessDoNotDisturbEachOther) {
  auto alone = Simulation::create("bfs", test::grid_graph(64), {});
  auto first = Simulation::create("bfs", test::grid_graph(64), {});
  auto second = Simulation::create("components", test::random_graph(5000, 3), {});
  ASSERT_TRUE(alone.is_ok() && first.is_ok() && second.is_ok());
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(alone.value().step().is_ok());
  std::thread other([&] {
    while (!second.value().finished()) EXPECT_TRUE(second.value().step().is_ok());
  });
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(first.value().step().is_ok());
  other.join();
  EXPECT_EQ(first.value().last_completed().state_hash(),
            alone.value().last_completed().state_hash());
}

}  // namespace
}  // namespace quadrille
