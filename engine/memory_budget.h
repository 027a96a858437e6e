// What buffers that stand in no region charge a MemoryBudget.
#pragma once

#include <cstddef>

#include <quadrille/hooks.h>
#include <quadrille/memory_budget.h>
#include <quadrille/status.h>

namespace quadrille {

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
