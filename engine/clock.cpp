#include "engine/clock.h"

#include <algorithm>
#include <cmath>
#include <limits>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

namespace quadrille {
namespace {

constexpr std::int64_t kWindowNs = 5'000'000;
constexpr double kMostDrift = 1e-3;  // between two windows
constexpr int kPairs = 16;           // of readings, of which the least disturbed counts
constexpr int kReadings = 200, kBatches = 25;

// One rate in every state of the processor, and on all cores alike.
bool has_steady_counter() {
#if defined(__x86_64__) || defined(__i386__)
  constexpr unsigned kInvariant = 1u << 8;
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid(0x80000007u, &eax, &ebx, &ecx, &edx) != 0 && (edx & kInvariant) != 0;
#elif defined(__aarch64__)
  return true;  // the architecture promises it
#else
  return false;
#endif
}

// What both clocks said at one moment.
struct Moment {
  std::int64_t ns = 0, ticks = 0;
};

// The monotonic clock is read between two readings of the counter; of several tries the one whose
// readings are closest was not interrupted.
template <class Counter>
Moment moment(const Counter& counter) {
  Moment best;
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (int i = 0; i < kPairs; ++i) {
    const std::int64_t before = counter();
    const std::int64_t ns = monotonic_ns();
    const std::int64_t apart = counter() - before;
    if (apart < 0 || apart >= least) continue;
    least = apart;
    best = {ns, before + apart / 2};
  }
  return best;
}

template <class Counter>
Moment moment_after(const Counter& counter, std::int64_t ns) {
  while (monotonic_ns() < ns) {
  }
  return moment(counter);
}

double rate(const Moment& begin, const Moment& end) {
  return static_cast<double>(end.ns - begin.ns) / static_cast<double>(end.ticks - begin.ticks);
}

// The median of what two neighbouring readings are apart in a batch, over several batches.
template <class Read>
double reading_cost(const Read& read) {
  double costs[kBatches];
  for (double& cost : costs) {
    const std::int64_t begin = read();
    for (int i = 1; i < kReadings; ++i) (void)read();
    cost = static_cast<double>(read() - begin) / kReadings;
  }
  std::nth_element(costs, costs + kBatches / 2, costs + kBatches);
  return costs[kBatches / 2];
}

}  // namespace

TickClock TickClock::calibrate() {
  if (!has_steady_counter()) return monotonic();
  const Moment begin = moment(counter);
  const Moment middle = moment_after(counter, begin.ns + kWindowNs);
  const Moment end = moment_after(counter, middle.ns + kWindowNs);
  const double first = rate(begin, middle), second = rate(middle, end);
  if (!(first > 0) || !(std::fabs(second / first - 1) < kMostDrift)) return monotonic();
  TickClock clock;
  clock.is_counter_ = true;
  clock.ns_per_tick_ = rate(begin, end);
  clock.measure_costs();
  return clock;
}

TickClock TickClock::monotonic() {
  TickClock clock;
  clock.measure_costs();
  return clock;
}

void TickClock::measure_costs() {
  ticks_cost_ns_ = ns_per_tick_ * reading_cost([this] { return ticks(); });
  ordered_cost_ns_ = ns_per_tick_ * reading_cost([this] { return ordered_ticks(); });
}

std::string_view TickClock::name() const {
  if (!is_counter_) return "monotonic clock";
#if defined(__aarch64__)
  return "virtual counter";
#else
  return "time stamp counter";
#endif
}

}  // namespace quadrille
