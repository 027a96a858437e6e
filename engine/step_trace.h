// StepTrace: how the steps of one TimeStepper appear in a trace: frame > begin > catch up, the
// passes, complete, publish; instants where a publication was skipped, a slot added or a stalled
// reader found. Without a
// trace all of it costs a test of a pointer. The writer's thread only.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <quadrille/trace.h>

#include "engine/memory_budget.h"

namespace quadrille {

class StepTrace {
 public:
  // Both may be null.
  StepTrace(Trace* trace, const MemoryBudget* budget);

  void add_pass(const std::string& name);

  // Before anything else that a call of the stepper records: the calling thread's track. Gives idle
  // rings back when memory is over the soft limit.
  void enter();
  TraceTrack* track() const { return track_; }

  TraceSpan frame(std::int64_t step) const { return {track_, frame_, step}; }
  TraceSpan begin() const { return {track_, begin_}; }
  TraceSpan catch_up() const { return {track_, catch_up_}; }
  TraceSpan complete() const { return {track_, complete_}; }
  TraceSpan publish(std::int64_t step) const { return {track_, publish_, step}; }
  TraceSpan wait(std::int64_t step) const { return {track_, wait_, step}; }
  // The chunks that workers run from now on belong to the pass.
  TraceSpan pass(std::size_t index, std::int64_t step);
  void end_passes();  // what they run until the next one is of none, as reports after the run

  void skipped(std::int64_t step, std::int64_t skipped_so_far) const;
  void grown(int slots) const;
  void stalled(std::int64_t stalls_so_far) const;
  void end_frame(std::int64_t catch_up_bytes);

 private:
  Trace* trace_;
  const MemoryBudget* budget_;
  TraceTrack* track_ = nullptr;
  TraceName frame_{}, between_{}, begin_{}, catch_up_{}, complete_{}, publish_{}, wait_{}, skip_{},
      grow_{}, stall_{};
  TraceName catch_up_bytes_{}, memory_{}, skipped_frames_{};
  std::vector<TraceName> passes_;
  std::int64_t last_memory_ = -1, last_catch_up_ = -1;  // counters are said when they change
};

}  // namespace quadrille
