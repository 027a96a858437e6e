#include "engine/frame_pool.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/memory_sections.h"

namespace quadrille {
namespace {

// Bases of neighbouring slots differ by this much within a page: a column that is read in one slot
// and written at the same offset of another must not compete for the same cache sets, and loads
// must not seem to depend on stores 4 KiB away. 11 is odd, so 64 slots have 64 different bases.
constexpr std::size_t kStaggerBytes = 11 * kCacheLineBytes;
constexpr std::size_t kPageBytes = 4096;

}  // namespace

FramePool::FramePool(const FrameLayout& layout, const FramePoolOptions& options,
                     MemoryBudget* budget, const AllocationHook& hook)
    : layout_(layout), budget_(budget), hook_(hook),
      slots_(static_cast<std::size_t>(options.max_slots)),
      channel_(static_cast<FrameSlot>(options.max_slots)),
      records_(std::make_unique<ReaderRecord[]>(static_cast<std::size_t>(options.max_registered))),
      readers_(records_.get(), options.max_registered) {
  latest_first_.reserve(slots_.size());
  if (!options.reclaimable) return;
  anonymous_ = std::make_unique<AnonymousPins>(static_cast<FrameSlot>(options.max_slots));
}

Result<std::unique_ptr<FramePool>> FramePool::create(const FrameLayout& layout,
                                                     const FramePoolOptions& options,
                                                     MemoryBudget* budget,
                                                     const AllocationHook& hook) {
  FramePoolOptions used = options;
  used.max_slots = std::max(options.num_slots, options.max_slots);
  if (used.num_slots < 1 || used.max_slots > static_cast<int>(kNoFrameSlot)) {
    return Status(StatusCode::kInvalidArgument,
                  std::to_string(used.num_slots < 1 ? used.num_slots : used.max_slots) +
                      " frame slots were asked for; 1 to " + std::to_string(kNoFrameSlot) +
                      " are possible");
  }
  std::unique_ptr<FramePool> pool(new FramePool(layout, used, budget, hook));
  while (pool->num_slots_ < used.num_slots) QUADRILLE_RETURN_IF_ERROR(pool->add_slot());
  return pool;
}

Result<std::unique_ptr<RecordedReader>> FramePool::register_reader(std::string_view label,
                                                                   ReaderID* id) {
  for (int index = 0; index < readers_.capacity(); ++index) {
    if (!readers_.claim(index, ReaderOwner::kThisProcess, label, /*process=*/0)) continue;
    const ReaderPlace place = readers_.place(index);
    *id = {index, place.generation()};
    return std::make_unique<RecordedReader>(channel_, static_cast<FrameSlot>(max_slots()), waiting_,
                                            place);
  }
  return Status(StatusCode::kUnsupported, "all " + std::to_string(readers_.capacity()) +
                                              " places for registered readers are taken");
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

bool FramePool::publish_if_abandoned(FrameSlot slot, int keep) {
  if (count_free(channel_, latest_first_, slot, keep) + 1 < keep) return false;
  const auto nobody = [this](FrameSlot current) { return nobody_holds(current); };
  if (!channel_.publish_if_abandoned(slot, nobody)) return false;
  waiting_.notify();
  return true;
}

}  // namespace quadrille
