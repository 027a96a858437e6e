#include "bench/frame_stops.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <thread>

#include <pthread.h>
#include <signal.h>

namespace quadrille::program {
namespace {

constexpr int kSignal = SIGURG;  // ignored unless somebody asks for it: a late one does no harm
constexpr std::int64_t kFramesThatShow = 3;  // one may have been under way
constexpr std::int64_t kLongestStopNs = 20'000'000;

// One stop, shared by who stops and who is stopped. The flags order nothing.
struct Stop {
  std::atomic<bool> has_begun{false}, ends{false}, has_ended{false};
};

// On the reader's thread, between any two of its instructions: nothing but what a handler may call.
void stand_still(int, siginfo_t* info, void*) {
  const int saved = errno;
  auto* const stop = static_cast<Stop*>(info->si_value.sival_ptr);
  stop->has_begun.store(true, std::memory_order_relaxed);
  while (!stop->ends.load(std::memory_order_relaxed)) {
    const timespec nap = {0, 20'000};
    ::nanosleep(&nap, nullptr);
  }
  errno = saved;
  stop->has_ended.store(true, std::memory_order_relaxed);  // the last look at `stop`
}

class SignalHandler {
 public:
  SignalHandler() {
    struct sigaction action = {};
    action.sa_sigaction = &stand_still;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    ::sigaction(kSignal, &action, &before_);
  }
  ~SignalHandler() { ::sigaction(kSignal, &before_, nullptr); }
  SignalHandler(const SignalHandler&) = delete;
  SignalHandler& operator=(const SignalHandler&) = delete;

 private:
  struct sigaction before_ = {};
};

void nap_us(std::int64_t us) { std::this_thread::sleep_for(std::chrono::microseconds(us)); }

// True: the writer went on.
bool writer_goes_on(const FrameWriterJob& writer, const TickClock& clock) {
  const std::int64_t before = writer.progress.load(std::memory_order_relaxed);
  const std::int64_t begin = clock.ticks();
  while (clock.to_ns(clock.ticks() - begin) < kLongestStopNs) {
    if (writer.progress.load(std::memory_order_relaxed) >= before + kFramesThatShow) return true;
    nap_us(50);
  }
  return false;
}

}  // namespace

FrameStopCounts stop_reader(const FramePeerEntry& entry, const FrameWindows& windows,
                            std::size_t frame_lines, int stops) {
  const SignalHandler handler;
  const TickClock& clock = windows.clock();
  const std::unique_ptr<FramePeer> peer =
      entry.create({.num_readers = 1, .frame_lines = frame_lines});
  FrameSignals signals;
  FrameWriterJob writing;
  FrameReaderJob reading;
  writing.clock = reading.clock = &clock;
  writing.signals = reading.signals = &signals;
  std::thread reader([&] {
    windows.keep_reader_to_processor(0);
    peer->read(0, reading);
  });
  std::thread writer([&] {
    windows.keep_writer_to_processor();
    peer->write(writing);
  });
  signals.go.store(true, std::memory_order_relaxed);
  FrameStopCounts counts;
  for (; counts.stops < stops; ++counts.stops) {
    nap_us(100 + 37 * (counts.stops % 8));  // long enough to run, never in step with its loop
    Stop stop;
    sigval value = {};
    value.sival_ptr = &stop;
    if (::pthread_sigqueue(reader.native_handle(), kSignal, value) != 0) break;
    while (!stop.has_begun.load(std::memory_order_relaxed)) nap_us(20);
    counts.blocked += writer_goes_on(writing, clock) ? 0 : 1;
    counts.kept = std::max(counts.kept, peer->frames_kept());
    stop.ends.store(true, std::memory_order_relaxed);
    while (!stop.has_ended.load(std::memory_order_relaxed)) nap_us(20);
  }
  signals.stop.store(true, std::memory_order_relaxed);
  writer.join();
  reader.join();
  return counts;
}

}  // namespace quadrille::program
