// The loops in which every peer is measured, compiled once with each peer's own code in them, and
// MeasuredFramePeer, which hides its type. A peer P, set up with buffer 0 as its newest frame:
//   P(const FramePeerSetup&), P::kTraits, frames_kept();
//   the writer's thread: buffer(), the one to fill now; publish(), which makes that one the newest
//     and takes the next; where kTraits.can_wait, wake(), after it; where a thread must announce
//     itself, a class P::WriterThread, constructed on it;
//   P::Reader(P&, int index), on its own thread: acquire(), release() of what was acquired last,
//     is_newest() of it; instead of the last one, refresh(frame); where kTraits.can_wait,
//     wait(frame) for one that is newer than the last, false when it lasted some milliseconds.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <span>
#include <thread>

#include "bench/pacer.h"
#include "bench/peers/frame_peer.h"
#include "bench/preemption.h"

namespace quadrille::program {

// A sleeping reader looks this often whether it is to end.
inline constexpr std::chrono::milliseconds kLongestWait(5);

using FrameView = std::span<const FrameLine>;

// ---- the writer ----

template <class P>
void write_untimed(P& peer, std::uint64_t& stamp, FrameWriterJob& job) {
  const std::uint64_t last =
      job.most_frames > 0 ? stamp + static_cast<std::uint64_t>(job.most_frames) : UINT64_MAX;
  do {
    write_frame(peer.buffer(), ++stamp);
    peer.publish();
    job.progress.store(static_cast<std::int64_t>(stamp), std::memory_order_relaxed);  // a count
  } while (stamp != last && !job.signals->stops());
}

template <class P>
void publish_and_wake(P& peer, const FrameWriterJob& job) {
  peer.publish();
  if constexpr (P::kTraits.can_wait) {
    if (job.wakes_readers) peer.wake();
  }
}

template <class P>
void write_timed(P& peer, std::uint64_t& stamp, FrameWriterJob& job) {
  const TickClock& clock = *job.clock;
  Pacer pacer(clock, job.period_ns, *job.signals);
  PreemptionWatch preemption;
  const std::uint64_t last =
      job.most_frames > 0 ? stamp + static_cast<std::uint64_t>(job.most_frames) : UINT64_MAX;
  pacer.wait();
  do {  // one frame at least: a window may end before the system lets this thread begin
    const std::span<FrameLine> frame = peer.buffer();
    write_frame(frame, ++stamp);
    const std::int64_t begin = clock.ordered_ticks();
    frame.front().began = begin;
    publish_and_wake(peer, job);
    const std::int64_t ns = clock.between_ordered(begin, clock.ordered_ticks());
    if (preemption.spoils(ns)) {
      ++job.preempted;
    } else {
      job.publish->record(ns);
      if (job.samples != nullptr) job.samples->add({begin, ns});
    }
    job.progress.store(static_cast<std::int64_t>(stamp), std::memory_order_relaxed);  // a count
  } while (stamp != last && pacer.wait());
}

struct NoWriterThread {};

template <class P>
auto announce_writer() {
  if constexpr (requires { typename P::WriterThread; })
    return typename P::WriterThread();
  else
    return NoWriterThread();
}

// ---- readers ----

// What a reader remembers of the frames that it read; its job learns it at the end.
class FrameWitness {
 public:
  explicit FrameWitness(FrameReaderJob& job) : job_(job) {}
  FrameWitness(const FrameWitness&) = delete;
  FrameWitness& operator=(const FrameWitness&) = delete;
  ~FrameWitness() {
    job_.reads += reads_;
    job_.seen += seen_;
    job_.torn += torn_;
    job_.backward += backward_;
  }

  // True: a frame that was not seen before.
  bool note(const FrameStamp& frame) {
    const bool is_new = frame.stamp > last_;
    ++reads_;
    seen_ += is_new ? 1 : 0;
    torn_ += frame.torn ? 1 : 0;
    backward_ += frame.stamp < last_ ? 1 : 0;
    last_ = frame.stamp;
    return is_new;
  }
  void note_same() { ++reads_; }
  void note_torn() { ++torn_; }
  bool goes_on() const {
    if (job_.most_reads > 0 && reads_ >= job_.most_reads) return false;
    return !job_.signals->stops();
  }

