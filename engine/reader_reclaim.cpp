#include "engine/reader_reclaim.h"

#include <cstdio>

#include "engine/clock.h"

namespace quadrille {

ReaderReclaim::ReaderReclaim(FramePool& pool, const LogHook& log)
    : pool_(pool), log_(log), in_quarantine_(static_cast<std::size_t>(pool.max_slots())) {}

Status ReaderReclaim::declare_dead(ReaderID reader, FrameStatistics& counts) {
  if (!pool_.is_reclaimable()) {
    return {StatusCode::kUnsupported,
            "the simulation was not made reclaimable, so readers' frames cannot be taken back"};
  }
  const ReaderTable& readers = pool_.readers();
  if (reader.place < 0 || reader.place >= readers.capacity() || reader.generation == 0 ||
      readers.generation(reader.place) != reader.generation ||
      readers.owner(reader.place) != ReaderOwner::kThisProcess) {
    return {StatusCode::kNotFound, "no reader of this process is registered as " +
                                       std::to_string(reader.place) + "/" +
                                       std::to_string(reader.generation)};
  }
  retire(reader.place, counts);
  take_back(counts);
  return Status::ok();
}

void ReaderReclaim::retire(int place, FrameStatistics& counts) {
  if (log_.write != nullptr) {
    char text[128], where[32] = "";
    const ReaderLabel label = pool_.readers().label(place);
    const int process = pool_.readers().process(place);
    if (process != 0) std::snprintf(where, sizeof where, " of process %d", process);
    const int length = std::snprintf(
        text, sizeof text, "reader '%s'%s died; what it held is taken back", label.data(), where);
    log_.write(log_.context, LogLevel::kInfo, {text, static_cast<std::size_t>(length)});
  }
  pool_.readers().retire(place);
  ++counts.lost_readers;
  const FrameChannel& channel = pool_.channel();
  for (FrameSlot slot = 0; slot < in_quarantine_.size(); ++slot) {
    if (in_quarantine_[slot] != 0 || channel.is_free(slot)) continue;
    in_quarantine_[slot] = 1;
    ++num_in_quarantine_;
  }
}

bool ReaderReclaim::take_back(FrameStatistics& counts) {
  bool freed = false;
  FrameChannel& channel = pool_.channel();
  for (FrameSlot slot = 0; num_in_quarantine_ > 0 && slot < in_quarantine_.size(); ++slot) {
    if (in_quarantine_[slot] == 0 || slot == channel.current()) continue;
    if (channel.pins(slot) != 0) {
      if (!pool_.nobody_holds(slot)) continue;
      channel.forget_pins(slot);
      ++counts.reclaimed;
      freed = true;
    }
    in_quarantine_[slot] = 0;
    --num_in_quarantine_;
  }
  return freed;
}

void ReaderReclaim::look_for_dead(FrameStatistics& counts) {
  constexpr std::int64_t kLookEveryNs = 1'000'000;
  SharedFrames* shared = pool_.shared();
  if (shared == nullptr) return;
  next_look_ns_ = monotonic_ns() + kLookEveryNs;
  const ReaderTable& readers = pool_.readers();
  for (int place = 0; place < readers.capacity(); ++place) {
    if (readers.owner(place) != ReaderOwner::kOtherProcess) continue;
    if (!shared->lock_place_of_dead(place)) continue;
    // Again, under the lock: it may just have left by itself.
    if (readers.owner(place) == ReaderOwner::kOtherProcess) retire(place, counts);
    shared->unlock_place(place);
  }
}

bool ReaderReclaim::publish(FrameSlot slot, int keep, FrameStatistics& counts) {
  if (pool_.shared() != nullptr && monotonic_ns() >= next_look_ns_) look_for_dead(counts);
  if (num_in_quarantine_ == 0) return false;
  if (take_back(counts) && pool_.publish(slot, keep)) return true;
  const FrameSlot outgoing = pool_.channel().current();
  if (outgoing == kNoFrameSlot || in_quarantine_[outgoing] == 0) return false;
  if (!pool_.publish_if_abandoned(slot, keep)) return false;
  in_quarantine_[outgoing] = 0;
  --num_in_quarantine_;
  ++counts.reclaimed;
  return true;
}

}  // namespace quadrille
