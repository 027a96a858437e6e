// TimeStepper: step(dt) = begin a frame (LIFO pool), catch up, run the passes, publish.
//
// A pass reads the last completed step, published or not (never what readers see), so results are
// the same for every publish interval and with any reader. Steps that publish nothing and have only
// updated columns go on in place.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <quadrille/frame.h>
#include <quadrille/frame_reader.h>
#include <quadrille/frame_writer.h>
#include <quadrille/hooks.h>
#include <quadrille/metrics.h>
#include <quadrille/parallel.h>
#include <quadrille/registered_reader.h>
#include <quadrille/status.h>
#include <quadrille/trace.h>

#include "engine/memory_budget.h"
#include "engine/share_options.h"

namespace quadrille {

class FrameLayout;
class FramePool;

struct FrameOptions {
  std::int64_t publish_every =
      1;  // 1: each step; K: each K-th; 0: never (the last step is never forced out)
  double publish_period_s = 0;  // > 0: by the clock instead, at most once in this time
  int readers = 4;              // R, and
  int pins_per_reader =
      1;  // k. k*R + 2 slots if every step is published and no column is rewritten, else
          // k*R + 3: then no step is ever skipped
  FramePolicy policy = FramePolicy::kSkip;
  double wait_s = 0.1;       // kWait: then as kSkip
  int max_slots = 64;        // kGrow: to here, then as kSkip
  int max_registered = 32;   // registered readers at once
  bool reclaimable = false;  // what registered readers hold can be taken back when they died
  ShareOptions share = {};   // a name: other processes read the frames; then reclaimable too
  double stall_after_s = 1;  // a frame held for so long after a newer one came is a stall
  Trace* trace = nullptr;    // not owned; outlives the stepper. Null: nothing is recorded
};

class TimeStepper {
 public:
  // `initialize` fills step 0 (all columns zero before); step 0 is published. `parallel` and
  // `budget` must outlive this.
  static Result<std::unique_ptr<TimeStepper>> create(
      FrameSchema schema, const FrameOptions& options,
      const std::function<Status(FrameWriter&)>& initialize, Parallel& parallel,
      MemoryBudget* budget, const Hooks& hooks);
  ~TimeStepper();

  void set_passes(std::vector<Pass> passes);  // at most kMaxPasses
  // The writer's thread only; allocates nothing. A pass that fails ends the simulation: what is
  // published stays, each further step() and publish_now() answers with that failure.
  Status step(float dt);
  // Publishes the last completed step, if it is not already. kNoFreeFrame: skipped, as the policy
  // says.
  Status publish_now();
  const Frame& last_completed() const;  // the writer's thread only
  FrameReader reader() const;           // any thread
  Result<RegisteredReader> register_reader(std::string_view label) const;  // any thread
  // The writer's thread only: see Simulation.
  std::vector<PinnedSlot> pinned_slots() const;
  std::span<const PinnedSlot> stalls() const;
  Status reclaim(ReaderID reader);
  const StepTiming& last_timing() const;
  FrameStatistics statistics() const;
  std::span<const Pass> passes() const;

 private:
  friend class FrameWriter;
  struct State;
  explicit TimeStepper(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace quadrille