 private:
  FrameReaderJob& job_;
  std::uint64_t last_ = 0;
  std::int64_t reads_ = 0, seen_ = 0, torn_ = 0, backward_ = 0;
};

template <class Reader>
bool refresh_frame(Reader& reader, FrameView& frame) {
  if constexpr (requires { reader.refresh(frame); }) {
    return reader.refresh(frame);
  } else {
    if (reader.is_newest()) return false;
    reader.release();
    frame = reader.acquire();
    return true;
  }
}

template <class Reader>
void read_pins(Reader& reader, FrameReaderJob& job) {
  for (FrameWitness witness(job); witness.goes_on();) {
    witness.note(read_frame(reader.acquire()));
    reader.release();
  }
}

template <class Reader>
void read_refreshes(Reader& reader, FrameReaderJob& job) {
  FrameWitness witness(job);
  FrameView frame = reader.acquire();
  witness.note(read_frame(frame));
  while (witness.goes_on()) {
    if (refresh_frame(reader, frame))
      witness.note(read_frame(frame));
    else
      witness.note_same();
  }
  reader.release();
}

// What a reader times. A turn that the system interrupted is counted and not recorded.
class TimedTurns {
 public:
  explicit TimedTurns(FrameReaderJob& job) : job_(job), clock_(*job.clock) {}

  // From just before the publication of a frame that was not seen before; 0: of any other frame,
  // and of the one that was there before the writer began.
  std::int64_t latency(bool is_new, const FrameStamp& frame, std::int64_t acquired) const {
    return is_new && frame.began != 0 ? clock_.between_ordered(frame.began, acquired) : 0;
  }
  bool is_spoilt(std::int64_t ns) {
    const bool spoilt = preemption_.spoils(ns);
    job_.preempted += spoilt ? 1 : 0;
    return spoilt;
  }
  void record_latency(const FrameStamp& frame, std::int64_t ns) {
    if (ns == 0) return;
    job_.latency->record(ns);
    if (job_.samples != nullptr) job_.samples->add({frame.began, ns});
  }

 private:
  FrameReaderJob& job_;
  const TickClock& clock_;
  PreemptionWatch preemption_;
};

// Pins and refreshes by turns, each timed.
template <class Reader>
class TimedReading {
 public:
  TimedReading(Reader& reader, FrameReaderJob& job)
      : reader_(reader), job_(job), clock_(*job.clock), witness_(job), turns_(job) {}

  void run() {
    while (witness_.goes_on()) {
      for (int i = 0; i < kTurns && witness_.goes_on(); ++i) pin();
      if (!witness_.goes_on()) return;
      FrameView frame = reader_.acquire();
      witness_.note(read_frame(frame));
      for (int i = 0; i < kTurns && witness_.goes_on(); ++i) refresh(frame);
      reader_.release();
    }
  }

 private:
  static constexpr int kTurns = 64;

  void pin() {
    const std::int64_t begin = clock_.ordered_ticks();
    const FrameView frame = reader_.acquire();
    const std::int64_t acquired = clock_.ordered_ticks();
    const FrameStamp stamp = read_frame(frame);
    const std::int64_t read = clock_.ordered_ticks();
    reader_.release();
    const std::int64_t end = clock_.ordered_ticks();
    const std::int64_t latency = turns_.latency(witness_.note(stamp), stamp, acquired);
    if (turns_.is_spoilt(std::max(latency, clock_.between_ordered(begin, end)))) return;
    job_.acquire->record(clock_.between_ordered(begin, acquired));
    job_.release->record(clock_.between_ordered(read, end));
    turns_.record_latency(stamp, latency);
  }

  void refresh(FrameView& frame) {
    const std::int64_t begin = clock_.ordered_ticks();
    const bool moved = refresh_frame(reader_, frame);
    const std::int64_t end = clock_.ordered_ticks();
    const FrameStamp stamp = read_frame(frame);
    const std::int64_t latency = turns_.latency(witness_.note(stamp) && moved, stamp, end);
    const std::int64_t ns = clock_.between_ordered(begin, end);
    if (turns_.is_spoilt(std::max(latency, ns))) return;
    job_.refresh->record(ns);
    turns_.record_latency(stamp, latency);
  }

