#include "engine/time_stepper.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <map>
#include <new>
#include <vector>

#include "tests/engine/stepper_model.h"

namespace quadrille {
namespace {

using test::copy_of;
using test::make_parallel;
using test::make_stepper;
using test::PlainState;
using test::RandomSimulation;

#if defined(QUADRILLE_SANITIZED)
constexpr std::uint64_t kSeeds = 2;
constexpr int kHashedSteps = 12;
#else
constexpr std::uint64_t kSeeds = 10;
constexpr int kHashedSteps = 25;
#endif

// A block of a column whose bytes differ from the step before must be said to be written in this
// step.
void expect_blocks_tell(const Frame& frame, const PlainState& before, const PlainState& now) {
  std::size_t plane_index = 0;
  const auto columns = frame.schema().columns();
  for (ColumnID id = 0; id < static_cast<int>(columns.size()); ++id) {
    const auto steps = frame.last_written_step(id);
    for (int plane = 0; plane < columns[static_cast<std::size_t>(id)].planes; ++plane) {
      const PlainState::value_type& old_bytes = before[plane_index];
      const PlainState::value_type& new_bytes = now[plane_index];
      const std::size_t live = new_bytes.size();
      const std::size_t stride = (live + kCacheLineBytes - 1) / kCacheLineBytes * kCacheLineBytes;
      for (std::size_t at = 0; at < live; at += kCacheLineBytes) {  // no line lies in two blocks
        const std::size_t count = std::min(kCacheLineBytes, live - at);
        if (std::memcmp(&old_bytes[at], &new_bytes[at], count) == 0) continue;
        const std::size_t block = (static_cast<std::size_t>(plane) * stride + at) / kBlockBytes;
        ASSERT_EQ(steps[block], frame.step()) << "column " << id << ", block " << block;
      }
      ++plane_index;
    }
    for (const std::int64_t step : steps) ASSERT_LE(step, frame.step());
  }
}

// Readers that hold up to `pins` frames pin and release at random; every held frame is what the
// model was at that frame's step.
class RandomReaders {
 public:
  RandomReaders(std::uint64_t seed, std::size_t pins) : random_(seed), pins_(pins) {}
  void act(const FrameReader& reader, const std::map<std::int64_t, PlainState>& history) {
    const std::uint64_t draw = random_() % 4;
    if (draw == 0 && held_.size() < pins_) held_.push_back(reader.latest());
    if (draw == 1 && !held_.empty()) {
      const std::size_t which = random_() % held_.size();
      ASSERT_EQ(copy_of(*held_[which]), history.at(held_[which]->step()));
      held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(which));
    }
    if (draw == 2 && !held_.empty()) reader.refresh(held_[random_() % held_.size()]);
  }
  void check(const std::map<std::int64_t, PlainState>& history) {
    for (const PinnedFrame& pin : held_) ASSERT_EQ(copy_of(*pin), history.at(pin->step()));
  }

 private:
  std::mt19937_64 random_;
  std::size_t pins_;
  std::vector<PinnedFrame> held_;
};

void run_against_model(std::uint64_t seed, bool rewritten, std::size_t pins) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  const auto parallel = make_parallel(TaskBackend::kThreads, 2);
  RandomSimulation simulation(seed, rewritten);
  FrameOptions options;
  options.readers = 3;
  options.publish_every = std::vector<std::int64_t>{1, 7, 0, 2, 1}[seed % 5];
  const auto stepper = make_stepper(simulation, options, *parallel);
  RandomReaders readers(seed, pins);
  std::map<std::int64_t, PlainState> history;
  history[0] = simulation.model();
  for (std::int64_t step = 1; step <= 40; ++step) {
    const PlainState before = simulation.model();
    ASSERT_TRUE(stepper->step(0.25f).is_ok());
    ASSERT_EQ(stepper->last_completed().step(), step);
    ASSERT_EQ(copy_of(stepper->last_completed()), simulation.model()) << "step " << step;
    expect_blocks_tell(stepper->last_completed(), before, simulation.model());
    history[step] = simulation.model();
    if (step % 11 == 0) (void)stepper->publish_now();
    readers.act(stepper->reader(), history);
    if (testing::Test::HasFatalFailure()) return;
  }
  readers.check(history);
  EXPECT_EQ(stepper->last_completed().time(), 40 * 0.25);
  if (pins <= 3) {
    EXPECT_EQ(stepper->statistics().skipped, 0);
  }
}

TEST(TimeStepper, UpdatedColumnsEqualAPlainModelWhileReadersComeAndGo) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) run_against_model(seed, false, 3);
}

