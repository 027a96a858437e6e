#include "engine/change_log.h"

#include <algorithm>

#include <quadrille/status.h>

namespace quadrille {

void ChangeLog::record_list(std::int64_t step, std::span<const NodeID> ids) {
  QUADRILLE_ASSERT(ids.size() <= ids_.size());
  record_no_list(step);
  if (ids.size() > ids_.size() - next_) {  // lists are contiguous: start over at the front
    drop_lists_in(next_, ids_.size());
    next_ = 0;
  }
  drop_lists_in(next_, next_ + ids.size());
  std::copy(ids.begin(), ids.end(), ids_.begin() + static_cast<std::ptrdiff_t>(next_));
  entries_[static_cast<std::size_t>(step % kMaxSteps)] = {next_, ids.size(), true};
  next_ += ids.size();
}

void ChangeLog::record_no_list(std::int64_t step) {
  QUADRILLE_ASSERT(step == newest_ + 1);
  newest_ = step;
  entries_[static_cast<std::size_t>(step % kMaxSteps)] = {};
}

std::span<const NodeID> ChangeLog::list(std::int64_t step) const {
  if (!has_list(step)) return {};
  return std::span(ids_).subspan(entry(step).begin, entry(step).count);
}

// Lists stand in the ring in the order of their steps, so those that are overwritten are the
// oldest.
void ChangeLog::drop_lists_in(std::size_t begin, std::size_t end) {
  const std::int64_t first = std::max(oldest_, newest_ - kMaxSteps + 1);
  for (std::int64_t step = first; step < newest_; ++step) {
    const Entry& old = entry(step);
    if (old.count > 0 && old.begin < end && old.begin + old.count > begin) oldest_ = step + 1;
  }
}

}  // namespace quadrille
