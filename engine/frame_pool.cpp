#include "engine/frame_pool.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/clock.h"
#include "engine/memory_sections.h"

namespace quadrille {
namespace {

constexpr Label kSharedLabel = {"frames shared with other processes"};

}  // namespace

FramePool::FramePool(const FrameLayout& layout, const FramePoolOptions& options,
                     MemoryBudget* budget, const AllocationHook& hook,
                     std::unique_ptr<SharedFrames> shared)
    : layout_(layout), budget_(budget), hook_(hook), shared_(std::move(shared)),
      bases_(static_cast<std::size_t>(options.max_slots)),
      regions_(shared_ == nullptr ? bases_.size() : 0), topologies_(bases_.size()),
      channel_(shared_ == nullptr
                   ? FrameChannel(static_cast<FrameSlot>(options.max_slots))
                   : FrameChannel(shared_->channel(), static_cast<FrameSlot>(options.max_slots))),
      is_watched_(options.reclaimable || shared_ != nullptr || options.trace != nullptr),
      records_(shared_ == nullptr ? std::make_unique<ReaderRecord[]>(
                                        static_cast<std::size_t>(options.max_registered))
                                  : nullptr),
      readers_(shared_ == nullptr ? records_.get() : shared_->records(), options.max_registered),
      waiting_(shared_ == nullptr ? wake_word_ : shared_->wake_word(),
               shared_ == nullptr ? FutexScope::kProcess : FutexScope::kShared) {
  latest_first_.reserve(bases_.size());
  if (options.reclaimable || shared_ != nullptr) {
    anonymous_ = std::make_unique<AnonymousPins>(static_cast<FrameSlot>(options.max_slots));
  }
  if (options.trace != nullptr) pin_trace_ = std::make_unique<PinTrace>(*options.trace, *this);
}

void FramePool::drop_topologies(FrameSlot last) {
  if (!has_topologies_) return;
  for (FrameSlot slot = 0; slot < static_cast<FrameSlot>(num_slots_); ++slot) {
    const bool is_held = !topologies_[slot] || slot == last || slot == channel_.current();
    if (!is_held && channel_.is_free(slot)) topologies_[slot] = TopologyVersion();
  }
}

FramePool::~FramePool() {
  if (shared_bytes_ > 0) budget_->refund(shared_bytes_, kSharedLabel);
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
  std::unique_ptr<SharedFrames> shared;
  if (!options.share.name.empty()) {
    QUADRILLE_ASSIGN_OR_RETURN(
        shared, SharedFrames::create(options.share, layout, static_cast<FrameSlot>(used.max_slots),
                                     options.max_registered));
  }
  std::unique_ptr<FramePool> pool(new FramePool(layout, used, budget, hook, std::move(shared)));
  if (pool->shared_ != nullptr) {
    QUADRILLE_RETURN_IF_ERROR(pool->charge_shared(pool->shared_->control_bytes()));
  }
  while (pool->num_slots_ < used.num_slots) QUADRILLE_RETURN_IF_ERROR(pool->add_slot());
  return pool;
}

Status FramePool::charge_shared(std::size_t bytes) {
  if (budget_ == nullptr) return Status::ok();
  QUADRILLE_RETURN_IF_ERROR(budget_->charge(bytes, kSharedLabel));
  shared_bytes_ += bytes;
  return Status::ok();
}

FrameSlot FramePool::watched_pin() {
  const FrameSlot slot = anonymous_ == nullptr ? channel_.acquire() : anonymous_->acquire(channel_);
  if (pin_trace_ != nullptr && slot != kNoFrameSlot) pin_trace_->on_pin(slot);
  return slot;
}

void FramePool::watched_unpin(FrameSlot slot) {
  if (pin_trace_ != nullptr) pin_trace_->on_release(slot);
  if (anonymous_ == nullptr) return channel_.release(slot);
  anonymous_->release(channel_, slot);
}

Result<std::unique_ptr<RecordedReader>> FramePool::register_reader(std::string_view label,
                                                                   ReaderID* id) {
  for (int index = 0; index < readers_.capacity(); ++index) {
    if (!readers_.claim(index, ReaderOwner::kThisProcess, label, /*process=*/0)) continue;
    const ReaderPlace place = readers_.place(index);
    *id = {index, place.generation()};
    std::unique_ptr<const PinTrace> traced;
    if (pin_trace_ != nullptr) traced = pin_trace_->with_label(label);
    return std::make_unique<RecordedReader>(channel_, static_cast<FrameSlot>(max_slots()), waiting_,
                                            place, std::move(traced));
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

// The memory of one more frame.
Result<std::byte*> FramePool::make_slot(FrameSlot slot) {
  if (shared_ != nullptr) {
    QUADRILLE_RETURN_IF_ERROR(charge_shared(shared_->slot_bytes()));
    return shared_->back_slot(slot);
  }
  RegionOptions options;
  options.budget = budget_;
  options.hook = hook_;
  options.stagger_bytes = slot_stagger_bytes(slot);
  options.label = {"frame: headers, padding"};
  QUADRILLE_ASSIGN_OR_RETURN(Region region, Region::reserve(layout_.frame_bytes(), options));
  if (region.area() != kNoMemoryArea) {
    budget_->ledger()->describe(region.area(), MemoryAreaKind::kFrameSlot,
                                "frame slot " + std::to_string(slot),
                                frame_sections(layout_, region.base()));
  }
  QUADRILLE_RETURN_IF_ERROR(region.commit(layout_.frame_bytes()));
  std::byte* base = region.base();
  regions_[slot] = std::move(region);
  return base;
}

Status FramePool::add_slot() {
  if (num_slots_ == max_slots()) {
    return {StatusCode::kUnsupported,
            "the frame pool has its " + std::to_string(num_slots_) + " slots already"};
  }
  const auto slot = static_cast<FrameSlot>(num_slots_);
  QUADRILLE_ASSIGN_OR_RETURN(bases_[slot], make_slot(slot));
  latest_first_.push_back(slot);  // reserved: never filled comes last
  ++num_slots_;
  return Status::ok();
}

FrameSlot FramePool::seize(FrameSlot except) {
  if (shared_ == nullptr) return kNoFrameSlot;
  for (const bool any : {false, true}) {  // one that nobody claims to hold, if there is one
    for (const FrameSlot slot : latest_first_) {
      if (slot == except || slot == channel_.current() || (!any && !nobody_holds(slot))) continue;
      channel_.forget_pins(slot);
      return slot;
    }
  }
  return kNoFrameSlot;
}

// Before the publication: who finds the slot current finds when that was.
void FramePool::stamp_shared(FrameSlot slot) { shared_->set_published(slot, monotonic_ns()); }

void FramePool::publish_first(FrameSlot slot) {
  if (shared_ != nullptr) stamp_shared(slot);
  channel_.publish(slot);
}

bool FramePool::publish_if_abandoned(FrameSlot slot, int keep) {
  if (shared_ != nullptr) stamp_shared(slot);
  if (count_free(channel_, latest_first_, slot, keep) + 1 < keep) return false;
  const auto nobody = [this](FrameSlot current) { return nobody_holds(current); };
  if (!channel_.publish_if_abandoned(slot, nobody)) return false;
  waiting_.notify();
  return true;
}

}  // namespace quadrille
