// FramePublisher: when a completed step is shown to readers, and what happens when they hold too
// many slots. The writer's thread only.
#pragma once

#include <cstdint>

#include <quadrille/hooks.h>
#include <quadrille/metrics.h>

#include "engine/frame_pool.h"
#include "engine/pin_watch.h"
#include "engine/reader_reclaim.h"
#include "engine/step_trace.h"
#include "engine/time_stepper.h"

namespace quadrille {

// Verifies what a user may have set wrongly.
Status verify_options(const FrameOptions& options);

class FramePublisher {
 public:
  // `rewrites`: the schema has a rewritten column. `pool` and `trace` outlive this.
  FramePublisher(FramePool& pool, const FrameOptions& options, bool rewrites, const LogHook& log,
                 const StepTrace& trace);

  // How many slots let R readers of k pins each see every frame.
  static std::int64_t slots_for(const FrameOptions& options, bool rewrites);

  // Step 0: every slot is free.
  void publish_first(FrameSlot slot);
  // By interval or by the clock.
  bool is_due(std::int64_t step) const;
  // False: the step stays private, as the policy says, and is counted as skipped.
  bool publish(FrameSlot slot, std::int64_t step, FrameStatistics& counts);
  // After each step: now and then, says who stalls and takes back what the dead held.
  void look_after_readers(std::int64_t now_ns, FrameStatistics& counts) {
    if (now_ns >= next_look_ns_) look(now_ns, counts);
    if (pool_.shared() != nullptr) pool_.shared()->set_counts(counts);
  }
  Status reclaim(ReaderID reader, FrameStatistics& counts) {
    return reclaim_.declare_dead(reader, counts);
  }
  const PinWatch& pins() const { return pins_; }

 private:
  // Free slots that the writer needs after a publication: one to write the next step in; with
  // rewritten columns, whose passes read one slot and write another, one more, to go on privately
  // while readers hold the published one and all others.
  int slots_to_keep() const { return rewrites_ ? 2 : 1; }
  void look(std::int64_t now_ns, FrameStatistics& counts);
  bool try_publish(FrameSlot slot, FrameStatistics& counts) {
    return pool_.publish(slot, slots_to_keep()) || reclaim_.publish(slot, slots_to_keep(), counts);
  }
  bool wait_and_publish(FrameSlot slot, std::int64_t step, FrameStatistics& counts);
  bool grow_and_publish(FrameSlot slot, FrameStatistics& counts);
  void log_skipped(std::int64_t step) const;

  FramePool& pool_;
  FrameOptions options_;
  bool rewrites_;
  LogHook log_;
  const StepTrace& trace_;
  PinWatch pins_;
  ReaderReclaim reclaim_;
  std::int64_t next_look_ns_ = 0;
  std::int64_t last_published_ns_ = 0;
  bool last_was_skipped_ = false;
};

}  // namespace quadrille
