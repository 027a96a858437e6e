#include "bench/frame_profile.h"

#include <algorithm>
#include <map>
#include <memory>

#include "bench/format.h"
#include "bench/frame_costs.h"
#include "bench/perf_counters.h"

namespace quadrille::program {
namespace {

constexpr std::size_t kMostSamples = 2048;  // of one call of a peer in one cell

// The counter may count in steps of many: the largest gap between values that often occur when
// nothing is timed.
double clock_step_ns(const TickClock& clock) {
  constexpr int kReadings = 20'000, kOften = kReadings / 200;
  std::map<std::int64_t, int> times;
  for (int i = 0; i < kReadings; ++i) {
    const std::int64_t begin = clock.ordered_ticks();
    ++times[clock.ordered_ticks() - begin];
  }
  std::int64_t widest = 1, before = -1;
  for (const auto& [ticks, count] : times) {
    if (count < kOften) continue;
    if (before >= 0) widest = std::max(widest, ticks - before);
    before = ticks;
  }
  return clock.to_ns(widest);
}

bool can_do(const FramePeerEntry& peer, const FrameWindow& window) {
  if (window.conduct == ReaderConduct::kAsleep && !peer.traits.can_wait) return false;
  return window.setup.num_readers <= peer.traits.most_readers;
}

bool is_at_full_speed(const FrameWindow& window) {
  return window.rate_hz == 0 && window.conduct != ReaderConduct::kSlow;
}

double ratio(double value, double by) { return by > 0 ? value / by : 0; }

// The figures of one untimed window.
void add_figures(const FrameCounts& counts, int readers, FrameCellPeer& peer) {
  const auto seen = static_cast<double>(counts.seen);
  peer.publish_ns.push_back(ratio(counts.writer_ns, static_cast<double>(counts.published)));
  if (readers == 0) return;
  peer.seen_a_second.push_back(ratio(seen * 1e9, counts.readers_ns));
  peer.seen_ns.push_back(ratio(counts.writer_ns + counts.readers_ns, seen));
}

class FrameMeasurement {
 public:
  FrameMeasurement(const FramePlan& plan, const TickClock& clock, Progress& progress)
      : plan_(plan), windows_(clock), progress_(progress) {
    const std::size_t turns = plan.cells.size() + (plan.alone ? 1 : 0) + (plan.stops > 0 ? 1 : 0);
    turns_ = static_cast<std::int64_t>(turns) * plan.rounds;
  }

  Result<FrameProfile> run() {
    describe();
    if (plan_.alone) measure_alone();
    for (const FrameWindow& window : plan_.cells) QUADRILLE_RETURN_IF_ERROR(measure_cell(window));
    if (plan_.stops > 0) measure_stops();
    return std::move(profile_);
  }

 private:
  // Calls body(place of a peer) for all peers a round, every second one backwards.
  template <class Body>
  void each_round(const Body& body) {
    const std::size_t count = plan_.peers.size();
    for (int round = 0; round < plan_.rounds; ++round) {
      for (std::size_t i = 0; i < count; ++i) body(round % 2 == 0 ? i : count - 1 - i);
      progress_.update("profile frames", ++turns_done_, turns_);
    }
  }

  void describe();
  void measure_alone();
  Status measure_cell(const FrameWindow& window);
  void measure_peer(const FrameWindow& window, const FramePeerEntry& entry,
                    FrameHistograms& histograms, FrameSamples* samples, FrameCellPeer& peer);
  void measure_stops();

