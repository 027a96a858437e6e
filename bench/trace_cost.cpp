#include "bench/trace_cost.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include <quadrille/parallel.h>
#include <quadrille/trace.h>

#include "bench/format.h"
#include "bench/load.h"
#include "bench/scene_runner.h"
#include "bench/suite.h"
#include "engine/clock.h"

namespace quadrille::program {
namespace {

// What a turn of a loop does. `track` is null where nothing is traced.
struct Turn {
  TraceTrack* track;
  TraceName name;
  const TickClock& clock;
};

void span(const Turn& turn, std::int64_t value) {
  const TraceSpan traced(turn.track, turn.name, value);
}
void instant(const Turn& turn, std::int64_t value) {
  if (turn.track != nullptr) turn.track->instant(turn.name, value);
}
void counter(const Turn& turn, std::int64_t value) {
  if (turn.track != nullptr) turn.track->counter(turn.name, value);
}
void read_clock(const Turn& turn, std::int64_t) {
  const std::int64_t now = turn.clock.ticks();
  asm volatile("" : : "r"(now));
}
void nothing(const Turn&, std::int64_t) {}

// The compiler must not know from one turn to the next whether there is a track: in a program it
// does not.
template <auto kDo>
double time_turns(Turn turn, std::int64_t turns) {
  const std::int64_t begin = monotonic_ns();
  for (std::int64_t i = 0; i < turns; ++i) {
    asm volatile("" : "+r"(turn.track));
    kDo(turn, i);
  }
  return static_cast<double>(monotonic_ns() - begin);
}

using TimeTurns = double (*)(Turn turn, std::int64_t turns);

struct EventKind {
  const char* name;
  std::int64_t events;  // of one turn
  TimeTurns time;
};

constexpr EventKind kKinds[] = {{"begin or end of a span", 2, time_turns<span>},
                                {"instant", 1, time_turns<instant>},
                                {"counter", 1, time_turns<counter>}};

// One loop, and where its samples go.
struct TimedLoop {
  Measurement* result;
  TimeTurns time;
  Turn turn;
  std::int64_t events;

  // The median of some, each too short to be interrupted often.
  double sample(std::int64_t turns) const {
    std::array<double, 101> ns;
    for (double& one : ns) one = time(turn, turns);
    return summarize(ns).median;
  }
};

std::vector<TimedLoop> timed_loops(EventCosts& costs, const Turn& traced) {
  const Turn untraced{nullptr, traced.name, traced.clock};
  costs.clock = {.name = "reading the clock", .work_unit = "readings"};
  costs.loop = {.name = "nothing: the loop itself", .work_unit = "turns"};
  for (const EventKind& kind : kKinds) {
    const std::string name = kind.name;
    costs.events.push_back({.name = name,
                            .on = {.name = name, .work_unit = "events"},
                            .off = {.name = name + ", no trace", .work_unit = "events"}});
  }
  std::vector<TimedLoop> loops;
  for (std::size_t i = 0; i < std::size(kKinds); ++i) {
    loops.push_back({&costs.events[i].on, kKinds[i].time, traced, kKinds[i].events});
    loops.push_back({&costs.events[i].off, kKinds[i].time, untraced, kKinds[i].events});
  }
  loops.push_back({&costs.clock, time_turns<read_clock>, untraced, 1});
  loops.push_back({&costs.loop, time_turns<nothing>, untraced, 1});
  return loops;
}

// Adds one run to what is known of the scene so far.
void add_run(Measurement& all, Measurement run) {
  if (all.runs.empty()) {
    all = std::move(run);
    return;
  }
  all.work += run.work;
  all.moved_bytes += run.moved_bytes;
  all.runs.push_back(std::move(run.runs.front()));
}

struct ProfiledScene {
  const char* scene;
  std::string generate;
  std::int64_t steps = -1;
  std::int64_t size = 0;
};

std::vector<ProfiledScene> profiled_scenes(bool quick) {
  const SuiteSize size = suite_size(quick);
  return {{.scene = "bfs", .generate = size.grid},
          {.scene = "collide", .generate = size.points, .steps = size.body_steps},
          {.scene = "nbody", .generate = size.bodies, .steps = size.body_steps},
          {.scene = "sort", .generate = "", .size = size.sort_elements}};
}

class ScenePairs {
 public:
  ScenePairs(const ProfileTraceOptions& options, const ProfiledScene& scene, LoadedInput& loaded,
             Progress& progress)
      : options_(options), scene_(scene), loaded_(loaded), progress_(progress) {}

