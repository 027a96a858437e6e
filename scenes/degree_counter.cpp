#include "scenes/degree_counter.h"

#include <new>
#include <string>

namespace quadrille {
namespace {

constexpr Label kLabel{"degree counters"};

}  // namespace

DegreeCounter::DegreeCounter(MemoryBudget* budget)
    : budget_(budget), pages_(new std::atomic<std::uint32_t*>[kNumPages]()) {}

DegreeCounter::~DegreeCounter() {
  for (std::size_t page = 0; page < kNumPages; ++page) {
    std::uint32_t* counters = pages_[page].load(std::memory_order_relaxed);
    if (counters == nullptr) continue;
    delete[] counters;
    if (budget_ != nullptr) budget_->refund(kPageBytes, kLabel);
  }
}

std::uint32_t* DegreeCounter::add_page(std::size_t page) {
  if (budget_ != nullptr && !budget_->charge(kPageBytes, kLabel).is_ok()) {
    over_budget_.store(true, std::memory_order_relaxed);
    return nullptr;
  }
  auto* fresh = new (std::nothrow) std::uint32_t[kPageBytes / sizeof(std::uint32_t)]();
  std::uint32_t* found = nullptr;
  // Release: who finds the page sees its zeros. A lost race gives the page back.
  if (fresh != nullptr && pages_[page].compare_exchange_strong(
                              found, fresh, std::memory_order_acq_rel, std::memory_order_acquire)) {
    return fresh;
  }
  delete[] fresh;
  if (budget_ != nullptr) budget_->refund(kPageBytes, kLabel);
  return found;
}

Status DegreeCounter::status() const {
  if (over_budget_.load(std::memory_order_relaxed)) {
    return {StatusCode::kBudgetExceeded, "counting degrees would pass the hard limit of " +
                                             std::to_string(budget_->limits().hard_bytes) +
                                             " bytes"};
  }
  return {StatusCode::kOutOfMemory, "no memory to count degrees"};
}

}  // namespace quadrille