  const FramePlan& plan_;
  FrameWindows windows_;
  FrameHistograms once_;  // of one window
  Progress& progress_;
  FrameProfile profile_;
  std::int64_t turns_ = 0, turns_done_ = 0;
};

void FrameMeasurement::describe() {
  profile_.not_built = plan_.not_built;
  profile_.processors = windows_.num_processors();
  profile_.rounds = plan_.rounds;
  profile_.frame_bytes = plan_.frame_lines * kCacheLineBytes;
  profile_.clock_step_ns = clock_step_ns(windows_.clock());
  profile_.began_ticks = windows_.clock().ticks();
  const Result<PerfCounters> counters = PerfCounters::open(hardware_events());
  if (!counters.is_ok()) profile_.no_hardware = counters.status().message();
}

void FrameMeasurement::measure_alone() {
  for (const FramePeerEntry* peer : plan_.peers)
    profile_.alone.push_back({.name = std::string(peer->traits.name)});
  const FramePeerSetup setup{.num_readers = 1, .frame_lines = plan_.frame_lines};
  each_round([&](std::size_t place) {
    if (place == 0) profile_.exchange_ns.push_back(bare_exchange_ns(windows_));
    const FramePeerEntry& entry = *plan_.peers[place];
    FrameCosts& costs = profile_.alone[place];
    costs.publish_ns.push_back(publish_alone_ns(entry, windows_, setup));
    costs.read_ns.push_back(read_alone_ns(entry, windows_, setup, FrameReading::kPins));
    costs.refresh_ns.push_back(read_alone_ns(entry, windows_, setup, FrameReading::kRefreshes));
  });
}

void FrameMeasurement::measure_peer(const FrameWindow& window, const FramePeerEntry& entry,
                                    FrameHistograms& histograms, FrameSamples* samples,
                                    FrameCellPeer& peer) {
  if (is_at_full_speed(window)) {
    const FrameCounts counts = windows_.run(entry, window);
    add_figures(counts, window.setup.num_readers, peer);
    peer.counts.add(counts);
  }
  if (window.conduct == ReaderConduct::kOneStalls) return;
  once_.clear();
  const FrameCounts timed = windows_.run_timed(entry, window, once_, samples);
  histograms.merge(once_);
  const auto calls = once_.calls();
  for (std::size_t call = 0; call < calls.size(); ++call) {
    if (calls[call]->max() > 0)
      peer.calls[call].median_ns.push_back(static_cast<double>(calls[call]->percentile(0.5)));
  }
  if (is_at_full_speed(window))
    peer.timed_counts.add(timed);
  else
    peer.counts.add(timed);
}

Status FrameMeasurement::measure_cell(const FrameWindow& window) {
  struct Turn {
    FrameHistograms histograms;
    FrameSamples samples{kMostSamples};
    FrameCellPeer peer;
  };
  std::vector<std::unique_ptr<Turn>> turns;
  for (const FramePeerEntry* entry : plan_.peers) {
    turns.push_back(std::make_unique<Turn>());
    turns.back()->peer.name = entry->traits.name;
  }
  each_round([&](std::size_t place) {
    const FramePeerEntry& entry = *plan_.peers[place];
    Turn& turn = *turns[place];
    if (!can_do(entry, window)) return;
    measure_peer(window, entry, turn.histograms, plan_.samples ? &turn.samples : nullptr,
                 turn.peer);
  });
  FrameCell cell{window, {}};
  for (std::size_t place = 0; place < turns.size(); ++place) {
    if (!can_do(*plan_.peers[place], window)) continue;
    FrameCellPeer& peer = turns[place]->peer;
    const FrameHistograms& histograms = turns[place]->histograms;
    const std::int64_t torn = peer.counts.torn + peer.timed_counts.torn;
    const std::int64_t backward = peer.counts.backward + peer.timed_counts.backward;
    if (torn + backward > 0) {
      return {StatusCode::kInvalidInput,
              fmt::format("{} gave {} torn frames and {} that were older than the one before",
                          peer.name, torn, backward)};
    }
    for (std::size_t call = 0; call < peer.calls.size(); ++call)
      peer.calls[call].times = distribution_of(*histograms.calls()[call]);
    peer.publish_samples = turns[place]->samples.publish.kept();
    peer.latency_samples = turns[place]->samples.latency.kept();
    cell.peers.push_back(std::move(peer));
  }
  if (!cell.peers.empty()) profile_.cells.push_back(std::move(cell));
  return Status::ok();
}

void FrameMeasurement::measure_stops() {
  for (const FramePeerEntry* peer : plan_.peers)
    profile_.stops.push_back({.name = std::string(peer->traits.name)});
  each_round([&](std::size_t place) {
    FrameStopCounts& sum = profile_.stops[place].counts;
    const int share = (plan_.stops + plan_.rounds - 1) / plan_.rounds;
    const FrameStopCounts counts =
        stop_reader(*plan_.peers[place], windows_, plan_.frame_lines, share);
    sum.stops += counts.stops;
    sum.blocked += counts.blocked;
    sum.kept = std::max(sum.kept, counts.kept);
  });
}

}  // namespace

Distribution distribution_of(const Histogram& histogram) {
  Distribution result;
  result.count = histogram.count();
  result.min = histogram.min();
  result.max = histogram.max();
  result.mean = histogram.mean();
  const std::span<const std::int64_t> cells = histogram.cells();
  for (std::size_t cell = 0; cell < cells.size(); ++cell) {
    if (cells[cell] > 0)
      result.cells.push_back(
          {Histogram::lowest_of(cell), Histogram::highest_of(cell), cells[cell]});
  }
  return result;
}

double Distribution::percentile(double share) const {
  // At least one value must lie above: else the longest is all that is known.
  if (static_cast<double>(count) * (1 - share) < 1) return -1;
  std::int64_t seen = 0;
  for (const Cell& cell : cells) {
    seen += cell.count;
    if (static_cast<double>(seen) >= share * static_cast<double>(count))
      return static_cast<double>(std::min(cell.highest, max));
  }
  return static_cast<double>(max);
}

Result<FrameProfile> measure_frames(const FramePlan& plan, const TickClock& clock,
                                    Progress& progress) {
  return FrameMeasurement(plan, clock, progress).run();
}

}  // namespace quadrille::program
