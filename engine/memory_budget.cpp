#include "engine/memory_budget.h"

#include <cstdint>
#include <string>

#include "engine/memory_ledger.h"
#include "engine/number_text.h"

namespace quadrille {

Status MemoryBudget::exceeded(std::size_t bytes, std::size_t used) const {
  if (used <= limits_.hard_bytes && bytes <= limits_.hard_bytes - used) return Status::ok();
  const std::string limit = counted(static_cast<std::int64_t>(limits_.hard_bytes), "byte");
  return {StatusCode::kBudgetExceeded, "the hard limit of " + limit +
                                           " would be passed: " + std::to_string(used) +
                                           " in use, " + std::to_string(bytes) + " more needed"};
}

Status MemoryBudget::check(std::size_t bytes) const { return exceeded(bytes, used()); }

Status MemoryBudget::charge(std::size_t bytes, Label label) {
  QUADRILLE_RETURN_IF_ERROR(charge_area(bytes));
  if (ledger_ != nullptr) ledger_->charge(label, static_cast<std::int64_t>(bytes));
  return Status::ok();
}

void MemoryBudget::refund(std::size_t bytes, Label label) {
  if (ledger_ != nullptr) ledger_->charge(label, -static_cast<std::int64_t>(bytes));
  refund_area(bytes);
}

Status MemoryBudget::charge_area(std::size_t bytes) {
  std::size_t used = used_.load(std::memory_order_relaxed);
  do {
    QUADRILLE_RETURN_IF_ERROR(exceeded(bytes, used));
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

void MemoryBudget::refund_area(std::size_t bytes) {
  QUADRILLE_ASSERT(bytes <= used());
  used_.fetch_sub(bytes, std::memory_order_relaxed);
}

}  // namespace quadrille
