// MemoryBudget: exact count of committed bytes of one simulation, with a soft and a hard limit.
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
  // `ledger` (may be null: the usual case) is told who is charged; not owned.
  explicit MemoryBudget(MemoryLimits limits = {}, LogHook log = {}, MemoryLedger* ledger = nullptr)
      : limits_(limits), log_(log), ledger_(ledger) {}

  // kBudgetExceeded, and nothing charged, when the hard limit would be passed.
  Status charge(std::size_t bytes, Label label = {});
  void refund(std::size_t bytes, Label label = {});
  // The same for who keeps an area of the ledger: a region. It tells the ledger itself.
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

// What is charged for buffers that stand in no region, until it goes. One thread.
class BufferCharge {
 public:
  // `budget` may be null: nothing is counted then.
  BufferCharge(MemoryBudget* budget, Label label) : budget_(budget), label_(label) {}
  ~BufferCharge() {
    if (budget_ != nullptr) budget_->refund(bytes_, label_);
  }
  BufferCharge(const BufferCharge&) = delete;
  BufferCharge& operator=(const BufferCharge&) = delete;

  // kBudgetExceeded: nothing more is charged.
  Status add(std::size_t bytes) {
    if (budget_ == nullptr) return Status::ok();
    QUADRILLE_RETURN_IF_ERROR(budget_->charge(bytes, label_));
    bytes_ += bytes;
    return Status::ok();
  }

 private:
  MemoryBudget* budget_;
  Label label_;
  std::size_t bytes_ = 0;
};

}  // namespace quadrille
