// FrameWatcher: a reader in another process than the simulation's, of what a run shares under a
// name (SimulationOptions::share). It reads frames where they lie: nothing is copied.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <quadrille/frame.h>
#include <quadrille/status.h>

namespace quadrille {

// What became of the run: it goes on; it has ended, and its last frame stays as it is; or its
// process died.
enum class RunState : std::uint8_t { kRunning, kEnded, kDied };

struct RunCounts {
  std::int64_t completed = 0;  // steps
  std::int64_t published = 0;  // of these; as in FrameStatistics
  std::int64_t skipped = 0;
};

// Holds at most one frame, as a RegisteredReader. Move-only; one thread at a time. It can stall the
// run of nothing but that one frame's memory, which comes back when the watcher's process dies. A
// child of a fork that does not exec keeps its parent's watchers alive, and must not use them.
//
// A watcher must be of the run's user, and trusts that user: everything is verified before it is
// used, but whoever truncates the memory while it is mapped makes reading it raise SIGBUS.
class FrameWatcher {
 public:
  // Registers as `label`, cut to 39 bytes. kNotFound: no run is shared under that name as yet, or
  // it has died. kInvalidInput: what is there is damaged, or of another version. kUnsupported:
  // every place for a reader is taken, or this system shares no frames. kInvalidArgument: that is
  // no name.
  static Result<FrameWatcher> open(const std::string& name, std::string_view label = "watcher");
  FrameWatcher(FrameWatcher&&) noexcept;
  FrameWatcher& operator=(FrameWatcher&&) noexcept;
  ~FrameWatcher();  // returns what it holds, and its place

  const FrameSchema& schema() const;
  std::string_view title() const;  // what runs, in the run's words
  std::int32_t process() const;    // the run's

  // The frame that it holds; not valid: none. Valid until the next call that is not const.
  const Frame& frame() const;
  // Holds the newest frame from now on, which is returned. Wait-free.
  const Frame& latest();
  // The same; true if the frame changed.
  bool refresh();
  // Sleeps until there is a newer frame than the one that it holds, and holds that: true. False,
  // and nothing has changed, at the deadline (time_point::max(): never) and when the run ends. With
  // no frame as yet it takes the newest, without waiting. If the run dies it sleeps on: give a
  // deadline, and ask state() then.
  bool wait_next(std::chrono::steady_clock::time_point deadline);
  // Holds nothing. Wait-free.
  void release();

  // How long ago its frame was published, in nanoseconds.
  std::int64_t frame_age_ns() const;
  RunState state() const;  // a system call, unless the run has ended
  RunCounts counts() const;

 private:
  struct State;
  explicit FrameWatcher(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace quadrille
