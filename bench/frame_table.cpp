#include "bench/frame_table.h"

#include <algorithm>
#include <functional>

#include "bench/format.h"
#include "bench/frame_text.h"
#include "bench/table.h"

namespace quadrille::program {
namespace {

std::string time_text(double ns) { return ns < 0 ? "-" : format_duration(ns); }

std::string median_time(const std::vector<double>& ns) {
  return ns.empty() ? "-" : time_text(summarize(ns).median);
}

std::string spread_text(const std::vector<double>& figures) {
  return figures.empty() ? "-" : fmt::format("{:.0f}%", summarize(figures).spread * 100);
}

std::string rate_of(double value) {
  std::string text = format_rate(value);
  std::erase(text, ' ');
  return text;
}

std::string percent_text(double part, double whole) {
  if (!(whole > 0)) return "-";
  const double percent = part / whole * 100;
  return fmt::format("{:.{}f}%", percent, percent < 9.95 ? 1 : 0);
}

std::string seen_share(const FrameCellPeer& peer, int readers) {
  return percent_text(static_cast<double>(peer.counts.seen),
                      static_cast<double>(peer.counts.published) * readers);
}

std::string block(std::string_view text, const Table& table, std::size_t width) {
  return wrapped(text, width) + '\n' + table.to_string(width) + '\n';
}

using Cells = std::vector<const FrameCell*>;

template <class Wanted>
Cells cells_of(const FrameProfile& profile, ReaderConduct conduct, const Wanted& wanted) {
  Cells cells;
  for (const FrameCell& cell : profile.cells) {
    if (cell.window.conduct == conduct && wanted(cell.window)) cells.push_back(&cell);
  }
  return cells;
}

constexpr auto kAny = [](const FrameWindow&) { return true; };

const FrameCellPeer* find_peer(const FrameCell& cell, std::string_view name) {
  const auto found = std::ranges::find(cell.peers, name, &FrameCellPeer::name);
  return found == cell.peers.end() ? nullptr : &*found;
}

// ---- one thread alone ----

std::string alone_block(const FrameProfile& profile, std::size_t width) {
  if (profile.alone.empty()) return "";
  const double exchange = summarize(profile.exchange_ns).median;
  Table table({{.head = "ns a call", .left = true},
               {.head = "publish"},
               {.head = "x exchange"},
               {.head = "acquire+release"},
               {.head = "refresh"},
               {.head = "+-"}});
  const auto ns = [](const std::vector<double>& figures) {
    const double value = summarize(figures).median;
    return fmt::format("{:.{}f}", value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
  };
  table.add_row({"a bare exchange", ns(profile.exchange_ns), "1.0", "", "",
                 spread_text(profile.exchange_ns)});
  table.add_rule();
  for (const FrameCosts& costs : profile.alone) {
    table.add_row({costs.name, ns(costs.publish_ns),
                   fmt::format("{:.1f}", summarize(costs.publish_ns).median / exchange),
                   ns(costs.read_ns), ns(costs.refresh_ns), spread_text(costs.publish_ns)});
  }
  return block(
      "ALONE: one thread, no other looks at the frames. publish: write the frame, make it the "
      "newest, take the next buffer. acquire+release: pin the newest, read it, give it back. "
      "refresh: ask whether there is a newer one. +- is the spread of publish.",
      table, width);
}

// ---- all at full speed ----

std::vector<std::string> busy_row(const FrameCellPeer& peer, int readers) {
  const double published = static_cast<double>(peer.counts.published);
  std::vector<std::string> cells = {
      peer.name,
      median_time(peer.publish_ns),
      spread_text(peer.publish_ns),
      peer.seen_a_second.empty() ? "-" : rate_of(summarize(peer.seen_a_second).median),
      seen_share(peer, readers),
      median_time(peer.seen_ns),
      rate_of(published * 1e9 / std::max(peer.counts.writer_ns, 1.0)),
      rate_of(static_cast<double>(peer.counts.reads) * 1e9 /
              std::max(peer.counts.readers_ns, 1.0))};
  for (const double count : peer.counts.hardware)
    cells.push_back(published > 0 ? rate_of(count / published) : "-");
  return cells;
}

std::string busy_block(const FrameCell& cell, bool has_hardware, std::size_t width) {
  std::vector<TableColumn> columns = {{.head = "full speed, 1 reader", .left = true},
                                      {.head = "publish"},
                                      {.head = "+-"},
                                      {.head = "seen a s"},
                                      {.head = "of all"},
                                      {.head = "time/seen"},
                                      {.head = "published a s", .optional = true},
                                      {.head = "reads a s", .optional = true}};
  if (has_hardware) {
    for (const char* name : {"cycles", "instructions", "cache misses"})
      columns.push_back({.head = name, .optional = true});
  }
  Table table(columns);
  for (const FrameCellPeer& peer : cell.peers)
    table.add_row(busy_row(peer, cell.window.setup.num_readers));
  return block(
      "ONE READER, both as fast as they can. publish: the writer's time a frame. seen: the "
      "different frames that the reader got. A lock can make publishing look cheap by keeping the "
      "reader out, so the last figure counts both: time/seen is the time of both threads, over "
      "the frames that were seen.",
      table, width);
}

// A row a peer, a column a number of readers.
std::string matrix_block(std::string_view text, std::string head, const Cells& cells,
                         const std::function<std::string(const FrameCellPeer&)>& figure,
                         std::size_t width) {
  if (cells.size() < 2) return "";
  std::vector<TableColumn> columns = {{.head = std::move(head), .left = true}};
  std::vector<std::string> names;
  for (const FrameCell* cell : cells) {
    columns.push_back({.head = readers_text(cell->window.setup.num_readers)});
    for (const FrameCellPeer& peer : cell->peers) {
      if (std::ranges::find(names, peer.name) == names.end()) names.push_back(peer.name);
    }
  }
  Table table(columns);
  for (const std::string& name : names) {
    std::vector<std::string> row = {name};
    for (const FrameCell* cell : cells) {
      const FrameCellPeer* peer = find_peer(*cell, name);
      row.push_back(peer == nullptr ? "-" : figure(*peer));
    }
    table.add_row(row);
  }
  return block(text, table, width);
}

// ---- single calls ----

std::vector<std::string> call_row(std::string name, const FrameCall& call, std::string seen) {
  const Distribution& times = call.times;
  std::vector<std::string> cells = {std::move(name)};
  for (const auto& [_, share] : kFramePercentiles)
    cells.push_back(time_text(times.percentile(share)));
  cells.insert(cells.end(),
               {time_text(static_cast<double>(times.max)), std::move(seen),
                rate_of(static_cast<double>(times.count)), spread_text(call.median_ns)});
  return cells;
}

std::string calls_block(std::string_view text, const FrameCell& cell,
                        const std::vector<std::size_t>& calls, std::size_t width) {
  const FrameWindow& window = cell.window;
  std::string out = wrapped(text, width);
  for (const std::size_t call : calls) {
    std::vector<TableColumn> columns = {
        {.head = fmt::format("{}, {}", kFrameCalls[call], rate_text(window.rate_hz)),
         .left = true}};
    for (const auto& [name, _] : kFramePercentiles) columns.push_back({.head = std::string(name)});
    columns.insert(columns.end(), {{.head = "longest"},
                                   {.head = "seen"},
                                   {.head = "calls", .optional = true},
                                   {.head = "+-", .optional = true}});
    Table table(columns);
    for (const FrameCellPeer& peer : cell.peers) {
      if (peer.calls[call].times.count == 0) continue;
      table.add_row(
          call_row(peer.name, peer.calls[call], seen_share(peer, window.setup.num_readers)));
    }
    out += '\n' + table.to_string(width);
  }
  return out + '\n';
}

// ---- readers that do not let go ----

std::string held_block(const FrameCell& cell, const FrameProfile& profile, std::size_t width) {
  const int others = cell.window.setup.num_readers - 1;
  Table table({{.head = others > 0 ? fmt::format("one stalls, {} more", readers_text(others))
                                   : "the reader stalls",
                .left = true},
               {.head = "published"},
               {.head = "seen a s"},
               {.head = "kept"},
               {.head = "stopped: waited"},
               {.head = "the writer", .left = true, .optional = true},
               {.head = "a reader", .left = true, .optional = true}});
  for (const FrameCellPeer& peer : cell.peers) {
    const auto stop = std::ranges::find(profile.stops, peer.name, &FrameStops::name);
    const FramePeerTraits& traits = find_frame_peer(peer.name)->traits;
    // Of all readers' time: the one that stalls saw one frame, and is not counted.
    const double each = static_cast<double>(others) / std::max(others + 1, 1);
    table.add_row({peer.name, format_count(peer.counts.published),
                   others > 0 ? rate_of(summarize(peer.seen_a_second).median / each) : "-",
                   format_count(peer.counts.kept),
                   stop == profile.stops.end()
                       ? "-"
                       : fmt::format("{} of {}", stop->counts.blocked, stop->counts.stops),
                   std::string(traits.writer), std::string(traits.reader)});
  }
  return block(
      fmt::format("A READER STALLS: it holds one frame for {} rounds of {}. published: frames "
                  "meanwhile, {} at most a round. seen: by each other reader. kept: buffers in use "
                  "at the end. stopped: a reader is stopped by a signal, wherever it is; in how "
                  "many stops the writer could publish nothing until it went on.",
                  profile.rounds, format_duration(cell.window.seconds * 1e9),
                  format_count(cell.window.most_frames)),
      table, width);
}

std::string stops_block(const FrameProfile& profile, std::size_t width) {
  Table table({{.head = "a stopped reader", .left = true},
               {.head = "stops"},
               {.head = "writer waited"},
               {.head = "kept"}});
  for (const FrameStops& stops : profile.stops) {
    table.add_row({stops.name, std::to_string(stops.counts.stops),
                   std::to_string(stops.counts.blocked), format_count(stops.counts.kept)});
  }
  return block(
      "A READER IS STOPPED by a signal, wherever it is, up to 20 ms a time: in how many stops the "
      "writer could publish nothing until it went on, and the buffers in use then.",
      table, width);
}

std::string full_speed_blocks(const FrameProfile& profile, std::size_t width) {
  const Cells cells = cells_of(profile, ReaderConduct::kBusy,
                               [](const FrameWindow& window) { return window.rate_hz == 0; });
  const auto one = std::ranges::find_if(
      cells, [](const FrameCell* cell) { return cell->window.setup.num_readers == 1; });
  std::string out;
  if (one != cells.end()) out += busy_block(**one, profile.no_hardware.empty(), width);
  out += matrix_block(
      "MORE READERS, all as fast as they can: the writer's time a frame.", "publish", cells,
      [](const FrameCellPeer& peer) { return median_time(peer.publish_ns); }, width);
  out += matrix_block(
      "The same readers: the time of all threads, over the frames that a reader saw.", "time/seen",
      cells, [](const FrameCellPeer& peer) { return median_time(peer.seen_ns); }, width);
  if (one == cells.end()) return out;
  return out +
         calls_block(
             fmt::format("SINGLE CALLS with one reader, each timed. p99: 99 of 100 are not longer. "
                         "Times of less than {:.0f} ns are one or two steps of the clock.",
                         2 * profile.clock_step_ns),
             **one, {kPublishCall, kAcquireCall, kReleaseCall, kRefreshCall}, width);
}

std::string paced_blocks(const FrameProfile& profile, std::size_t width) {
  std::string out;
  const Cells paced = cells_of(profile, ReaderConduct::kBusy,
                               [](const FrameWindow& window) { return window.rate_hz > 0; });
  bool first = true;
  for (const FrameCell* cell : paced) {
    if (cell->window.setup.num_readers != 1) continue;
    out += calls_block(first ? "PACED: the writer publishes at a fixed rate, one reader looks all "
                               "the time. latency: from just before the publication until the "
                               "reader has the frame. seen: of all frames."
                             : "Slower:",
                       *cell, {kPublishCall, kLatencyCall}, width);
    first = false;
  }
  std::vector<double> rates;
  for (const FrameCell* cell : paced) {
    if (std::ranges::find(rates, cell->window.rate_hz) == rates.end())
      rates.push_back(cell->window.rate_hz);
  }
  for (const double rate : rates) {
    const Cells same = cells_of(profile, ReaderConduct::kBusy,
                                [&](const FrameWindow& window) { return window.rate_hz == rate; });
    out += matrix_block(
        fmt::format("MORE READERS at {}: the median of one publication.", rate_text(rate)),
        "publish", same,
        [](const FrameCellPeer& peer) {
          return time_text(peer.calls[kPublishCall].times.percentile(0.5));
        },
        width);
  }
  return out;
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
  const Cells stalled = cells_of(profile, ReaderConduct::kOneStalls, kAny);
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

std::string wrapped(std::string_view text, std::size_t width) {
  std::string out;
  std::size_t column = 0;
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    const std::string word(text.substr(0, space));
    const bool fits = column == 0 || column + 1 + display_width(word) <= width;
    if (column > 0) out += fits ? ' ' : '\n';
    column = (column > 0 && fits ? column + 1 : 0) + display_width(word);
    out += word;
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  }
  return out + '\n';
}

std::string frame_heading(const FrameProfile& profile, const Machine& machine,
                          const TickClock& clock, std::size_t width) {
  const int others = std::max(profile.processors - 1, 1);
  std::string text =
      wrapped(fmt::format("{}, {} cores; {}, {}", one_line(machine.cpu), machine.cores,
                          machine.kernel, machine.compiler),
              width) +
      wrapped(fmt::format("The writer keeps to one core, readers to {} other{}. Frames of {}. "
                          "Medians of {} rounds, every second one backwards; +- is half of the "
                          "interquartile range.",
                          others, others == 1 ? "" : "s",
                          format_bytes(static_cast<double>(profile.frame_bytes)), profile.rounds),
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
