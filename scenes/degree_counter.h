// DegreeCounter: counts by node id from many threads, before anyone knows how many nodes there are.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include <quadrille/status.h>
#include <quadrille/types.h>

#include "engine/memory_budget.h"

namespace quadrille {

// Pages of 65,536 counters that appear when first touched: memory follows the ids that occur, not
// the largest one, and nothing moves while others count.
class DegreeCounter {
 public:
  explicit DegreeCounter(MemoryBudget* budget);
  ~DegreeCounter();
  DegreeCounter(const DegreeCounter&) = delete;
  DegreeCounter& operator=(const DegreeCounter&) = delete;

  // False when there is no memory for the page; status() then says so. Any thread.
  bool add(NodeID id) {
    std::uint32_t* page = pages_[page_of(id)].load(std::memory_order_acquire);
    if (page == nullptr && (page = add_page(page_of(id))) == nullptr) return false;
    std::atomic_ref<std::uint32_t>(page[id & kPageMask]).fetch_add(1, std::memory_order_relaxed);
    return true;
  }
  // `id` may be anything: nothing is promised.
  void prefetch(NodeID id) const {
    if (id < 0) return;
    const std::uint32_t* page = pages_[page_of(id)].load(std::memory_order_relaxed);
    if (page != nullptr) __builtin_prefetch(page + (id & kPageMask), 1);
  }
  std::uint32_t operator[](NodeID id) const {
    const std::uint32_t* page = pages_[page_of(id)].load(std::memory_order_relaxed);
    return page == nullptr ? 0 : page[id & kPageMask];
  }
  Status status() const;

 private:
  static constexpr int kPageShift = 16;
  static constexpr NodeID kPageMask = (1 << kPageShift) - 1;
  static constexpr std::size_t kPageBytes = sizeof(std::uint32_t) << kPageShift;
  static constexpr std::size_t kNumPages = std::size_t{1} << (31 - kPageShift);

  static std::size_t page_of(NodeID id) { return static_cast<std::size_t>(id >> kPageShift); }
  std::uint32_t* add_page(std::size_t page);

  MemoryBudget* budget_;
  std::atomic<bool> over_budget_{false};
  std::unique_ptr<std::atomic<std::uint32_t*>[]> pages_;
};

}  // namespace quadrille
