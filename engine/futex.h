// Sleeping until a word changes: the one door to the futex.
//
// Where the system has none (not Linux) or forbids it, futex_wait() looks at the word every 200
// microseconds and futex_wake_all() does nothing: std::atomic's wait() knows no deadline.
#pragma once

#include <atomic>
#include <cstdint>

namespace quadrille {

// kProcess is a little cheaper; kShared finds sleepers of every process that maps the word.
enum class FutexScope : std::uint8_t { kProcess, kShared };

inline constexpr std::int64_t kNoDeadline = INT64_MAX;

// Sleeps while `word` is `expected`, until somebody wakes it or the deadline (of monotonic_ns())
// passes. False: the deadline has passed. True: look again; it may have been woken for nothing.
// A change of the word that comes before a wake is never slept through. Any thread; a system call.
bool futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
                std::int64_t deadline_ns, FutexScope scope);

// Wakes all who sleep on `word`, after it was changed. Any thread; a system call.
void futex_wake_all(const std::atomic<std::uint32_t>& word, FutexScope scope);

}  // namespace quadrille