  Result<TracedScene> measure() {
    // Not counted: the first run of a process pays for its pages and caches.
    QUADRILLE_RETURN_IF_ERROR(run(false).status());
    TracedScene result;
    for (std::int64_t round = 0; round < options_.repeat; ++round) {
      progress_.update(scene_.scene, round, options_.repeat);
      QUADRILLE_RETURN_IF_ERROR(measure_pair(round % 2 == 1, result));
    }
    return result;
  }

 private:
  Status measure_pair(bool traced_first, TracedScene& result) {
    QUADRILLE_ASSIGN_OR_RETURN(Measurement first, run(traced_first));
    QUADRILLE_ASSIGN_OR_RETURN(Measurement second, run(!traced_first));
    if (traced_first) std::swap(first, second);
    result.ratios.push_back(second.summary().total / first.summary().total);
    const double steps = static_cast<double>(std::max<std::int64_t>(1, second.summary().count));
    result.events_a_step = static_cast<double>(second.trace.events) / steps;
    add_run(result.plain, std::move(first));
    add_run(result.traced, std::move(second));
    return Status::ok();
  }

  Result<Measurement> run(bool traced) {
    SceneJob job;
    job.scene = scene_.scene;
    job.name = job.scene + (loaded_.name.empty() ? "" : " " + loaded_.name) +
               (traced ? ", traced" : ", not traced");
    job.options = simulation_options(options_.machine, options_.seed);
    job.options.scene.size = scene_.size;
    job.options.trace.enabled = traced;
    job.steps = scene_.steps;
    return measure_scene(job, loaded_.input);
  }

  const ProfileTraceOptions& options_;
  const ProfiledScene& scene_;
  LoadedInput& loaded_;
  Progress& progress_;
};

Result<LoadedInput> load(const ProfileTraceOptions& options, const ProfiledScene& scene) {
  if (scene.generate.empty()) return LoadedInput();
  QUADRILLE_ASSIGN_OR_RETURN(const std::unique_ptr<Parallel> parallel,
                             create_parallel(options.machine));
  return load_input({.generate = scene.generate}, *find_scene(scene.scene), options.seed, *parallel,
                    nullptr);
}

}  // namespace

double ns_an_event(const Measurement& cost) {
  const Summary summary = cost.summary();
  return cost.work > 0 ? summary.median * static_cast<double>(summary.count) / cost.work : 0;
}

Result<EventCosts> measure_events(const ProfileTraceOptions& options, const TickClock& clock) {
  const std::int64_t turns = options.quick ? 1'000 : 20'000;
  QUADRILLE_ASSIGN_OR_RETURN(const std::unique_ptr<Trace> trace, Trace::create({.max_threads = 1}));
  const TraceName name = trace->name("measured", "profile", "number");
  EventCosts costs;
  const std::vector<TimedLoop> loops = timed_loops(costs, {trace->this_thread(), name, clock});
  for (const TimedLoop& loop : loops) loop.sample(turns);  // warms the caches
  for (std::int64_t round = 0; round < options.repeat; ++round) {
    for (std::size_t i = 0; i < loops.size(); ++i) {
      const TimedLoop& loop = loops[round % 2 == 0 ? i : loops.size() - 1 - i];
      loop.result->samples_ns.push_back(loop.sample(turns));
      loop.result->work += static_cast<double>(turns * loop.events);
    }
  }
  return costs;
}

Result<std::vector<TracedScene>> measure_traced_scenes(const ProfileTraceOptions& options,
                                                       Progress& progress) {
  std::vector<TracedScene> scenes;
  for (const ProfiledScene& scene : profiled_scenes(options.quick)) {
    QUADRILLE_ASSIGN_OR_RETURN(LoadedInput loaded, load(options, scene));
    QUADRILLE_ASSIGN_OR_RETURN(TracedScene result,
                               ScenePairs(options, scene, loaded, progress).measure());
    scenes.push_back(std::move(result));
  }
  return scenes;
}

}  // namespace quadrille::program
