#include "scenes/memory_history.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace quadrille {
namespace {

MemoryMoment merge(const MemoryMoment& first, const MemoryMoment& second) {
  MemoryMoment merged;
  merged.step = second.step;
  // Of two changes of one block the second is what there is to see.
  std::vector<LabelChange> changes;
  std::ranges::merge(first.changes, second.changes, std::back_inserter(changes), {},
                     &LabelChange::place, &LabelChange::place);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const bool is_last = i + 1 == changes.size() || changes[i + 1].place != changes[i].place;
    if (is_last) merged.changes.push_back(changes[i]);
  }
  std::ranges::set_union(first.written, second.written, std::back_inserter(merged.written));
  std::ranges::set_union(first.emptied, second.emptied, std::back_inserter(merged.emptied));
  return merged;
}

}  // namespace

// All areas of one name: what draws them need not tell them apart.
struct MemoryHistory::Listing {
  std::vector<MemoryBlock> blocks;
  std::vector<std::size_t> section_begin;
  std::int64_t bytes = 0;
  std::int64_t reset_step = -1;
};

MemoryHistory::MemoryHistory() { labels_.push_back({.name = "free"}); }

bool MemoryHistory::wants(std::int64_t step) {
  if (moments_.empty()) return true;
  const std::int64_t first = moments_.front().step;
  if (step <= moments_.back().step || (step - first) % stride_ != 0) return false;
  if (moments_.size() == kMostMoments) merge_pairs();
  return (step - first) % stride_ == 0;
}

void MemoryHistory::merge_pairs() {
  std::vector<MemoryMoment> merged;
  merged.push_back(std::move(moments_.front()));
  for (std::size_t i = 1; i < moments_.size(); i += 2) {
    const bool is_pair = i + 1 < moments_.size();
    merged.push_back(is_pair ? merge(moments_[i], moments_[i + 1]) : std::move(moments_[i]));
  }
  moments_ = std::move(merged);
  stride_ *= 2;
}

void MemoryHistory::take_labels(const MemoryMap& map) {
  std::int64_t free_bytes = 0;
  for (std::size_t i = 0; i < map.labels.size(); ++i) {
    const LabelUsage& usage = map.labels[i];
    if (i == of_map_.size()) {
      std::int32_t label = kFree;
      if (!usage.label.ends_with(": free")) {
        label = static_cast<std::int32_t>(labels_.size());
        labels_.push_back({.name = usage.label});
      }
      of_map_.push_back(label);
    }
    LabelEntry& entry = labels_[static_cast<std::size_t>(of_map_[i])];
    if (of_map_[i] == kFree) {
      free_bytes += usage.held_bytes;
    } else {
      entry.most_bytes = std::max(entry.most_bytes, usage.held_bytes);
      entry.allocations = usage.allocations;
    }
  }
  labels_[kFree].most_bytes = std::max(labels_[kFree].most_bytes, free_bytes);
}

std::int32_t MemoryHistory::find_area(const MemoryArea& area) {
  const auto found = std::ranges::find(areas_, area.name, &Area::name);
  if (found != areas_.end()) return static_cast<std::int32_t>(found - areas_.begin());
  areas_.push_back({.name = area.name, .kind = area.kind});
  now_.emplace_back();
  return static_cast<std::int32_t>(areas_.size()) - 1;
}

std::vector<MemoryHistory::Listing> MemoryHistory::gather(const MemoryMap& map) {
  std::vector<Listing> listings(areas_.size());
  for (const MemoryArea& area : map.areas) {
    const auto index = static_cast<std::size_t>(find_area(area));
    if (index == listings.size()) listings.emplace_back();
    Listing& listing = listings[index];
    for (const std::size_t begin : area.section_begin) {
      listing.section_begin.push_back(listing.blocks.size() + begin);
    }
    listing.blocks.insert(listing.blocks.end(), area.blocks.begin(), area.blocks.end());
    listing.bytes += area.bytes;
    listing.reset_step = std::max(listing.reset_step, area.reset_step);
  }
  return listings;
}

std::int32_t MemoryHistory::label_of(const Area& area, const MemoryBlock& block) {
  const std::int32_t label = of_map_[static_cast<std::size_t>(block.label)];
  if (label == kFree) return label;
  LabelEntry& entry = labels_[static_cast<std::size_t>(label)];
  if (!entry.is_seen) entry.kind = area.kind;
  entry.is_seen = true;
  if (area.kind != MemoryAreaKind::kFrameSlot || block.written_step != 0) return label;
  if (entry.unwritten != kNoLabel) return entry.unwritten;
  const auto unwritten = static_cast<std::int32_t>(labels_.size());
  entry.unwritten = unwritten;
  labels_.push_back({.name = entry.name, .kind = entry.kind, .written_as = label});
  return unwritten;
}

void MemoryHistory::compare(std::int32_t index, const Listing& listing, MemoryMoment& moment) {
  Area& area = areas_[static_cast<std::size_t>(index)];
  std::vector<std::int32_t>& now = now_[static_cast<std::size_t>(index)];
  const std::int64_t last_step = moments_.empty() ? moment.step : moments_.back().step;
  now.resize(std::max(now.size(), listing.blocks.size()), kNoBlock);
  for (std::size_t block = 0; block < now.size(); ++block) {
    const BlockPlace place{index, static_cast<std::int32_t>(block)};
    std::int32_t label = kNoBlock;
    if (block < listing.blocks.size()) {
      label = label_of(area, listing.blocks[block]);
      if (listing.blocks[block].written_step > last_step) moment.written.push_back(place);
    }
    if (label != now[block]) moment.changes.push_back({place, now[block] = label});
  }
  if (listing.reset_step > last_step) moment.emptied.push_back(index);
  area.most_bytes = std::max(area.most_bytes, listing.bytes);
  area.most_blocks = now.size();
  if (!listing.section_begin.empty()) area.section_begin = listing.section_begin;
}

void MemoryHistory::add(const MemoryMap& map) {
  if (!moments_.empty() && map.step <= moments_.back().step) return;
  take_labels(map);
  MemoryMoment moment;
  moment.step = map.step;
  const std::vector<Listing> listings = gather(map);
  for (std::size_t area = 0; area < listings.size(); ++area) {
    compare(static_cast<std::int32_t>(area), listings[area], moment);
  }
  most_bytes_ = std::max(most_bytes_, map.bytes);
  moments_.push_back(std::move(moment));
}

}  // namespace quadrille
