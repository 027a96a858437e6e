// Simulation: one scene on one input, stepped by its owner, read by anyone. Several may live in one
// process; nothing is shared between them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <quadrille/frame_reader.h>
#include <quadrille/hooks.h>
#include <quadrille/memory_map.h>
#include <quadrille/metrics.h>
#include <quadrille/registered_reader.h>
#include <quadrille/scene.h>
#include <quadrille/status.h>
#include <quadrille/trace.h>

namespace quadrille {

enum class PublishMode : std::uint8_t { kEvery, kInterval, kPeriod, kNever };

struct SimulationOptions {
  SceneOptions scene;
  int num_threads = 0;       // up to 1024; 0: as many as cores
  std::string backend = {};  // "tbb", "threads" or "serial"; empty: tbb where the build has it
  std::string isa =
      {};  // empty: the best of this processor (QUADRILLE_ISA overrides); else its name
  PublishMode publish = PublishMode::kEvery;
  std::int64_t publish_interval = 1;  // kInterval: each K-th step; 0: none
  double publish_period_s = 0;        // kPeriod: at most once in this time, >= 0
  int readers = 4;  // pins that may be held at once without a frame being skipped, >= 0
  FramePolicy when_pinned = FramePolicy::kSkip;  // when more than these are held:
  double wait_s = 0.1;                           // kWait: so long at most, then as kSkip
  int max_slots = 64;        // kGrow: to so many slots, within the limits below; then as kSkip
  int max_registered = 32;   // registered readers at once, watchers among them; at most 1024
  double stall_after_s = 1;  // a frame held for so long after a newer one came is a stall
  // A name: other processes of this user may read the frames (<quadrille/frame_watcher.h>),
  // `watchers` of them without a frame being skipped. The simulation is then reclaimable, and its
  // frames lie in the system's shared memory (/dev/shm), not in the allocation hook's; a slot takes
  // memory from the start. Linux only.
  std::string share = {};
  std::string share_title = {};  // for who watches; empty: the scene's name
  int watchers = 4;              // 0 to 1024
  // What a registered reader holds can be taken back after it died (reclaim()). Costs every
  // anonymous reader three more atomic adds to pin and one to return.
  bool reclaimable = false;
  TraceOptions trace = {};                     // enabled: the simulation has a trace
  FlightRecorderOptions flight_recorder = {};  // a path: it has one, and a trace
  std::size_t soft_limit_bytes = SIZE_MAX;
  std::size_t hard_limit_bytes = SIZE_MAX;
  bool track_memory =
      false;  // keep memory_map(): every allocation takes a lock and some 100 ns more
  Hooks hooks = {};
};

class Simulation {
 public:
  // kInvalidArgument: no such scene, a source out of range, columns of points of different lengths,
  // a number out of its range. kUnsupported: an instruction set that the processor lacks, `share`
  // elsewhere than on Linux. kOutOfMemory; kBudgetExceeded: hard_limit_bytes are too few.
  // kInvalidInput: a body whose place, velocity, mass or radius is not finite, or is out of the
  // scene's range; the sentence names it.
  static Result<Simulation> create(std::string_view scene, SceneInput input,
                                   const SimulationOptions& options = {});
  // A scene of one's own, which needs no entry in the registry and gets `input` as it is.
  static Result<Simulation> create(std::unique_ptr<Scene> scene, std::string_view name,
                                   SceneInput input, const SimulationOptions& options = {});
  Simulation(Simulation&&) noexcept;
  Simulation& operator=(Simulation&&) noexcept;
  ~Simulation();

  // The owner's thread only; allocates nothing after the first steps. kInvalidArgument: dt is not
  // finite, or one that the scene does not take (collide: 1e-18 to 1e15; nbody: up to 1e18, below 0
  // backwards); nothing changes.
  Status step(float dt);
  Status step();  // with the scene's own dt
  bool finished() const;
  Status publish();  // publishes the last completed step where the interval left it out

  // Ends the simulation and gives its input back, for another run on it. Nothing may be pinned any
  // more.
  SceneInput take_input() &&;

  FrameReader reader() const;  // any thread; give one to each
  // A reader with a name. Any thread. kUnsupported: all places are taken (max_registered).
  Result<RegisteredReader> register_reader(std::string_view label) const;
  // What readers hold, by slot; the newest frame too, if it is held. The owner's thread, between
  // steps.
  std::vector<PinnedSlot> pinned_slots() const;
  // The first stalls, at most 32, each as it was last seen (every 0.1 s of stepping). A stall is
  // counted and logged once. The owner's thread; valid until the next step.
  std::span<const PinnedSlot> stalls() const;
  // The caller's word that this reader died: that its thread ended, or hangs for good, without
  // returning its frame, and will never touch it again. The frame comes back as soon as it is
  // certain that no other reader holds it. The owner's thread. kUnsupported: not `reclaimable`;
  // kNotFound: there is no such reader.
  Status reclaim(ReaderID reader);
  const Frame& last_completed() const;  // the owner's thread only
  const Scene& scene() const;
  const SceneInput& input() const;
  std::span<const std::string> passes() const;
  const StepTiming& last_timing() const;
  FrameStatistics frame_statistics() const;
  Trace* trace() const;  // null: none. Its threads and what they may do: <quadrille/trace.h>
  FlightReport flight_report() const;
  std::size_t memory_used() const;  // committed bytes: slabs, frames, scratch
  // Who holds them, by label. The owner's thread, between steps. Empty unless
  // SimulationOptions::track_memory.
  MemoryMap memory_map() const;
  std::string_view isa() const;
  std::string_view backend() const;
  int num_threads() const;

 private:
  struct State;
  explicit Simulation(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace quadrille
