// Readers in other processes: what they see, and what their deaths cost. QUADRILLE_LONG=1: many
// more deaths.
#include <quadrille/frame_watcher.h>

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <fcntl.h>

#include "engine/shared_frames.h"
#include "tests/engine/reader_steps.h"
#include "tests/engine/shared_run.h"

namespace quadrille {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using namespace test;

struct FrameWatcherTest : SharedRunTest {};

// ---- what a watcher sees ----

TEST_F(FrameWatcherTest, ARunThatHasNotSetUpItsMemoryIsNotFoundAsYet) {
  for (const std::uint64_t bytes : {0u, 1u << 20}) {
    auto file = SharedFile::create(name, bytes);
    ASSERT_TRUE(file.is_ok()) << file.status().message();
    const Status status = FrameWatcher::open(name).status();
    EXPECT_EQ(status.code(), StatusCode::kNotFound) << bytes << " bytes: " << status.message();
  }
}

TEST_F(FrameWatcherTest, ARunThatSetsUpItsMemoryMeanwhileIsWatchedOrNotFound) {
  Process runs([this] {
    for (;;) {
      if (!try_share({}).is_ok()) return 1;
      stepper.reset();
    }
  });
  for (int i = 0; i < 500; ++i) {
    const Status status = FrameWatcher::open(name).status();
    ASSERT_TRUE(status.is_ok() || status.code() == StatusCode::kNotFound) << status.message();
  }
  EXPECT_EQ(runs.end(SIGTERM), -SIGTERM);
}

TEST_F(FrameWatcherTest, AWatcherReadsTheFramesWhereTheyLie) {
  share({.readers = 1});
  FrameWatcher watcher = watch();
  EXPECT_EQ(watcher.schema()[0].name, "step");
  EXPECT_EQ(watcher.title(), "a test? of sharing");
  EXPECT_EQ(watcher.process(), getpid());
  EXPECT_FALSE(watcher.frame().is_valid());
  EXPECT_EQ(watcher.frame_age_ns(), 0);
  EXPECT_EQ(watcher.latest().step(), 0);
  step(3);
  EXPECT_EQ(watcher.frame().step(), 0);
  EXPECT_TRUE(watcher.refresh());
  EXPECT_EQ(watcher.frame().step(), 3);
  EXPECT_EQ(watcher.frame().time(), 3.0);
  EXPECT_EQ(watcher.frame().state_hash(), stepper->last_completed().state_hash());
  EXPECT_GT(watcher.frame_age_ns(), 0);
  EXPECT_EQ(watcher.counts().completed, 3);
  EXPECT_EQ(watcher.counts().published, 3);
  EXPECT_EQ(watcher.counts().skipped, 0);
  EXPECT_EQ(watcher.state(), RunState::kRunning);
  EXPECT_FALSE(watcher.wait_next(Clock::now() + 2ms));
  const std::vector<PinnedSlot> pinned = stepper->pinned_slots();
  ASSERT_EQ(pinned.size(), 1u);
  EXPECT_EQ(pinned[0].holders(), "watcher");
}

TEST_F(FrameWatcherTest, TheFramesAreReadOnlyForAWatcher) {
  share({});
  FrameWatcher watcher = watch();
  const auto* data = watcher.latest().column<std::int64_t>(0).data();
  Process writer([data] {
    signal(SIGSEGV, SIG_DFL);
    const_cast<volatile std::int64_t*>(data)[0] = 1;
    return 0;
  });
  EXPECT_NE(writer.end(0), 0);
}

TEST_F(FrameWatcherTest, AFrameIsHeldBeyondTheEndOfTheRunWhichIsTold) {
  share({});
  step(2);
  FrameWatcher watcher = watch();
  watcher.latest();
  stepper.reset();
  EXPECT_EQ(watcher.state(), RunState::kEnded);
  EXPECT_TRUE(is_whole(watcher.frame()));
  EXPECT_EQ(watcher.frame().step(), 2);
  EXPECT_FALSE(watcher.wait_next(Clock::time_point::max()));
  const Status status = FrameWatcher::open(name).status();
  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "no run is shared as '" + name + "'");
  EXPECT_NE(access(path_of(name).c_str(), F_OK), 0) << "the name is gone";
}

