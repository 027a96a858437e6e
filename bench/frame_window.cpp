#include "bench/frame_window.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include <pthread.h>
#include <sched.h>

#include "bench/perf_counters.h"

namespace quadrille::program {
namespace {

FrameReading reading_of(ReaderConduct conduct, int reader) {
  switch (conduct) {
    case ReaderConduct::kBusy: break;
    case ReaderConduct::kSlow: return FrameReading::kSlow;
    case ReaderConduct::kOneStalls:
      return reader == 0 ? FrameReading::kStalls : FrameReading::kPins;
    case ReaderConduct::kAsleep: return FrameReading::kSleeps;
  }
  return FrameReading::kPins;
}

std::vector<std::size_t> allowed_processors() {
  std::vector<std::size_t> processors;
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return {0};
  for (std::size_t processor = 0; processor < CPU_SETSIZE; ++processor) {
    if (CPU_ISSET(processor, &allowed)) processors.push_back(processor);
  }
  return processors;
}

std::vector<double> write_counted(FramePeer& peer, FrameWriterJob& job) {
  Result<PerfCounters> counters = PerfCounters::open(hardware_events());
  if (counters.is_ok()) counters->start();
  peer.write(job);
  return counters.is_ok() ? counters->stop() : std::vector<double>();
}

FrameCounts counts_of(const FrameWriterJob& writer,
                      const std::vector<std::unique_ptr<FrameReaderJob>>& readers) {
  FrameCounts counts;
  counts.published = writer.published;
  counts.writer_ns = writer.elapsed_ns;
  counts.preempted = writer.preempted;
  for (const auto& reader : readers) {
    counts.readers_ns += reader->elapsed_ns;
    counts.reads += reader->reads;
    counts.seen += reader->seen;
    counts.torn += reader->torn;
    counts.backward += reader->backward;
    counts.preempted += reader->preempted;
  }
  return counts;
}

}  // namespace

void FrameHistograms::merge(const FrameHistograms& other) {
  publish.merge(other.publish);
  acquire.merge(other.acquire);
  release.merge(other.release);
  refresh.merge(other.refresh);
  latency.merge(other.latency);
}

void FrameHistograms::clear() {
  for (Histogram* histogram : {&publish, &acquire, &release, &refresh, &latency})
    histogram->clear();
}

void FrameCounts::add(const FrameCounts& other) {
  published += other.published;
  writer_ns += other.writer_ns;
  readers_ns += other.readers_ns;
  reads += other.reads;
  seen += other.seen;
  torn += other.torn;
  backward += other.backward;
  preempted += other.preempted;
  kept = std::max(kept, other.kept);
  hardware.resize(std::max(hardware.size(), other.hardware.size()));
  for (std::size_t i = 0; i < other.hardware.size(); ++i) hardware[i] += other.hardware[i];
}

FrameWindows::FrameWindows(const TickClock& clock)
    : clock_(clock), processors_(allowed_processors()) {}

// Where the system refuses, the thread runs anywhere.
void FrameWindows::keep_to_processor(std::size_t place) const {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(processors_[place % processors_.size()], &one);
  ::pthread_setaffinity_np(::pthread_self(), sizeof one, &one);
}

void FrameWindows::keep_reader_to_processor(std::size_t reader) const {
  const std::size_t others = processors_.size() - 1;
  keep_to_processor(others == 0 ? 0 : 1 + reader % others);
}

FrameWindows::ReaderJobs FrameWindows::reader_jobs(const FrameWindow& window, bool timed,
                                                   FrameSamples* samples) {
  ReaderJobs jobs;
  for (int i = 0; i < window.setup.num_readers; ++i) {
    auto job = std::make_unique<FrameReaderJob>();
    job->clock = &clock_;
    job->reading = reading_of(window.conduct, i);
    job->hold_ns = window.hold_ns;
    jobs.push_back(std::move(job));
    if (!timed) continue;
    const auto place = static_cast<std::size_t>(i);
    if (reader_histograms_.size() <= place)
      reader_histograms_.push_back(std::make_unique<FrameHistograms>());
    FrameHistograms& histograms = *reader_histograms_[place];
    histograms.clear();
    jobs.back()->acquire = &histograms.acquire;
    jobs.back()->release = &histograms.release;
    jobs.back()->refresh = &histograms.refresh;
    jobs.back()->latency = &histograms.latency;
    if (samples != nullptr && i == 0) jobs.back()->samples = &samples->latency;
  }
  return jobs;
}

FrameCounts FrameWindows::run_threads(const FramePeerEntry& entry, const FrameWindow& window,
                                      FrameWriterJob& writer, const ReaderJobs& readers) {
  const std::unique_ptr<FramePeer> peer = entry.create(window.setup);
  FrameSignals signals;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < readers.size(); ++i) {
    readers[i]->signals = &signals;
    threads.emplace_back([&, i] {
      keep_reader_to_processor(i);
      peer->read(static_cast<int>(i), *readers[i]);
    });
  }
  for (const auto& reader : readers) {
    while (!reader->is_ready.load(std::memory_order_relaxed)) std::this_thread::yield();
  }
  writer.clock = &clock_;
  writer.signals = &signals;
  std::vector<double> hardware;
  threads.emplace_back([&] {
    keep_writer_to_processor();
    hardware = write_counted(*peer, writer);
  });
  signals.go.store(true, std::memory_order_relaxed);
  std::this_thread::sleep_for(std::chrono::duration<double>(window.seconds));
  const std::int64_t kept = peer->frames_kept();
  signals.stop.store(true, std::memory_order_relaxed);
  for (std::thread& thread : threads) thread.join();
  FrameCounts counts = counts_of(writer, readers);
  counts.kept = kept;
  counts.hardware = std::move(hardware);
  return counts;
}

FrameCounts FrameWindows::run(const FramePeerEntry& peer, const FrameWindow& window) {
  FrameWriterJob writer;
  writer.most_frames = window.most_frames;
  return run_threads(peer, window, writer, reader_jobs(window, false, nullptr));
}

FrameCounts FrameWindows::run_timed(const FramePeerEntry& peer, const FrameWindow& window,
                                    FrameHistograms& histograms, FrameSamples* samples) {
  FrameWriterJob writer;
  writer.period_ns = window.rate_hz > 0 ? 1e9 / window.rate_hz : 0;
  writer.most_frames = window.most_frames;
  writer.wakes_readers = window.conduct == ReaderConduct::kAsleep;
  writer.publish = &histograms.publish;
  if (samples != nullptr) writer.samples = &samples->publish;
  const FrameCounts counts = run_threads(peer, window, writer, reader_jobs(window, true, samples));
  for (int i = 0; i < window.setup.num_readers; ++i)
    histograms.merge(*reader_histograms_[static_cast<std::size_t>(i)]);
  return counts;
}

}  // namespace quadrille::program
