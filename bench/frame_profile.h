// What `profile frames` measures: each peer alone, with readers, paced, asleep, and while a reader
// stalls or is stopped. In a round every peer has its turn, and every second round goes through
// them backwards.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <quadrille/status.h>

#include "bench/frame_plan.h"
#include "bench/frame_stops.h"
#include "bench/frame_window.h"
#include "bench/progress.h"
#include "bench/statistics.h"

namespace quadrille::program {

// What a histogram held, in as much room as it needs.
struct Distribution {
  struct Cell {
    std::int64_t lowest = 0, highest = 0;  // the values that it counts
    std::int64_t count = 0;
  };
  std::vector<Cell> cells;  // ascending; none of them empty
  std::int64_t count = 0, min = 0, max = 0;
  double mean = 0;
  // 0.999: p99.9, the highest value of its cell. Below 0: too few values to know it.
  double percentile(double share) const;
};
Distribution distribution_of(const Histogram& histogram);

// One thread alone: ns a call, a figure a round.
struct FrameCosts {
  std::string name;
  std::vector<double> publish_ns, read_ns, refresh_ns;  // read: acquire, look, release
};

// What is timed of a publication and of the reading of it, in the order of kFrameCalls.
inline constexpr std::array<std::string_view, 5> kFrameCalls = {"publish", "acquire", "release",
                                                                "refresh", "latency"};

struct FrameCall {
  Distribution times;
  std::vector<double> median_ns;  // a figure a round
};

struct FrameCellPeer {
  std::string name;
  // A figure a round, nothing timed inside; empty for a paced writer, whose time is its own.
  std::vector<double> publish_ns;     // of the writer's time, for each frame that it published
  std::vector<double> seen_a_second;  // different frames that a reader saw, on average
  std::vector<double> seen_ns;        // of all threads' time, for each frame that a reader saw
  FrameCounts counts;                 // of all windows; where some are untimed, of those
  FrameCounts timed_counts;           // of the timed ones where others are not
  std::array<FrameCall, kFrameCalls.size()> calls;
  std::vector<TimedSample> publish_samples, latency_samples;
};

// One way of writing and reading, of all peers that can do it.
struct FrameCell {
  FrameWindow window;
  std::vector<FrameCellPeer> peers;
};

struct FrameStops {
  std::string name;
  FrameStopCounts counts;
};

struct FrameProfile {
  std::vector<double> exchange_ns;  // a bare atomic exchange, a figure a round
  std::vector<FrameCosts> alone;
  std::vector<FrameCell> cells;
  std::vector<FrameStops> stops;
  std::vector<std::string> not_built;  // peers that were asked for
  int processors = 1;
  int rounds = 0;
  std::size_t frame_bytes = 0;
  double clock_step_ns = 0;      // the least difference of two readings of the clock
  std::string no_hardware;       // why the processor's counters are not there; empty: they are
  std::int64_t began_ticks = 0;  // the samples' times count from here
};

// kInvalidInput: a peer gave a reader a torn frame, or an older one than before.
Result<FrameProfile> measure_frames(const FramePlan& plan, const TickClock& clock,
                                    Progress& progress);

}  // namespace quadrille::program