TEST_F(FrameWatcherTest, AWatcherThatSleepsIsWokenByEachFrameAndByTheEnd) {
  share({.readers = 1});
  SharedTally tally;
  constexpr std::int64_t kSteps = 300;
  Process child([&] {
    FrameWatcher watcher = watch();
    watcher.latest();
    tally->ready.store(1, std::memory_order_release);
    for (std::int64_t step = 1; step <= kSteps; ++step) {
      if (!watcher.wait_next(Clock::now() + 20s)) return 1;
      if (watcher.frame().step() != step || !is_whole(watcher.frame())) return 2;
      tally->ready.store(step + 1, std::memory_order_release);
    }
    return watcher.wait_next(Clock::now() + 20s) || watcher.state() != RunState::kEnded ? 3 : 0;
  });
  for (std::int64_t i = 1; i <= kSteps; ++i) {
    wait_for(tally->ready, i);
    step();
  }
  wait_for(tally->ready, kSteps + 1);
  std::this_thread::sleep_for(20ms);  // it sleeps, or is about to
  stepper.reset();
  EXPECT_EQ(child.end(0), 0);
}

// ---- deaths ----

// A watcher that takes its steps one at a time.
class RawWatcher {
 public:
  explicit RawWatcher(const std::string& name) : file_(SharedFile::open(name).value()) {
    SharedHeader header = {};
    file_.read(0, std::as_writable_bytes(std::span(&header, 1)));
    const SharedLayout at(header.shape);
    control_ = file_.map(0, static_cast<std::size_t>(at.control_bytes), true).value();
    ReaderTable table(reinterpret_cast<ReaderRecord*>(control_.base() + at.records),
                      static_cast<int>(header.shape.num_readers));
    int place = 0;
    while (!file_.try_lock(kFirstReaderLock + place) ||
           !table.claim(place, ReaderOwner::kOtherProcess, "raw", process_id())) {
      ++place;
    }
    const ChannelMemory memory = {reinterpret_cast<ChannelWord*>(control_.base() + at.word),
                                  reinterpret_cast<ChannelSlot*>(control_.base() + at.slots)};
    steps = std::make_unique<ReaderSteps>(ChannelReader(memory), table.place(place));
  }
  std::unique_ptr<ReaderSteps> steps;

 private:
  SharedFile file_;
  SharedMapping control_;
};

TEST_F(FrameWatcherTest, WhateverStepAWatcherDiesAtItsSlotComesBack) {
  for (int died_after = 0; died_after < ReaderSteps::kNumSteps; ++died_after) {
    SCOPED_TRACE(died_after);
    share({.readers = 1});
    Process([&] {
      RawWatcher watcher(name);
      watcher.steps->advance_to(died_after);
      _exit(0);
      return 0;
    }).end(0);
    step(4);
    EXPECT_EQ(stepper->statistics().skipped, 0);
    expect_all_slots_back();
    const FrameStatistics counts = stepper->statistics();
    EXPECT_EQ(counts.lost_readers, 1);
    EXPECT_EQ(counts.reclaimed, died_after == 2 || died_after == 3 ? 1 : 0);
    stepper.reset();
  }
}

// A slot less than needed: the dead one's is taken back as soon as the writer lacks it.
TEST_F(FrameWatcherTest, ASlotThatIsLackingIsTakenBackAtOnce) {
  share({.readers = 0});
  Process([&] {
    RawWatcher watcher(name);
    watcher.steps->advance_to(3);
    _exit(0);
    return 0;
  }).end(0);
  step(10);
  EXPECT_LE(stepper->statistics().skipped, 1);
  EXPECT_EQ(stepper->statistics().reclaimed, 1);
}

TEST_F(FrameWatcherTest, AWatcherThatIsStoppedCostsItsSlotAndIsNamed) {
  share({.readers = 1, .stall_after_s = 0.05});
  SharedTally tally;
  Process child([&] {
    FrameWatcher watcher = watch("sleepy");
    watcher.latest();
    tally->ready.store(1, std::memory_order_release);
    raise(SIGSTOP);
    const bool whole = is_whole(watcher.frame()) && watcher.frame().step() == 0;
    watcher.latest();
    return whole && is_whole(watcher.frame()) ? 0 : 1;
  });
  wait_for(tally->ready, 1);
  child.wait_until_stopped();
  const auto end = Clock::now() + 300ms;
  while (Clock::now() < end) step();
  const FrameStatistics counts = stepper->statistics();
  EXPECT_EQ(counts.skipped, 0) << "slots are there for one reader";
  EXPECT_EQ(counts.stalled, 1);
  EXPECT_EQ(counts.lost_readers, 0) << "it lives";
  ASSERT_EQ(stepper->stalls().size(), 1u);
  EXPECT_EQ(stepper->stalls()[0].holders(), "sleepy");
  child.signal(SIGCONT);
  EXPECT_EQ(child.end(0), 0);
  expect_all_slots_back();
}

