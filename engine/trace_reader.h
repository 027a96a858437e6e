// TraceReader: what a trace holds at a moment, thread by thread, as the formats want it: begins and
// ends in pairs, in the order of time. Any thread, while others record.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <quadrille/trace.h>

#include "engine/trace_state.h"

namespace quadrille {

enum class TraceKind : std::uint16_t { kSpan, kInstant, kCounter };

// As it lies in a ring; times are ticks.
struct TraceRecord {
  std::int64_t begin, end, value;
  std::uint32_t depth;  // number of spans around it
  TraceName name;
  TraceKind kind;
};

enum class TracePhase : std::uint8_t { kBegin, kEnd, kInstant, kCounter };

struct TraceEvent {
  std::int64_t ns;  // of the monotonic clock
  std::int64_t value;
  TraceName name;
  TracePhase phase;
};

struct TraceThreadEvents {
  std::string name;
  std::vector<TraceEvent> events;
  std::uint64_t lost = 0;  // that its ring no longer holds
};

// Every begin has its end, spans nest, and no time is before the one that stands before it,
// whatever `records` of one thread hold, in the order in which they were made. Spans whose ends are
// not among them are not in the result, and what they held stands where they would be.
std::vector<TraceEvent> nested_events(const std::vector<TraceRecord>& records);

class TraceReader {
 public:
  // Events that ended in the last `last_s` seconds.
  TraceReader(const Trace& trace, double last_s);

  const TraceOptions& options() const { return trace_.options; }
  const std::vector<TraceNameEntry>& names() const { return names_; }
  std::string_view clock_name() const { return trace_.clock.name(); }
  const ClockReading& now() const { return now_; }
  std::int64_t created_ns() const { return trace_.created.ns; }

  // In the order in which they came to record. False: thread `index` has not recorded, or there is
  // none.
  std::size_t max_threads() const { return trace_.threads.size(); }
  bool read(std::size_t index, TraceThreadEvents& thread) const;

  // What a ring holds, and how many events it held before.
  static std::vector<TraceRecord> copy(const TraceTrack& track, std::uint64_t& lost);

 private:
  std::int64_t to_ns(std::int64_t ticks) const;

  const Trace::State& trace_;
  std::vector<TraceNameEntry> names_;  // as they were when this was made
  ClockReading now_;
  double ns_per_tick_;
  std::int64_t since_ns_;
};

}  // namespace quadrille
