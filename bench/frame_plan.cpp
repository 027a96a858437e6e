#include "bench/frame_plan.h"

#include <algorithm>
#include <string>

namespace quadrille::program {
namespace {

constexpr double kFullSpeed = 0, kFast = 100'000, kSlow = 1'000, kScreen = 60;
constexpr double kFastestSleep = 10'000;        // above, a sleeping reader hardly falls asleep
constexpr std::int64_t kMostStalled = 100'000;  // frames, where a peer keeps all of them

// A window of `seconds`, or longer, so that a slow writer has this many frames in it.
double window_seconds(double rate_hz, double seconds) {
  constexpr double kLeastFrames = 12;
  return rate_hz > 0 ? std::max(seconds, kLeastFrames / rate_hz) : seconds;
}

class Planner {
 public:
  explicit Planner(const ProfileFramesOptions& options) : options_(options) {
    plan_.rounds = static_cast<int>(options.repeat);
    plan_.frame_lines = (options.frame_bytes + kCacheLineBytes - 1) / kCacheLineBytes;
    plan_.samples = !options.samples.empty();
    seconds_ = options.window_s > 0 ? options.window_s : options.quick ? 5e-3 : 20e-3;
  }

  FramePlan plan() {
    choose_peers();
    plan_.alone = has("alone");
    if (has("busy")) add_busy();
    if (has("slow")) add_held(ReaderConduct::kSlow, kFast);
    if (has("stalled")) add_held(ReaderConduct::kOneStalls, kFullSpeed);
    if (has("asleep")) add_asleep();
    plan_.stops = !has("stopped") ? 0 : options_.quick ? 8 : 32;
    return std::move(plan_);
  }

 private:
  bool has(std::string_view part) const {
    return options_.parts.empty() ||
           std::ranges::find(options_.parts, part) != options_.parts.end();
  }

  void choose_peers() {
    for (const FramePeerEntry& entry : frame_peers()) {
      if (!options_.peers.empty() &&
          std::ranges::find(options_.peers, entry.traits.name) == options_.peers.end())
        continue;
      if (entry.create == nullptr)
        plan_.not_built.emplace_back(entry.traits.name);
      else
        plan_.peers.push_back(&entry);
    }
  }

  void add(ReaderConduct conduct, std::int64_t readers, double rate_hz) {
    FrameWindow window;
    window.setup = {static_cast<int>(readers), plan_.frame_lines};
    window.conduct = conduct;
    window.rate_hz = rate_hz;
    window.seconds = window_seconds(rate_hz, seconds_);
    if (conduct == ReaderConduct::kSlow) {
      window.hold_ns = static_cast<std::int64_t>(options_.hold_s * 1e9);
      window.seconds = std::max(window.seconds, 10 * options_.hold_s);
    }
    if (conduct == ReaderConduct::kOneStalls) window.most_frames = kMostStalled;
    plan_.cells.push_back(window);
  }

  // What was asked for in full; else all counts of readers at the two high rates, one at the low.
  void add_busy() {
    const std::vector<std::int64_t> all = options_.quick ? std::vector<std::int64_t>{0, 1, 2}
                                                         : std::vector<std::int64_t>{0, 1, 2, 4, 8};
    const std::vector<std::int64_t>& readers = options_.readers.empty() ? all : options_.readers;
    std::vector<double> rates = options_.rates_hz;
    if (rates.empty()) rates = {kFullSpeed, kFast};
    for (const double rate : rates) {
      for (const std::int64_t count : readers) add(ReaderConduct::kBusy, count, rate);
    }
    if (!options_.rates_hz.empty() || !options_.readers.empty()) return;
    add(ReaderConduct::kBusy, 1, kSlow);
    if (!options_.quick) add(ReaderConduct::kBusy, 1, kScreen);
  }

  void add_held(ReaderConduct conduct, double rate_hz) {
    if (options_.readers.empty()) return add(conduct, 2, rate_hz);
    for (const std::int64_t count : options_.readers) {
      if (count > 0) add(conduct, count, rate_hz);
    }
  }

  void add_asleep() {
    std::vector<double> rates = options_.rates_hz;
    if (rates.empty()) rates = {kSlow, kScreen};
    for (const double rate : rates) {
      if (rate == kFullSpeed || rate > kFastestSleep || (options_.quick && rate == kScreen))
        continue;
      add(ReaderConduct::kAsleep, 1, rate);
    }
  }

  const ProfileFramesOptions& options_;
  double seconds_ = 0;
  FramePlan plan_;
};

}  // namespace

FramePlan plan_frames(const ProfileFramesOptions& options) { return Planner(options).plan(); }

}  // namespace quadrille::program
