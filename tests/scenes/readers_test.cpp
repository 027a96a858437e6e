// Readers beside a running scene: each hashes every frame that it acquires, and what it saw must be
// what the writer completed. QUADRILLE_LONG=1: ten times the rounds.

#include <quadrille/simulation.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <thread>

#include <gtest/gtest.h>

#include "tests/scenes/scene_inputs.h"

namespace quadrille {
namespace {

#if defined(__SANITIZE_THREAD__) || defined(QUADRILLE_SANITIZED)
constexpr NodeID kSide = 253;  // 64,009 nodes
#else
constexpr NodeID kSide = 1000;  // 1,000,000 nodes, 1,999 levels
#endif
constexpr int kReaders = 4;

int rounds() { return std::getenv("QUADRILLE_LONG") != nullptr ? 10 : 1; }

using Seen = std::map<std::int64_t, StateHash>;  // by step

void watch(FrameReader reader, const std::atomic<bool>& stop, Seen& seen, std::int64_t& torn) {
  while (!stop.load(std::memory_order_relaxed)) {
    const PinnedFrame frame = reader.latest();
    const StateHash hash = frame->state_hash();
    const auto [place, fresh] = seen.try_emplace(frame->step(), hash);
    if (!fresh && !(place->second == hash)) ++torn;
  }
}

TEST(Readers, FourThatHashEachFrameOfARunningSceneSeeNoTornOne) {
  std::int64_t reused = 0, checked = 0;
  for (int round = 0; round < rounds(); ++round) {
    SimulationOptions options;
    options.backend = "threads";
    options.num_threads = 1;
    options.readers = kReaders;
    auto created = Simulation::create("bfs", test::grid_graph(kSide), options);
    ASSERT_TRUE(created.is_ok()) << created.status().message();
    Simulation simulation = std::move(created).value();

    std::atomic<bool> stop{false};
    std::vector<Seen> seen(kReaders);
    std::vector<std::int64_t> torn(kReaders);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kReaders; ++i) {
      threads.emplace_back([&, i] { watch(simulation.reader(), stop, seen[i], torn[i]); });
    }
    Seen written{{0, simulation.last_completed().state_hash()}};
    while (!simulation.finished()) {
      const Status status = simulation.step();
      EXPECT_TRUE(status.is_ok()) << status.message();
      if (!status.is_ok()) break;
      const Frame& last = simulation.last_completed();
      if (last.step() % 16 == 0 || simulation.finished()) written[last.step()] = last.state_hash();
    }
    stop.store(true, std::memory_order_relaxed);
    for (std::thread& thread : threads) thread.join();

    for (std::size_t i = 0; i < kReaders; ++i) {
      EXPECT_EQ(torn[i], 0);
      for (const auto& [step, hash] : seen[i]) {
        const auto found = written.find(step);
        if (found == written.end()) continue;
        EXPECT_EQ(hash, found->second) << "step " << step;
        ++checked;
      }
    }
    EXPECT_EQ(simulation.frame_statistics().skipped, 0);
    reused += simulation.frame_statistics().reused;
  }
  EXPECT_GT(checked, 0);
  EXPECT_GT(reused, kSide / 2);
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
