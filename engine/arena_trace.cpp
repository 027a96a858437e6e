#include "engine/arena_trace.h"

namespace quadrille {

ArenaTrace::ArenaTrace(Trace& trace, const std::string& arena_name)
    : trace_(trace), release_(trace.name("release", "arena", "bytes")),
      reset_(trace.name("reset", "arena", "bytes")),
      in_use_(trace.name(arena_name, "arena", "bytes")) {}

// A label that two threads bring at once may take two entries, with the same name. Beyond the table
// each allocation asks the trace, which takes a lock: an arena has few labels.
TraceName ArenaTrace::name_of(const char* label) {
  for (Known& known : known_) {
    const char* held = known.label.load(std::memory_order_acquire);  // pairs with the release below
    if (held == label) return known.name.load(std::memory_order_relaxed);
    if (held != nullptr) continue;
    const TraceName name = trace_.name(std::string("allocate ") + label, "arena", "bytes");
    TraceName free{};
    if (known.name.compare_exchange_strong(free, name, std::memory_order_relaxed)) {
      known.label.store(label, std::memory_order_release);
      return name;
    }
  }
  return trace_.name(std::string("allocate ") + label, "arena", "bytes");
}

// Relaxed: a sum, which orders nothing.
void ArenaTrace::change_use(TraceTrack* track, std::int64_t bytes) {
  const std::int64_t used = used_bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  if (track != nullptr) track->counter(in_use_, used);
}

void ArenaTrace::on_allocate(const ArenaAllocation& allocation) {
  TraceTrack* track = trace_.this_thread();
  const auto bytes = static_cast<std::int64_t>(allocation.bytes);
  if (track != nullptr) track->instant(name_of(allocation.label.name), bytes);
  change_use(track, bytes);
}

void ArenaTrace::on_release(std::size_t, std::size_t bytes) {
  TraceTrack* track = trace_.this_thread();
  if (track != nullptr) track->instant(release_, static_cast<std::int64_t>(bytes));
  change_use(track, -static_cast<std::int64_t>(bytes));
}

void ArenaTrace::on_reset() {
  TraceTrack* track = trace_.this_thread();
  const std::int64_t used = used_bytes_.exchange(0, std::memory_order_relaxed);
  if (track == nullptr) return;
  track->instant(reset_, used);
  track->counter(in_use_, 0);
}

}  // namespace quadrille
