// HandleSlots: slots with generations. A slot that was freed is used again only after the next
// step, so that the events of that step still name who was there.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/integers.h"

namespace quadrille {

class HandleSlots {
 public:
  explicit HandleSlots(std::int64_t count) : generation_(at(count), 0), taken_(at(count), false) {
    free_.reserve(at(count));
    freed_.reserve(at(count));
    for (std::int64_t slot = count; slot-- > 0;) free_.push_back(static_cast<std::uint32_t>(slot));
  }
  bool has_room() const { return !free_.empty(); }
  std::uint32_t take() {
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    if (++generation_[slot] == 0) generation_[slot] = 1;
    taken_[slot] = true;
    ++num_taken_;
    return slot;
  }
  void release(std::uint32_t slot) {
    taken_[slot] = false;
    freed_.push_back(slot);
    --num_taken_;
  }
  void after_step() {
    while (!freed_.empty()) {
      free_.push_back(freed_.back());
      freed_.pop_back();
    }
  }
  std::uint32_t generation(std::uint32_t slot) const { return generation_[slot]; }
  bool is_valid(std::uint32_t slot, std::uint32_t generation) const {
    return slot < taken_.size() && taken_[slot] && generation_[slot] == generation;
  }
  std::int64_t num_taken() const { return num_taken_; }

 private:
  std::vector<std::uint32_t> generation_, free_, freed_;
  std::vector<bool> taken_;
  std::int64_t num_taken_ = 0;
};

}  // namespace quadrille
