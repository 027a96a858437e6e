#include "scenes/edge_stash.h"

#include <utility>

namespace quadrille {

Result<std::byte*> StashMemory::take_piece() {
  const std::lock_guard lock(mutex_);
  if (regions_.empty() || used_ == regions_.back().capacity()) {
    const std::size_t part = total_ / 16 / kPieceBytes * kPieceBytes;
    const std::size_t bytes = std::clamp(part, kPieceBytes, kMostRegionBytes);
    QUADRILLE_ASSIGN_OR_RETURN(
        Region region,
        Region::reserve(bytes, {.budget = budget_, .label = {"edges of the input"}}));
    QUADRILLE_RETURN_IF_ERROR(region.commit(bytes));
    regions_.push_back(std::move(region));
    used_ = 0;
    total_ += bytes;
  }
  return regions_.back().base() + std::exchange(used_, used_ + kPieceBytes);
}

}  // namespace quadrille
