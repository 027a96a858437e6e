#include "bench/frame_costs.h"

#include <algorithm>
#include <atomic>
#include <thread>

namespace quadrille::program {
namespace {

constexpr double kBatchNs = 1e6;
constexpr std::int64_t kFirstTry = 500, kMostCalls = 1'000'000;

// ns a call of `batch(count)`, which says how many ns it took. The first one warms the caches and
// tells how many calls fill a batch.
template <class Batch>
double call_ns(const FrameWindows& windows, const Batch& batch) {
  double ns = 0;
  std::thread([&] {  // so that the caller keeps to no processor
    windows.keep_writer_to_processor();
    const double one = batch(kFirstTry) / static_cast<double>(kFirstTry);
    const auto count = std::clamp(static_cast<std::int64_t>(kBatchNs / std::max(one, 0.1)),
                                  std::int64_t{1}, kMostCalls);
    ns = batch(count) / static_cast<double>(count);
  })
      .join();
  return ns;
}

template <class Job>
void let_go(Job& job, const TickClock& clock, FrameSignals& signals) {
  signals.go.store(true, std::memory_order_relaxed);
  job.clock = &clock;
  job.signals = &signals;
}

}  // namespace

double bare_exchange_ns(const FrameWindows& windows) {
  alignas(kCacheLineBytes) std::atomic<std::uint64_t> word{0};
  return call_ns(windows, [&](std::int64_t count) {
    const std::int64_t begin = windows.clock().ticks();
    for (std::int64_t i = 0; i < count; ++i)
      word.exchange(static_cast<std::uint64_t>(i), std::memory_order_acq_rel);  // as a publication
    return windows.clock().to_ns(windows.clock().ticks() - begin);
  });
}

double publish_alone_ns(const FramePeerEntry& entry, const FrameWindows& windows,
                        const FramePeerSetup& setup) {
  const std::unique_ptr<FramePeer> peer = entry.create(setup);
  return call_ns(windows, [&](std::int64_t count) {
    FrameSignals signals;
    FrameWriterJob job;
    let_go(job, windows.clock(), signals);
    job.most_frames = count;
    peer->write(job);
    return job.elapsed_ns;
  });
}

double read_alone_ns(const FramePeerEntry& entry, const FrameWindows& windows,
                     const FramePeerSetup& setup, FrameReading reading) {
  const std::unique_ptr<FramePeer> peer = entry.create(setup);
  return call_ns(windows, [&](std::int64_t count) {
    FrameSignals signals;
    FrameReaderJob job;
    let_go(job, windows.clock(), signals);
    job.reading = reading;
    job.most_reads = count;
    peer->read(0, job);
    return job.elapsed_ns;
  });
}

}  // namespace quadrille::program
