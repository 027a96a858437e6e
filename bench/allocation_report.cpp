#include "bench/allocation_report.h"

#include "bench/allocation_table.h"
#include "bench/format.h"
#include "bench/log_chart.h"
#include "engine/replace_file.h"

namespace quadrille::program {
namespace {

Measurement node_entry(const std::string& peer, const NodeTimes& times) {
  Measurement entry;
  entry.name = fmt::format("{}, {} objects", peer, short_count(times.count));
  if (times.threads > 1) entry.name += fmt::format(", {} threads", times.threads);
  entry.nodes = times.count * times.threads;
  entry.threads = times.threads;
  entry.work_unit = "objects";
  for (const double ns : times.ns) {
    entry.samples_ns.push_back(ns * static_cast<double>(entry.nodes));
    entry.work += static_cast<double>(entry.nodes);
  }
  entry.facts = {{"object", times.median_ns(), "ns"},
                 {"object of the first list", summarize(times.first_ns).median, "ns"},
                 {"give back a list", summarize(times.give_back_ns).median, "ns"}};
  return entry;
}

Measurement frame_entry(const std::string& peer, const FrameTimes& frames) {
  Measurement entry;
  entry.name = peer + ", frames";
  entry.nodes = frames.histogram.count();
  entry.threads = 1;
  entry.work_unit = "frames";
  entry.samples_ns = frames.median_ns;
  entry.work = static_cast<double>(frames.median_ns.size());
  for (const auto& [name, share] : {std::pair("p50", 0.5), std::pair("p90", 0.9),
                                    std::pair("p99", 0.99), std::pair("p99.9", 0.999)}) {
    entry.facts.push_back({name, static_cast<double>(frames.histogram.percentile(share)), "ns"});
  }
  entry.facts.push_back({"longest", static_cast<double>(frames.histogram.max()), "ns"});
  entry.facts.push_back({"mean", frames.histogram.mean(), "ns"});
  entry.facts.push_back({"preempted", static_cast<double>(frames.preempted), "frames"});
  entry.facts.push_back({"unused", summarize(frames.unused).median, "of the pages taken"});
  return entry;
}

// "  on an aged heap" of the table says its peer's name here: names are unique in a report.
std::string report_name(const AllocationRow& row, const std::string& last_name) {
  return row.peer.is_aged ? last_name + row.peer.name.substr(1) : row.peer.name;
}

}  // namespace

std::vector<Measurement> allocation_results(const AllocationProfile& profile) {
  std::vector<Measurement> results;
  std::string name;
  for (const AllocationRow& row : profile.rows) {
    if (!row.peer.missing.empty()) continue;
    name = report_name(row, name);
    for (const NodeTimes& times : row.nodes) results.push_back(node_entry(name, times));
    if (row.peer.takes_threads) results.push_back(node_entry(name, row.threaded));
    results.push_back(frame_entry(name, row.frames));
  }
  return results;
}

Status write_frame_log(const std::string& path, const AllocationProfile& profile, HdrLogTime time,
                       std::string_view comment) {
  std::vector<HdrLogEntry> entries;
  std::string name;
  for (const AllocationRow& row : profile.rows) {
    if (!row.peer.missing.empty()) continue;
    name = report_name(row, name);
    entries.push_back({name, &row.frames.histogram});
  }
  QUADRILLE_ASSIGN_OR_RETURN(const std::string log, hdr_log(entries, time, comment));
  return replace_file(path, log);
}

Status draw_allocation(const std::string& path, const AllocationProfile& profile,
                       const std::string& caption) {
  LogPanel nodes = {.title = "An object of 16 bytes: made, written and given back"};
  LogPanel frames = {.title = "A frame of 32 to 96 blocks of 16 to 1,024 bytes",
                     .series = {"p50", "p99", "p99.9", "longest"}};
  for (const NodeTimes& times : profile.rows.front().nodes) {
    nodes.series.push_back(short_count(times.count) + " at a time");
  }
  nodes.series.push_back("the first list: new pages");
  std::string name;
  for (const AllocationRow& row : profile.rows) {
    name = report_name(row, name);
    LogRow node = {.label = name}, frame = {.label = name};
    if (row.peer.missing.empty()) {
      for (const NodeTimes& times : row.nodes) node.values.push_back(times.median_ns());
      node.values.push_back(summarize(row.nodes.back().first_ns).median);
      for (const double share : {0.5, 0.99, 0.999, 1.0}) {
        frame.values.push_back(static_cast<double>(row.frames.histogram.percentile(share)));
      }
    } else {
      node.label += ": " + row.peer.missing;
      frame.label = node.label;
    }
    nodes.rows.push_back(std::move(node));
    frames.rows.push_back(std::move(frame));
  }
  return write_log_chart(path, std::vector{nodes, frames},
                         {.title = "Quadrille: what an allocation costs", .caption = caption});
}

}  // namespace quadrille::program