TEST(TimeStepper, RewrittenColumnsEqualAPlainModelWhileReadersComeAndGo) {
  for (std::uint64_t seed = 100; seed < 100 + kSeeds; ++seed) run_against_model(seed, true, 3);
}

TEST(TimeStepper, ReadersThatHoldMoreThanTheyPromisedChangeNothing) {
  for (std::uint64_t seed = 200; seed < 200 + kSeeds; ++seed) {
    run_against_model(seed, seed % 2 == 0, 20);
  }
}

std::vector<StateHash> hashes_of_run(bool rewritten, const FrameOptions& options, int stalled_pins,
                                     TaskBackend backend) {
  const auto parallel = make_parallel(backend, 3);
  RandomSimulation simulation(7, rewritten);
  const auto stepper = make_stepper(simulation, options, *parallel);
  std::vector<PinnedFrame> stalled;
  std::vector<StateHash> stalled_hashes, hashes;
  for (int step = 1; step <= kHashedSteps; ++step) {
    EXPECT_TRUE(stepper->step(1).is_ok());
    hashes.push_back(stepper->last_completed().state_hash());
    if (static_cast<int>(stalled.size()) < stalled_pins) {
      stalled.push_back(stepper->reader().latest());
      stalled_hashes.push_back(stalled.back()->state_hash());
    }
  }
  for (std::size_t i = 0; i < stalled.size(); ++i) {
    EXPECT_EQ(stalled[i]->state_hash(), stalled_hashes[i]) << "a pinned frame changed";
  }
  return hashes;
}

TEST(TimeStepper, HashesAreTheSameForEveryPublishIntervalPolicyAndStalledReader) {
  for (const bool rewritten : {false, true}) {
    const auto expected = hashes_of_run(rewritten, {}, 0, TaskBackend::kSerial);
    for (const std::int64_t interval : {1, 7, 0}) {
      for (const FramePolicy policy :
           {FramePolicy::kSkip, FramePolicy::kWait, FramePolicy::kGrow}) {
        for (const int stalled : {0, 12}) {
          FrameOptions options;
          options.publish_every = interval;
          options.readers = 1;
          options.policy = policy;
          options.wait_s = 0.0001;
          options.max_slots = 8;
          EXPECT_EQ(hashes_of_run(rewritten, options, stalled, TaskBackend::kThreads), expected);
        }
      }
    }
  }
}

// ---- a small simulation for what follows: one updated column, or one rewritten ----

FrameSchema counter_schema(ColumnMode mode, std::int64_t size = 100) {
  FrameSchema schema;
  schema.add({"count", ColumnType::kInt32, mode, size, 1});
  return schema;
}

Pass counting_pass() {
  return {"count", [](FrameWriter& frame) {
            const auto from = frame.previous().column<std::int32_t>(0);
            const auto to = frame.column<std::int32_t>(0);
            for (std::size_t i = 0; i < to.size(); ++i) to[i] = from[i] + 1;
            frame.mark_all(0);
            return Status::ok();
          }};
}

std::unique_ptr<TimeStepper> counter(Parallel& parallel, const FrameOptions& options,
                                     ColumnMode mode = ColumnMode::kUpdated,
                                     const Hooks& hooks = {}) {
  auto created = TimeStepper::create(
      counter_schema(mode), options, [](FrameWriter&) { return Status::ok(); }, parallel, nullptr,
      hooks);
  EXPECT_TRUE(created.is_ok()) << created.status().message();
  created.value()->set_passes({counting_pass()});
  return std::move(created).value();
}

class SmallTimeStepper : public testing::Test {
 protected:
  std::unique_ptr<Parallel> parallel = make_parallel(TaskBackend::kSerial, 1);
};

TEST_F(SmallTimeStepper, StepZeroIsPublishedAtCreation) {
  const auto stepper = counter(*parallel, {});
  EXPECT_EQ(stepper->reader().latest()->step(), 0);
  EXPECT_EQ(stepper->last_completed().step(), 0);
  EXPECT_EQ(stepper->statistics().published, 0);
}

TEST_F(SmallTimeStepper, EachKthStepIsPublished) {
  for (const std::int64_t interval : {1, 2, 7, 0}) {
    FrameOptions options;
    options.publish_every = interval;
    const auto stepper = counter(*parallel, options);
    for (std::int64_t step = 1; step <= 30; ++step) {
      ASSERT_TRUE(stepper->step(1).is_ok());
      const std::int64_t expected = interval == 0 ? 0 : step / interval * interval;
      EXPECT_EQ(stepper->reader().latest()->step(), expected);
    }
    EXPECT_EQ(stepper->statistics().published, interval == 0 ? 0 : 30 / interval);
    EXPECT_EQ(stepper->statistics().skipped, 0);
    ASSERT_TRUE(stepper->publish_now().is_ok());
    EXPECT_EQ(stepper->reader().latest()->step(), 30);
    EXPECT_EQ(stepper->reader().latest()->column<std::int32_t>(0)[99], 30);
  }
}

