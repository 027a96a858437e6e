#include "engine/frame_pool.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/memory_sections.h"
#include "engine/publish_rule.h"

namespace quadrille {
namespace {

// Bases of neighbouring slots differ by this much within a page: a column that is read in one slot
// and written at the same offset of another must not compete for the same cache sets, and loads
// must not seem to depend on stores 4 KiB away. 11 is odd, so 64 slots have 64 different bases.
constexpr std::size_t kStaggerBytes = 11 * kCacheLineBytes;
constexpr std::size_t kPageBytes = 4096;

}  // namespace

FramePool::FramePool(const FrameLayout& layout, int max_slots, MemoryBudget* budget,
                     const AllocationHook& hook)
    : layout_(layout), budget_(budget), hook_(hook), slots_(static_cast<std::size_t>(max_slots)),
      channel_(static_cast<FrameSlot>(max_slots)) {
  latest_first_.reserve(slots_.size());
}

Result<std::unique_ptr<FramePool>> FramePool::create(const FrameLayout& layout, int num_slots,
                                                     int max_slots, MemoryBudget* budget,
                                                     const AllocationHook& hook) {
  max_slots = std::max(num_slots, max_slots);
  if (num_slots < 1 || max_slots > static_cast<int>(kNoFrameSlot)) {
    return Status(StatusCode::kInvalidArgument,
                  std::to_string(num_slots < 1 ? num_slots : max_slots) +
                      " frame slots were asked for; 1 to " + std::to_string(kNoFrameSlot) +
                      " are possible");
  }
  std::unique_ptr<FramePool> pool(new FramePool(layout, max_slots, budget, hook));
  while (pool->num_slots_ < num_slots) QUADRILLE_RETURN_IF_ERROR(pool->add_slot());
  return pool;
}

Status FramePool::grow() {
  if (budget_ != nullptr && budget_->over_soft_limit()) {
    return {StatusCode::kBudgetExceeded, "the soft limit is passed: no frame slot is added"};
  }
  return add_slot();
}

Status FramePool::add_slot() {
  if (num_slots_ == max_slots()) {
    return {StatusCode::kUnsupported,
            "the frame pool has its " + std::to_string(num_slots_) + " slots already"};
  }
  const auto slot = static_cast<std::size_t>(num_slots_);
  RegionOptions options;
  options.budget = budget_;
  options.hook = hook_;
  options.stagger_bytes = slot * kStaggerBytes % kPageBytes;
  options.label = {"frame: headers, padding"};
  QUADRILLE_ASSIGN_OR_RETURN(Region region, Region::reserve(layout_.frame_bytes(), options));
  if (region.area() != kNoMemoryArea) {
    budget_->ledger()->describe(region.area(), MemoryAreaKind::kFrameSlot,
                                "frame slot " + std::to_string(slot),
                                frame_sections(layout_, region.base()));
  }
  QUADRILLE_RETURN_IF_ERROR(region.commit(layout_.frame_bytes()));
  slots_[slot] = std::move(region);
  latest_first_.push_back(static_cast<FrameSlot>(slot));  // reserved: never filled comes last
  ++num_slots_;
  return Status::ok();
}

FrameSlot FramePool::find_free(FrameSlot except) const {
  for (const FrameSlot slot : latest_first_) {
    if (slot != except && channel_.is_free(slot)) return slot;
  }
  return kNoFrameSlot;
}

void FramePool::filling(FrameSlot slot) {
  const auto place = std::find(latest_first_.begin(), latest_first_.end(), slot);
  std::rotate(latest_first_.begin(), place, place + 1);
}

bool FramePool::publish(FrameSlot slot, int keep) {
  if (!publish_keeping(channel_, latest_first_, slot, keep)) return false;
  waiting_.notify();
  return true;
}

}  // namespace quadrille
