// PerfCounters: what the processor counts of one thread, through perf_event_open.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <quadrille/status.h>

namespace quadrille::program {

struct PerfEvent {
  std::string_view name;  // "cycles"
  std::uint32_t type = 0;
  std::uint64_t config = 0;
};

// Cycles, instructions, cache misses.
std::span<const PerfEvent> hardware_events();

// Of the thread that opened them. Move-only.
class PerfCounters {
 public:
  // kUnsupported with the system's reason: no such counter on this machine, or not for this user.
  static Result<PerfCounters> open(std::span<const PerfEvent> events);
  PerfCounters(PerfCounters&& other) noexcept;
  PerfCounters& operator=(PerfCounters&& other) noexcept;
  ~PerfCounters();

  // From zero. On the thread that opened them.
  void start();
  // The counts since start(), in the order of the events; scaled where the processor had fewer
  // counters than were asked for. Empty: they never ran.
  std::vector<double> stop();

 private:
  PerfCounters() = default;
  void close();
  std::vector<int> files_;  // the first leads the group
};

}  // namespace quadrille::program
