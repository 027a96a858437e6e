#include "engine/memory_runs.h"

#include <algorithm>

#include <quadrille/types.h>

namespace quadrille {
namespace {

using Run = LabelRuns::Run;

class LargestShare {
 public:
  void add(const Run& run, std::int64_t bytes) {
    auto share = std::ranges::find(shares_, run.label, &Share::label);
    if (share == shares_.end()) share = shares_.insert(share, {run.label, 0});
    share->bytes += bytes;
    written_step_ = std::max(written_step_, run.step);
  }
  // Of what was added since it was last taken.
  MemoryBlock take(LabelID if_none) {
    MemoryBlock block{if_none, written_step_};
    const auto largest = std::ranges::max_element(shares_, {}, &Share::bytes);
    if (largest != shares_.end()) block.label = largest->label;
    shares_.clear();
    written_step_ = -1;
    return block;
  }

 private:
  struct Share {
    LabelID label;
    std::int64_t bytes;
  };
  std::vector<Share> shares_;
  std::int64_t written_step_ = -1;
};

}  // namespace

void LabelRuns::add(std::size_t offset, const Run& run) {
  const auto next = runs_.lower_bound(offset);
  if (next != runs_.begin()) {
    auto& [before, last] = *std::prev(next);
    if (before + static_cast<std::size_t>(last.bytes) == offset && last.label == run.label &&
        last.step == run.step) {
      last.bytes += run.bytes;
      return;
    }
  }
  runs_.emplace_hint(next, offset, run);
}

std::vector<Run> LabelRuns::remove(std::size_t begin, std::size_t end) {
  std::vector<Run> removed;
  auto at = runs_.upper_bound(begin);
  if (at != runs_.begin()) --at;
  while (at != runs_.end() && at->first < end) {
    const auto [first, run] = *at;
    const std::size_t last = first + static_cast<std::size_t>(run.bytes);
    const std::size_t from = std::max(first, begin), to = std::min(last, end);
    const auto next = std::next(at);
    if (from < to) {
      const auto piece = [&run](std::size_t piece_begin, std::size_t piece_end) {
        return Run{static_cast<std::int64_t>(piece_end - piece_begin), run.label, run.step};
      };
      runs_.erase(at);
      if (first < from) runs_[first] = piece(first, from);
      if (to < last) runs_[to] = piece(to, last);
      removed.push_back(piece(from, to));
    }
    at = next;
  }
  return removed;
}

std::vector<MemoryBlock> LabelRuns::blocks(std::int64_t bytes, LabelID free) const {
  std::vector<MemoryBlock> blocks;
  LargestShare share;
  const auto finish_before = [&](std::size_t block) {
    while (blocks.size() < block) blocks.push_back(share.take(free));
  };
  for (const auto& [offset, run] : runs_) {
    const std::size_t end = offset + static_cast<std::size_t>(run.bytes);
    for (std::size_t begin = offset; begin < end;) {
      const std::size_t block = begin / kBlockBytes;
      const std::size_t block_end = std::min(end, (block + 1) * kBlockBytes);
      finish_before(block);
      share.add(run, static_cast<std::int64_t>(block_end - begin));
      begin = block_end;
    }
  }
  finish_before((static_cast<std::size_t>(bytes) + kBlockBytes - 1) / kBlockBytes);
  return blocks;
}

}  // namespace quadrille
