#include "engine/clock.h"

#include <chrono>
#include <cmath>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace quadrille {
namespace {

TEST(TickClock, TellsTheMonotonicClocksTime) {
  const TickClock clock = TickClock::calibrate();
  double ratio = 0;
  // Another process may take the core between the two clocks' readings, so a few tries.
  for (int i = 0; i < 20 && std::fabs(ratio - 1) > 0.001; ++i) {
    const std::int64_t begin_ns = monotonic_ns(), begin = clock.ticks();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const std::int64_t end_ns = monotonic_ns(), end = clock.ticks();
    ratio = clock.to_ns(end - begin) / static_cast<double>(end_ns - begin_ns);
  }
  EXPECT_NEAR(ratio, 1, 0.001);
}

TEST(TickClock, TheMonotonicClockServesWhereNoCounterDoes) {
  const TickClock clock = TickClock::monotonic();
  EXPECT_FALSE(clock.is_counter());
  EXPECT_EQ(clock.name(), "monotonic clock");
  EXPECT_EQ(clock.ns_per_tick(), 1);
  const std::int64_t before = monotonic_ns();
  const std::int64_t ticks = clock.ticks(), ordered = clock.ordered_ticks();
  EXPECT_LE(before, ticks);
  EXPECT_LE(ticks, ordered);
  EXPECT_LE(ordered, monotonic_ns());
}

TEST(TickClock, ItsOwnCostIsKnownAndSubtracted) {
  for (const TickClock& clock : {TickClock::calibrate(), TickClock::monotonic()}) {
    EXPECT_GT(clock.ticks_cost_ns(), 0);
    EXPECT_GT(clock.ordered_cost_ns(), 0);
    const auto second = static_cast<std::int64_t>(1e9 / clock.ns_per_tick());
    EXPECT_NEAR(static_cast<double>(clock.between(5, 5 + second)), 1e9 - clock.ticks_cost_ns(), 2);
    EXPECT_NEAR(static_cast<double>(clock.between_ordered(5, 5 + second)),
                1e9 - clock.ordered_cost_ns(), 2);
    EXPECT_EQ(clock.between(7, 7), 0);
    EXPECT_EQ(clock.between(7, 3), 0);
  }
}

TEST(TickClock, NeverRunsBackwardsOnAnyThread) {
  const TickClock clock = TickClock::calibrate();
  std::vector<std::thread> threads;
  std::vector<int> backwards(4);
  for (int& count : backwards) {
    threads.emplace_back([&clock, &count] {
      std::int64_t last = clock.ordered_ticks();
      for (int i = 0; i < 20000; ++i) {
        const std::int64_t now = clock.ordered_ticks();
        count += now < last;
        last = now;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(backwards, std::vector<int>(4));
}

}  // namespace
}  // namespace quadrille
