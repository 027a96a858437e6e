#include "bench/allocation_table.h"

#include <algorithm>

#include "bench/format.h"
#include "bench/table.h"

namespace quadrille::program {
namespace {

std::string nanoseconds(double ns) { return fmt::format("{:.{}f}", ns, ns < 99.95 ? 1 : 0); }

std::string ratio(double value) { return fmt::format("{:.{}f}x", value, value < 99.95 ? 1 : 0); }

// The largest spread of the row's figures.
std::string spread(const AllocationRow& row) {
  double most = 0;
  for (const NodeTimes& times : row.nodes) most = std::max(most, summarize(times.ns).spread);
  return fmt::format("{:.0f}%", most * 100);
}

std::vector<TableColumn> node_columns(const AllocationProfile& profile) {
  const AllocationRow& first = profile.rows.front();
  std::vector<TableColumn> columns = {{.head = "ns an object of 16 bytes", .left = true}};
  for (const NodeTimes& times : first.nodes) columns.push_back({.head = short_count(times.count)});
  columns.push_back({.head = "+-"});
  columns.push_back({.head = "x arena"});
  columns.push_back({.head = "first"});
  columns.push_back({.head = fmt::format("{} thr", first.threaded.threads)});
  columns.push_back({.head = "gain"});
  return columns;
}

// One thread's figure over the threads', for lists of the same length.
double gain(const AllocationRow& row) {
  for (const NodeTimes& times : row.nodes) {
    if (times.count == row.threaded.count) return times.median_ns() / row.threaded.median_ns();
  }
  return 0;
}

std::vector<std::string> node_row(const AllocationRow& row, const AllocationRow& arena) {
  std::vector<std::string> cells = {row.peer.name};
  if (!row.peer.missing.empty()) {
    cells.push_back(row.peer.missing);
    return cells;
  }
  for (const NodeTimes& times : row.nodes) cells.push_back(nanoseconds(times.median_ns()));
  cells.push_back(spread(row));
  cells.push_back(ratio(row.nodes.back().median_ns() / arena.nodes.back().median_ns()));
  cells.push_back(nanoseconds(summarize(row.nodes.back().first_ns).median));
  if (row.threaded.ns.empty()) {
    cells.insert(cells.end(), {"-", "-"});
  } else {
    cells.push_back(nanoseconds(row.threaded.median_ns()));
    cells.push_back(ratio(gain(row)));
  }
  return cells;
}

const NodeTimes& middle(const AllocationRow& row) { return row.nodes[row.nodes.size() / 2]; }

std::vector<std::string> frame_row(const AllocationRow& row) {
  const FrameTimes& frames = row.frames;
  if (!row.peer.missing.empty()) return {row.peer.name, row.peer.missing};
  const auto time = [&](std::int64_t ns) { return format_duration(static_cast<double>(ns)); };
  const double unused = summarize(frames.unused).median;
  return {row.peer.name,
          time(frames.histogram.percentile(0.5)),
          time(frames.histogram.percentile(0.999)),
          time(frames.histogram.max()),
          format_count(frames.preempted),
          unused > 0 ? fmt::format("{:.0f}%", unused * 100) : "-",
          format_duration(summarize(middle(row).give_back_ns).median)};
}

std::string frame_table(const AllocationProfile& profile, std::size_t width) {
  const std::string count = short_count(middle(profile.rows.front()).count);
  Table table({{.head = "time of a frame", .left = true},
               {.head = "p50"},
               {.head = "p99.9"},
               {.head = "longest"},
               {.head = "preempted"},
               {.head = "unused"},
               {.head = "free " + count}});
  for (const AllocationRow& row : profile.rows) table.add_row(frame_row(row));
  return table.to_string(width);
}

}  // namespace

std::string short_count(std::int64_t count) {
  for (const auto& [unit, letter] : {std::pair(1'000'000, 'M'), std::pair(1'000, 'k')}) {
    if (count >= unit && count % unit == 0) return fmt::format("{}{}", count / unit, letter);
  }
  std::string text = format_rate(static_cast<double>(count));
  std::erase(text, ' ');
  return text;
}

std::string allocation_tables(const AllocationProfile& profile, std::size_t width) {
  const AllocationRow& arena = profile.rows.front();
  Table nodes(node_columns(profile));
  for (const AllocationRow& row : profile.rows) nodes.add_row(node_row(row, arena));
  const std::string longest = short_count(arena.nodes.back().count);
  return nodes.to_string(width) +
         fmt::format(
             "\nEach object is made, written and given back, so many at a time, in\n"
             "memory that was used before; the median of {}, +- their largest\n"
             "spread. x arena: how many times as long as the first row, of {}.\n"
             "first: the first {} of a process, whose pages come from the system.\n"
             "{} thr: the same from {} threads, {} each, over all objects; gain: how\n"
             "many times as many a second as one thread.\n\n",
             plural(std::ssize(arena.nodes.back().ns), "round"), longest, longest,
             arena.threaded.threads, arena.threaded.threads, short_count(arena.threaded.count)) +
         frame_table(profile, width) +
         fmt::format(
             "\nA frame: 32 to 96 blocks of 16 to 1,024 bytes, 16 times as many in each\n"
             "1,000th; made, then all given back. preempted: frames in which the system\n"
             "took the core away, not in the times. unused: of the pages taken for one\n"
             "long frame, half of it released on the way, the share that no live block\n"
             "uses. free {}: giving {} objects of 16 bytes back; the arena: its reset.\n",
             short_count(middle(arena).count), short_count(middle(arena).count));
}

}  // namespace quadrille::program
