// Two clocks, for timings and deadlines; never for what is computed.
//
// Which one to use: monotonic_ns() for steps, deadlines and whatever lasts a microsecond; TickClock
// for what lasts nanoseconds, such as an event of a trace or a publication.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace quadrille {

inline std::int64_t monotonic_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

// A deadline of the public API by the same clock; time_point::max() is the largest: never.
inline std::int64_t to_monotonic_ns(std::chrono::steady_clock::time_point deadline) {
  if (deadline == std::chrono::steady_clock::time_point::max()) return INT64_MAX;
  return std::chrono::duration_cast<std::chrono::nanoseconds>(deadline.time_since_epoch()).count();
}

// The processor's own counter, where it runs at one rate whatever the cores do (an invariant time
// stamp counter on x86, the virtual counter on ARM); else the monotonic clock, in nanoseconds. A
// value: made once by calibrate(), copied to whoever reads it, on any thread.
class TickClock {
 public:
  // Compares the counter with the monotonic clock over two windows of 5 ms. A counter whose rate
  // differs between them by more than a thousandth is not used.
  static TickClock calibrate();
  static TickClock monotonic();  // no counter; calibrated the same way, for comparison

  // The counter as it is now. Instructions around it may be executed earlier or later.
  std::int64_t ticks() const { return is_counter_ ? counter() : monotonic_ns(); }
  // As ticks(), but what stands before is finished and what stands behind has not begun: for a
  // duration of a few nanoseconds.
  std::int64_t ordered_ticks() const;

  // Nanoseconds of a difference of ticks, the clock's own cost included.
  double to_ns(std::int64_t ticks) const { return static_cast<double>(ticks) * ns_per_tick_; }
  // Nanoseconds, rounded, between two readings that were made by the same function, without its
  // cost; never below zero.
  std::int64_t between(std::int64_t begin, std::int64_t end) const {
    return without(begin, end, ticks_cost_ns_);
  }
  std::int64_t between_ordered(std::int64_t begin, std::int64_t end) const {
    return without(begin, end, ordered_cost_ns_);
  }

  bool is_counter() const { return is_counter_; }
  std::string_view name() const;  // "time stamp counter", "virtual counter", "monotonic clock"
  double ns_per_tick() const { return ns_per_tick_; }
  // What two readings, one straight after the other, are apart: the part of every measured duration
  // that is the clock's own.
  double ticks_cost_ns() const { return ticks_cost_ns_; }
  double ordered_cost_ns() const { return ordered_cost_ns_; }

 private:
  TickClock() = default;
  static std::int64_t counter();
  void measure_costs();
  std::int64_t without(std::int64_t begin, std::int64_t end, double cost_ns) const {
    const double ns = to_ns(end - begin) - cost_ns;
    return ns > 0 ? static_cast<std::int64_t>(ns + 0.5) : 0;
  }

  bool is_counter_ = false;
  double ns_per_tick_ = 1;
  double ticks_cost_ns_ = 0, ordered_cost_ns_ = 0;
};

inline std::int64_t TickClock::counter() {
#if defined(__x86_64__) || defined(__i386__)
  return static_cast<std::int64_t>(__builtin_ia32_rdtsc());
#elif defined(__aarch64__)
  std::int64_t value;
  asm volatile("mrs %0, cntvct_el0" : "=r"(value));
  return value;
#else
  return monotonic_ns();
#endif
}

inline std::int64_t TickClock::ordered_ticks() const {
#if defined(__x86_64__) || (defined(__i386__) && defined(__SSE2__))
  __builtin_ia32_lfence();
  const std::int64_t now = ticks();
  __builtin_ia32_lfence();
  return now;
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
  const std::int64_t now = ticks();
  asm volatile("isb" ::: "memory");
  return now;
#else
  return ticks();
#endif
}

}  // namespace quadrille
