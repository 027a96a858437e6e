// Registered readers through the stepper: their names in reports, stalls, and threads that die.
#include <quadrille/registered_reader.h>

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "engine/time_stepper.h"
#include "tests/engine/stepper_model.h"

namespace quadrille {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct RegisteredReaderTest : testing::Test {
  void make(const FrameOptions& options) {
    FrameSchema schema;
    schema.add({"count", ColumnType::kInt32, ColumnMode::kUpdated, 16, 1});
    Hooks hooks;
    hooks.log = {&log, [](void* context, LogLevel level, std::string_view text) {
                   if (level != LogLevel::kWarning) return;
                   static_cast<std::vector<std::string>*>(context)->emplace_back(text);
                 }};
    auto created = TimeStepper::create(
        schema, options, [](FrameWriter&) { return Status::ok(); }, *parallel, nullptr, hooks);
    ASSERT_TRUE(created.is_ok()) << created.status().message();
    stepper = std::move(created).value();
    stepper->set_passes({{"count", [](FrameWriter& frame) {
                            ++frame.column<std::int32_t>(0)[0];
                            frame.mark_changed(0, 0, 1);
                            return Status::ok();
                          }}});
  }
  RegisteredReader join(std::string_view label) {
    auto reader = stepper->register_reader(label);
    EXPECT_TRUE(reader.is_ok()) << reader.status().message();
    return std::move(reader).value();
  }
  void step(int times = 1) {
    for (int i = 0; i < times; ++i) ASSERT_TRUE(stepper->step(1).is_ok());
  }

