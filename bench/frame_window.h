// FrameWindow: one writer and its readers on one peer for a stated time, on threads of their own.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "bench/peers/frame_peer.h"

namespace quadrille::program {

enum class ReaderConduct : std::uint8_t {
  kBusy,       // all read at full speed
  kSlow,       // all sleep for a while with each frame
  kOneStalls,  // one holds a frame until the end, the others are busy
  kAsleep,     // all sleep until the next frame
};

struct FrameWindow {
  FramePeerSetup setup;
  ReaderConduct conduct = ReaderConduct::kBusy;
  double rate_hz = 0;  // of the writer; 0: full speed
  double seconds = 0.05;
  std::int64_t hold_ns = 0;      // kSlow
  std::int64_t most_frames = 0;  // then the writer ends; 0: no limit
};

// What one thread, or several of them, found; 300 KiB each.
struct FrameHistograms {
  Histogram publish, acquire, release, refresh, latency;
  std::array<const Histogram*, 5> calls() const {  // in the order of kFrameCalls
    return {&publish, &acquire, &release, &refresh, &latency};
  }
  void merge(const FrameHistograms& other);
  void clear();
};

struct FrameSamples {
  explicit FrameSamples(std::size_t capacity) : publish(capacity), latency(capacity) {}
  SampleThinner publish, latency;
};

// One window, or the sums of several.
struct FrameCounts {
  std::int64_t published = 0;
  double writer_ns = 0;   // from the writer's first frame to its last
  double readers_ns = 0;  // the sum over readers
  std::int64_t reads = 0, seen = 0, torn = 0, backward = 0;  // sums over readers
  std::int64_t preempted = 0;  // calls that the system interrupted: not in any histogram
  std::int64_t kept = 0;  // frames that had a buffer when the window ended; the most of several
  std::vector<double> hardware;  // hardware_events() of the writer's thread; empty: not counted
  void add(const FrameCounts& other);
};

// Runs windows one after the other. Threads keep to a processor: the writer to the first that this
// process may use, readers to the others in turn; all share one where there is only one.
class FrameWindows {
 public:
  explicit FrameWindows(const TickClock& clock);
  const TickClock& clock() const { return clock_; }
  int num_processors() const { return static_cast<int>(processors_.size()); }

  // Nothing is timed inside: what a frame costs at full speed. Counts what the processor counts of
  // the writer's thread, where it can.
  FrameCounts run(const FramePeerEntry& peer, const FrameWindow& window);
  // Each call is timed by itself, into `histograms`, and into `samples` where that is not null.
  FrameCounts run_timed(const FramePeerEntry& peer, const FrameWindow& window,
                        FrameHistograms& histograms, FrameSamples* samples);

  // The calling thread, from now on. Best effort.
  void keep_writer_to_processor() const { keep_to_processor(0); }
  void keep_reader_to_processor(std::size_t reader) const;

 private:
  using ReaderJobs = std::vector<std::unique_ptr<FrameReaderJob>>;

  ReaderJobs reader_jobs(const FrameWindow& window, bool timed, FrameSamples* samples);
  FrameCounts run_threads(const FramePeerEntry& peer, const FrameWindow& window,
                          FrameWriterJob& writer, const ReaderJobs& readers);
  void keep_to_processor(std::size_t place) const;

  const TickClock& clock_;
  std::vector<std::size_t> processors_;
  // A reader's, kept from window to window: they are large.
  std::vector<std::unique_ptr<FrameHistograms>> reader_histograms_;
};

}  // namespace quadrille::program
