#include "bench/frame_table.h"

#include <algorithm>

#include "bench/format.h"
#include "bench/frame_blocks.h"
#include "bench/frame_text.h"

namespace quadrille::program {
namespace {

constexpr auto kAny = [](const FrameWindow&) { return true; };

// The cell whose calls are shown one by one: with the fewest readers, but with one where there is
// such a cell. Null: there is none at all.
const FrameCell* fewest_readers(const FrameCells& cells) {
  const FrameCell* fewest = nullptr;
  for (const FrameCell* cell : cells) {
    const int readers = cell->window.setup.num_readers;
    const int before = fewest == nullptr ? 0 : fewest->window.setup.num_readers;
    if (before == 0 || (readers > 0 && readers < before)) fewest = cell;
  }
  return fewest;
}

std::string full_speed_blocks(const FrameProfile& profile, std::size_t width) {
  const FrameCells cells = cells_of(profile, ReaderConduct::kBusy,
                                    [](const FrameWindow& window) { return window.rate_hz == 0; });
  const FrameCell* cell = fewest_readers(cells);
  if (cell == nullptr) return "";
  std::string out = busy_block(*cell, profile.no_hardware.empty(), width);
  out += matrix_block(
      "MORE READERS, all as fast as they can: the writer's time a frame.", "publish", cells,
      [](const FrameCellPeer& peer) { return median_time(peer.publish_ns); }, width);
  out += matrix_block(
      "The same readers: the time of all threads, over the frames that a reader saw.", "time/seen",
      cells, [](const FrameCellPeer& peer) { return median_time(peer.seen_ns); }, width);
  return out +
         calls_block(
             fmt::format("SINGLE CALLS, {}, each timed. p99: 99 of 100 are not longer. Times of "
                         "less than {:.0f} ns are one or two steps of the clock.",
                         readers_text(cell->window.setup.num_readers), 2 * profile.clock_step_ns),
             *cell, {kPublishCall, kAcquireCall, kReleaseCall, kRefreshCall}, width);
}

std::string paced_blocks(const FrameProfile& profile, std::size_t width) {
  std::string out;
  const FrameCells paced = cells_of(profile, ReaderConduct::kBusy,
                                    [](const FrameWindow& window) { return window.rate_hz > 0; });
  std::vector<double> rates;
  for (const FrameCell* cell : paced) {
    if (std::ranges::find(rates, cell->window.rate_hz) == rates.end())
      rates.push_back(cell->window.rate_hz);
  }
  std::string more;
  for (const double rate : rates) {
    const FrameCells same = cells_of(profile, ReaderConduct::kBusy, [&](const FrameWindow& window) {
      return window.rate_hz == rate;
    });
    const FrameCell& cell = *fewest_readers(same);
    out += calls_block(out.empty()
                           ? fmt::format("PACED: the writer publishes at a fixed rate, {} looking "
                                         "all the time. latency: from just before the publication "
                                         "until a reader has the frame. seen: of all frames.",
                                         readers_text(cell.window.setup.num_readers))
                           : "Slower:",
                       cell, {kPublishCall, kLatencyCall}, width);
    more += matrix_block(
        fmt::format("MORE READERS at {}: the median of one publication.", rate_text(rate)),
        "publish", same,
        [](const FrameCellPeer& peer) {
          return time_text(peer.calls[kPublishCall].times.percentile(0.5));
        },
        width);
  }
  return out + more;
}

std::string special_blocks(const FrameProfile& profile, std::size_t width) {
  std::string out;
  for (const FrameCell* cell : cells_of(profile, ReaderConduct::kSlow, kAny)) {
    out += calls_block(
        fmt::format("SLOW: {}, each sleeping {} with every frame. seen: the share of all frames "
                    "that a reader got; it skips the others.",
                    readers_text(cell->window.setup.num_readers),
                    format_duration(static_cast<double>(cell->window.hold_ns))),
        *cell, {kPublishCall}, width);
  }
  const FrameCells stalled = cells_of(profile, ReaderConduct::kOneStalls, kAny);
  for (const FrameCell* cell : stalled) out += held_block(*cell, profile, width);
  if (stalled.empty() && !profile.stops.empty()) out += stops_block(profile, width);
  bool first = true;
  for (const FrameCell* cell : cells_of(profile, ReaderConduct::kAsleep, kAny)) {
    out += calls_block(first ? "ASLEEP: one reader sleeps until there is a frame. publish includes "
                               "waking it; latency ends when it has the frame. Only peers that can "
                               "wait."
                             : "Slower:",
                       *cell, {kPublishCall, kLatencyCall}, width);
    first = false;
  }
  return out;
}

// Ours, and a mutex, as one cell has them; both null where one is not there.
std::string against(std::string_view what, double ours, double mutex) {
  if (!(ours > 0) || !(mutex > 0)) return "";
  return fmt::format("  {:<44}{:>10}{:>10}{:>8.1f}x\n", what, time_text(ours), time_text(mutex),
                     mutex / ours);
}

}  // namespace

std::string frame_heading(const FrameProfile& profile, const Machine& machine,
                          const TickClock& clock, std::size_t width) {
  const int others = std::max(profile.processors - 1, 1);
  std::string text =
      wrapped(fmt::format("{}, {}; {}, {}", one_line(machine.cpu), plural(machine.cores, "core"),
                          machine.kernel, machine.compiler),
              width) +
      wrapped(fmt::format("The writer keeps to one core, readers to {} other{}. Frames of {}. "
                          "Medians of {}, every second one backwards; +- is half of the "
                          "interquartile range.",
                          others, others == 1 ? "" : "s",
                          format_bytes(static_cast<double>(profile.frame_bytes)),
                          plural(profile.rounds, "round")),
              width) +
      wrapped(fmt::format("Clock: {}, calibrated; a reading's {:.1f} ns are subtracted; it counts "
                          "in steps of {:.1f} ns.",
                          clock.name(), clock.ordered_cost_ns(), profile.clock_step_ns),
              width);
  text += wrapped(profile.no_hardware.empty()
                      ? "Hardware counters: the writer's cycles, instructions and cache misses."
                      : "Hardware counters: none; " + profile.no_hardware + ".",
                  width);
  for (const std::string& name : profile.not_built)
    text += wrapped(name + ": not built, its library was not there.", width);
  std::int64_t preempted = 0;
  for (const FrameCell& cell : profile.cells) {
    for (const FrameCellPeer& peer : cell.peers)
      preempted += peer.counts.preempted + peer.timed_counts.preempted;
  }
  if (preempted > 0) {
    text += wrapped(fmt::format("The system took the processor away during {} timed calls: they "
                                "are left out.",
                                format_count(preempted)),
                    width);
  }
  return text + '\n';
}

std::string frame_tables(const FrameProfile& profile, std::size_t width) {
  return alone_block(profile, width) + full_speed_blocks(profile, width) +
         paced_blocks(profile, width) + special_blocks(profile, width);
}

std::string frame_summary(const FrameProfile& profile, std::size_t width) {
  std::string lines;
  const auto costs = [&](std::string_view name) {
    const auto found = std::ranges::find(profile.alone, name, &FrameCosts::name);
    return found == profile.alone.end() ? 0.0 : summarize(found->publish_ns).median;
  };
  lines += against("publish, no reader", costs("channel"), costs("mutex"));
  for (const FrameCell* cell : cells_of(profile, ReaderConduct::kBusy, kAny)) {
    const FrameCellPeer *ours = find_peer(*cell, "channel"), *mutex = find_peer(*cell, "mutex");
    if (cell->window.setup.num_readers != 1 || ours == nullptr || mutex == nullptr) continue;
    const std::string where = "1 reader, " + rate_text(cell->window.rate_hz);
    if (cell->window.rate_hz == 0) {
      lines += against("publish, " + where, summarize(ours->publish_ns).median,
                       summarize(mutex->publish_ns).median);
      lines += against("time/seen, " + where, summarize(ours->seen_ns).median,
                       summarize(mutex->seen_ns).median);
    } else {
      const Distribution& a = ours->calls[kPublishCall].times;
      const Distribution& b = mutex->calls[kPublishCall].times;
      lines += against("publish, mean, " + where, a.mean, b.mean);
      lines += against("publish, median, " + where, a.percentile(0.5), b.percentile(0.5));
    }
  }
  if (lines.empty()) return "";
  return wrapped("IN SHORT: the channel against a mutex.", width) + '\n' +
         fmt::format("  {:<44}{:>10}{:>10}{:>9}\n", "", "channel", "mutex", "ratio") + lines;
}

}  // namespace quadrille::program
