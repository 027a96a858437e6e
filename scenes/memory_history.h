// MemoryHistory: a run's memory at a bounded number of moments, as changes from one to the next.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include <quadrille/memory_map.h>

namespace quadrille {

struct BlockPlace {
  std::int32_t area = 0, block = 0;
  friend auto operator<=>(const BlockPlace&, const BlockPlace&) = default;
};

struct LabelChange {
  BlockPlace place;
  std::int32_t label = 0;  // index into MemoryHistory::labels(); kNoBlock: the block is gone
};

struct MemoryMoment {
  std::int64_t step = 0;              // completed
  std::vector<LabelChange> changes;   // since the moment before, by place
  std::vector<BlockPlace> written;    // in the steps since the moment before, by place
  std::vector<std::int32_t> emptied;  // arenas that were reset in these steps, by area
};

class MemoryHistory {
 public:
  static constexpr std::size_t kMostMoments = 161;
  static constexpr std::int32_t kNoBlock = -1, kNoLabel = -1;
  static constexpr std::int32_t kFree = 0;  // the label of what arenas have and did not hand out

  struct Area {
    std::string name;
    MemoryAreaKind kind;
    std::int64_t most_bytes = 0;
    std::size_t most_blocks = 0;
    std::vector<std::size_t> section_begin;
  };
  struct LabelEntry {
    std::string name;
    std::int64_t most_bytes = 0;                   // at any moment
    std::int64_t allocations = 0;                  // up to the last one
    bool is_seen = false;                          // some block has it, written or not
    MemoryAreaKind kind = MemoryAreaKind::kFixed;  // of the first area in which one has
    // A column's blocks that no step has written have a label of their own beside the column's.
    std::int32_t unwritten = kNoLabel;   // that label of this column
    std::int32_t written_as = kNoLabel;  // the column's label, of such a one
  };

  MemoryHistory();

  // Whether the state after this step is to be added. Steps that are too many for kMostMoments are
  // looked at each second, each fourth ... time: moments are then merged in pairs.
  bool wants(std::int64_t step);
  // Steps ascend. One that was there already is left out.
  void add(const MemoryMap& map);
  // Half as many moments, the first and the last among them.
  void merge_pairs();

  const std::vector<MemoryMoment>& moments() const { return moments_; }
  const std::vector<Area>& areas() const { return areas_; }
  const std::vector<LabelEntry>& labels() const { return labels_; }
  std::int64_t most_bytes() const { return most_bytes_; }
  std::int64_t steps_a_moment() const { return stride_; }

 private:
  struct Listing;
  void take_labels(const MemoryMap& map);
  std::int32_t label_of(const Area& area, const MemoryBlock& block);
  std::int32_t find_area(const MemoryArea& area);
  std::vector<Listing> gather(const MemoryMap& map);
  void compare(std::int32_t area, const Listing& listing, MemoryMoment& moment);

  std::vector<MemoryMoment> moments_;
  std::vector<Area> areas_;
  std::vector<std::vector<std::int32_t>> now_;  // the labels of each area's blocks
  std::vector<LabelEntry> labels_;
  std::vector<std::int32_t> of_map_;  // labels of the map, as ours
  std::int64_t most_bytes_ = 0;
  std::int64_t stride_ = 1;
};

}  // namespace quadrille
