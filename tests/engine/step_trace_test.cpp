// What the stepper, the workers and arenas record in a trace.
#include "engine/step_trace.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/arena_trace.h"
#include "engine/time_stepper.h"
#include "engine/traced_parallel.h"
#include "tests/engine/stepper_model.h"
#include "tests/engine/trace_text.h"

namespace quadrille {
namespace {

using test::read_all;
using test::sentence;

class TracedStepper : public testing::Test {
 protected:
  void create(FrameOptions options, std::vector<Pass> passes) {
    options.trace = trace.get();
    FrameSchema schema;
    schema.add({.name = "count", .type = ColumnType::kInt32, .size = 100});
    stepper = TimeStepper::create(schema, options, [](FrameWriter&) { return Status::ok(); },
                                  *parallel, &budget, {})
                  .value();
    stepper->set_passes(std::move(passes));
  }
  static Pass counting_pass(std::string name) {
    return {std::move(name), [](FrameWriter& frame) {
              for (std::int32_t& value : frame.column<std::int32_t>(0)) ++value;
              frame.mark_all(0);
              return Status::ok();
            }};
  }
  std::string frames() const { return sentence(*trace, read_all(*trace).at(0).events, "frame"); }

  MemoryBudget budget;
  std::unique_ptr<Trace> trace = Trace::create({.max_threads = 4}).value();
  std::unique_ptr<Parallel> parallel = test::make_parallel(TaskBackend::kSerial, 1);
  std::unique_ptr<TimeStepper> stepper;
};

TEST_F(TracedStepper, ShowsTheStepsOfAFrameInTheirOrder) {
  create({}, {counting_pass("gather"), counting_pass("move")});
  ASSERT_TRUE(stepper->step(1).is_ok());
  ASSERT_TRUE(stepper->step(1).is_ok());
  const std::string all = sentence(*trace, read_all(*trace).at(0).events);
  EXPECT_EQ(all,
            "frame(begin(catch up) gather move complete publish catch-up# memory#) "
            "frame(begin(catch up) gather move complete publish)");
  const auto events = read_all(*trace).at(0).events;
  EXPECT_EQ(events.at(0).value, 1);  // the frame's step
}

TEST_F(TracedStepper, ShowsWhatAPassRecordsWithinIt) {
  const TraceName inner = trace->name("inner", "mine");
  create({}, {{"outer", [&](FrameWriter& frame) {
                 const TraceSpan span(frame.trace_track(), inner);
                 frame.trace_track()->instant(inner);
                 return Status::ok();
               }}});
  ASSERT_TRUE(stepper->step(1).is_ok());
  EXPECT_NE(sentence(*trace, read_all(*trace).at(0).events).find("outer(inner(inner!))"),
            std::string::npos);
}

TEST_F(TracedStepper, ShowsSkippedFramesAndHowMany) {
  FrameOptions options;
  options.readers = 0;
  create(options, {counting_pass("count")});
  const PinnedFrame held = stepper->reader().latest();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(stepper->step(1).is_ok());
  ASSERT_EQ(stepper->statistics().skipped, 2);
  EXPECT_NE(frames().find("publish(skip! skipped frames#)"), std::string::npos) << frames();
  std::int64_t skipped = 0;
  const TraceName counter = trace->name("skipped frames", "frame", "frames");
  const TraceThreadEvents thread = read_all(*trace).at(0);
  for (const TraceEvent& event : thread.events) {
    if (event.name == counter) skipped = event.value;
  }
  EXPECT_EQ(skipped, 2);
}

TEST_F(TracedStepper, ShowsHowLongItWaitedForAReader) {
  FrameOptions options;
  options.readers = 0;
  options.policy = FramePolicy::kWait;
  options.wait_s = 0.001;
  create(options, {counting_pass("count")});
  const PinnedFrame held = stepper->reader().latest();
  ASSERT_TRUE(stepper->step(1).is_ok());
  EXPECT_NE(frames().find("publish(wait for a reader skip!"), std::string::npos) << frames();
}

TEST_F(TracedStepper, ShowsThatASlotWasAdded) {
  FrameOptions options;
  options.readers = 0;
  options.policy = FramePolicy::kGrow;
  create(options, {counting_pass("count")});
  const PinnedFrame held = stepper->reader().latest();
  ASSERT_TRUE(stepper->step(1).is_ok());
  EXPECT_NE(frames().find("publish(grow!)"), std::string::npos) << frames();
}

TEST_F(TracedStepper, ShowsThatAReaderStalls) {
  FrameOptions options;
  options.stall_after_s = 0;
  create(options, {counting_pass("count")});
  const PinnedFrame held = stepper->reader().latest();
  ASSERT_TRUE(stepper->step(1).is_ok());
  std::this_thread::sleep_for(std::chrono::milliseconds(150));  // looked for every 100
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(stepper->step(1).is_ok());
  ASSERT_EQ(stepper->statistics().stalled, 1);
  EXPECT_NE(frames().find("stall!"), std::string::npos) << frames();
}

// "pin 0, release 0": readers' events, with the step of the frame.
std::string pins_in(const Trace& trace, const TraceThreadEvents& thread) {
  const auto names = TraceReader(trace, test::kWholeTrace).names();
  std::string text;
  for (const TraceEvent& event : thread.events) {
    const TraceNameEntry& name = names.at(static_cast<std::size_t>(event.name));
    if (name.category != "reader") continue;
    if (!text.empty()) text += ", ";
    text += name.text + " " + std::to_string(event.value);
  }
  return text;
}

TEST_F(TracedStepper, ShowsPinsAndReleasesWithTheirStepOnTheThreadThatMakesThem) {
  for (const bool reclaimable : {false, true}) {
    trace = Trace::create({.max_threads = 4}).value();
    create({.reclaimable = reclaimable}, {counting_pass("count")});
    ASSERT_TRUE(stepper->step(1).is_ok());
    PinnedFrame held;
    std::thread([&] {
      held = stepper->reader().latest();
      EXPECT_FALSE(stepper->reader().refresh(held));
    }).join();
    ASSERT_TRUE(stepper->step(1).is_ok());
    ASSERT_TRUE(stepper->reader().refresh(held));
    held.release();
    const auto threads = read_all(*trace);
    ASSERT_EQ(threads.size(), 2u);
    EXPECT_EQ(pins_in(*trace, threads[0]), "release 1, pin 2, release 2");
    EXPECT_EQ(threads[1].name, "reader 1");
    EXPECT_EQ(pins_in(*trace, threads[1]), "pin 1");
  }
}

TEST_F(TracedStepper, ShowsTheLabelOfAReaderOnRecord) {
  create({.max_registered = 2}, {counting_pass("count")});
  std::thread([&] {
    RegisteredReader reader = stepper->register_reader("render").value();
    reader.latest();
    reader.latest();
    reader.release();
    reader.release();
    reader.latest();
  }).join();
  const auto threads = read_all(*trace);
  ASSERT_EQ(threads.size(), 1u);
  EXPECT_EQ(pins_in(*trace, threads[0]),
            "pin: render 0, release: render 0, pin: render 0, release: render 0");
}

TEST_F(TracedStepper, LetsReadersReadForWhomThereIsNoRing) {
  trace = Trace::create({.max_threads = 1}).value();
  create({}, {counting_pass("count")});
  ASSERT_TRUE(stepper->step(1).is_ok());
  std::thread([&] {
    const PinnedFrame held = stepper->reader().latest();
    EXPECT_EQ(held->step(), 1);
  }).join();
  EXPECT_EQ(read_all(*trace).size(), 1u);
  EXPECT_EQ(trace->statistics().refused, 2);
}

TEST_F(TracedStepper, NestsAFrameWhosePassFailed) {
  create({}, {{"fails", [](FrameWriter&) { return Status(StatusCode::kInvalidInput, "no"); }}});
  ASSERT_FALSE(stepper->step(1).is_ok());
  EXPECT_NE(sentence(*trace, read_all(*trace).at(0).events).find("frame(begin(catch up) fails)"),
            std::string::npos);
}

TEST_F(TracedStepper, GivesIdleRingsBackOverTheSoftLimit) {
  MemoryBudget small({.soft_bytes = std::size_t{1} << 20});
  trace = Trace::create({.buffer_bytes = std::size_t{1} << 20, .max_threads = 4}, &small).value();
  StepTrace steps(trace.get(), &small);
  steps.enter();
  EXPECT_LT(small.used(), std::size_t{2} << 20);
  EXPECT_NE(steps.track(), nullptr);
  trace.reset();  // it gives its rings back to the budget, which ends here
}

TEST(StepTrace, WithoutATraceRecordsNothing) {
  StepTrace steps(nullptr, nullptr);
  steps.add_pass("pass");
  steps.enter();
  EXPECT_EQ(steps.track(), nullptr);
  const TraceSpan frame = steps.frame(1);
  const TraceSpan pass = steps.pass(0, 1);
  steps.skipped(1, 1);
  steps.grown(3);
  steps.stalled(1);
  steps.end_passes();
  steps.end_frame(0);
}

TEST(TracedParallel, ShowsEachChunkOnceUnderThePassOnTheThreadThatRanIt) {
  constexpr std::int64_t kChunks = 200;
  const auto trace = Trace::create({.max_threads = 4}).value();
  TracedParallel parallel(test::make_parallel(TaskBackend::kThreads, 3), *trace);
  EXPECT_EQ(parallel.num_workers(), 3);
  EXPECT_EQ(parallel.name(), "threads");
  trace->set_activity(trace->name("pass", "pass", "step"));
  const auto run_chunks = [&] {
    parallel.for_chunks(kChunks, [](std::int64_t, int) {
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    });
  };
  run_chunks();
  parallel.in_region(run_chunks);
  std::vector<int> seen(kChunks);
  for (const TraceThreadEvents& thread : read_all(*trace)) {
    EXPECT_EQ(thread.name.substr(0, 7), "worker ");
    for (const TraceEvent& event : thread.events) {
      EXPECT_EQ(event.name, trace->name("pass", "pass", "step"));
      if (event.phase == TracePhase::kBegin) ++seen.at(static_cast<std::size_t>(event.value));
    }
  }
  EXPECT_EQ(seen, std::vector<int>(kChunks, 2));
}

TEST(ArenaTrace, ShowsAllocationsByLabelReleasesAndResets) {
  const auto trace = Trace::create({.max_threads = 2}).value();
  Arena arena = Arena::create({.capacity_bytes = 1 << 20}).value();
  ArenaTrace arena_trace(*trace, "my arena");
  arena.add_tracker(&arena_trace);
  void* first = arena.try_allocate(100, 16, {"counts"});
  arena.try_allocate(200, 16, {"ranks"});
  arena.release(first, 100);
  arena.try_allocate(50, 16, {"counts"});
  arena.reset();
  const auto events = read_all(*trace).at(0).events;
  EXPECT_EQ(sentence(*trace, events),
            "allocate counts! my arena# allocate ranks! my arena# release! my arena# "
            "allocate counts! my arena# reset! my arena#");
  const std::vector<std::int64_t> values = {100, 100, 200, 300, 100, 200, 50, 250, 250, 0};
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(events[i].value, values[i]) << i;
}

TEST(ArenaTrace, NamesLabelsThatThreadsBringAtOnce) {
  constexpr int kThreads = 3, kRounds = 2000;
  const char* const labels[] = {"a", "b", "c", "d", "e"};
  const auto trace =
      Trace::create({.buffer_bytes = std::size_t{1} << 20, .max_threads = kThreads}).value();
  ArenaTrace arena_trace(*trace, "shared");
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        const int label = round % 5;
        arena_trace.on_allocate(
            {.label = {labels[label]}, .bytes = static_cast<std::size_t>(label)});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto names = TraceReader(*trace, test::kWholeTrace).names();
  for (const TraceThreadEvents& thread : read_all(*trace)) {
    for (const TraceEvent& event : thread.events) {
      if (event.phase != TracePhase::kInstant) continue;
      EXPECT_EQ(names.at(static_cast<std::size_t>(event.name)).text,
                std::string("allocate ") + labels[event.value]);
    }
  }
}

}  // namespace
}  // namespace quadrille