  std::vector<std::string> log;  // warnings
  std::unique_ptr<Parallel> parallel = test::make_parallel(TaskBackend::kSerial, 1);
  std::unique_ptr<TimeStepper> stepper;
};

TEST_F(RegisteredReaderTest, HoldsOneFrameAndGivesItBackWhenItTakesTheNext) {
  make({.readers = 1});
  RegisteredReader reader = join("plotter");
  EXPECT_FALSE(reader.frame().is_valid());
  EXPECT_EQ(reader.latest().step(), 0);
  EXPECT_FALSE(reader.refresh());
  step(5);
  EXPECT_EQ(reader.frame().step(), 0);
  EXPECT_EQ(reader.frame().column<std::int32_t>(0)[0], 0);
  EXPECT_TRUE(reader.refresh());
  EXPECT_EQ(reader.frame().step(), 5);
  EXPECT_FALSE(reader.wait_next(Clock::now() + 2ms));
  EXPECT_EQ(reader.frame().step(), 5);
  step(20);
  EXPECT_TRUE(reader.wait_next(Clock::now()));
  EXPECT_EQ(reader.frame().step(), 25);
  reader.release();
  EXPECT_FALSE(reader.frame().is_valid());
  EXPECT_EQ(stepper->statistics().skipped, 0);
  EXPECT_TRUE(stepper->pinned_slots().empty());
}

TEST_F(RegisteredReaderTest, SleepsUntilAFrameComes) {
  make({.readers = 1});
  RegisteredReader reader = join("sleeper");
  reader.latest();
  std::thread sleeper([&] { EXPECT_TRUE(reader.wait_next(Clock::now() + 20s)); });
  std::this_thread::sleep_for(20ms);
  step();
  sleeper.join();
  EXPECT_EQ(reader.frame().step(), 1);
}

TEST_F(RegisteredReaderTest, PlacesAreLimitedAndComeBack) {
  make({.max_registered = 2});
  RegisteredReader first = join("first");
  {
    const RegisteredReader second = join("second");
    EXPECT_EQ(stepper->register_reader("third").status().code(), StatusCode::kUnsupported);
  }
  RegisteredReader third = join("third");
  RegisteredReader moved = std::move(third);
  EXPECT_EQ(third.id(), ReaderID());  // NOLINT: that is what is tested
  EXPECT_EQ(third.latest().is_valid(), false);
  EXPECT_EQ(moved.latest().step(), 0);
  moved = std::move(first);
  EXPECT_FALSE(moved.frame().is_valid());
  EXPECT_TRUE(stepper->pinned_slots().empty());
  join("fourth");
}

TEST_F(RegisteredReaderTest, PinnedSlotsTellWhoHoldsWhatAndForHowLong) {
  make({.readers = 5});
  RegisteredReader plotter = join("plotter"), recorder = join("recorder");
  plotter.latest();
  recorder.latest();
  const PinnedFrame anonymous = stepper->reader().latest();
  step(3);
  const PinnedFrame newest = stepper->reader().latest();
  std::vector<PinnedSlot> pinned = stepper->pinned_slots();
  ASSERT_EQ(pinned.size(), 2u);
  if (pinned[0].step != 0) std::swap(pinned[0], pinned[1]);
  EXPECT_EQ(pinned[0].step, 0);
  EXPECT_EQ(pinned[0].pins, 3);
  EXPECT_EQ(pinned[0].age_frames, 3);
  EXPECT_GT(pinned[0].age_ns, 0);
  EXPECT_EQ(pinned[0].holders(), "plotter, recorder, 1 anonymous");
  EXPECT_EQ(pinned[1].step, 3);
  EXPECT_EQ(pinned[1].age_frames, 0);
  EXPECT_EQ(pinned[1].age_ns, 0);
  EXPECT_EQ(pinned[1].holders(), "1 anonymous");
}

TEST_F(RegisteredReaderTest, TheTextOfHoldersEndsWhereItsRoomEnds) {
  make({.readers = 8});
  std::vector<RegisteredReader> readers;
  for (int i = 0; i < 8; ++i) readers.push_back(join(std::string(39, static_cast<char>('a' + i))));
  for (RegisteredReader& reader : readers) reader.latest();
  const std::vector<PinnedSlot> pinned = stepper->pinned_slots();
  ASSERT_EQ(pinned.size(), 1u);
  EXPECT_EQ(pinned[0].pins, 8);
  EXPECT_EQ(pinned[0].holders().size(), kHolderTextBytes - 1);
}

TEST_F(RegisteredReaderTest, AStallIsReportedOnceWithItsHolderAndEnds) {
  make({.readers = 2, .stall_after_s = 0.02});
  RegisteredReader reader = join("plotter");
  reader.latest();
  step(2);
  EXPECT_EQ(stepper->statistics().stalled, 0) << "not yet";
  const auto step_for = [&](std::chrono::milliseconds time) {
    const auto end = Clock::now() + time;
    while (Clock::now() < end) {
      step();
      std::this_thread::sleep_for(1ms);
    }
  };
  step_for(250ms);
  FrameStatistics counts = stepper->statistics();
  EXPECT_EQ(counts.stalled, 1);
  EXPECT_GE(counts.longest_stall_ns, 100'000'000);
  EXPECT_EQ(counts.skipped, 0) << "its slot is all that it costs";
  ASSERT_EQ(log.size(), 1u);
  EXPECT_NE(log[0].find("step 0 is still held"), std::string::npos) << log[0];
  EXPECT_NE(log[0].find("by plotter"), std::string::npos) << log[0];
  ASSERT_EQ(stepper->stalls().size(), 1u);
  EXPECT_EQ(stepper->stalls()[0].step, 0);
  EXPECT_EQ(stepper->stalls()[0].holders(), "plotter");
  EXPECT_EQ(stepper->stalls()[0].age_ns, counts.longest_stall_ns);
  EXPECT_GT(stepper->stalls()[0].age_frames, 10);

  reader.latest();  // it goes on, and stalls again
  step_for(250ms);
  EXPECT_EQ(stepper->statistics().stalled, 2);
  EXPECT_EQ(log.size(), 2u);
  reader.release();
  const std::int64_t longest = stepper->statistics().longest_stall_ns;
  step_for(150ms);
  EXPECT_EQ(stepper->statistics().stalled, 2);
  EXPECT_EQ(stepper->statistics().longest_stall_ns, longest);
}

TEST_F(RegisteredReaderTest, AReaderOfTheNewestFrameDoesNotStall) {
  make({.readers = 1, .stall_after_s = 0});
  RegisteredReader reader = join("patient");
  reader.latest();
  std::this_thread::sleep_for(120ms);
  ASSERT_TRUE(stepper->publish_now().is_ok());
  EXPECT_EQ(stepper->statistics().stalled, 0);
}

// The thread is gone, and its reader was never destroyed: the pin stays, until it is declared dead.
TEST_F(RegisteredReaderTest, WhatAThreadHeldThatDiedWithItsPinComesBack) {
  make({.publish_every = 1, .readers = 0, .reclaimable = true});
  alignas(RegisteredReader) std::byte memory[sizeof(RegisteredReader)];
  auto* reader = new (memory) RegisteredReader(join("mayfly"));
  const ReaderID id = reader->id();
  std::thread([&] { reader->latest(); }).join();
  step(10);
  EXPECT_EQ(stepper->statistics().skipped, 10) << "two slots, and one is held";
  ASSERT_TRUE(stepper->reclaim(id).is_ok());
  step(10);
  const FrameStatistics counts = stepper->statistics();
  EXPECT_EQ(counts.skipped, 10);
  EXPECT_EQ(counts.published, 10);
  EXPECT_EQ(counts.lost_readers, 1);
  EXPECT_EQ(counts.reclaimed, 1);
  EXPECT_EQ(counts.slots, 2);
  // It turns out to be alive, at least enough to be destroyed: no harm is done.
  EXPECT_FALSE(reader->is_registered());
  EXPECT_FALSE(reader->latest().is_valid());
  EXPECT_FALSE(reader->wait_next(Clock::now() + 20s));
  RegisteredReader heir = join("heir");
  EXPECT_EQ(heir.latest().step(), 20);
  std::destroy_at(reader);
  EXPECT_TRUE(heir.is_registered());
  heir.release();
  step(5);
  EXPECT_EQ(stepper->statistics().skipped, 10);
}

TEST_F(RegisteredReaderTest, OptionsThatCannotBeAreRefused) {
  for (const FrameOptions& options :
       {FrameOptions{.max_registered = -1}, FrameOptions{.max_registered = 1025},
        FrameOptions{.stall_after_s = -1}, FrameOptions{.stall_after_s = std::nan("")}}) {
    FrameSchema schema;
    const auto created = TimeStepper::create(
        schema, options, [](FrameWriter&) { return Status::ok(); }, *parallel, nullptr, {});
    EXPECT_EQ(created.status().code(), StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace quadrille
