#include "engine/futex.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "engine/clock.h"

#if defined(__linux__)
#include <cerrno>
#include <climits>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace quadrille {
namespace {

// Where there is no futex, or a sandbox forbids it.
bool poll(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
          std::int64_t deadline_ns) {
  constexpr std::int64_t kPauseNs = 200'000;
  while (word.load(std::memory_order_acquire) == expected) {
    const std::int64_t now = monotonic_ns();
    if (now >= deadline_ns) return false;
    std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(kPauseNs, deadline_ns - now)));
  }
  return true;
}

#if defined(__linux__)

// The kernel's own, with 64 bits of seconds on every machine: 32-bit systems have another number
// for the call that takes it.
struct KernelTime {
  std::int64_t seconds, nanoseconds;
};
#if defined(SYS_futex_time64)
constexpr long kFutexCall = SYS_futex_time64;
#else
constexpr long kFutexCall = SYS_futex;
#endif
static_assert(sizeof(std::atomic<std::uint32_t>) == 4);

int operation(int what, FutexScope scope) {
  return scope == FutexScope::kProcess ? what | FUTEX_PRIVATE_FLAG : what;
}

#endif

}  // namespace

#if defined(__linux__)

bool futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
                std::int64_t deadline_ns, FutexScope scope) {
  const std::int64_t at = std::max<std::int64_t>(deadline_ns, 0);
  const KernelTime deadline{at / 1'000'000'000, at % 1'000'000'000};
  // FUTEX_WAIT_BITSET takes a point in time, of the clock behind monotonic_ns(); FUTEX_WAIT would
  // take a duration, which grows each time that a sleeper is woken for nothing.
  const long result =
      ::syscall(kFutexCall, &word, operation(FUTEX_WAIT_BITSET, scope), expected,
                deadline_ns == kNoDeadline ? nullptr : &deadline, nullptr, FUTEX_BITSET_MATCH_ANY);
  if (result == 0 || errno == EAGAIN || errno == EINTR) return true;
  return errno == ETIMEDOUT ? false : poll(word, expected, deadline_ns);
}

void futex_wake_all(const std::atomic<std::uint32_t>& word, FutexScope scope) {
  ::syscall(kFutexCall, &word, operation(FUTEX_WAKE, scope), INT_MAX, nullptr, nullptr, 0);
}

#else

bool futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
                std::int64_t deadline_ns, FutexScope) {
  return poll(word, expected, deadline_ns);
}

void futex_wake_all(const std::atomic<std::uint32_t>&, FutexScope) {}

#endif

}  // namespace quadrille
