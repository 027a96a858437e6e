// ChangeLog: the lists of changed ids of the last sparse steps, in one ring of fixed size.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <quadrille/types.h>

namespace quadrille {

class ChangeLog {
 public:
  static constexpr std::int64_t kMaxSteps = 64;  // steps that are remembered, sparse or not

  // `max_ids`: how many ids all lists together may hold.
  explicit ChangeLog(std::int64_t max_ids) : ids_(static_cast<std::size_t>(max_ids)) {}

  std::int64_t max_ids() const { return static_cast<std::int64_t>(ids_.size()); }

  // Steps are recorded one by one, from 0. A list of at most max_ids() drops the oldest to make
  // room.
  void record_list(std::int64_t step, std::span<const NodeID> ids);
  void record_no_list(std::int64_t step);

  std::int64_t newest_step() const { return newest_; }  // -1: none was recorded
  // The step had a list, and it is still here.
  bool has_list(std::int64_t step) const {
    return step >= oldest_ && remembers(step) && entry(step).has_list;
  }
  // Empty as well where has_list() is false.
  std::span<const NodeID> list(std::int64_t step) const;
  // Every list since that step, its own included, is still here.
  bool covers_since(std::int64_t step) const { return step >= oldest_ && remembers(step); }
  std::size_t bytes() const { return ids_.capacity() * sizeof(NodeID); }

 private:
  struct Entry {
    std::size_t begin = 0, count = 0;
    bool has_list = false;
  };
  bool remembers(std::int64_t step) const {
    return step >= 0 && step <= newest_ && newest_ - step < kMaxSteps;
  }
  const Entry& entry(std::int64_t step) const {
    return entries_[static_cast<std::size_t>(step % kMaxSteps)];
  }
  void drop_lists_in(std::size_t begin, std::size_t end);

  std::vector<NodeID> ids_;
  std::size_t next_ = 0;      // where the next list goes, if it fits behind
  std::int64_t newest_ = -1;  // last recorded step
  std::int64_t oldest_ = 0;   // lists of steps before may be gone
  std::array<Entry, kMaxSteps> entries_{};
};

}  // namespace quadrille
