#include "bench/frame_blocks.h"

#include "bench/format.h"
#include "bench/frame_text.h"
#include "bench/table.h"

namespace quadrille::program {
namespace {

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

}  // namespace

const FrameCellPeer* find_peer(const FrameCell& cell, std::string_view name) {
  const auto found = std::ranges::find(cell.peers, name, &FrameCellPeer::name);
  return found == cell.peers.end() ? nullptr : &*found;
}

std::string time_text(double ns) { return ns < 0 ? "-" : format_duration(ns); }

std::string median_time(const std::vector<double>& ns) {
  return ns.empty() ? "-" : time_text(summarize(ns).median);
}

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

std::string busy_block(const FrameCell& cell, bool has_hardware, std::size_t width) {
  const std::string readers = readers_text(cell.window.setup.num_readers);
  std::vector<TableColumn> columns = {{.head = "full speed, " + readers, .left = true},
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
      "FULL SPEED, " + readers +
          ": all as fast as they can. publish: the writer's time a frame. seen: the different "
          "frames that a reader got. A lock can make publishing look cheap by keeping readers out, "
          "so time/seen counts both sides: the time of all threads, over the frames that were "
          "seen.",
      table, width);
}

std::string matrix_block(std::string_view text, std::string head, const FrameCells& cells,
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
      fmt::format("A READER STALLS: it holds one frame for {} of {}. published: frames "
                  "meanwhile, {} at most a round. seen: by each other reader. kept: buffers in use "
                  "at the end. stopped: a reader is stopped by a signal, wherever it is; in how "
                  "many stops the writer could publish nothing until it went on.",
                  plural(profile.rounds, "round"), format_duration(cell.window.seconds * 1e9),
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

}  // namespace quadrille::program