  Reader& reader_;
  FrameReaderJob& job_;
  const TickClock& clock_;
  FrameWitness witness_;
  TimedTurns turns_;
};

inline void hold(const FrameWitness& witness, std::int64_t ns) {
  constexpr std::int64_t kLongestNap = 2'000'000;  // so that the end is seen
  for (; ns > 0 && witness.goes_on(); ns -= kLongestNap) {
    std::this_thread::sleep_for(std::chrono::nanoseconds(ns < kLongestNap ? ns : kLongestNap));
  }
}

// Reads each frame again before it is given back: it must still be the same.
template <class Reader>
void read_and_hold(Reader& reader, FrameReaderJob& job, std::int64_t hold_ns) {
  for (FrameWitness witness(job); witness.goes_on();) {
    const FrameView frame = reader.acquire();
    const FrameStamp stamp = read_frame(frame);
    witness.note(stamp);
    hold(witness, hold_ns);
    const FrameStamp again = read_frame(frame);
    if (!stamp.torn && (again.torn || again.stamp != stamp.stamp)) witness.note_torn();
    reader.release();
  }
}

template <class Reader>
void read_asleep(Reader& reader, FrameReaderJob& job) {
  FrameWitness witness(job);
  TimedTurns turns(job);
  FrameView frame = reader.acquire();
  witness.note(read_frame(frame));
  while (witness.goes_on()) {
    if (!reader.wait(frame)) continue;
    const std::int64_t awake = job.clock->ordered_ticks();
    const FrameStamp stamp = read_frame(frame);
    const std::int64_t latency = turns.latency(witness.note(stamp), stamp, awake);
    if (!turns.is_spoilt(latency)) turns.record_latency(stamp, latency);
  }
  reader.release();
}

// ---- the peer, its type forgotten ----

template <class P>
class MeasuredFramePeer final : public FramePeer {
 public:
  explicit MeasuredFramePeer(const FramePeerSetup& setup) : peer_(setup) {}

  void write(FrameWriterJob& job) override {
    [[maybe_unused]] const auto announced = announce_writer<P>();
    const std::uint64_t first = stamp_;
    wait_for_go(*job.signals);
    const std::int64_t begin = job.clock->ticks();
    if (job.publish == nullptr)
      write_untimed(peer_, stamp_, job);
    else
      write_timed(peer_, stamp_, job);
    job.elapsed_ns += job.clock->to_ns(job.clock->ticks() - begin);
    job.published += static_cast<std::int64_t>(stamp_ - first);
  }

  void read(int index, FrameReaderJob& job) override {
    typename P::Reader reader(peer_, index);
    job.is_ready.store(true, std::memory_order_relaxed);
    wait_for_go(*job.signals);
    const std::int64_t begin = job.clock->ticks();
    read_as_told(reader, job);
    job.elapsed_ns += job.clock->to_ns(job.clock->ticks() - begin);
  }

  std::int64_t frames_kept() const override { return peer_.frames_kept(); }

 private:
  static void wait_for_go(const FrameSignals& signals) {
    while (!signals.go.load(std::memory_order_relaxed)) std::this_thread::yield();
  }

  static void read_as_told(typename P::Reader& reader, FrameReaderJob& job) {
    constexpr std::int64_t kForever = INT64_MAX;
    switch (job.reading) {
      case FrameReading::kPins:
        return job.acquire == nullptr ? read_pins(reader, job) : TimedReading(reader, job).run();
      case FrameReading::kRefreshes: return read_refreshes(reader, job);
      case FrameReading::kSlow: return read_and_hold(reader, job, job.hold_ns);
      case FrameReading::kStalls: return read_and_hold(reader, job, kForever);
      case FrameReading::kSleeps:
        if constexpr (P::kTraits.can_wait) read_asleep(reader, job);
        return;
    }
  }

  P peer_;
  std::uint64_t stamp_ = 0;  // of the last frame
};

template <class P>
FramePeerEntry frame_peer_entry() {
  return {P::kTraits, [](const FramePeerSetup& setup) -> std::unique_ptr<FramePeer> {
            return std::make_unique<MeasuredFramePeer<P>>(setup);
          }};
}

}  // namespace quadrille::program
