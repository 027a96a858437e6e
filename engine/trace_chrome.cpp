// Chrome's trace event format [1]: JSON, an object for each event, times in microseconds.
//
// Written as a stream: a trace holds millions of events, which no document tree should hold again.
// [1] Duca, Sinclair. Trace Event Format. 2016.
#include <array>
#include <charconv>
#include <cstdio>

#include "engine/trace_formats.h"

namespace quadrille {
namespace {

struct Quoted {
  std::string_view text;  // UTF-8
};

TextWriter& operator<<(TextWriter& out, Quoted quoted) {
  out << '"';
  for (const char c : quoted.text) {
    if (c == '"' || c == '\\') {
      out << '\\' << c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      std::array<char, 8> escape;
      std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
      out << std::string_view(escape.data(), 6);
    } else {
      out << c;
    }
  }
  return out << '"';
}

struct Microseconds {
  std::int64_t ns;  // not negative
};

TextWriter& operator<<(TextWriter& out, Microseconds time) {
  const auto rest = static_cast<unsigned>(time.ns % 1000);
  return out << time.ns / 1000 << '.' << static_cast<char>('0' + rest / 100)
             << static_cast<char>('0' + rest / 10 % 10) << static_cast<char>('0' + rest % 10);
}

class ChromeWriter {
 public:
  ChromeWriter(const TraceReader& trace, TextWriter& out)
      : trace_(trace), out_(out), process_(trace.options().process_id) {}

  void write() {
    out_ << "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"clock\":" << Quoted{trace_.clock_name()}
         << "},\n\"traceEvents\":[\n";
    metadata("process_name", 0, trace_.options().process_name);
    TraceThreadEvents thread;
    for (std::size_t i = 0; i < trace_.max_threads(); ++i) {
      if (!trace_.read(i, thread)) continue;
      const int number = process_ + static_cast<int>(i);
      describe(thread, number, i);
      for (const TraceEvent& event : thread.events) put(event, number);
    }
    out_ << "\n]}\n";
  }

 private:
  void start_event(char phase, int thread) {
    if (!is_first_) out_ << ",\n";
    is_first_ = false;
    out_ << "{\"ph\":\"" << phase << "\",\"pid\":" << process_ << ",\"tid\":" << thread;
  }

  void metadata(std::string_view what, int thread, std::string_view name) {
    start_event('M', thread == 0 ? process_ : thread);
    out_ << ",\"name\":" << Quoted{what} << ",\"args\":{\"name\":" << Quoted{name} << "}}";
  }

  void describe(const TraceThreadEvents& thread, int number, std::size_t place) {
    metadata("thread_name", number, thread.name);
    start_event('M', number);
    out_ << ",\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":" << place << "}}";
    if (thread.lost == 0) return;
    start_event('M', number);
    out_ << ",\"name\":\"overwritten_events\",\"args\":{\"count\":" << thread.lost << "}}";
  }

  void put(const TraceEvent& event, int thread) {
    constexpr std::array<char, 4> kPhases = {'B', 'E', 'i', 'C'};  // in the order of TracePhase
    const TraceNameEntry& name = trace_.names()[static_cast<std::size_t>(event.name)];
    start_event(kPhases[static_cast<std::size_t>(event.phase)], thread);
    out_ << ",\"ts\":" << Microseconds{event.ns} << ",\"name\":" << Quoted{name.text}
         << ",\"cat\":" << Quoted{name.category};
    if (event.phase == TracePhase::kInstant) out_ << ",\"s\":\"t\"";  // it concerns its thread
    const bool is_counter = event.phase == TracePhase::kCounter;
    if (is_counter || (event.phase != TracePhase::kEnd && !name.value.empty())) {
      out_ << ",\"args\":{" << Quoted{name.value.empty() ? "value" : name.value} << ':'
           << event.value << '}';
    }
    out_ << '}';
  }

  const TraceReader& trace_;
  TextWriter& out_;
  int process_;
  bool is_first_ = true;
};

}  // namespace

void write_chrome_trace(const TraceReader& trace, TextWriter& out) {
  ChromeWriter(trace, out).write();
}

}  // namespace quadrille
