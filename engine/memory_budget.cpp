#include "engine/memory_budget.h"

#include <string>

namespace quadrille {

Status MemoryBudget::charge(std::size_t bytes) {
  std::size_t used = used_.load(std::memory_order_relaxed);
  do {
    if (used > limits_.hard_bytes || bytes > limits_.hard_bytes - used) {
      return {StatusCode::kBudgetExceeded,
              "the hard limit of " + std::to_string(limits_.hard_bytes) +
                  " bytes would be passed: " + std::to_string(used) + " are in use and " +
                  std::to_string(bytes) + " more are needed"};
    }
  } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
  const std::size_t now = used + bytes;
  std::size_t high = high_water_.load(std::memory_order_relaxed);
  while (high < now && !high_water_.compare_exchange_weak(high, now, std::memory_order_relaxed)) {
  }
  if (now > limits_.soft_bytes && log_.write != nullptr &&
      !soft_limit_logged_.exchange(true, std::memory_order_relaxed)) {
    log_.write(log_.context, LogLevel::kWarning,
               "the soft limit of " + std::to_string(limits_.soft_bytes) +
                   " bytes is passed: " + std::to_string(now) + " are in use");
  }
  return Status::ok();
}

void MemoryBudget::refund(std::size_t bytes) {
  QUADRILLE_ASSERT(bytes <= used());
  used_.fetch_sub(bytes, std::memory_order_relaxed);
}

}  // namespace quadrille
