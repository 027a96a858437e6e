#include "engine/trace_reader.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace quadrille {
namespace {

// Below it, what calibrating the clock found is more exact than one more reading.
constexpr std::int64_t kLeastBaselineNs = 100'000'000;
// What no reading of a clock can be further from another by: 290 years.
constexpr double kMostNs = 9e18;

std::string thread_name(const TraceThread& thread) {
  if (!thread.name.empty()) return thread.name;
  std::string name = thread.role;
  return thread.number == Trace::kNoNumber ? name : name + " " + std::to_string(thread.number);
}

// Over all that the trace lasted, the tick_rate is known better than from the 10 ms of calibration.
double tick_rate(const TickClock& clock, const ClockReading& begin, const ClockReading& end) {
  if (end.ns - begin.ns < kLeastBaselineNs || end.ticks <= begin.ticks) return clock.ns_per_tick();
  return static_cast<double>(end.ns - begin.ns) / static_cast<double>(end.ticks - begin.ticks);
}

}  // namespace

// A span's record is made when it ends, after those of what it holds: read backwards, an end comes
// before all that stands in it, and a span begins where something comes that is no deeper.
std::vector<TraceEvent> nested_events(const std::vector<TraceRecord>& records) {
  std::vector<TraceEvent> events;
  events.reserve(2 * records.size());
  std::vector<const TraceRecord*> open;  // their ends are in `events`, their begins not yet
  const auto begin_down_to = [&](std::uint32_t depth) {
    for (; !open.empty() && open.back()->depth >= depth; open.pop_back()) {
      const TraceRecord& span = *open.back();
      events.push_back({span.begin, span.value, span.name, TracePhase::kBegin});
    }
  };
  for (auto record = records.rbegin(); record != records.rend(); ++record) {
    begin_down_to(record->depth);
    switch (record->kind) {
      case TraceKind::kSpan:
        events.push_back({record->end, record->value, record->name, TracePhase::kEnd});
        open.push_back(&*record);
        break;
      case TraceKind::kInstant:
        events.push_back({record->end, record->value, record->name, TracePhase::kInstant});
        break;
      case TraceKind::kCounter:
        events.push_back({record->end, record->value, record->name, TracePhase::kCounter});
        break;
    }
  }
  begin_down_to(0);
  std::reverse(events.begin(), events.end());
  // Counters of two processors may differ by a few ticks, and a thread may move between them.
  for (std::size_t i = 1; i < events.size(); ++i) {
    events[i].ns = std::max(events[i].ns, events[i - 1].ns);
  }
  return events;
}

TraceReader::TraceReader(const Trace& trace, double last_s)
    : trace_(*trace.state_), now_(ClockReading::now(trace_.clock)),
      ns_per_tick_(tick_rate(trace_.clock, trace_.created, now_)) {
  const double last_ns = std::min(std::max(last_s, 0.0) * 1e9, kMostNs);
  since_ns_ = now_.ns - static_cast<std::int64_t>(last_ns);
  const std::lock_guard lock(trace_.mutex);
  names_ = trace_.names;
}

std::int64_t TraceReader::to_ns(std::int64_t ticks) const {
  const double ns = static_cast<double>(ticks - trace_.created.ticks) * ns_per_tick_;
  return trace_.created.ns + std::llround(ns);
}

bool TraceReader::read(std::size_t index, TraceThreadEvents& result) const {
  const TraceThread& thread = trace_.threads[index];
  // Pairs with the release of Trace::take_track: the ring and the role stand.
  if (!thread.taken.load(std::memory_order_acquire)) return false;
  {
    const std::lock_guard lock(trace_.mutex);
    result.name = thread_name(thread);
  }
  std::vector<TraceRecord> records = copy(thread.track, result.lost);
  for (TraceRecord& record : records) {
    record.begin = to_ns(record.begin);
    record.end = to_ns(record.end);
  }
  // A name that came after ours were copied belongs to an event that came after this was made.
  std::erase_if(records, [this](const TraceRecord& record) {
    return record.end < since_ns_ || static_cast<std::size_t>(record.name) >= names_.size();
  });
  result.events = nested_events(records);
  return true;
}

}  // namespace quadrille
