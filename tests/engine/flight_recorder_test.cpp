#include "engine/flight_recorder.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/folder.h"

namespace quadrille {
namespace {

constexpr std::int64_t kMs = 1'000'000;

class FlightRecorderTest : public testing::Test {
 protected:
  FlightRecorder recorder(const std::string& name, double slow_frame_s) {
    const LogHook log{&messages, [](void* context, LogLevel, std::string_view message) {
                        static_cast<std::vector<std::string>*>(context)->emplace_back(message);
                      }};
    return {*trace, {.path = folder / name, .slow_frame_s = slow_frame_s}, log};
  }
  static void step(FlightRecorder& recorder, std::int64_t step, std::int64_t ns) {
    recorder.after_step({.step = step, .total_ns = ns});
  }
  std::string file(const std::string& name) const {
    std::ifstream in(folder / name);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  test::Folder folder;
  std::vector<std::string> messages;
  std::unique_ptr<Trace> trace = Trace::create({.max_threads = 1}).value();
};

TEST_F(FlightRecorderTest, WritesWhenAStepTakesLongerThanItMay) {
  FlightRecorder flight = recorder("slow.json", 0.010);
  trace->this_thread()->instant(trace->name("what led to it", "test"), 1);
  step(flight, 1, 5 * kMs);
  step(flight, 2, 10 * kMs);  // not longer
  EXPECT_FALSE(std::filesystem::exists(folder / "slow.json"));
  EXPECT_EQ(flight.report().slow_frames, 0);
  step(flight, 3, 11 * kMs);
  EXPECT_NE(file("slow.json").find("what led to it"), std::string::npos);
  EXPECT_NE(file("slow.json").find("slow frame"), std::string::npos);
  EXPECT_EQ(flight.report().written_step, 3);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(folder.local(messages[0]),
            "step 3 took 11 ms, more than 10 ms: slow.json holds what led to it");
}

TEST_F(FlightRecorderTest, KeepsTheSlowestGiveOrTakeATenth) {
  FlightRecorder flight = recorder("slow.json", 0.010);
  step(flight, 1, 100 * kMs);
  step(flight, 2, 50 * kMs);
  step(flight, 3, 105 * kMs);
  EXPECT_EQ(flight.report().written_step, 1);
  step(flight, 4, 111 * kMs);
  EXPECT_EQ(flight.report().written_step, 4);
  EXPECT_EQ(flight.report().written_ns, 111 * kMs);
  step(flight, 5, 112 * kMs);
  EXPECT_EQ(flight.report().written_step, 4);
  EXPECT_EQ(flight.report().slowest_step, 5);
  EXPECT_EQ(flight.report().slow_frames, 5);
}

TEST_F(FlightRecorderTest, WritesAFewTensOfTimesAtMostWhenEachStepIsSlowerThanTheLast) {
  FlightRecorder flight = recorder("slow.json", 0.001);
  for (int i = 1; i <= 1000; ++i) step(flight, i, (10 + i) * kMs);
  EXPECT_EQ(flight.report().slow_frames, 1000);
  EXPECT_LT(messages.size(), 60u);
}

TEST_F(FlightRecorderTest, LeavesAnEarlierRunsFileToAStepThatIsSlower) {
  FlightRecorder flight(
      *trace, {.path = folder / "slow.json", .slow_frame_s = 0, .held_ns = 100 * kMs}, {});
  step(flight, 1, 90 * kMs);
  EXPECT_FALSE(std::filesystem::exists(folder / "slow.json"));
  step(flight, 2, 120 * kMs);
  EXPECT_TRUE(std::filesystem::exists(folder / "slow.json"));
  EXPECT_EQ(flight.report().slow_frames, 2);
}

TEST_F(FlightRecorderTest, LeavesOutWhatIsOlderThanItKeeps) {
  const LogHook silent;
  FlightRecorder flight(*trace, {.path = folder / "slow.json", .slow_frame_s = 0, .keep_s = 0.05},
                        silent);
  trace->this_thread()->instant(trace->name("long ago", "test"));
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  trace->this_thread()->instant(trace->name("just now", "test"));
  step(flight, 1, kMs);
  EXPECT_EQ(file("slow.json").find("long ago"), std::string::npos);
  EXPECT_NE(file("slow.json").find("just now"), std::string::npos);
}

TEST_F(FlightRecorderTest, ReportsAFileThatCannotBeWritten) {
  FlightRecorder flight = recorder("no/such/folder/slow.json", 0);
  step(flight, 1, kMs);
  EXPECT_EQ(flight.report().status.code(), StatusCode::kIoError);
  EXPECT_EQ(flight.report().slow_frames, 1);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_NE(messages[0].find("cannot write"), std::string::npos);
}

TEST_F(FlightRecorderTest, RefusesOptionsThatMakeNoSense) {
  const auto code = [](const FlightRecorderOptions& options) {
    return FlightRecorder::verify(options).code();
  };
  EXPECT_EQ(code({.path = "a.json", .slow_frame_s = 0.1}), StatusCode::kOk);
  EXPECT_EQ(code({.path = "a.txt"}), StatusCode::kInvalidArgument);
  EXPECT_EQ(code({.path = "a.json", .slow_frame_s = -1}), StatusCode::kInvalidArgument);
  EXPECT_EQ(code({.path = "a.json", .keep_s = std::nan("")}), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace quadrille
