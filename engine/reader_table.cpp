#include "engine/reader_table.h"

#include <algorithm>
#include <cstring>

namespace quadrille {
namespace {

// A reader passes from entering to holding in nanoseconds. One that was preempted in between is met
// again at the next attempt, and until then it may be anywhere.
constexpr int kAttempts = 64;

constexpr std::uint32_t owner_of(std::uint32_t claim) { return claim % 4; }

}  // namespace

void ReaderPlace::give_back() {
  if (record_ == nullptr) return;
  std::uint32_t mine = claim_;
  // Release: who takes the place next finds the record as it was left. Relaxed when it fails: it is
  // another's.
  record_->claim.compare_exchange_strong(mine, claim_ - owner_of(claim_), std::memory_order_release,
                                         std::memory_order_relaxed);
  record_ = nullptr;
}

bool ReaderTable::claim(int index, ReaderOwner owner, std::string_view label,
                        std::int32_t process) {
  ReaderRecord& record = records_[index];
  std::uint32_t free = record.claim.load(std::memory_order_relaxed);
  if (owner_of(free) != 0) return false;
  const std::uint32_t generation = free / 4 + 1;
  const std::uint32_t taken = generation * 4 + static_cast<std::uint32_t>(owner);
  // Acquire: what the last one left, as free; see give_back() and retire().
  if (!record.claim.compare_exchange_strong(free, taken, std::memory_order_acquire,
                                            std::memory_order_relaxed)) {
    return false;
  }
  ReaderLabel text{};
  std::memcpy(text.data(), label.data(), std::min(label.size(), text.size() - 1));
  for (std::size_t word = 0; word < kLabelWords; ++word) {
    std::uint64_t bytes;
    std::memcpy(&bytes, text.data() + word * 8, 8);
    record.label[word].store(bytes, std::memory_order_relaxed);
  }
  record.process.store(process, std::memory_order_relaxed);
  return true;
}

ReaderPlace ReaderTable::place(int index) const {
  return {records_[index], records_[index].claim.load(std::memory_order_relaxed)};
}

ReaderOwner ReaderTable::owner(int index) const {
  return static_cast<ReaderOwner>(owner_of(records_[index].claim.load(std::memory_order_relaxed)));
}

std::uint32_t ReaderTable::generation(int index) const {
  return records_[index].claim.load(std::memory_order_relaxed) / 4;
}

std::int32_t ReaderTable::process(int index) const {
  return records_[index].process.load(std::memory_order_relaxed);
}

ReaderLabel ReaderTable::label(int index) const {
  ReaderLabel text{};
  for (std::size_t word = 0; word < kLabelWords; ++word) {
    const std::uint64_t bytes = records_[index].label[word].load(std::memory_order_relaxed);
    std::memcpy(text.data() + word * 8, &bytes, 8);
  }
  text.back() = '\0';
  for (char& letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (byte != 0 && (byte < 0x20 || byte == 0x7f)) letter = '?';
  }
  return text;
}

FrameSlot ReaderTable::held_slot(int index) const {
  const std::uint64_t state = records_[index].state.load(std::memory_order_acquire);  // S
  return state % 4 == ReaderPlace::kHolding ? static_cast<FrameSlot>(state / 4) : kNoFrameSlot;
}

bool ReaderTable::may_be_inside(FrameSlot slot) const {
  for (int index = 0; index < capacity_; ++index) {
    const std::atomic<std::uint64_t>& record = records_[index].state;
    std::uint64_t state = record.load(std::memory_order_acquire);  // S
    for (int i = 0; i < kAttempts && state == ReaderPlace::kEntering; ++i) {
      state = record.load(std::memory_order_acquire);  // S
    }
    if (state == ReaderPlace::kEntering) return true;
    if (state == std::uint64_t{slot} * 4 + ReaderPlace::kHolding) return true;
  }
  return false;
}

void ReaderTable::retire(int index) {
  ReaderRecord& record = records_[index];
  const std::uint32_t claim = record.claim.load(std::memory_order_relaxed);
  record.state.store(ReaderPlace::kIdle, std::memory_order_relaxed);
  record.claim.store(claim - owner_of(claim), std::memory_order_release);  // see claim()
}

}  // namespace quadrille
