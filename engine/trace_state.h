// What a trace consists of: a table of names, and a table in which a thread finds its track.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <quadrille/trace.h>

#include "engine/clock.h"
#include "engine/region.h"

namespace quadrille {

// What both clocks said at one moment: the rings hold ticks, a file holds nanoseconds.
struct ClockReading {
  std::int64_t ticks = 0, ns = 0;
  static ClockReading now(const TickClock& clock);
};

struct TraceNameEntry {
  std::string text, category, value;
};

// A thread of the trace. `taken` pairs a release by the thread that sets the rest with an acquire
// by who exports; `name` alone may change later, under the trace's lock.
struct TraceThread {
  TraceTrack track;
  Region ring;
  const char* role = "";
  int number = Trace::kNoNumber;
  std::string name;
  std::atomic<bool> taken{false};
};

struct Trace::State {
  State(const TraceOptions& trace_options, int max_threads);

  TraceOptions options;
  TickClock clock;
  ClockReading created;

  std::vector<TraceThread> threads;
  std::atomic<std::size_t> num_taken{0};  // may exceed the number of threads
  std::atomic<int> next_number{1};
  std::atomic<std::int64_t> refused{0};

  // Open addressing over the addresses of thread-local bytes. A slot is filled once, by the thread
  // whose key it holds, and only that thread looks for it.
  struct Slot {
    std::atomic<std::uintptr_t> key{0};
    std::atomic<TraceThread*> thread{nullptr};
  };
  std::vector<Slot> slots;

  mutable std::mutex mutex;  // of what follows, and of the threads' names
  std::vector<TraceNameEntry> names;
  std::map<std::string, TraceName> name_of;

  TraceThread* find(std::uintptr_t key) const;
  void insert(std::uintptr_t key, TraceThread* thread);
};

}  // namespace quadrille
