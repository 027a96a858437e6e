#include "bench/frame_profile.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "bench/frame_blocks.h"
#include "bench/frame_picture.h"
#include "bench/frame_report.h"
#include "bench/frame_table.h"
#include "bench/perf_counters.h"
#include "bench/sample_thinner.h"
#include "bench/table.h"

namespace quadrille::program {
namespace {

TEST(Distribution, SaysWhatItsHistogramSays) {
  Histogram histogram;
  for (std::int64_t value = 1; value <= 5000; ++value) histogram.record(value * 7);
  const Distribution times = distribution_of(histogram);
  EXPECT_EQ(times.count, 5000);
  EXPECT_EQ(times.min, 7);
  EXPECT_EQ(times.max, 35000);
  for (const double share : {0.5, 0.9, 0.99, 0.999}) {
    EXPECT_EQ(times.percentile(share), static_cast<double>(histogram.percentile(share))) << share;
  }
  const auto total = std::accumulate(
      times.cells.begin(), times.cells.end(), std::int64_t{0},
      [](std::int64_t sum, const Distribution::Cell& cell) { return sum + cell.count; });
  EXPECT_EQ(total, 5000);
}

TEST(Distribution, DoesNotKnowAPercentileAboveWhichThereIsNoValue) {
  Histogram histogram;
  for (int i = 0; i < 100; ++i) histogram.record(10);
  const Distribution times = distribution_of(histogram);
  EXPECT_EQ(times.percentile(0.99), 10);
  EXPECT_LT(times.percentile(0.999), 0);
  EXPECT_LT(distribution_of(Histogram()).percentile(0.5), 0);
}

TEST(SampleThinner, KeepsEvenlySpreadSamplesInABufferOfConstantSize) {
  for (const int offered : {1, 63, 64, 65, 1000, 4097}) {
    SampleThinner samples(64);
    for (int i = 0; i < offered; ++i) samples.add({i, i});
    ASSERT_LE(samples.kept().size(), 64u);
    EXPECT_GE(samples.kept().size(), std::min<std::size_t>(static_cast<std::size_t>(offered), 32));
    const std::int64_t stride = samples.kept().size() > 1 ? samples.kept()[1].ns : 1;
    for (std::size_t i = 0; i < samples.kept().size(); ++i)
      EXPECT_EQ(samples.kept()[i].ns, static_cast<std::int64_t>(i) * stride) << offered;
    EXPECT_EQ(samples.offered(), offered);
  }
}

TEST(PerfCounters, CountOrSayWhyNot) {
  Result<PerfCounters> counters = PerfCounters::open(hardware_events());
  if (!counters.is_ok()) {
    EXPECT_NE(counters.status().message().find("the system counts no"), std::string::npos);
    return;
  }
  counters->start();
  volatile int work = 0;
  for (int i = 0; i < 100'000; ++i) work = work + 1;
  const std::vector<double> counts = counters->stop();
  ASSERT_EQ(counts.size(), hardware_events().size());
  EXPECT_GT(counts[1], 100'000) << "instructions";
}

TEST(FramePlan, MultipliesTheReadersAndRatesThatWereAskedFor) {
  ProfileFramesOptions options;
  options.readers = {0, 3};
  options.rates_hz = {0, 500};
  options.parts = {"busy"};
  const FramePlan plan = plan_frames(options);
  ASSERT_EQ(plan.cells.size(), 4u);
  EXPECT_EQ(plan.cells[3].setup.num_readers, 3);
  EXPECT_EQ(plan.cells[3].rate_hz, 500);
  EXPECT_GE(plan.cells[3].seconds * 500, 11.9) << "a slow rate has a dozen frames";
  EXPECT_FALSE(plan.alone);
  EXPECT_EQ(plan.stops, 0);
}

// Small, and of every part.
const FrameProfile& small_frame_profile() {
  static const FrameProfile profile = [] {
    ProfileFramesOptions options;
    options.peers = {"channel", "simulation", "mutex", "triple_buffer"};
    options.quick = true;
    options.repeat = 2;
    options.window_s = 2e-3;
    options.samples = "wanted";
    Progress progress(true);
    auto measured = measure_frames(plan_frames(options), TickClock::calibrate(), progress);
    EXPECT_TRUE(measured.is_ok()) << measured.status().message();
    return std::move(measured).value();
  }();
  return profile;
}

TEST(FrameProfile, HasAFigureARoundOfEachPeer) {
  const FrameProfile& profile = small_frame_profile();
  ASSERT_EQ(profile.alone.size(), 4u);
  EXPECT_EQ(profile.exchange_ns.size(), 2u);
  for (const FrameCosts& costs : profile.alone) {
    EXPECT_EQ(costs.publish_ns.size(), 2u) << costs.name;
    EXPECT_GT(summarize(costs.read_ns).min, 0) << costs.name;
  }
  for (const FrameCell& cell : profile.cells) {
    for (const FrameCellPeer& peer : cell.peers) {
      EXPECT_LE(cell.window.setup.num_readers, find_frame_peer(peer.name)->traits.most_readers);
      EXPECT_LE(peer.counts.seen, peer.counts.published * cell.window.setup.num_readers);
    }
  }
}

TEST(FrameProfile, TablesFitEightyAndAHundredAndTwentyColumns) {
  const TickClock clock = TickClock::monotonic();
  for (const std::size_t width : {80u, 120u}) {
    std::istringstream text(
        frame_heading(small_frame_profile(), describe_machine(""), clock, width) +
        frame_tables(small_frame_profile(), width) + frame_summary(small_frame_profile(), width));
    for (std::string line; std::getline(text, line);) EXPECT_LE(display_width(line), width) << line;
  }
  EXPECT_NE(frame_tables(small_frame_profile(), 80).find("ALONE"), std::string::npos);
  EXPECT_NE(frame_summary(small_frame_profile(), 80).find("mutex"), std::string::npos);
}

TEST(FrameProfile, TablesShowWhateverNumberOfReadersWasMeasured) {
  FrameProfile profile;
  FrameCell cell;
  cell.window.setup.num_readers = 3;
  cell.peers.emplace_back();
  cell.peers.back().name = "channel";
  cell.peers.back().publish_ns = {50, 60, 70};
  profile.cells = {cell};
  const std::string text = frame_tables(profile, 80);
  EXPECT_NE(text.find("full speed, 3 readers"), std::string::npos) << text;
  EXPECT_NE(text.find("60 ns"), std::string::npos) << text;
}

TEST(FrameProfile, EntriesOfTheReportHaveUniqueNamesAndWholeHistograms) {
  std::set<std::string> names;
  for (const Measurement& entry : frame_results(small_frame_profile())) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    if (entry.histogram.empty()) continue;
    std::int64_t count = 0, before = -1;
    for (const auto& [lowest, times] : entry.histogram) {
      EXPECT_GT(lowest, before);
      before = lowest;
      count += times;
    }
    EXPECT_EQ(count, entry.nodes) << entry.name;
  }
  EXPECT_TRUE(names.contains("publish, channel, 1 reader, full speed"));
  // On a busy machine a reader may sleep through all of a window's two frames.
  bool were_seen = false;
  for (const FrameCell& cell : small_frame_profile().cells) {
    for (const FrameCellPeer& peer : cell.peers) {
      were_seen = were_seen || (cell.window.setup.num_readers == 1 && peer.name == "mutex" &&
                                !peer.latency_samples.empty());
    }
  }
  const auto is_one = [](const std::string& name) {
    return name.starts_with("latency, mutex, 1 reader, ");
  };
  EXPECT_EQ(std::ranges::any_of(names, is_one), were_seen);
}

TEST(FrameProfile, ThePictureHasAPanelACallAndALineAPeer) {
  const std::string svg = frame_picture(small_frame_profile(), "a processor & its caches");
  EXPECT_EQ(svg.rfind("<svg", 0), 0u);
  EXPECT_NE(svg.find("publish, 1 reader, full speed"), std::string::npos);
  EXPECT_NE(svg.find("triple_buffer"), std::string::npos);
  EXPECT_NE(svg.find("&amp; its caches"), std::string::npos);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
}

TEST(Wrapped, CutsAtSpacesAndKeepsEveryWord) {
  EXPECT_EQ(wrapped("one two three", 7), "one two\nthree\n");
  EXPECT_EQ(wrapped("alone", 2), "alone\n");
}

}  // namespace
}  // namespace quadrille::program
