// Pacer: when the next frame of a paced writer is due.
#pragma once

#include <chrono>
#include <cstdint>
#include <thread>

#include "bench/peers/frame_peer.h"
#include "engine/clock.h"

namespace quadrille::program {

// One thread. Frames are due at fixed times from the first call on. A thread that is late by more
// than a period starts anew from where it is: what it missed is not made up for.
class Pacer {
 public:
  Pacer(const TickClock& clock, double period_ns, const FrameSignals& signals)
      : clock_(clock), signals_(signals),
        period_(static_cast<std::int64_t>(period_ns / clock.ns_per_tick())),
        last_lap_(static_cast<std::int64_t>(kLastLapNs / clock.ns_per_tick())),
        due_(clock.ticks()) {}

  // False: the end was signalled. Sleeps while there is time, then looks at the clock: a sleep
  // ends late.
  bool wait() {
    due_ += period_;
    std::int64_t now = clock_.ticks();
    if (now > due_ + period_) due_ = now;
    for (; now < due_; now = clock_.ticks()) {
      if (signals_.stops()) return false;
      if (due_ - now > last_lap_) nap(due_ - now - last_lap_);
    }
    return !signals_.stops();
  }

 private:
  static constexpr double kLastLapNs = 100'000;
  static constexpr double kLongestNapNs = 2'000'000;  // so that a signal is seen

  void nap(std::int64_t ticks) const {
    const double ns = clock_.to_ns(ticks);
    std::this_thread::sleep_for(std::chrono::nanoseconds(
        static_cast<std::int64_t>(ns < kLongestNapNs ? ns : kLongestNapNs)));
  }

  const TickClock& clock_;
  const FrameSignals& signals_;
  std::int64_t period_, last_lap_, due_;
};

}  // namespace quadrille::program
