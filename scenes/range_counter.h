// RangeCounter: counts by ranges of ids, before anyone knows how many nodes there are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <quadrille/types.h>

#include "scenes/arc_packing.h"

namespace quadrille {

// Pages of 4,096 counters, each for 256 ids, that appear when first touched: memory follows the ids
// that occur, not the largest one. For one thread; counters are added up in the end.
class RangeCounter {
 public:
  static constexpr int kRangeShift = ArcPacking::kLeastLocalBits;

  void add(NodeID id) {
    const auto range = static_cast<std::uint32_t>(id) >> kRangeShift;
    Page* page = pages_[range >> kPageShift].get();
    if (page == nullptr) [[unlikely]]
      page = add_page(range >> kPageShift);
    ++(*page)[range & kPageMask];
  }
  std::int64_t operator[](std::size_t range) const {
    const Page* const page = pages_[range >> kPageShift].get();
    return page == nullptr ? 0 : (*page)[range & kPageMask];
  }

 private:
  static constexpr int kPageShift = 12;
  static constexpr std::uint32_t kPageMask = (1U << kPageShift) - 1;
  using Page = std::array<std::int64_t, std::size_t{1} << kPageShift>;

  Page* add_page(std::size_t index) {
    pages_[index] = std::make_unique<Page>();
    return pages_[index].get();
  }
  std::vector<std::unique_ptr<Page>> pages_ =
      std::vector<std::unique_ptr<Page>>(std::size_t{1} << (31 - kRangeShift - kPageShift));
};

}  // namespace quadrille
