#include <quadrille/trace.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/memory_budget.h"
#include "engine/random.h"
#include "engine/trace_reader.h"
#include "engine/utf8.h"
#include "tests/engine/trace_text.h"

namespace quadrille {
namespace {

using test::kWholeTrace;
using test::read_all;

constexpr std::size_t kEventBytes = 32;

std::unique_ptr<Trace> make_trace(std::size_t events = 1024, int threads = 4) {
  return Trace::create({.buffer_bytes = events * kEventBytes, .max_threads = threads}).value();
}

std::string text_of(const Trace& trace, TraceName name) {
  return TraceReader(trace, kWholeTrace).names().at(static_cast<std::size_t>(name)).text;
}

// "B1 B2 E2 i3 E1": phases and values.
std::string shape(const std::vector<TraceEvent>& events) {
  std::string text;
  for (const TraceEvent& event : events) {
    text += text.empty() ? "" : " ";
    text += "BEiC"[static_cast<int>(event.phase)];
    text += std::to_string(event.value);
  }
  return text;
}

// A sentence about the first thing that is wrong; empty: none.
std::string fault_in(const std::vector<TraceEvent>& events) {
  std::vector<TraceEvent> open;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const TraceEvent& event = events[i];
    const std::string at = " at event " + std::to_string(i);
    if (i > 0 && event.ns < events[i - 1].ns) return "time runs backward" + at;
    if (event.phase == TracePhase::kBegin) open.push_back(event);
    if (event.phase != TracePhase::kEnd) continue;
    if (open.empty()) return "an end without a begin" + at;
    if (open.back().name != event.name || open.back().value != event.value) {
      return "an end that is not the innermost span's" + at;
    }
    open.pop_back();
  }
  return open.empty() ? "" : "a begin without an end";
}

// ---- names ----

TEST(TraceNames, AreTheSameForTheSameWords) {
  const auto trace = make_trace();
  const TraceName name = trace->name("gather", "pass", "bodies");
  EXPECT_EQ(trace->name("gather", "pass", "bodies"), name);
  EXPECT_NE(trace->name("gather", "pass", "bytes"), name);
  EXPECT_NE(trace->name("gather", "chunk", "bodies"), name);
  EXPECT_NE(trace->name("gather2", "pass", "bodies"), name);
  EXPECT_NE(trace->name("gatherpass", "", "bodies"), name);
  EXPECT_EQ(text_of(*trace, name), "gather");
}

TEST(TraceNames, MayRunOutAndThenAreUnnamed) {
  const auto trace = make_trace();
  TraceName last{};
  for (int i = 0; i < 65'535; ++i) last = trace->name(std::to_string(i), "test");
  EXPECT_EQ(text_of(*trace, last), "65534");
  EXPECT_EQ(trace->name("one more", "test"), TraceName{0});
  EXPECT_EQ(trace->name("65534", "test"), last);
}

TEST(TraceNames, HoldOnlyUtf8) {
  const auto trace = make_trace();
  EXPECT_EQ(text_of(*trace, trace->name("a\xff\xc3\xa9\xc3", "test")), "a?\xc3\xa9?");
}

TEST(ValidUtf8, ReplacesEachByteThatBelongsToNoSequence) {
  const auto keeps = [](const std::string& text) { EXPECT_EQ(valid_utf8(text), text); };
  keeps("");
  keeps(std::string("a\0b", 3));
  keeps("\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbf");
  keeps("\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf");
  EXPECT_EQ(valid_utf8("\x80"), "?");
  EXPECT_EQ(valid_utf8("\xc0\xaf"), "??");            // overlong
  EXPECT_EQ(valid_utf8("\xe0\x9f\xbf"), "???");       // overlong
  EXPECT_EQ(valid_utf8("\xed\xa0\x80"), "???");       // a surrogate
  EXPECT_EQ(valid_utf8("\xf0\x8f\xbf\xbf"), "????");  // overlong
  EXPECT_EQ(valid_utf8("\xf4\x90\x80\x80"), "????");  // beyond U+10FFFF
  EXPECT_EQ(valid_utf8("\xf5\x80\x80\x80"), "????");
  EXPECT_EQ(valid_utf8("\xe2\x82"), "??");  // cut off
  EXPECT_EQ(valid_utf8("\xe2\x82z\xc3\xa9"), "??z\xc3\xa9");
}

// ---- events ----

TEST(TraceEvents, NestAsTheirSpansDo) {
  const auto trace = make_trace();
  TraceTrack* track = trace->this_thread();
  const TraceName name = trace->name("a", "test", "number");
  {
    const TraceSpan one(track, name, 1);
    track->instant(name, 10);
    {
      TraceSpan two(track, name, 2);
      track->counter(name, 20);
      {
        const TraceSpan three(track, name, 3);
      }
      two.set_value(22);
    }
    {
      const TraceSpan four(track, name, 4);
    }
  }
  track->instant(name, 30);
  const auto threads = read_all(*trace);
  ASSERT_EQ(threads.size(), 1u);
  EXPECT_EQ(shape(threads[0].events), "B1 i10 B22 C20 B3 E3 E22 B4 E4 E1 i30");
  EXPECT_EQ(fault_in(threads[0].events), "");
}

TEST(TraceEvents, OfASpanThatIsStillOpenAreWhatItHeld) {
  const auto trace = make_trace();
  TraceTrack* track = trace->this_thread();
  const TraceName name = trace->name("a", "test");
  const TraceSpan open(track, name, 1);
  {
    const TraceSpan ended(track, name, 2);
  }
  EXPECT_EQ(shape(read_all(*trace)[0].events), "B2 E2");
}

TEST(TraceEvents, TellTheTimeOfTheMonotonicClock) {
  const auto trace = make_trace();
  const TraceName name = trace->name("a", "test");
  const std::int64_t before = monotonic_ns();
  {
    const TraceSpan span(trace->this_thread(), name);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  const std::int64_t after = monotonic_ns();
  const auto events = read_all(*trace)[0].events;
  ASSERT_EQ(events.size(), 2u);
  constexpr std::int64_t kSlackNs = 1'000'000;  // calibration errs by far less
  EXPECT_GT(events[0].ns, before - kSlackNs);
  EXPECT_LT(events[1].ns, after + kSlackNs);
  EXPECT_GT(events[1].ns - events[0].ns, 20'000'000 - kSlackNs);
}

TEST(TraceEvents, MayBeTheLastSecondsOnly) {
  const auto trace = make_trace();
  TraceTrack* track = trace->this_thread();
  const TraceName name = trace->name("a", "test");
  const TraceSpan whole(track, name, 1);
  track->instant(name, 2);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  track->instant(name, 3);
  EXPECT_EQ(shape(read_all(*trace, 0.05)[0].events), "i3");
  EXPECT_EQ(shape(read_all(*trace)[0].events), "i2 i3");
  EXPECT_EQ(shape(read_all(*trace, 0)[0].events), "");
}

TEST(TraceEvents, WithoutATrackAreNothing) { const TraceSpan span(nullptr, TraceName{7}, 1); }

// What a thread might have done, as a ring holds it after it has wrapped: the ends of spans that
// nest, in the order of time, the oldest ones missing.
std::vector<TraceRecord> random_records(Random& random) {
  std::vector<TraceRecord> records;
  std::vector<std::int64_t> open;
  std::int64_t now = 0;
  const std::uint32_t actions = random.next_below(60);
  for (std::uint32_t i = 0; i < actions; ++i) {
    now += random.next_below(3);  // often the same time
    const auto depth = static_cast<std::uint32_t>(open.size());
    const auto name = static_cast<TraceName>(i);
    switch (random.next_below(4)) {
      case 0: open.push_back(now); break;
      case 1: records.push_back({now, now, i, depth, name, TraceKind::kInstant}); break;
      case 2: records.push_back({now, now, i, depth, name, TraceKind::kCounter}); break;
      default:
        if (open.empty()) break;
        records.push_back({open.back(), now, i, depth - 1, name, TraceKind::kSpan});
        open.pop_back();
    }
  }
  const std::size_t missing = random.next_below(static_cast<std::uint32_t>(records.size() + 1));
  records.erase(records.begin(), records.begin() + static_cast<std::ptrdiff_t>(missing));
  return records;
}

TEST(NestedEvents, AreWellFormedAndCompleteWhateverTheRingStillHolds) {
  Random random(1);
  for (int round = 0; round < 5000; ++round) {
    const std::vector<TraceRecord> records = random_records(random);
    const std::vector<TraceEvent> events = nested_events(records);
    ASSERT_EQ(fault_in(events), "") << "round " << round;
    std::size_t expected = 0;
    for (const TraceRecord& record : records) {
      expected += record.kind == TraceKind::kSpan ? 2 : 1;
      const auto same = [&](const TraceEvent& event, TracePhase phase, std::int64_t ns) {
        return event.phase == phase && event.value == record.value && event.ns == ns;
      };
      if (record.kind != TraceKind::kSpan) continue;
      ASSERT_TRUE(std::ranges::any_of(
          events, [&](auto& e) { return same(e, TracePhase::kBegin, record.begin); }));
      ASSERT_TRUE(std::ranges::any_of(
          events, [&](auto& e) { return same(e, TracePhase::kEnd, record.end); }));
    }
    ASSERT_EQ(events.size(), expected);
  }
}

// Records that no thread could have made: a faulty clock, spans that overlap.
TEST(NestedEvents, AreWellFormedEvenWhereRecordsMakeNoSense) {
  Random random(2);
  for (int round = 0; round < 5000; ++round) {
    std::vector<TraceRecord> records(random.next_below(30));
    for (std::size_t i = 0; i < records.size(); ++i) {
      records[i] = {random.next_below(100),       random.next_below(100),
                    static_cast<std::int64_t>(i), random.next_below(4),
                    static_cast<TraceName>(i),    static_cast<TraceKind>(random.next_below(3))};
    }
    ASSERT_EQ(fault_in(nested_events(records)), "") << "round " << round;
  }
}

// ---- rings ----

TEST(TraceRing, KeepsItsNewestEventsAndCountsTheOthers) {
  constexpr std::int64_t kRoom = 64, kCount = 1000;
  const auto trace = make_trace(kRoom);
  const TraceName name = trace->name("counted", "test");
  for (std::int64_t i = 0; i < kCount; ++i) trace->this_thread()->instant(name, i);
  const TraceThreadEvents thread = read_all(*trace)[0];
  // One less than there is room for: the oldest might be about to be overwritten.
  ASSERT_EQ(thread.events.size(), static_cast<std::size_t>(kRoom - 1));
  for (std::int64_t i = 0; i < kRoom - 1; ++i) {
    EXPECT_EQ(thread.events[static_cast<std::size_t>(i)].value, kCount - kRoom + 1 + i);
    EXPECT_EQ(thread.events[static_cast<std::size_t>(i)].name, name);
  }
  EXPECT_EQ(thread.lost, static_cast<std::uint64_t>(kCount - kRoom + 1));
  EXPECT_EQ(text_of(*trace, name), "counted");
  const TraceStatistics statistics = trace->statistics();
  EXPECT_EQ(statistics.threads, 1);
  EXPECT_EQ(statistics.ring_events, kRoom);
  EXPECT_EQ(statistics.events, kCount);
  EXPECT_EQ(statistics.overwritten, kCount - kRoom);
}

TEST(TraceRing, HoldsAPowerOfTwoOfEventsAtLeastSixtyFour) {
  for (const auto& [bytes, room] : {std::pair<std::size_t, std::size_t>{0, 64},
                                    {65 * kEventBytes, 128},
                                    {1024 * kEventBytes - 1, 1024}}) {
    const auto trace = Trace::create({.buffer_bytes = bytes, .max_threads = 1}).value();
    for (int i = 0; i < 5000; ++i) trace->this_thread()->instant(TraceName{0});
    EXPECT_EQ(read_all(*trace)[0].events.size(), room - 1);
  }
}

TEST(TraceRing, OfAThreadKeepsWhatItDidAfterItsEnd) {
  const auto trace = make_trace();
  const TraceName name = trace->name("a", "test");
  std::thread([&] {
    trace->name_this_thread("dancer");
    trace->this_thread()->instant(name, 5);
  }).join();
  const auto threads = read_all(*trace);
  ASSERT_EQ(threads.size(), 1u);
  EXPECT_EQ(threads[0].name, "dancer");
  EXPECT_EQ(shape(threads[0].events), "i5");
}

TEST(TraceRing, IsCalledByItsRoleAndNumberUntilItIsNamed) {
  const auto trace = make_trace();
  TraceTrack* track = trace->this_thread("worker", 3);
  EXPECT_EQ(trace->this_thread("reader", 9), track);
  EXPECT_EQ(read_all(*trace)[0].name, "worker 3");
  trace->name_this_thread("lead \xff");
  EXPECT_EQ(read_all(*trace)[0].name, "lead ?");
}

TEST(TraceRing, MayBeNumberedAsItsThreadComes) {
  const auto trace = make_trace();
  for (int i = 0; i < 2; ++i) {
    trace->this_thread("reader", Trace::kNextNumber);
    std::thread([&] { trace->this_thread("reader", Trace::kNextNumber); }).join();
  }
  const auto threads = read_all(*trace);
  ASSERT_GE(threads.size(), 2u);
  EXPECT_EQ(threads[0].name, "reader 1");
  EXPECT_EQ(threads[1].name, "reader 2");
}

// Values, names and depths go together, in order, without a gap, whatever is overwritten meanwhile.
// Under ThreadSanitizer this is also the proof that no word is read while it is written.
TEST(TraceRing, MayBeReadWhileItsThreadRecords) {
  constexpr std::int64_t kNames = 7;
  const auto trace = make_trace(256);
  std::vector<TraceName> names;
  for (std::int64_t i = 0; i < kNames; ++i) {
    names.push_back(trace->name(std::to_string(i), "test"));
  }
  std::atomic<bool> stop{false};
  std::atomic<std::int64_t> recorded{0};
  std::thread recorder([&] {
    TraceTrack* track = trace->this_thread();
    std::int64_t i = 0;
    for (; !stop.load(std::memory_order_relaxed); ++i) {
      track->instant(names[static_cast<std::size_t>(i % kNames)], i);
      if (i % 64 == 0) std::this_thread::yield();  // else a reader on one core never sees it whole
    }
    recorded.store(i, std::memory_order_relaxed);
  });
  std::int64_t last = -1, seen = 0;
  while (seen < 20'000) {
    for (const TraceThreadEvents& thread : read_all(*trace)) {
      if (thread.events.empty()) continue;
      ASSERT_LT(thread.events.size(), 256u);
      ASSERT_EQ(thread.events.front().value, static_cast<std::int64_t>(thread.lost));
      for (std::size_t i = 0; i < thread.events.size(); ++i) {
        const std::int64_t value = thread.events.front().value + static_cast<std::int64_t>(i);
        ASSERT_EQ(thread.events[i].value, value);
        ASSERT_EQ(thread.events[i].name, names[static_cast<std::size_t>(value % kNames)]);
      }
      ASSERT_EQ(fault_in(thread.events), "");
      ASSERT_GE(thread.events.back().value, last);
      seen += thread.events.back().value - last;
      last = thread.events.back().value;
    }
  }
  stop.store(true, std::memory_order_relaxed);
  recorder.join();
  EXPECT_EQ(read_all(*trace)[0].events.back().value, recorded.load() - 1);
}

// ---- threads ----

TEST(TraceThreads, HaveOneTrackEach) {
  constexpr int kThreads = 8, kEvents = 1000;
  const auto trace = make_trace(2048, kThreads);
  const TraceName name = trace->name("a", "test");
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&trace, name, i] {
      for (int event = 0; event < kEvents; ++event) {
        trace->this_thread("thread", i)->instant(name, i * kEvents + event);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto all = read_all(*trace);
  // A thread that came after another one's end may have gone on with that one's track.
  std::vector<std::int64_t> values;
  for (const TraceThreadEvents& thread : all) {
    for (const TraceEvent& event : thread.events) values.push_back(event.value);
  }
  std::ranges::sort(values);
  ASSERT_EQ(values.size(), static_cast<std::size_t>(kThreads * kEvents));
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(values[i], static_cast<std::int64_t>(i));
  }
}

TEST(TraceThreads, BeyondTheLimitAreRefusedAndCounted) {
  const auto trace = make_trace(64, 1);
  ASSERT_NE(trace->this_thread(), nullptr);
  TraceTrack* track = trace->this_thread();
  std::thread([&] {
    EXPECT_EQ(trace->this_thread(), nullptr);
    EXPECT_EQ(trace->this_thread(), nullptr);
    trace->name_this_thread("nobody");
  }).join();
  EXPECT_EQ(trace->this_thread(), track);
  EXPECT_EQ(trace->statistics().refused, 3);
  EXPECT_EQ(trace->statistics().threads, 1);
}

TEST(TraceThreads, DoNotMixTwoTraces) {
  const auto one = make_trace(), two = make_trace();
  one->this_thread()->instant(one->name("a", "test"), 1);
  two->this_thread()->instant(two->name("b", "test"), 2);
  EXPECT_EQ(shape(read_all(*one)[0].events), "i1");
  EXPECT_EQ(shape(read_all(*two)[0].events), "i2");
}

// ---- memory ----

TEST(TraceMemory, IsChargedAndTrimmedToWhatIsInUse) {
  MemoryBudget budget;
  constexpr std::size_t kRing = 1 << 20;
  {
    const auto trace = Trace::create({.buffer_bytes = kRing, .max_threads = 4}, &budget).value();
    EXPECT_GE(budget.used(), 4 * kRing);
    trace->this_thread()->instant(TraceName{0}, 1);
    trace->trim();
    trace->trim();
    EXPECT_GE(budget.used(), kRing);
    EXPECT_LT(budget.used(), 2 * kRing);
    trace->this_thread()->instant(TraceName{0}, 2);
    std::thread([&] { EXPECT_EQ(trace->this_thread(), nullptr); }).join();
    EXPECT_EQ(shape(read_all(*trace)[0].events), "i1 i2");
  }
  EXPECT_EQ(budget.used(), 0u);
}

TEST(TraceMemory, BeyondTheHardLimitIsRefused) {
  MemoryBudget budget({.hard_bytes = 1 << 20});
  const auto trace = Trace::create({.buffer_bytes = 1 << 20, .max_threads = 4}, &budget);
  EXPECT_EQ(trace.status().code(), StatusCode::kBudgetExceeded);
  EXPECT_EQ(budget.used(), 0u);
}

TEST(TraceMemory, OfAnImpossibleSizeIsRefused) {
  EXPECT_EQ(Trace::create({.buffer_bytes = SIZE_MAX}).status().code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(Trace::create({.max_threads = -1}).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(Trace::create({.max_threads = 100'000}).status().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace quadrille