TEST_F(SmallTimeStepper, APeriodPublishesByTheClock) {
  FrameOptions options;
  options.publish_period_s = 3600;
  const auto never = counter(*parallel, options);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(never->step(1).is_ok());
  EXPECT_EQ(never->reader().latest()->step(), 0);
  options.publish_period_s = 1e-9;
  const auto always = counter(*parallel, options);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(always->step(1).is_ok());
  EXPECT_EQ(always->reader().latest()->step(), 5);
}

TEST_F(SmallTimeStepper, UnpublishedStepsOfUpdatedColumnsGoOnInPlace) {
  FrameOptions options;
  options.publish_every = 10;
  const auto stepper = counter(*parallel, options);
  ASSERT_TRUE(stepper->step(1).is_ok());
  const auto* place = stepper->last_completed().column<std::int32_t>(0).data();
  for (int step = 2; step <= 10; ++step) {
    ASSERT_TRUE(stepper->step(1).is_ok());
    EXPECT_EQ(stepper->last_completed().column<std::int32_t>(0).data(), place);
    EXPECT_EQ(stepper->last_timing().catch_up_bytes, 0);
  }
  ASSERT_TRUE(stepper->step(1).is_ok());  // step 10 is published now, and must not change
  EXPECT_NE(stepper->last_completed().column<std::int32_t>(0).data(), place);
}

TEST_F(SmallTimeStepper, RewrittenColumnsNeedNoCatchUp) {
  const auto stepper = counter(*parallel, {}, ColumnMode::kRewritten);
  for (int step = 1; step <= 20; ++step) {
    ASSERT_TRUE(stepper->step(1).is_ok());
    EXPECT_EQ(stepper->last_completed().column<std::int32_t>(0)[5], step);
  }
  EXPECT_EQ(stepper->statistics().catch_up_bytes, 0);
}

TEST_F(SmallTimeStepper, ASparseStepCopiesElementsNotBlocks) {
  constexpr std::int64_t kSize = 1 << 20;
  auto created =
      TimeStepper::create(counter_schema(ColumnMode::kUpdated, kSize), {},
                          [](FrameWriter&) { return Status::ok(); }, *parallel, nullptr, {});
  const auto stepper = std::move(created).value();
  stepper->set_passes({{"few", [](FrameWriter& frame) {
                          std::vector<NodeID> ids;
                          for (NodeID i = 0; i < 300; ++i) {
                            ids.push_back(i * 3000 + static_cast<NodeID>(frame.step()));
                          }
                          const auto column = frame.column<std::int32_t>(0);
                          for (const NodeID id : ids) ++column[static_cast<std::size_t>(id)];
                          frame.set_changed_ids(ids);
                          return Status::ok();
                        }}});
  for (int step = 1; step <= 10; ++step) ASSERT_TRUE(stepper->step(1).is_ok());
  EXPECT_LE(stepper->last_timing().catch_up_bytes, 3 * 300 * 4);
  EXPECT_GT(stepper->last_timing().catch_up_bytes, 0);
}

TEST_F(SmallTimeStepper, SlotsAreReusedLastInFirstOut) {
  const auto stepper = counter(*parallel, {});
  for (int step = 0; step < 1000; ++step) ASSERT_TRUE(stepper->step(1).is_ok());
  // Without readers two slots change places, and the others are never touched.
  EXPECT_EQ(stepper->statistics().reused, 999);
  EXPECT_EQ(stepper->statistics().slots, 6);
}

// ---- readers that hold too much ----

TEST_F(SmallTimeStepper, TheWriterNeverWaitsUnderSkipAndGoesOnPublishingWhenAReaderReturns) {
  for (const ColumnMode mode : {ColumnMode::kUpdated, ColumnMode::kRewritten}) {
    FrameOptions options;
    options.readers = 1;
    const auto stepper = counter(*parallel, options, mode);
    std::vector<PinnedFrame> held;
    for (int step = 1; step <= 100; ++step) {
      held.push_back(stepper->reader().latest());
      ASSERT_TRUE(stepper->step(1).is_ok());
      ASSERT_EQ(stepper->last_completed().column<std::int32_t>(0)[0], step);
    }
    EXPECT_GT(stepper->statistics().skipped, 90);
    EXPECT_EQ(stepper->statistics().skipped + stepper->statistics().published, 100);
    EXPECT_EQ(stepper->publish_now().code(), StatusCode::kNoFreeFrame);
    EXPECT_EQ(stepper->publish_now().message(),
              "step 100 stays private: readers hold the other frames");
    for (const PinnedFrame& pin : held) {
      EXPECT_EQ(pin->column<std::int32_t>(0)[0], pin->step());
    }
    held.clear();
    ASSERT_TRUE(stepper->step(1).is_ok());
    EXPECT_EQ(stepper->reader().latest()->step(), 101);
  }
}

