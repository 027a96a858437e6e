// PinWatch: who holds which frame for how long, and which frames are stalled: held for longer than
// a threshold after newer ones came. The writer's thread only.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <quadrille/hooks.h>
#include <quadrille/metrics.h>

#include "engine/frame_pool.h"

namespace quadrille {

class PinWatch {
 public:
  // `pool` outlives this.
  PinWatch(FramePool& pool, double stall_after_s, const LogHook& log);

  // `slot` is the newest from now on.
  void published(FrameSlot slot, std::int64_t step, std::int64_t now_ns);
  // Looks for stalls, and logs and counts each once. Allocates nothing.
  void look(std::int64_t now_ns, FrameStatistics& counts);

  // By slot; the newest frame too, if somebody holds it.
  std::vector<PinnedSlot> pinned_slots(std::int64_t now_ns) const;
  // The first ones, in order; each as it was when it was last looked at.
  std::span<const PinnedSlot> stalls() const { return stalls_; }

 private:
  struct Slot {
    std::int64_t step = 0;
    std::int64_t ordinal = 0;      // of its publication
    std::int64_t replaced_ns = 0;  // when it stopped being the newest
    bool is_stalled = false;
    std::int32_t stall = -1;  // in stalls_; -1: none, or one too many to keep
  };
  PinnedSlot describe(FrameSlot slot, std::uint64_t pins, std::int64_t now_ns) const;
  void log_stall(const PinnedSlot& stall) const;

  FramePool& pool_;
  double stall_after_ns_;
  LogHook log_;
  FrameSlot newest_ = kNoFrameSlot;
  std::int64_t published_ = 0;
  std::vector<Slot> slots_;
  std::vector<PinnedSlot> stalls_;
};

}  // namespace quadrille
