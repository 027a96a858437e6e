#include "bench/frame_report.h"

#include <algorithm>
#include <iterator>

#include "bench/format.h"
#include "bench/frame_text.h"
#include "bench/perf_counters.h"
#include "engine/replace_file.h"

namespace quadrille::program {
namespace {

// A figure a round, each of one call.
Measurement figures_entry(std::string name, const std::vector<double>& ns, std::string unit) {
  Measurement entry;
  entry.name = std::move(name);
  entry.nodes = 1;
  entry.work_unit = std::move(unit);
  entry.samples_ns = ns;
  entry.work = static_cast<double>(ns.size());
  entry.verified = true;
  return entry;
}

Measurement call_entry(const FrameCell& cell, const FrameCellPeer& peer, std::size_t place) {
  const FrameCall& call = peer.calls[place];
  Measurement entry = figures_entry(call_name(cell, peer, place), call.median_ns, "calls");
  entry.nodes = call.times.count;
  entry.threads = cell.window.setup.num_readers + 1;
  for (const auto& [name, share] : kFramePercentiles) {
    const double ns = call.times.percentile(share);
    if (ns >= 0) entry.facts.push_back({std::string(name), ns, "ns"});
  }
  entry.facts.push_back({"longest", static_cast<double>(call.times.max), "ns"});
  entry.facts.push_back({"mean", call.times.mean, "ns"});
  for (const Distribution::Cell& part : call.times.cells)
    entry.histogram.emplace_back(part.lowest, part.count);
  return entry;
}

void add_counts(const FrameCounts& counts, Measurement& entry) {
  const auto add = [&](const char* name, std::int64_t count, const char* unit) {
    entry.facts.push_back({name, static_cast<double>(count), unit});
  };
  add("published", counts.published, "frames");
  add("reads", counts.reads, "frames, of all readers");
  add("seen", counts.seen, "different frames, of all readers");
  add("kept", counts.kept, "frames");
  add("preempted", counts.preempted, "calls");
  const auto events = hardware_events();
  for (std::size_t i = 0; i < counts.hardware.size(); ++i)
    entry.facts.push_back({std::string(events[i].name), counts.hardware[i], "of the writer"});
}

// What a frame costs where nothing was timed inside; of a paced cell, what became of its frames.
Measurement cell_entry(const FrameCell& cell, const FrameCellPeer& peer) {
  Measurement entry = figures_entry("frame, " + cell_name(cell, peer), peer.publish_ns, "frames");
  entry.nodes = peer.counts.published;
  entry.threads = cell.window.setup.num_readers + 1;
  add_counts(peer.counts, entry);
  const std::int64_t due = peer.counts.published * cell.window.setup.num_readers;
  entry.facts.push_back({"skipped", static_cast<double>(due - peer.counts.seen),
                         "frames that a reader did not see, of all readers"});
  if (!peer.seen_ns.empty()) {
    entry.facts.push_back(
        {"frame seen", summarize(peer.seen_ns).median, "ns of all threads for one seen"});
    entry.facts.push_back({"seen a second", summarize(peer.seen_a_second).median, "by a reader"});
  }
  return entry;
}

template <class Function>
void for_each_call(const FrameProfile& profile, const Function& function) {
  for (const FrameCell& cell : profile.cells) {
    for (const FrameCellPeer& peer : cell.peers) {
      for (std::size_t call = 0; call < peer.calls.size(); ++call) {
        if (peer.calls[call].times.count > 0) function(cell, peer, call);
      }
    }
  }
}

void fill(const Distribution& times, Histogram& histogram) {
  histogram.clear();
  for (const Distribution::Cell& cell : times.cells) {
    // The least and the largest value are known exactly.
    const std::int64_t value = std::clamp(cell.highest, times.min, times.max);
    const bool is_first = &cell == &times.cells.front() && cell.count > 1;
    if (is_first) histogram.record(times.min);
    histogram.record(value, cell.count - (is_first ? 1 : 0));
  }
}

}  // namespace

std::string call_name(const FrameCell& cell, const FrameCellPeer& peer, std::size_t call) {
  return std::string(kFrameCalls[call]) + ", " + cell_name(cell, peer);
}

std::vector<Measurement> frame_results(const FrameProfile& profile) {
  std::vector<Measurement> results;
  if (!profile.exchange_ns.empty())
    results.push_back(figures_entry("bare exchange", profile.exchange_ns, "calls"));
  for (const FrameCosts& costs : profile.alone) {
    results.push_back(
        figures_entry("publish, " + costs.name + ", alone", costs.publish_ns, "frames"));
    results.push_back(
        figures_entry("acquire and release, " + costs.name + ", alone", costs.read_ns, "frames"));
    results.push_back(
        figures_entry("refresh, " + costs.name + ", alone", costs.refresh_ns, "calls"));
  }
  for (const FrameCell& cell : profile.cells) {
    for (const FrameCellPeer& peer : cell.peers) results.push_back(cell_entry(cell, peer));
  }
  for_each_call(profile, [&](const FrameCell& cell, const FrameCellPeer& peer, std::size_t call) {
    results.push_back(call_entry(cell, peer, call));
  });
  for (const FrameStops& stops : profile.stops) {
    Measurement entry = figures_entry("stopped reader, " + stops.name, {}, "stops");
    entry.facts = {{"stops", static_cast<double>(stops.counts.stops), "of the reader"},
                   {"blocked", static_cast<double>(stops.counts.blocked), "stops of the writer"},
                   {"kept", static_cast<double>(stops.counts.kept), "frames"}};
    results.push_back(std::move(entry));
  }
  return results;
}

Status write_frame_samples(const std::string& path, const FrameProfile& profile,
                           const TickClock& clock) {
  std::string text = "call,at_ns,ns\n";
  for_each_call(profile, [&](const FrameCell& cell, const FrameCellPeer& peer, std::size_t call) {
    const std::vector<TimedSample>* samples = call == kPublishCall   ? &peer.publish_samples
                                              : call == kLatencyCall ? &peer.latency_samples
                                                                     : nullptr;
    if (samples == nullptr) return;
    for (const TimedSample& sample : *samples) {
      fmt::format_to(std::back_inserter(text), "\"{}\",{:.0f},{}\n", call_name(cell, peer, call),
                     clock.to_ns(sample.at_ticks - profile.began_ticks), sample.ns);
    }
  });
  return replace_file(path, text);
}

Status write_frame_histograms(const std::string& path, const FrameProfile& profile, HdrLogTime time,
                              std::string_view comment) {
  std::string log = hdr_log_head(time, comment);
  Histogram histogram;
  Status status;
  for_each_call(profile, [&](const FrameCell& cell, const FrameCellPeer& peer, std::size_t call) {
    if (!status.is_ok()) return;
    fill(peer.calls[call].times, histogram);
    Result<std::string> line = hdr_log_line({call_name(cell, peer, call), &histogram}, time);
    if (line.is_ok())
      log += line.value();
    else
      status = line.status();
  });
  QUADRILLE_RETURN_IF_ERROR(status);
  return replace_file(path, log);
}

}  // namespace quadrille::program
