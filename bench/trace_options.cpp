#include "bench/trace_options.h"

#include <unistd.h>

#include "bench/format.h"
#include "bench/run_summary.h"

namespace quadrille::program {
namespace {

std::string trace_text(const std::string& file, const TraceStatistics& trace) {
  std::string text =
      fmt::format("{} of {} in {}", plural(trace.events - trace.overwritten, "event"),
                  plural(trace.threads, "thread"), file);
  if (trace.overwritten > 0) {
    text += fmt::format("; {} older ones overwritten (--trace-buffer keeps more)",
                        format_count(trace.overwritten));
  }
  if (trace.refused > 0) text += "; some threads were too many to be traced";
  return text;
}

std::string flight_text(const TraceRunOptions& options, const FlightReport& flight) {
  const std::string limit = format_duration(options.slow_frame_ms * 1e6);
  if (flight.slow_frames == 0) {
    return fmt::format("none took longer than {}: {} is not written", limit,
                       options.flight_recorder);
  }
  return fmt::format("{} longer than {}; the slowest, step {}: {}; {} tells of step {}",
                     format_count(flight.slow_frames), limit, format_count(flight.slowest_step),
                     format_duration(static_cast<double>(flight.slowest_ns)),
                     options.flight_recorder, format_count(flight.written_step));
}

}  // namespace

void set_trace_options(const TraceRunOptions& trace, const std::string& name,
                       SimulationOptions& options) {
  options.trace.enabled = !trace.file.empty();
  options.trace.process_name = "quadrille " + name;
  options.trace.process_id = static_cast<std::int32_t>(getpid());
  if (trace.buffer_bytes != 0) options.trace.buffer_bytes = trace.buffer_bytes;
  options.flight_recorder.path = trace.flight_recorder;
  options.flight_recorder.slow_frame_s = trace.slow_frame_ms / 1e3;
  if (trace.keep_s != 0) options.flight_recorder.keep_s = trace.keep_s;
}

std::string trace_summary(const TraceRunOptions& trace, const Measurement& result) {
  if (!result.is_traced) return "";
  std::string text;
  if (!trace.file.empty()) text += summary_line("trace", trace_text(trace.file, result.trace));
  if (!trace.flight_recorder.empty()) {
    text += summary_line("slow steps", flight_text(trace, result.flight));
  }
  return text;
}

}  // namespace quadrille::program
