// Whole scenes with a trace: the same bytes, and every step in it.
#include <quadrille/simulation.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/engine/trace_text.h"
#include "tests/folder.h"
#include "tests/scenes/scene_inputs.h"

namespace quadrille {
namespace {

constexpr std::int64_t kSize = 3000, kSteps = 5;

SimulationOptions two_threads(const SceneEntry& scene) {
  SimulationOptions options;
  options.backend = "threads";
  options.num_threads = 2;
  if (scene.needs == SceneNeeds::kNothing) options.scene.size = kSize;
  return options;
}

Simulation run(const SceneEntry& scene, const SimulationOptions& options) {
  Simulation simulation =
      Simulation::create(scene.name, test::input_for(scene, kSize), options).value();
  for (int i = 0; i < kSteps && !simulation.finished(); ++i) {
    const Status status = simulation.step();
    EXPECT_TRUE(status.is_ok()) << status.message();
  }
  return simulation;
}

TEST(SimulationTrace, ChangesNoByteAndShowsEveryPassOfEveryStep) {
  for (const SceneEntry& scene : scene_registry()) {
    SCOPED_TRACE(scene.name);
    SimulationOptions options = two_threads(scene);
    const Simulation plain = run(scene, options);
    EXPECT_EQ(plain.trace(), nullptr);
    options.trace.enabled = true;
    const Simulation traced = run(scene, options);
    EXPECT_EQ(traced.last_completed().state_hash(), plain.last_completed().state_hash());
    ASSERT_NE(traced.trace(), nullptr);

    const auto threads = test::read_all(*traced.trace());
    EXPECT_EQ(threads.at(0).name, "simulation");
    std::string expected;
    for (std::int64_t step = 0; step < traced.last_completed().step(); ++step) {
      for (const std::string& pass : traced.passes()) expected += pass + " ";
    }
    // Chunks of the simulation's own thread lie in their pass, under the same name.
    std::string seen;
    const auto names = TraceReader(*traced.trace(), test::kWholeTrace).names();
    std::vector<TraceName> open;
    for (const TraceEvent& event : threads.at(0).events) {
      const TraceNameEntry& name = names.at(static_cast<std::size_t>(event.name));
      if (event.phase == TracePhase::kBegin) {
        const bool is_chunk = !open.empty() && open.back() == event.name;
        if (name.category == "pass" && !is_chunk) seen += name.text + " ";
        open.push_back(event.name);
      }
      if (event.phase == TracePhase::kEnd) open.pop_back();
    }
    EXPECT_EQ(seen, expected);
  }
}

TEST(SimulationTrace, ShowsTemporaryBuffersByLabel) {
  const SceneEntry& sort = *find_scene("sort");
  SimulationOptions options = two_threads(sort);
  options.trace.enabled = true;
  const Simulation simulation = run(sort, options);
  const auto events = test::read_all(*simulation.trace()).at(0).events;
  const std::string arena = test::sentence(*simulation.trace(), events, "arena");
  EXPECT_NE(arena.find("reset! sort: temporary buffers# allocate"), std::string::npos) << arena;
}

TEST(SimulationTrace, BelongsToOneSimulation) {
  const SceneEntry& scene = *find_scene("nbody");
  SimulationOptions options = two_threads(scene);
  options.trace.enabled = true;
  const Simulation one = run(scene, options), two = run(scene, options);
  EXPECT_NE(one.trace(), two.trace());
  const std::int64_t events = one.trace()->statistics().events;
  two.trace()->this_thread()->instant(TraceName{0});
  EXPECT_EQ(one.trace()->statistics().events, events);
}

TEST(SimulationTrace, CountsAgainstTheHardLimit) {
  const SceneEntry& scene = *find_scene("nbody");
  SimulationOptions options = two_threads(scene);
  options.trace = {.enabled = true, .buffer_bytes = std::size_t{1} << 30};
  options.hard_limit_bytes = std::size_t{1} << 30;
  EXPECT_EQ(Simulation::create(scene.name, test::input_for(scene, kSize), options).status().code(),
            StatusCode::kBudgetExceeded);
}

TEST(SimulationFlightRecorder, WritesTheFrameThatWasTooSlow) {
  const test::Folder folder;
  const SceneEntry& scene = *find_scene("collide");
  SimulationOptions options = two_threads(scene);
  options.flight_recorder = {.path = folder / "slow.pftrace", .slow_frame_s = 0};
  const Simulation simulation = run(scene, options);
  const FlightReport report = simulation.flight_report();
  EXPECT_TRUE(report.status.is_ok()) << report.status.message();
  EXPECT_EQ(report.slow_frames, kSteps);
  EXPECT_GE(report.slowest_ns, report.written_ns);
  EXPECT_TRUE(std::filesystem::exists(folder / "slow.pftrace"));
}

TEST(SimulationFlightRecorder, IsSilentWhereNoFrameIsSlow) {
  const test::Folder folder;
  const SceneEntry& scene = *find_scene("collide");
  SimulationOptions options = two_threads(scene);
  options.flight_recorder = {.path = folder / "slow.json", .slow_frame_s = 3600};
  EXPECT_EQ(run(scene, options).flight_report().slow_frames, 0);
  EXPECT_FALSE(std::filesystem::exists(folder / "slow.json"));
}

TEST(SimulationFlightRecorder, IsRefusedWithAFileOfNoFormat) {
  const SceneEntry& scene = *find_scene("collide");
  SimulationOptions options = two_threads(scene);
  options.flight_recorder = {.path = "slow.txt", .slow_frame_s = 1};
  const auto refused = Simulation::create(scene.name, test::input_for(scene, kSize), options);
  EXPECT_EQ(refused.status().code(), StatusCode::kInvalidArgument);
  EXPECT_NE(refused.status().message().find("slow.txt"), std::string::npos);
}

}  // namespace
}  // namespace quadrille
