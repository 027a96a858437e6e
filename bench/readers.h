// ReaderThreads: threads that pin the newest frame again and again while a simulation runs, and
// hash each new one twice. A frame whose two hashes differ was written to while it was pinned.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include <quadrille/frame_reader.h>
#include <quadrille/status.h>

namespace quadrille::program {

class ReaderThreads {
 public:
  ReaderThreads(const FrameReader& reader, int count);
  ~ReaderThreads() { stop(); }
  ReaderThreads(const ReaderThreads&) = delete;
  ReaderThreads& operator=(const ReaderThreads&) = delete;

  // Ends the threads; every pin is released. To be called before the simulation goes.
  void stop();
  std::int64_t frames_read() const { return frames_.load(std::memory_order_relaxed); }
  // Fails when a frame changed under a pin, or a reader was given an older frame than before.
  Status verdict() const;

 private:
  void read(FrameReader reader);

  std::vector<std::thread> threads_;
  // Counters and a flag: they order nothing; join() makes the last counts visible.
  std::atomic<bool> stopping_{false};
  std::atomic<std::int64_t> frames_{0}, torn_{0}, backward_{0};
};

}  // namespace quadrille::program
