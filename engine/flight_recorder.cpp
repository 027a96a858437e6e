#include "engine/flight_recorder.h"

#include <cmath>
#include <cstdio>
#include <string>

#include "engine/number_text.h"

namespace quadrille {
namespace {

constexpr double kSlowerByATenth = 1.1;

}  // namespace

FlightRecorder::FlightRecorder(Trace& trace, const FlightRecorderOptions& options,
                               const LogHook& log)
    : trace_(trace), options_(options), log_(log), slow_(trace.name("slow frame", "frame", "step")),
      write_(trace.name("write the flight record", "frame", "step")),
      slow_ns_(static_cast<std::int64_t>(options.slow_frame_s * 1e9)) {
  report_.written_ns = options.held_ns;
}

Status FlightRecorder::verify(const FlightRecorderOptions& options) {
  QUADRILLE_RETURN_IF_ERROR(Trace::check_path(options.path));
  constexpr double kMostS = 1e6;
  const auto in_range = [](double seconds) { return seconds >= 0 && seconds <= kMostS; };
  if (!in_range(options.slow_frame_s) || !in_range(options.keep_s)) {
    return {StatusCode::kInvalidArgument, "the flight recorder's slow frame of " +
                                              number_text(options.slow_frame_s) + " s and its " +
                                              number_text(options.keep_s) +
                                              " s to keep must be between 0 and 1000000 s"};
  }
  return Status::ok();
}

void FlightRecorder::after_step(const StepTiming& timing) {
  if (timing.total_ns <= slow_ns_) return;
  ++report_.slow_frames;
  TraceTrack* track = trace_.this_thread("simulation");
  if (track != nullptr) track->instant(slow_, timing.step);
  if (timing.total_ns > report_.slowest_ns) {
    report_.slowest_ns = timing.total_ns;
    report_.slowest_step = timing.step;
  }
  if (static_cast<double>(timing.total_ns) <
      kSlowerByATenth * static_cast<double>(report_.written_ns)) {
    return;
  }
  const TraceSpan span(track, write_, timing.step);  // explains the gap that it makes
  write(timing);
}

void FlightRecorder::write(const StepTiming& timing) {
  report_.status = trace_.write(options_.path, options_.keep_s);
  report_.written_ns = timing.total_ns;
  report_.written_step = timing.step;
  if (log_.write == nullptr) return;
  char times[128];
  std::snprintf(times, sizeof times,
                "step %lld took %.3g ms, more than %.3g ms: ", static_cast<long long>(timing.step),
                static_cast<double>(timing.total_ns) / 1e6, static_cast<double>(slow_ns_) / 1e6);
  const std::string what =
      report_.status.is_ok() ? options_.path + " holds what led to it" : report_.status.message();
  log_.write(log_.context, LogLevel::kWarning, times + what);
}

}  // namespace quadrille
