// FramePeer: one way to hand frames from a writer to readers, as `quadrille profile frames` and the
// suite of `quadrille bench` measure it. Each stands in a file of its own with the same interface
// (frame_loops.h says which); here is what is known of all of them once their types are forgotten.
//
// All do the same work. The writer writes a small frame into a buffer that no reader can see, then
// publishes it and takes the next buffer. A reader acquires the newest frame, reads it whole, and
// releases it. With R readers there are R + 2 buffers where a peer needs buffers at all.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "bench/peers/frame_buffer.h"
#include "bench/sample_thinner.h"
#include "engine/clock.h"
#include "engine/histogram.h"

namespace quadrille::program {

inline constexpr int kMostFrameReaders = 62;  // so that a word has a bit for each buffer

struct FramePeerTraits {
  std::string_view name;       // as --peers takes it
  std::string_view writer;     // what may hold the writer up: "wait-free", "waits for readers"
  std::string_view reader;     // the same of a reader
  std::string_view semantics;  // a sentence: what it does differently
  int most_readers = kMostFrameReaders;
  bool can_wait = false;  // a reader can sleep until the next frame
};

// Threads wait for `go` and end at `stop`. They order nothing: what a thread found is read after it
// was joined. Read by all in every turn, and alone on its line.
struct alignas(kCacheLineBytes) FrameSignals {
  std::atomic<bool> go{false}, stop{false};
  bool stops() const { return stop.load(std::memory_order_relaxed); }
};

// What a thread does, and what it found. Alone on its lines.
struct alignas(kCacheLineBytes) FrameWriterJob {
  const TickClock* clock = nullptr;
  const FrameSignals* signals = nullptr;
  double period_ns = 0;              // 0: at full speed
  std::int64_t most_frames = 0;      // then it ends by itself; 0: no limit
  bool wakes_readers = false;        // that sleep
  Histogram* publish = nullptr;      // null: nothing is timed inside
  SampleThinner* samples = nullptr;  // of publish; may be null

  std::int64_t published = 0;
  std::int64_t preempted = 0;  // publications that the system interrupted: counted, not recorded
  double elapsed_ns = 0;
  // For who watches whether the writer goes on.
  std::atomic<std::int64_t> progress{0};
};

enum class FrameReading : std::uint8_t {
  kPins,       // acquire, read, release, again and again
  kRefreshes,  // holds a frame, asks for a newer one, again and again
  kSlow,       // as kPins, but sleeps for `hold_ns` with each frame
  kStalls,     // acquires one frame and holds it until the end
  kSleeps,     // sleeps until there is a frame that it has not seen
};

struct alignas(kCacheLineBytes) FrameReaderJob {
  const TickClock* clock = nullptr;
  const FrameSignals* signals = nullptr;
  FrameReading reading = FrameReading::kPins;
  std::int64_t hold_ns = 0;
  std::int64_t most_reads = 0;  // then it ends by itself; 0: no limit
  // Null: nothing is timed inside. `latency`: from just before a publication until a reader has
  // acquired that frame.
  Histogram* acquire = nullptr;
  Histogram* release = nullptr;
  Histogram* refresh = nullptr;
  Histogram* latency = nullptr;
  SampleThinner* samples = nullptr;  // of latency; may be null

  std::int64_t reads = 0;      // frames acquired, or asked for
  std::int64_t seen = 0;       // different ones
  std::int64_t torn = 0;       // that held two stamps, or changed while they were held
  std::int64_t backward = 0;   // older than one that was seen before
  std::int64_t preempted = 0;  // calls that the system interrupted: counted, not recorded
  double elapsed_ns = 0;
  std::atomic<bool> is_ready{false};  // to begin at `go`
};

// One peer, set up for one run. write() is called on one thread, read() once for each reader, on a
// thread of its own.
class FramePeer {
 public:
  virtual ~FramePeer() = default;
  virtual void write(FrameWriterJob& job) = 0;
  virtual void read(int index, FrameReaderJob& job) = 0;
  // How many frames have a buffer now, each reader's own copies included. Any thread.
  virtual std::int64_t frames_kept() const = 0;
};

struct FramePeerEntry {
  FramePeerTraits traits;
  std::unique_ptr<FramePeer> (*create)(const FramePeerSetup& setup);
};

FramePeerEntry channel_peer();        // frame_channel.cpp
FramePeerEntry simulation_peer();     // frame_simulation.cpp
FramePeerEntry mutex_peer();          // frame_mutex.cpp
FramePeerEntry shared_mutex_peer();   // frame_shared_mutex.cpp
FramePeerEntry shared_ptr_peer();     // frame_shared_ptr.cpp
FramePeerEntry triple_buffer_peer();  // frame_triple_buffer.cpp
FramePeerEntry hazard_peer();         // frame_hazard.cpp
FramePeerEntry seqlock_peer();        // frame_seqlock.cpp
FramePeerEntry left_right_peer();     // frame_left_right.cpp
// frame_rcu.cpp; a null `create`: this program was built without liburcu.
FramePeerEntry rcu_peer();
FramePeerEntry rcu_sync_peer();

// All, ours first.
std::span<const FramePeerEntry> frame_peers();
// Null: none of that name.
const FramePeerEntry* find_frame_peer(std::string_view name);

}  // namespace quadrille::program