TEST_F(SmallTimeStepper, ReadersThatKeepTheirPromiseNeverMakeItSkip) {
  for (const ColumnMode mode : {ColumnMode::kUpdated, ColumnMode::kRewritten}) {
    for (const std::int64_t interval : {1, 3}) {
      FrameOptions options;
      options.readers = 2;
      options.pins_per_reader = 3;
      options.publish_every = interval;
      const auto stepper = counter(*parallel, options, mode);
      EXPECT_EQ(stepper->statistics().slots, interval == 1 && mode == ColumnMode::kUpdated ? 8 : 9);
      std::vector<PinnedFrame> held(6);
      for (std::size_t step = 0; step < 300; ++step) {
        ASSERT_TRUE(stepper->step(1).is_ok());
        stepper->reader().refresh(held[step % 6]);
      }
      EXPECT_EQ(stepper->statistics().skipped, 0);
    }
  }
}

TEST_F(SmallTimeStepper, GrowAddsSlotsUpToItsCapThenSkips) {
  FrameOptions options;
  options.readers = 0;
  options.policy = FramePolicy::kGrow;
  options.max_slots = 5;
  const auto stepper = counter(*parallel, options);
  std::vector<PinnedFrame> held;
  for (int step = 0; step < 20; ++step) {
    held.push_back(stepper->reader().latest());
    ASSERT_TRUE(stepper->step(1).is_ok());
  }
  EXPECT_EQ(stepper->statistics().slots, 5);
  EXPECT_EQ(stepper->statistics().grown, 3);
  EXPECT_EQ(stepper->statistics().published, 3);
  EXPECT_EQ(stepper->statistics().skipped, 17);
}

TEST_F(SmallTimeStepper, WaitEndsAtItsDeadlineAndThenSkips) {
  FrameOptions options;
  options.readers = 0;
  options.policy = FramePolicy::kWait;
  options.wait_s = 0.01;
  const auto stepper = counter(*parallel, options);
  const PinnedFrame first = stepper->reader().latest();
  ASSERT_TRUE(stepper->step(1).is_ok());
  EXPECT_GE(stepper->last_timing().publish_ns, 10'000'000);
  EXPECT_EQ(stepper->statistics().waited, 1);
  EXPECT_EQ(stepper->statistics().skipped, 1);
}

TEST_F(SmallTimeStepper, TheLogHearsOnceOfARunOfSkippedSteps) {
  struct Heard {
    int lines = 0;
    std::string last;
  } heard;
  Hooks hooks;
  hooks.log = {&heard, [](void* context, LogLevel, std::string_view message) {
                 ++static_cast<Heard*>(context)->lines;
                 static_cast<Heard*>(context)->last = message;
               }};
  FrameOptions options;
  options.readers = 0;
  const auto stepper = counter(*parallel, options, ColumnMode::kUpdated, hooks);
  const PinnedFrame pin = stepper->reader().latest();
  for (int step = 0; step < 10; ++step) ASSERT_TRUE(stepper->step(1).is_ok());
  EXPECT_EQ(heard.lines, 1);
  EXPECT_EQ(heard.last, "step 1 stays private: readers hold the other frames");
}

// ---- failures ----

TEST_F(SmallTimeStepper, AFailingPassEndsTheSimulationAndKeepsWhatIsPublished) {
  const auto stepper = counter(*parallel, {});
  for (int step = 0; step < 3; ++step) ASSERT_TRUE(stepper->step(1).is_ok());
  stepper->set_passes({counting_pass(), {"fails", [](FrameWriter&) {
                                           return Status(StatusCode::kInvalidInput, "no more");
                                         }}});
  EXPECT_EQ(stepper->step(1).message(), "no more");
  stepper->set_passes({counting_pass()});
  EXPECT_EQ(stepper->step(1).message(), "no more");
  EXPECT_EQ(stepper->publish_now().code(), StatusCode::kInvalidInput);
  EXPECT_EQ(stepper->reader().latest()->step(), 3);
  EXPECT_EQ(stepper->reader().latest()->column<std::int32_t>(0)[0], 3);
  EXPECT_EQ(stepper->statistics().completed, 3);
}

