// Writes traces of many shapes into a folder, each in both formats: what trace_formats_test.py
// reads.
#include <cstdint>
#include <cstdio>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <quadrille/trace.h>

namespace quadrille {
namespace {

constexpr std::size_t kEventBytes = 32;

struct Shape {
  const char* name;
  TraceOptions options;
  std::function<void(Trace&)> record;
};

void record_simple(Trace& trace) {
  trace.name_this_thread("dancer");
  TraceTrack* track = trace.this_thread();
  const TraceName outer = trace.name("outer", "test", "step");
  const TraceName inner = trace.name("inner", "test");
  const TraceSpan span(track, outer, 7);
  {
    const TraceSpan closed(track, inner);
    track->instant(trace.name("instant", "other", "number"), -3);
    track->counter(trace.name("size", "memory", "bytes"), 4096);
    track->counter(trace.name("count", "memory", "things"), -1);
    track->counter(trace.name("plain", "memory"), 5);
  }
  track->instant(inner);
}

void record_hostile(Trace& trace) {
  trace.name_this_thread("\"thread\"\\\n\t\x01\xff");
  TraceTrack* track = trace.this_thread();
  const std::string texts[] = {"",
                               "\"quoted\" back\\slash",
                               "line\nfeed\r\ttab",
                               std::string("nul\0and\x1f\x7f", 9),
                               "\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\x83 </script>",
                               "\xff\xfe not UTF-8 \xc3",
                               std::string(10'000, 'x'),
                               "{\"ph\":\"E\"}"};
  for (const std::string& text : texts) {
    const TraceSpan span(track, trace.name(text, text, text), 1);
    track->instant(trace.name(text, "test", "value"), std::numeric_limits<std::int64_t>::min());
    track->counter(trace.name(text, "test", text), std::numeric_limits<std::int64_t>::max());
  }
}

// The ring holds the ends of spans that began before its oldest event.
void record_wrapped(Trace& trace) {
  TraceTrack* track = trace.this_thread("wrapper", 1);
  const TraceName outer = trace.name("outer", "test", "number");
  const TraceName inner = trace.name("inner", "test", "number");
  const TraceName mark = trace.name("mark", "test", "number");
  for (std::int64_t i = 0; i < 5; ++i) {
    const TraceSpan one(track, outer, i);
    const TraceSpan two(track, outer, i);
    for (std::int64_t j = 0; j < 100; ++j) {
      const TraceSpan three(track, inner, j);
      track->instant(mark, j);
    }
  }
}

void record_threads(Trace& trace) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&trace, i] {
      TraceTrack* track = trace.this_thread("thread", i);
      if (track == nullptr) return;
      const TraceName name = trace.name("work " + std::to_string(i), "test", "number");
      for (std::int64_t j = 0; j < 200; ++j) {
        const TraceSpan span(track, name, j);
        track->counter(trace.name("shared", "test", "number"), j);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

int write_all(const std::string& folder) {
  const Shape shapes[] = {
      {"empty", {}, [](Trace&) {}},
      {"simple", {}, record_simple},
      {"hostile", {.process_name = "\"process\"\xff", .process_id = -5}, record_hostile},
      {"wrapped", {.buffer_bytes = 64 * kEventBytes}, record_wrapped},
      {"threads", {.process_id = 2'000'000'000}, record_threads},
      {"refused", {.max_threads = 2}, record_threads},
  };
  for (const Shape& shape : shapes) {
    Result<std::unique_ptr<Trace>> trace = Trace::create(shape.options);
    if (!trace.is_ok()) return std::puts(trace.status().message().c_str()), 1;
    shape.record(**trace);
    for (const char* extension : {".json", ".pftrace", ".json.gz", ".perfetto-trace.gz"}) {
      const Status status = (*trace)->write(folder + "/" + shape.name + extension);
      if (!status.is_ok()) return std::puts(status.message().c_str()), 1;
    }
  }
  return 0;
}

}  // namespace
}  // namespace quadrille

int main(int argc, char** argv) {
  if (argc != 2) return std::puts("usage: trace_files FOLDER"), 2;
  return quadrille::write_all(argv[1]);
}
