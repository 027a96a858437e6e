// ArenaTrace: an arena's allocations by label, its releases and resets, in a trace; and how much of
// it is in use, as a line. Any thread, as the arena's.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include <quadrille/arena.h>
#include <quadrille/trace.h>

namespace quadrille {

class ArenaTrace final : public ArenaTracker {
 public:
  // `trace` outlives this. `arena_name`: what its line is called.
  ArenaTrace(Trace& trace, const std::string& arena_name);

  void on_allocate(const ArenaAllocation& allocation) override;
  void on_release(std::size_t offset, std::size_t bytes) override;
  void on_reset() override;

 private:
  TraceName name_of(const char* label);
  void change_use(TraceTrack* track, std::int64_t bytes);

  // Labels are literals: one that was seen is known by its address. Filled from the front; an entry
  // is written once, its name before its label.
  struct Known {
    std::atomic<const char*> label{nullptr};
    std::atomic<TraceName> name{};
  };

  Trace& trace_;
  TraceName release_, reset_, in_use_;
  std::atomic<std::int64_t> used_bytes_{0};
  std::array<Known, 64> known_;
};

}  // namespace quadrille
