// What lies under a name that frames are shared as, whoever put it there, and what it costs.
#include "engine/shared_frames.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/engine/shared_run.h"

namespace quadrille {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using namespace test;

struct SharedFramesTest : SharedRunTest {};

// ---- names ----

TEST_F(SharedFramesTest, ANameThatALivingRunHasIsRefusedAndADeadOnesIsReplaced) {
  share({});
  auto first = std::move(stepper);
  const Status taken = try_share({});
  EXPECT_EQ(taken.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(taken.message().find("shared as '" + name + "' already"), std::string::npos);
  first.reset();
  Process dies([&] {
    share({});
    _exit(stepper == nullptr ? 1 : 0);  // without taking anything down
    return 0;
  });
  EXPECT_EQ(dies.end(0), 0);
  EXPECT_EQ(access(path_of(name).c_str(), F_OK), 0) << "it left its name";
  share({});
  step();
  EXPECT_EQ(watch().latest().step(), 1);
}

TEST_F(SharedFramesTest, AWatcherOfADeadRunIsToldAndGivesItsMemoryBack) {
  Process dies([&] {
    share({});
    _exit(0);
    return 0;
  });
  dies.end(0);
  const Status status = FrameWatcher::open(name).status();
  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_NE(status.message().find("has died"), std::string::npos) << status.message();
  EXPECT_NE(access(path_of(name).c_str(), F_OK), 0);
}

TEST_F(SharedFramesTest, AWatcherFindsOutThatItsRunWasKilled) {
  SharedTally tally;
  Process run([&] {
    share({});
    step(5);
    tally->ready.store(1, std::memory_order_release);
    for (;;) pause();
    return 0;
  });
  wait_for(tally->ready, 1);
  FrameWatcher watcher = watch();
  watcher.latest();
  EXPECT_EQ(watcher.state(), RunState::kRunning);
  run.end(SIGKILL);
  EXPECT_EQ(watcher.state(), RunState::kDied);
  EXPECT_FALSE(watcher.wait_next(Clock::now() + 5ms));
  EXPECT_TRUE(is_whole(watcher.frame()));
  {
    const FrameWatcher gone = std::move(watcher);
  }
  EXPECT_NE(access(path_of(name).c_str(), F_OK), 0) << "who leaves last takes the name along";
}

TEST_F(SharedFramesTest, OfProcessesThatWantOneNameOneGetsItWhateverADeadOneLeft) {
  for (int round = 0; round < 8; ++round) {
    if (round % 2 == 1) {
      Process([&] {
        share({});
        _exit(0);
        return 0;
      }).end(0);
    }
    SharedTally tally;
    std::vector<Process> all;
    constexpr int kProcesses = 6;
    for (int i = 0; i < kProcesses; ++i) {
      all.emplace_back([&] {
        wait_for(tally->go, 1);
        const bool mine = try_share({}).is_ok();
        tally->frames.fetch_add(mine ? 1 : 0, std::memory_order_acq_rel);
        tally->ready.fetch_add(1, std::memory_order_acq_rel);
        wait_for(tally->ready, kProcesses);
        stepper.reset();
        return 0;
      });
    }
    tally->go.store(1, std::memory_order_release);
    for (Process& each : all) EXPECT_EQ(each.end(0), 0);
    EXPECT_EQ(tally->frames.load(), 1) << "round " << round;
  }
  EXPECT_NE(access(path_of(name).c_str(), F_OK), 0);
}

TEST_F(SharedFramesTest, ANameIsLettersDigitsAndLittleElse) {
  for (const char* wrong : {"a/b", "..//x", "a b", "\n", "\xc3\xa9"}) {
    EXPECT_EQ(FrameWatcher::open(wrong).status().code(), StatusCode::kInvalidArgument) << wrong;
    name = wrong;
    EXPECT_EQ(try_share({}).code(), StatusCode::kInvalidArgument) << wrong;
  }
  EXPECT_EQ(FrameWatcher::open("").status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(FrameWatcher::open(std::string(300, 'x')).status().code(),
            StatusCode::kInvalidArgument);
}

TEST_F(SharedFramesTest, TheFileIsItsOwnersAlone) {
  share({});
  struct stat about;
  ASSERT_EQ(stat(path_of(name).c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
}

// ---- files that are not what they seem ----

// What lies under the name is `file`, changed by `spoil`, of a run that lives.
Status open_spoilt(const std::string& name, const std::function<void(int file)>& spoil) {
  const int file = open(path_of(name).c_str(), O_RDWR);
  spoil(file);
  close(file);
  return FrameWatcher::open(name).status();
}

TEST_F(SharedFramesTest, FilesThatAreDamagedAreRefused) {
  share({});
  SharedHeader good = {};
  std::vector<std::byte> schema;
  off_t schema_at = 0;
  ASSERT_TRUE(open_spoilt(name, [&](int file) {
                EXPECT_EQ(pread(file, &good, sizeof good, 0), ssize_t{sizeof good});
                schema.resize(good.shape.schema_bytes);
                schema_at = static_cast<off_t>(SharedLayout(good.shape).schema);
                EXPECT_EQ(pread(file, schema.data(), schema.size(), schema_at),
                          static_cast<ssize_t>(schema.size()));
              }).is_ok());
  const auto with_header = [&](const auto& change) {
    const Status status = open_spoilt(name, [&](int file) {
      SharedHeader header = good;
      change(header);
      EXPECT_GT(pwrite(file, &header, sizeof header, 0), 0);
    });
    EXPECT_EQ(status.code(), StatusCode::kInvalidInput) << status.message();
    EXPECT_EQ(status.message().find("what is shared as '" + name + "': "), 0u) << status.message();
  };
  with_header([](SharedHeader& header) { header.magic = ~header.magic; });
  with_header([](SharedHeader& header) { header.version = 7; });
  with_header([](SharedHeader& header) { header.shape.num_slots = 60000; });
  with_header([](SharedHeader& header) { header.shape.num_readers = 0xffffffff; });
  with_header([](SharedHeader& header) { header.shape.schema_bytes = UINT64_MAX - 100; });
  with_header([](SharedHeader& header) { header.shape.frame_bytes = UINT64_MAX - 100; });
  with_header([](SharedHeader& header) { header.shape.frame_bytes += 64; });
  with_header([](SharedHeader& header) { header.file_bytes = 0; });
  for (std::size_t i = 0; i < schema.size(); ++i) {
    const Status status = open_spoilt(name, [&](int file) {
      EXPECT_GT(pwrite(file, &good, sizeof good, 0), 0);
      std::vector<std::byte> spoilt = schema;
      spoilt[i] ^= std::byte{0x44};
      EXPECT_GT(pwrite(file, spoilt.data(), spoilt.size(), schema_at), 0);
    });
    // Another letter in a name is another name; all else contradicts the size of a frame.
    if (!status.is_ok()) {
      EXPECT_EQ(status.code(), StatusCode::kInvalidInput) << i;
    }
  }
}

TEST_F(SharedFramesTest, FilesThatAreTruncatedAreRefused) {
  share({});
  const auto cut_to = [this](off_t bytes) {
    return open_spoilt(name, [&](int file) { EXPECT_EQ(ftruncate(file, bytes), 0); });
  };
  for (const off_t bytes : {70000, 65536, 200, 100}) {
    const Status status = cut_to(bytes);
    EXPECT_EQ(status.code(), StatusCode::kInvalidInput) << status.message();
  }
  EXPECT_EQ(cut_to(0).code(), StatusCode::kNotFound);  // as before the run set it up
  // The run itself must not touch what was taken from it: it only goes.
  Process([this] {
    stepper.release();  // NOLINT: its end would write into the file
    return 0;
  }).end(0);
  EXPECT_EQ(cut_to(1 << 20).code(), StatusCode::kNotFound);
}

TEST_F(SharedFramesTest, WhoComesWhileTheFileIsMadeWaitsForIt) {
  share({});
  step(3);
  const int file = open(path_of(name).c_str(), O_RDWR);
  struct stat about;
  ASSERT_EQ(fstat(file, &about), 0);
  std::vector<std::byte> all(static_cast<std::size_t>(about.st_size));
  ASSERT_EQ(pread(file, all.data(), all.size(), 0), about.st_size);
  ASSERT_EQ(ftruncate(file, 0), 0);  // as it is when it was just made
  Process child([this] {
    auto watcher = FrameWatcher::open(name);
    return watcher.is_ok() && watcher->latest().step() == 3 ? 0 : 1;
  });
  constexpr std::size_t kMagic = sizeof(SharedHeader::magic);
  std::this_thread::sleep_for(15ms);
  EXPECT_EQ(ftruncate(file, about.st_size), 0);
  std::this_thread::sleep_for(15ms);
  EXPECT_GT(pwrite(file, all.data() + kMagic, all.size() - kMagic, kMagic), 0);
  EXPECT_GT(pwrite(file, all.data(), kMagic, 0), 0);
  EXPECT_EQ(child.end(0), 0);
  close(file);
}

// Whoever maps the control part can write anything there. The run goes on all the same, with the
// same results: it only publishes less.
TEST_F(SharedFramesTest, ARunWhoseCountersAreSpoiltGoesOn) {
  share({.readers = 2});
  FrameWatcher watcher = watch();
  const int file = open(path_of(name).c_str(), O_RDWR);
  SharedHeader header = {};
  ASSERT_GT(pread(file, &header, sizeof header, 0), 0);
  const SharedLayout at(header.shape);
  std::mt19937_64 random(11);
  for (int round = 0; round < 1500; ++round) {
    const std::uint64_t first = at.counts, last = at.schema;
    const std::uint64_t place = first + random() % ((last - first) / 8) * 8;
    const std::uint64_t value = random() % 3 == 0 ? random() : random() % 8;
    ASSERT_EQ(pwrite(file, &value, 8, static_cast<off_t>(place)), 8);
    ASSERT_TRUE(stepper->step(1).is_ok());
    ASSERT_TRUE(is_whole(stepper->last_completed())) << "round " << round;
    watcher.latest();  // anything but a crash
    ASSERT_GE(watcher.frame_age_ns(), 0);
    stepper->pinned_slots();
  }
  close(file);
  EXPECT_EQ(stepper->last_completed().step(), 1500);
}

TEST_F(SharedFramesTest, AWordThatNamesNoSlotIsNotFollowed) {
  share({});
  FrameWatcher watcher = watch();
  watcher.latest();
  const int file = open(path_of(name).c_str(), O_RDWR);
  SharedHeader header = {};
  ASSERT_GT(pread(file, &header, sizeof header, 0), 0);
  const std::uint64_t word = 1234;
  ASSERT_EQ(pwrite(file, &word, 8, static_cast<off_t>(SharedLayout(header.shape).word)), 8);
  close(file);
  EXPECT_FALSE(watcher.latest().is_valid());
  EXPECT_FALSE(watcher.wait_next(Clock::now() + 5ms));
  step(3);
  EXPECT_EQ(watcher.latest().step(), 3);
}

// ---- memory ----

TEST_F(SharedFramesTest, SlotsAreBackedAndCountedAndTheCapIsFixed) {
  share({.readers = 0, .policy = FramePolicy::kGrow, .max_slots = 5});
  const std::size_t before = budget.used();
  std::vector<FrameWatcher> watchers;
  for (int i = 0; i < 6; ++i) {
    watchers.push_back(watch());
    watchers.back().latest();
    step();
  }
  EXPECT_EQ(stepper->statistics().slots, 5);
  EXPECT_EQ(stepper->statistics().grown, 2);
  EXPECT_GT(stepper->statistics().skipped, 0);
  EXPECT_GT(budget.used(), before + 2 * kElements * 8);
  for (const FrameWatcher& each : watchers) EXPECT_TRUE(is_whole(each.frame()));
  watchers.clear();
  stepper.reset();
  EXPECT_EQ(budget.used(), 0u);
}

TEST_F(SharedFramesTest, WhatDoesNotFitIsRefusedAndLeavesNoName) {
  MemoryBudget tight({.hard_bytes = 100'000});
  FrameSchema schema;
  schema.add({"step", ColumnType::kInt64, ColumnMode::kRewritten, kElements, 1});
  FrameOptions options;
  options.share.name = name;
  const auto created = TimeStepper::create(
      schema, options, [](FrameWriter&) { return Status::ok(); }, *parallel, &tight, {});
  EXPECT_EQ(created.status().code(), StatusCode::kBudgetExceeded);
  EXPECT_EQ(tight.used(), 0u);
  EXPECT_NE(access(path_of(name).c_str(), F_OK), 0);
}
}  // namespace
}  // namespace quadrille