TEST_F(SmallTimeStepper, APassWithoutMemoryIsATypedErrorNotAnException) {
  const auto stepper = counter(*parallel, {});
  stepper->set_passes({{"greedy", [](FrameWriter&) -> Status { throw std::bad_alloc(); }}});
  EXPECT_EQ(stepper->step(1).code(), StatusCode::kOutOfMemory);
  EXPECT_EQ(stepper->step(1).message(), "no memory for pass 'greedy'");
}

TEST_F(SmallTimeStepper, ATimeStepThatIsNotFiniteIsRefusedAndChangesNothing) {
  const auto stepper = counter(*parallel, {});
  EXPECT_EQ(stepper->step(INFINITY).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(stepper->step(NAN).message(), "dt is nan; it must be finite");
  EXPECT_TRUE(stepper->step(0).is_ok());
  EXPECT_EQ(stepper->last_completed().step(), 1);
}

TEST_F(SmallTimeStepper, OptionsOutOfRangeAreNamed) {
  const auto message = [&](const FrameOptions& options) {
    return TimeStepper::create(counter_schema(ColumnMode::kUpdated), options,
                               [](FrameWriter&) { return Status::ok(); }, *parallel, nullptr, {})
        .status()
        .message();
  };
  FrameOptions options;
  options.publish_every = -1;
  EXPECT_EQ(message(options), "publish_every is -1; it must be 0 or more");
  options = {};
  options.publish_period_s = NAN;
  EXPECT_EQ(message(options), "publish_period_s is nan; it must be finite and not negative");
  options = {};
  options.readers = -2;
  EXPECT_EQ(message(options), "readers is -2; it must be 0 or more");
  options = {};
  options.readers = 2'000'000'000;
  options.pins_per_reader = 2'000'000'000;
  EXPECT_EQ(message(options), "65536 frame slots were asked for; 1 to 65535 are possible");
}

TEST_F(SmallTimeStepper, AFailedCreationGivesAllMemoryBack) {
  const FrameSchema schema = counter_schema(ColumnMode::kUpdated, 1 << 20);
  MemoryBudget small({.hard_bytes = 10 << 20});
  const auto over = TimeStepper::create(schema, {}, [](FrameWriter&) { return Status::ok(); },
                                        *parallel, &small, {});
  EXPECT_EQ(over.status().code(), StatusCode::kBudgetExceeded);
  EXPECT_EQ(small.used(), 0u);
  MemoryBudget large;
  {
    const auto fails = TimeStepper::create(
        schema, {}, [](FrameWriter&) { return Status(StatusCode::kInvalidInput, "bad start"); },
        *parallel, &large, {});
    EXPECT_EQ(fails.status().message(), "bad start");
    const auto works = TimeStepper::create(schema, {}, [](FrameWriter&) { return Status::ok(); },
                                           *parallel, &large, {});
    EXPECT_TRUE(works.is_ok());
    EXPECT_GE(large.used(), std::size_t{6} << 22);
  }
  EXPECT_EQ(large.used(), 0u);
}

TEST_F(SmallTimeStepper, TheTopologyVersionStaysUntilAPassSetsAnother) {
  const auto stepper = counter(*parallel, {});
  stepper->set_passes({{"edit", [](FrameWriter& frame) {
                          if (frame.step() == 2) frame.set_topology_version(9);
                          return Status::ok();
                        }}});
  for (int step = 0; step < 4; ++step) {
    ASSERT_TRUE(stepper->step(1).is_ok());
    EXPECT_EQ(stepper->last_completed().topology_version(), step >= 1 ? 9u : 0u);
  }
}

TEST_F(SmallTimeStepper, EmptyColumnsAndAnEmptySchemaStepToo) {
  FrameSchema empty_column;
  empty_column.add({"none", ColumnType::kBit, ColumnMode::kUpdated, 0, 1});
  for (const FrameSchema& schema : {FrameSchema(), empty_column}) {
    auto created = TimeStepper::create(schema, {}, [](FrameWriter&) { return Status::ok(); },
                                       *parallel, nullptr, {});
    ASSERT_TRUE(created.is_ok()) << created.status().message();
    created.value()->set_passes({{"none", [](FrameWriter& frame) {
                                    frame.set_changed_ids({});
                                    return Status::ok();
                                  }}});
    for (int step = 0; step < 5; ++step) ASSERT_TRUE(created.value()->step(1).is_ok());
    EXPECT_EQ(created.value()->reader().latest()->step(), 5);
  }
}

}  // namespace
}  // namespace quadrille
