#include "bench/trace_cost.h"

#include <array>
#include <memory>

#include <quadrille/trace.h>

#include "engine/clock.h"

namespace quadrille::program {
namespace {

// What a turn of a loop does. `track` is null where nothing is traced.
struct Turn {
  TraceTrack* track;
  TraceName name;
  const TickClock& clock;
};

void span(const Turn& turn, std::int64_t value) {
  const TraceSpan traced(turn.track, turn.name, value);
}
void instant(const Turn& turn, std::int64_t value) {
  if (turn.track != nullptr) turn.track->instant(turn.name, value);
}
void counter(const Turn& turn, std::int64_t value) {
  if (turn.track != nullptr) turn.track->counter(turn.name, value);
}
void read_clock(const Turn& turn, std::int64_t) {
  const std::int64_t now = turn.clock.ticks();
  asm volatile("" : : "r"(now));
}
void nothing(const Turn&, std::int64_t) {}

// The compiler must not know from one turn to the next whether there is a track: in a program it
// does not.
template <auto kDo>
double time_turns(Turn turn, std::int64_t turns) {
  const std::int64_t begin = monotonic_ns();
  for (std::int64_t i = 0; i < turns; ++i) {
    asm volatile("" : "+r"(turn.track));
    kDo(turn, i);
  }
  return static_cast<double>(monotonic_ns() - begin);
}

using TimeTurns = double (*)(Turn turn, std::int64_t turns);

struct EventKind {
  const char* name;
  std::int64_t events;  // of one turn
  TimeTurns time;
};

constexpr EventKind kKinds[] = {{"begin or end of a span", 2, time_turns<span>},
                                {"instant", 1, time_turns<instant>},
                                {"counter", 1, time_turns<counter>}};

// One loop, and where its samples go.
struct TimedLoop {
  Measurement* result;
  TimeTurns time;
  Turn turn;
  std::int64_t events;

  // The median of some, each too short to be interrupted often.
  double sample(std::int64_t turns) const {
    std::array<double, 101> ns;
    for (double& one : ns) one = time(turn, turns);
    return summarize(ns).median;
  }
};

std::vector<TimedLoop> timed_loops(EventCosts& costs, const Turn& traced) {
  const Turn untraced{nullptr, traced.name, traced.clock};
  costs.clock = {.name = "reading the clock", .work_unit = "readings"};
  costs.loop = {.name = "nothing: the loop itself", .work_unit = "turns"};
  for (const EventKind& kind : kKinds) {
    const std::string name = kind.name;
    costs.events.push_back({.name = name,
                            .on = {.name = name, .work_unit = "events"},
                            .off = {.name = name + ", no trace", .work_unit = "events"}});
  }
  std::vector<TimedLoop> loops;
  for (std::size_t i = 0; i < std::size(kKinds); ++i) {
    loops.push_back({&costs.events[i].on, kKinds[i].time, traced, kKinds[i].events});
    loops.push_back({&costs.events[i].off, kKinds[i].time, untraced, kKinds[i].events});
  }
  loops.push_back({&costs.clock, time_turns<read_clock>, untraced, 1});
  loops.push_back({&costs.loop, time_turns<nothing>, untraced, 1});
  return loops;
}

}  // namespace

double ns_an_event(const Measurement& cost) {
  const Summary summary = cost.summary();
  return cost.work > 0 ? summary.median * static_cast<double>(summary.count) / cost.work : 0;
}

Result<EventCosts> measure_events(const ProfileTraceOptions& options, const TickClock& clock) {
  const std::int64_t turns = options.quick ? 1'000 : 20'000;
  QUADRILLE_ASSIGN_OR_RETURN(const std::unique_ptr<Trace> trace, Trace::create({.max_threads = 1}));
  const TraceName name = trace->name("measured", "profile", "number");
  EventCosts costs;
  const std::vector<TimedLoop> loops = timed_loops(costs, {trace->this_thread(), name, clock});
  for (const TimedLoop& loop : loops) loop.sample(turns);  // warms the caches
  for (std::int64_t round = 0; round < options.repeat; ++round) {
    for (std::size_t i = 0; i < loops.size(); ++i) {
      const TimedLoop& loop = loops[round % 2 == 0 ? i : loops.size() - 1 - i];
      loop.result->samples_ns.push_back(loop.sample(turns));
      loop.result->work += static_cast<double>(turns * loop.events);
    }
  }
  return costs;
}

}  // namespace quadrille::program
