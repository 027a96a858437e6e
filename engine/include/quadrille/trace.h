// Trace: what a simulation did and when, thread by thread: spans, instants and counters, about 12
// ns each. Written as Chrome trace-event JSON or as a Perfetto trace; ui.perfetto.dev opens both.
//
//   const TraceName gather = trace->name("gather", "physics", "bodies");  // once, before the run
//   {
//     const TraceSpan span(trace->this_thread(), gather, num_bodies);  // a null track: not traced
//     ...
//   }
//
// A thread that records has a ring of its own, which keeps its newest events. Names and threads
// stand outside of the rings: an event that is still there can always be read. A trace belongs to
// one simulation; two in a process have two.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include <quadrille/hooks.h>
#include <quadrille/status.h>
#include <quadrille/types.h>

namespace quadrille {

class MemoryBudget;
class TickClock;

struct TraceOptions {
  bool enabled = false;  // of a simulation: whether it has a trace
  // A thread's ring, rounded up to a power of two: 32 bytes an event, and a whole span is one.
  std::size_t buffer_bytes = std::size_t{4} << 20;
  int max_threads =
      0;  // that may record. 0: as many as a simulation has workers and readers, and 2
  std::string process_name = "quadrille";
  std::int32_t process_id = 1;  // the viewer's; the system's own one helps to match other traces
};

// How an event is called: a place in one trace's table of names.
enum class TraceName : std::uint16_t {};

// Keeps the last seconds and writes them when a step takes too long; its file always holds what led
// to the slowest step so far, give or take a tenth.
struct FlightRecorderOptions {
  std::string path = {};    // as Trace::write; empty: no flight recorder
  double slow_frame_s = 0;  // a step that takes longer, from its begin to its publication, is slow
  double keep_s = 5;        // as far as the rings reach back
  std::int64_t held_ns =
      0;  // of the step that the file tells of already, if an earlier run wrote it
};

struct FlightReport {
  std::int64_t slow_frames = 0;
  std::int64_t slowest_step = 0, slowest_ns = 0;
  std::int64_t written_step = 0, written_ns = 0;  // of which the file tells; 0: an earlier run's
  Status status;                                  // of the last writing
};

struct TraceStatistics {
  int threads = 0;               // that recorded
  std::int64_t ring_events = 0;  // that a thread's ring has room for
  std::int64_t events = 0;       // that they recorded; a whole span is one
  std::int64_t overwritten = 0;  // of these, no longer in a ring
  std::int64_t refused = 0;      // times that a thread beyond max_threads asked for a track
};

// The ring of one thread, which alone records into it: no lock, no allocation, no system call, and
// no waiting for who exports meanwhile.
class alignas(kCacheLineBytes) TraceTrack {
 public:
  TraceTrack() = default;
  TraceTrack(const TraceTrack&) = delete;
  TraceTrack& operator=(const TraceTrack&) = delete;

  void instant(TraceName name, std::int64_t value = 0);
  // A line over time, one for each name, whichever thread says its values.
  void counter(TraceName name, std::int64_t value);

 private:
  friend class Trace;
  friend class TraceReader;
  friend class TraceSpan;

  // Four words: begin, end (ticks), value, {name: 16, kind: 16, depth: 32}.
  static constexpr std::size_t kWords = 4;
  using Word = std::atomic<std::uint64_t>;

  std::int64_t open();  // a span begins; returns when
  void close(TraceName name, std::int64_t begin, std::int64_t value);
  void record(std::int64_t begin, std::int64_t end, std::int64_t value, std::uint64_t what);

  std::atomic<std::uint64_t> head_{0};  // events recorded so far
  std::uint64_t mask_ = 0;              // events that fit, less one
  Word* words_ = nullptr;
  const TickClock* clock_ = nullptr;
  std::atomic<std::uint32_t> depth_{0};  // of open spans; the owner's own
};

// From its construction to its destruction, so that the spans of a thread nest; it appears in the
// trace when it ends. A null track: nothing is recorded.
class TraceSpan {
 public:
  TraceSpan(TraceTrack* track, TraceName name, std::int64_t value = 0)
      : track_(track), value_(value), name_(name) {
    if (track_ != nullptr) begin_ = track_->open();
  }
  ~TraceSpan() {
    if (track_ != nullptr) track_->close(name_, begin_, value_);
  }
  TraceSpan(const TraceSpan&) = delete;
  TraceSpan& operator=(const TraceSpan&) = delete;

  void set_value(std::int64_t value) { value_ = value; }

 private:
  TraceTrack* track_;
  std::int64_t begin_ = 0, value_;
  TraceName name_;
};

class Trace {
 public:
  // Reserves max_threads rings; a ring's pages are taken when its thread first records. `budget`
  // may be null, and is charged for all of them. About 10 ms, for which the clock is calibrated.
  static Result<std::unique_ptr<Trace>> create(const TraceOptions& options,
                                               MemoryBudget* budget = nullptr,
                                               const AllocationHook& hook = {});
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  // The same words give the same name. `value` says what the events' values are ("bytes", "step");
  // empty: they have none. Bytes that are no UTF-8 become '?'. Any thread, but not on a hot path:
  // it takes a lock. Name 0, "unnamed", when 65,535 names are taken or there is no memory.
  TraceName name(std::string_view text, std::string_view category, std::string_view value = {});

  // The calling thread's track, about 3 ns. Its first call takes one: `role` (a literal) and
  // `number`, if there is one, are how the track is called until the thread names itself. Null:
  // max_threads have recorded already. Any thread.
  TraceTrack* this_thread(const char* role = "thread", int number = kNoNumber);
  void name_this_thread(std::string_view name);  // any thread; takes a lock
  static constexpr int kNoNumber = -1;
  static constexpr int kNextNumber = -2;  // 1 for the first thread that comes with it, then 2, ...

  // What a simulation's thread is at, and the chunks that its workers run: the pass. That thread
  // only.
  void set_activity(TraceName name) { activity_ = name; }
  TraceName activity() const { return activity_; }

  // Gives the rings back that no thread has taken; threads that come now are refused. Any thread.
  void trim();

  // Events that ended in the last `last_s` seconds. The format follows the extension: .json for
  // Chrome's, .pftrace or .perfetto-trace for Perfetto's. Any thread, while others record: what
  // they overwrite meanwhile is left out. kInvalidArgument: another extension; kIoError.
  Status write(const std::string& path,
               double last_s = std::numeric_limits<double>::infinity()) const;
  // Whether `write` knows the extension.
  static Status check_path(std::string_view path);

  TraceStatistics statistics() const;  // any thread

 private:
  friend class TraceReader;
  struct State;
  explicit Trace(std::unique_ptr<State> state);
  TraceTrack* take_track(const char* role, int number);

  std::unique_ptr<State> state_;
  TraceName activity_{};
};

}  // namespace quadrille
