// FlightRecorder: when a step takes longer than it may, the last seconds of the trace go to a file.
//
// One file, which holds the slowest step: it is written at the first slow one and again whenever
// one is slower by a tenth, so that a simulation that grows slower and slower writes some tens of
// times, not at each step.
#pragma once

#include <quadrille/hooks.h>
#include <quadrille/metrics.h>
#include <quadrille/trace.h>

namespace quadrille {

class FlightRecorder {
 public:
  // `trace` outlives this.
  FlightRecorder(Trace& trace, const FlightRecorderOptions& options, const LogHook& log);

  // kInvalidArgument: an extension that no format has, a threshold or a time that is none.
  static Status verify(const FlightRecorderOptions& options);

  // After each step, outside of what was timed. Allocates and writes only if the step was slow.
  void after_step(const StepTiming& timing);
  const FlightReport& report() const { return report_; }

 private:
  void write(const StepTiming& timing);

  Trace& trace_;
  FlightRecorderOptions options_;
  LogHook log_;
  TraceName slow_, write_;
  std::int64_t slow_ns_;
  FlightReport report_;
};

}  // namespace quadrille
