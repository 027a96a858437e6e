#include "engine/frame_waiting.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "engine/clock.h"
#include "engine/frame_channel.h"
#include "engine/time_stepper.h"
#include "tests/engine/stepper_model.h"

namespace quadrille {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kLongNs = 20'000'000'000;  // a wake that is lost fails the test

// ---- the word alone ----

struct Waiting : testing::Test {
  WakeWord word;
  FrameWaiting waiting{word, FutexScope::kProcess};
};

TEST_F(Waiting, NobodyIsWokenUnlessSomebodyAsked) {
  waiting.notify();
  EXPECT_EQ(word.epoch.load(), 0u);
}

TEST_F(Waiting, OneThatDiedInItsSleepCostsASingleWake) {
  word.asked.store(1);  // what a killed waiter leaves behind
  waiting.notify();
  EXPECT_EQ(word.epoch.load(), 1u);
  for (int i = 0; i < 100; ++i) waiting.notify();
  EXPECT_EQ(word.epoch.load(), 1u);
}

TEST_F(Waiting, EndsAtTheDeadlineAndLooksOnceMore) {
  int looks = 0;
  const std::int64_t begin = monotonic_ns();
  const std::int64_t deadline = begin + 20'000'000;
  EXPECT_FALSE(waiting.wait(deadline, [&] { return ++looks > 100; }));
  EXPECT_GE(monotonic_ns(), deadline);
  EXPECT_EQ(looks, 2);
  EXPECT_TRUE(waiting.wait(monotonic_ns(), [&] { return ++looks == 4; }));
}

TEST_F(Waiting, ADeadlineOfLongAgoDoesNotSleep) {
  for (const std::int64_t deadline : {std::int64_t{0}, std::int64_t{1}, INT64_MIN}) {
    EXPECT_FALSE(waiting.wait(deadline, [] { return false; }));
  }
}

// The publication falls between the waiter's last look and its sleep: the hardest moment.
TEST_F(Waiting, AWakeThatComesBeforeTheSleepIsNotSleptThrough) {
  int looks = 0;
  const auto found = [&] {
    if (++looks == 3) return true;
    waiting.notify();
    return false;
  };
  EXPECT_TRUE(waiting.wait(kNoDeadline, found));
  EXPECT_EQ(word.epoch.load(), 2u);
}

// Another waiter's wake takes back what this one asked, after it asked and before it sleeps.
TEST_F(Waiting, AWakeOfOthersThatTakesTheQuestionBackIsNotSleptThrough) {
  int looks = 0;
  EXPECT_TRUE(waiting.wait(kNoDeadline, [&] {
    if (++looks == 2) return true;
    waiting.notify();  // the others': this one's question is gone with theirs
    EXPECT_EQ(word.asked.load(), 0u);
    waiting.notify();  // the publication that this one waits for wakes nobody
    return false;
  }));
  EXPECT_EQ(looks, 2);
}

// ---- with the channel ----
// Writer and waiters take turns, so that each publication must wake each of them: a wake that is
// lost stands still, and the deadline fails the test. They do until they did often enough, or, on a
// machine that has other work, for so long.

#if defined(QUADRILLE_SANITIZED)
constexpr int kRounds = 2000;
#else
constexpr int kRounds = 10000;
#endif

constexpr int kLeastRounds = 100;
constexpr std::int64_t kEnoughNs = 5'000'000'000;

void take_turns(int num_waiters, FutexScope scope) {
  constexpr FrameSlot kSlots = 4;
  FrameChannel channel(kSlots);
  WakeWord word;
  const FrameWaiting waiting(word, scope);
  channel.publish(0);
  std::atomic<int> arrived{0};
  std::atomic<bool> lost{false};
  std::atomic<int> last_round{kRounds - 1};
  std::vector<std::thread> threads;
  for (int i = 0; i < num_waiters; ++i) {
    threads.emplace_back([&] {
      FrameSlot slot = channel.acquire();
      for (int round = 0; round <= last_round.load(std::memory_order_relaxed); ++round) {
        if (lost.load(std::memory_order_relaxed)) break;
        arrived.fetch_add(1, std::memory_order_release);
        const auto superseded = [&] { return !channel.look(slot); };
        if (!waiting.wait(monotonic_ns() + kLongNs, superseded)) lost.store(true);
        channel.release(slot);
        slot = channel.acquire();
      }
      channel.release(slot);
    });
  }
  const std::int64_t enough = monotonic_ns() + kEnoughNs;
  for (int round = 0; round <= last_round.load(std::memory_order_relaxed); ++round) {
    if (lost.load(std::memory_order_relaxed)) break;
    if (round >= kLeastRounds && monotonic_ns() > enough) {
      last_round.store(round, std::memory_order_relaxed);  // seen by them behind the publication
    }
    while (arrived.load(std::memory_order_acquire) < num_waiters * (round + 1) &&
           !lost.load(std::memory_order_relaxed)) {
      std::this_thread::yield();
    }
    // Sometimes they have fallen asleep by now, sometimes they are on their way.
    for (int spin = 0; spin < round % 64; ++spin) std::this_thread::yield();
    FrameSlot next = 0;
    while (!channel.is_free(next)) next = (next + 1) % kSlots;
    channel.publish(next);
    waiting.notify();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(lost.load());
}

TEST(FrameWaiting, EveryPublicationWakesTheReaderThatWaits) { take_turns(1, FutexScope::kProcess); }
TEST(FrameWaiting, EveryPublicationWakesAllReadersThatWait) { take_turns(3, FutexScope::kProcess); }
TEST(FrameWaiting, TheWordOfSeveralProcessesWakesToo) { take_turns(2, FutexScope::kShared); }

// ---- through FrameReader ----

struct WaitingReader : testing::Test {
  std::unique_ptr<TimeStepper> make(const FrameOptions& options) {
    FrameSchema schema;
    schema.add({"count", ColumnType::kInt32, ColumnMode::kUpdated, 16, 1});
    auto created = TimeStepper::create(schema, options, [](FrameWriter&) { return Status::ok(); },
                                       *parallel, nullptr, {});
    auto made = std::move(created).value();
    made->set_passes({{"count", [](FrameWriter& frame) {
                         ++frame.column<std::int32_t>(0)[0];
                         frame.mark_changed(0, 0, 1);
                         return Status::ok();
                       }}});
    return made;
  }
  std::unique_ptr<Parallel> parallel = test::make_parallel(TaskBackend::kSerial, 1);
};

TEST_F(WaitingReader, GetsANewerFrameAtOnceAndElseKeepsItsOwnUntilTheDeadline) {
  const auto stepper = make({.readers = 1});
  const FrameReader reader = stepper->reader();
  PinnedFrame pinned;
  EXPECT_TRUE(reader.wait_next(pinned, Clock::now()));  // empty: the newest, whatever it is
  EXPECT_EQ(pinned->step(), 0);
  EXPECT_FALSE(reader.wait_next(pinned, Clock::now() + 5ms));
  EXPECT_EQ(pinned->step(), 0);
  EXPECT_TRUE(pinned);
  ASSERT_TRUE(stepper->step(1).is_ok());
  ASSERT_TRUE(stepper->step(1).is_ok());
  EXPECT_TRUE(reader.wait_next(pinned, Clock::time_point::min()));
  EXPECT_EQ(pinned->step(), 2);
}

TEST_F(WaitingReader, WaitsForAStepWithoutAPin) {
  const auto stepper = make({.readers = 1});
  const FrameReader reader = stepper->reader();
  EXPECT_FALSE(reader.wait_newer(0, Clock::now() + 5ms));
  ASSERT_TRUE(stepper->step(1).is_ok());
  EXPECT_EQ(reader.wait_newer(0, Clock::now())->step(), 1);
  EXPECT_FALSE(reader.wait_newer(1, Clock::now()));
}

// Two slots, so that a step is skipped when anybody holds the frame before it.
TEST_F(WaitingReader, HoldsNothingWhileItWaitsForAStep) {
  const auto stepper = make({.readers = 0});
  std::thread sleeper([reader = stepper->reader()] {
    const PinnedFrame frame = reader.wait_newer(0, Clock::time_point::max());
    EXPECT_EQ(frame->step(), 1);
  });
  std::this_thread::sleep_for(50ms);  // it looked long ago, and sleeps
  ASSERT_TRUE(stepper->step(1).is_ok());
  sleeper.join();
  EXPECT_EQ(stepper->statistics().skipped, 0);
}

// Never more pins than before: slots are made for one pin a reader, and no step is skipped.
TEST_F(WaitingReader, SeesEveryStepOfAWriterThatWaitsForItAndNeverHoldsTwo) {
  const auto stepper = make({.readers = 2});
  constexpr std::int64_t kSteps = kRounds / 4;
  std::atomic<std::int64_t> seen{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&seen, reader = stepper->reader(), holds = i == 0] {
      PinnedFrame pinned = reader.latest();
      seen.fetch_add(1, std::memory_order_release);
      for (std::int64_t step = 1; step <= kSteps; ++step) {
        if (holds) {
          EXPECT_TRUE(reader.wait_next(pinned, Clock::now() + 60s));
        } else {
          pinned.release();
          pinned = reader.wait_newer(step - 1, Clock::now() + 60s);
        }
        EXPECT_EQ(pinned ? pinned->step() : -1, step);
        if (!pinned || pinned->step() != step) break;
        seen.fetch_add(1, std::memory_order_release);
      }
      seen.fetch_add(2 * kSteps, std::memory_order_release);  // the end, also after a failure
    });
  }
  for (std::int64_t step = 1; step <= kSteps; ++step) {
    while (seen.load(std::memory_order_acquire) < 2 * step) std::this_thread::yield();
    ASSERT_TRUE(stepper->step(1).is_ok());
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(stepper->statistics().skipped, 0);
}

}  // namespace
}  // namespace quadrille
