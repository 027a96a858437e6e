// The monotonic clock, for timings and deadlines; never for what is computed.
#pragma once

#include <chrono>
#include <cstdint>

namespace quadrille {

inline std::int64_t monotonic_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

}  // namespace quadrille
