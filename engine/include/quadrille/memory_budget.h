// MemoryBudget: exact count of committed bytes of one simulation, or of whatever else it is handed
// to, with a soft and a hard limit. Who hands it over keeps it alive as long as what was made with
// it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <quadrille/hooks.h>
#include <quadrille/memory_map.h>
#include <quadrille/status.h>

namespace quadrille {

class MemoryLedger;

struct MemoryLimits {
  std::size_t soft_bytes = SIZE_MAX;  // passed: logged once; no spare frame is added
  std::size_t hard_bytes = SIZE_MAX;  // would be passed: the request fails before anything changes
};

// Any thread. Relaxed counters: they order nothing, they only count.
class MemoryBudget {
 public:
  // `ledger`, the library's own, is told who is charged; null: nobody. Not owned.
  explicit MemoryBudget(MemoryLimits limits = {}, LogHook log = {}, MemoryLedger* ledger = nullptr)
      : limits_(limits), log_(log), ledger_(ledger) {}

  // kBudgetExceeded, and nothing charged, when the hard limit would be passed.
  Status charge(std::size_t bytes, Label label = {});
  void refund(std::size_t bytes, Label label = {});
  // The same for who keeps an area of the ledger, the library's own regions: they tell the ledger
  // themselves.
  Status charge_area(std::size_t bytes);
  void refund_area(std::size_t bytes);
  // What charge() would answer now.
  Status check(std::size_t bytes) const;
  MemoryLedger* ledger() const { return ledger_; }
  std::size_t used() const { return used_.load(std::memory_order_relaxed); }
  std::size_t high_water() const { return high_water_.load(std::memory_order_relaxed); }
  bool over_soft_limit() const { return used() > limits_.soft_bytes; }
  const MemoryLimits& limits() const { return limits_; }

 private:
  Status exceeded(std::size_t bytes, std::size_t used) const;

  MemoryLimits limits_;
  LogHook log_;
  MemoryLedger* ledger_;
  std::atomic<std::size_t> used_{0};
  std::atomic<std::size_t> high_water_{0};
  std::atomic<bool> soft_limit_logged_{false};
};

}  // namespace quadrille
