#include "engine/extent_pool.h"

#include <algorithm>
#include <bit>

namespace quadrille {

ExtentPool::ExtentPool(std::int64_t capacity) : units_(static_cast<std::size_t>(capacity)) {
  free_.fill(-1);
}

void ExtentPool::push(std::int64_t first, int order) {
  std::int32_t& head = first_free(order);
  unit(first) = {head, -1, static_cast<std::int8_t>(order)};
  if (head >= 0) unit(head).previous = static_cast<std::int32_t>(first);
  head = static_cast<std::int32_t>(first);
}

void ExtentPool::unlink(std::int64_t first) {
  Unit& gone = unit(first);
  if (gone.next >= 0) unit(gone.next).previous = gone.previous;
  if (gone.previous >= 0) {
    unit(gone.previous).next = gone.next;
  } else {
    first_free(gone.order) = gone.next;
  }
  gone.order = kInUse;
}

bool ExtentPool::is_free(std::int64_t first, int order) {
  return first + (std::int64_t{1} << order) <= end_ && unit(first).order == order;
}

std::int64_t ExtentPool::take(int order) {
  for (int larger = order; larger < kOrders; ++larger) {
    const std::int64_t first = first_free(larger);
    if (first < 0) continue;
    unlink(first);
    while (larger > order) {
      --larger;
      push(first + (std::int64_t{1} << larger), larger);
    }
    return first;
  }
  const std::int64_t size = std::int64_t{1} << order;
  const std::int64_t first = (end_ + size - 1) & -size;
  if (first + size > static_cast<std::int64_t>(units_.size())) return -1;
  while (end_ < first) {  // what alignment leaves out is free
    const int gap = std::countr_zero(static_cast<std::uint64_t>(end_));
    const std::int64_t begin = end_;
    end_ += std::int64_t{1} << gap;
    push(begin, gap);
  }
  end_ = first + size;
  return first;
}

void ExtentPool::give_back(std::int64_t first, int order) {
  for (; order + 1 < kOrders; ++order) {
    const std::int64_t buddy = first ^ (std::int64_t{1} << order);
    if (!is_free(buddy, order)) break;
    unlink(buddy);
    first = std::min(first, buddy);
  }
  push(first, order);
  shrink();
}

// Lets free ranges at the end go.
void ExtentPool::shrink() {
  const auto last_order = [&] {
    for (int order = 0; order < kOrders && (end_ & ((std::int64_t{1} << order) - 1)) == 0;
         ++order) {
      const std::int64_t first = end_ - (std::int64_t{1} << order);
      if (first >= 0 && is_free(first, order)) return order;
    }
    return -1;
  };
  for (int order = last_order(); end_ > 0 && order >= 0; order = last_order()) {
    const std::int64_t first = end_ - (std::int64_t{1} << order);
    unlink(first);
    end_ = first;
  }
}

}  // namespace quadrille