TEST_F(FrameWatcherTest, PlacesOfTheDeadAreFreeAgain) {
  share({.readers = 2, .max_registered = 2});
  FrameWatcher living = watch();
  {
    const FrameWatcher other = watch();
    EXPECT_EQ(FrameWatcher::open(name).status().code(), StatusCode::kUnsupported);
  }
  for (int i = 0; i < 5; ++i) {
    Process([&] {
      const FrameWatcher watcher = watch();
      _exit(0);
      return 0;
    }).end(0);
    std::this_thread::sleep_for(110ms);  // the writer looks every 0.1 s
    step();
  }
  EXPECT_EQ(stepper->statistics().lost_readers, 5);
}

TEST_F(FrameWatcherTest, AnonymousAndRegisteredReadersOfTheRunItselfReadTheSameFrames) {
  share({.readers = 3});
  FrameWatcher watcher = watch();
  auto registered = std::move(stepper->register_reader("inside")).value();
  const PinnedFrame anonymous = stepper->reader().latest();
  step(2);
  EXPECT_EQ(watcher.latest().step(), 2);
  EXPECT_EQ(registered.latest().step(), 2);
  EXPECT_EQ(anonymous->step(), 0);
  EXPECT_TRUE(is_whole(*anonymous));
}

// Watchers read as fast as they can and are killed at random moments, while the writer goes on. No
// frame is torn, no slot is lost, and the memory stays what it was.
TEST_F(FrameWatcherTest, WatchersThatAreKilledAnywhereTearNothingAndLoseNoSlot) {
  const int deaths = std::getenv("QUADRILLE_LONG") != nullptr ? 10000 : 100;
  constexpr int kWatchers = 3;
  share({.readers = kWatchers});
  SharedTally tally;
  const std::size_t memory = budget.used();
  const int slots = stepper->statistics().slots;
  const auto spawn = [&] {
    return Process([&] {
      auto opened = FrameWatcher::open(name, "mortal");
      if (!opened.is_ok()) return 1;
      FrameWatcher watcher = std::move(opened).value();
      tally->ready.fetch_add(1, std::memory_order_release);
      for (;;) {
        if (!is_whole(watcher.latest())) tally->torn.fetch_add(1, std::memory_order_relaxed);
        if (!is_whole(watcher.frame())) tally->torn.fetch_add(1, std::memory_order_relaxed);
        tally->frames.fetch_add(1, std::memory_order_relaxed);
        if (tally->frames.load(std::memory_order_relaxed) % 5 == 0) watcher.release();
      }
      return 0;
    });
  };
  std::vector<Process> watchers;
  for (int i = 0; i < kWatchers; ++i) watchers.push_back(spawn());
  std::mt19937 random(3);
  for (int i = 0; i < deaths; ++i) {
    Process& victim = watchers[static_cast<std::size_t>(i) % kWatchers];
    const std::int64_t end = monotonic_ns() + static_cast<std::int64_t>(random() % 1'000'000);
    const std::int64_t give_up = end + 20'000'000'000;
    const std::int64_t seen = tally->frames.load(std::memory_order_relaxed) + i % 4;
    do step();
    while (monotonic_ns() < end ||
           (tally->frames.load(std::memory_order_relaxed) < seen && monotonic_ns() < give_up));
    EXPECT_EQ(victim.end(SIGKILL), -SIGKILL);
    victim = spawn();
  }
  for (Process& each : watchers) each.end(SIGKILL);
  expect_all_slots_back();
  EXPECT_EQ(tally->torn.load(), 0);
  EXPECT_GT(tally->frames.load(), deaths / 10);
  const FrameStatistics counts = stepper->statistics();
  EXPECT_GT(counts.lost_readers, deaths / 10);
  EXPECT_GT(counts.reclaimed, 0);
  EXPECT_EQ(counts.slots, slots);
  EXPECT_EQ(budget.used(), memory);
}
}  // namespace
}  // namespace quadrille
