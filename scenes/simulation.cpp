// THE loop: scene + input + stepper. Simulation::step is TimeStepper::step, which begins a frame,
// runs the scene's passes and publishes; everything else here is done once, before the first step.

#include <quadrille/simulation.h>

#include <new>
#include <utility>

#include <quadrille/arena.h>

#include <quadrille/float_mode.h>
#include <quadrille/parallel.h>

#include "engine/arena_trace.h"
#include "engine/flight_recorder.h"
#include "engine/memory_budget.h"
#include "engine/memory_ledger.h"
#include "engine/memory_sections.h"
#include "engine/time_stepper.h"
#include "engine/traced_parallel.h"
#include "kernels/dispatch.h"

namespace quadrille {
namespace {

Status charge_points(const PointSet& points, MemoryBudget& budget) {
  const auto charge = [&budget](const auto& column, Label label) {
    if (column.capacity() == 0) return Status::ok();
    return budget.charge(column.capacity() * sizeof(column[0]), label);
  };
  QUADRILLE_RETURN_IF_ERROR(charge(points.x, {"points: x"}));
  QUADRILLE_RETURN_IF_ERROR(charge(points.y, {"points: y"}));
  QUADRILLE_RETURN_IF_ERROR(charge(points.vx, {"points: vx"}));
  QUADRILLE_RETURN_IF_ERROR(charge(points.vy, {"points: vy"}));
  QUADRILLE_RETURN_IF_ERROR(charge(points.mass, {"points: mass"}));
  QUADRILLE_RETURN_IF_ERROR(charge(points.segments, {"points: segments"}));
  return charge(points.radius, {"points: radius"});
}

Status charge_graph(const Graph& graph, MemoryBudget& budget) {
  QUADRILLE_RETURN_IF_ERROR(budget.charge_area(graph.image_bytes()));
  if (budget.ledger() == nullptr) return Status::ok();
  const MemoryAreaID area = budget.ledger()->open_area({"graph: header, padding"});
  budget.ledger()->describe(area, MemoryAreaKind::kFixed, "graph", graph_sections(graph.image()));
  budget.ledger()->charge(area, static_cast<std::int64_t>(graph.image_bytes()));
  return Status::ok();
}

// For what scenes allocate in prepare(). Address space costs nothing where pages are committed as
// they are used; an integrator's hook gives real memory at once, so there it is a bound: scenes
// need less than 64 words a node or element, 192 a body, 4 an edge and 1 MiB a worker.
std::size_t scratch_reservation(const SceneInput& input, const SimulationOptions& options,
                                int workers) {
  if (options.hooks.allocation.allocate == nullptr)
    return sizeof(void*) == 8 ? std::size_t{64} << 30 : std::size_t{256} << 20;
  const auto elements =
      static_cast<std::size_t>(input.graph.view().num_nodes() + options.scene.size);
  const auto bodies = static_cast<std::size_t>(input.points.size() + options.scene.max_bodies);
  return (static_cast<std::size_t>(16 + workers) << 20) + elements * 64 * 8 + bodies * 192 * 8 +
         static_cast<std::size_t>(input.graph.view().num_arcs()) * 4 * 8;
}

#ifdef QUADRILLE_WITHOUT_TBB
constexpr TaskBackend kDefaultBackend = TaskBackend::kThreads;
#else
constexpr TaskBackend kDefaultBackend = TaskBackend::kTbb;
#endif

Result<TaskBackend> parse_backend(std::string_view name) {
  if (name.empty()) return kDefaultBackend;
  if (name == "tbb") return TaskBackend::kTbb;
  if (name == "threads") return TaskBackend::kThreads;
  if (name == "serial") return TaskBackend::kSerial;
  return Status(StatusCode::kInvalidArgument, "no task backend is called '" + std::string(name) +
                                                  "'; known: tbb, threads, serial");
}

Result<std::unique_ptr<Parallel>> create_parallel(const SimulationOptions& options) {
  ParallelOptions parallel;
  QUADRILLE_ASSIGN_OR_RETURN(parallel.backend, parse_backend(options.backend));
  parallel.num_threads = options.num_threads;
  parallel.hook = options.hooks.tasks;
  return Parallel::create(parallel);
}

Result<FrameOptions> frame_options(const SimulationOptions& options, std::string_view scene) {
  FrameOptions frames;
  frames.readers = options.readers;
  if (!options.share.empty()) {
    if (options.watchers < 0 || options.watchers > 1024) {
      return Status(
          StatusCode::kInvalidArgument,
          "watchers is " + std::to_string(options.watchers) + "; it must be from 0 to 1024");
    }
    // Other numbers are refused as they stand.
    if (options.readers >= 0 && options.readers <= 65535) frames.readers += options.watchers;
    frames.share.name = options.share;
    frames.share.title = options.share_title.empty() ? scene : options.share_title;
  }
  frames.policy = options.when_pinned;
  frames.wait_s = options.wait_s;
  frames.max_slots = options.max_slots;
  frames.max_registered = options.max_registered;
  frames.reclaimable = options.reclaimable;
  frames.stall_after_s = options.stall_after_s;
  switch (options.publish) {
    case PublishMode::kEvery: frames.publish_every = 1; break;
    case PublishMode::kInterval: frames.publish_every = options.publish_interval; break;
    case PublishMode::kPeriod: frames.publish_period_s = options.publish_period_s; break;
    case PublishMode::kNever: frames.publish_every = 0; break;
  }
  return frames;
}

// A scene goes through all columns by the number of x.
Status check_points(const PointSet& points) {
  const std::size_t n = points.x.size();
  const auto fits = [n](const auto& column) { return column.empty() || column.size() == n; };
  if (points.y.size() != n || !fits(points.vx) || !fits(points.vy) || !fits(points.mass) ||
      !fits(points.radius))
    return {StatusCode::kInvalidArgument,
            "a column of points is not as long as x, which has " + std::to_string(n)};
  if ((points.box.empty() || points.box.size() == 4) && points.segments.size() % 4 == 0)
    return Status::ok();
  return {StatusCode::kInvalidArgument, "a box, and each segment beside points, is four numbers"};
}

Status check_input(const SceneEntry& entry, const SceneInput& input) {
  const std::string name(entry.name);
  if (entry.needs == SceneNeeds::kGraph && !input.has_graph)
    return {StatusCode::kInvalidArgument, "scene '" + name + "' needs a graph; none was given"};
  if (entry.needs == SceneNeeds::kPoints && !input.has_points)
    return {StatusCode::kInvalidArgument, "scene '" + name + "' needs points; none were given"};
  return check_points(input.points);
}

}  // namespace

// Declared in the order of dependence: what is destroyed first (the stepper) uses what is destroyed
// last.
struct Simulation::State {
  State(SceneInput scene_input, const SimulationOptions& simulation_options)
      : options(simulation_options), input(std::move(scene_input)),
        ledger(options.track_memory ? std::make_unique<MemoryLedger>() : nullptr),
        budget({.soft_bytes = options.soft_limit_bytes, .hard_bytes = options.hard_limit_bytes},
               options.hooks.log, ledger.get()) {}

  SimulationOptions options;
  SceneInput input;
  std::unique_ptr<MemoryLedger> ledger;  // null: nobody asked who holds what
  MemoryBudget budget;
  std::unique_ptr<Parallel> parallel;
  const KernelTable* kernels = nullptr;
  std::unique_ptr<Trace> trace;
  std::unique_ptr<FlightRecorder> flight_recorder;
  std::unique_ptr<ArenaTrace> scratch_trace;
  std::unique_ptr<Arena> scratch;
  std::unique_ptr<Scene> scene;
  std::unique_ptr<TimeStepper> stepper;
  std::vector<std::string> pass_names;

  Status build(std::unique_ptr<Scene> new_scene, std::string_view name);
  Status build_trace();
};

// From here on the workers and the scratch memory are traced.
Status Simulation::State::build_trace() {
  const bool has_recorder = !options.flight_recorder.path.empty();
  if (has_recorder) QUADRILLE_RETURN_IF_ERROR(FlightRecorder::verify(options.flight_recorder));
  if (!options.trace.enabled && !has_recorder) return Status::ok();
  TraceOptions with_threads = options.trace;
  if (with_threads.max_threads == 0) {
    with_threads.max_threads = parallel->num_workers() + options.readers + 2;
  }
  QUADRILLE_ASSIGN_OR_RETURN(trace, Trace::create(with_threads, &budget, options.hooks.allocation));
  if (has_recorder) {
    flight_recorder =
        std::make_unique<FlightRecorder>(*trace, options.flight_recorder, options.hooks.log);
  }
  trace->this_thread("simulation");
  trace->set_activity(trace->name("prepare", "simulation"));  // of chunks before the first pass
  parallel = std::make_unique<TracedParallel>(std::move(parallel), *trace);
  scratch_trace = std::make_unique<ArenaTrace>(*trace, "scratch memory");
  scratch->add_tracker(scratch_trace.get());
  return Status::ok();
}

Status Simulation::State::build(std::unique_ptr<Scene> new_scene, std::string_view name) {
  QUADRILLE_RETURN_IF_ERROR(charge_graph(input.graph, budget));
  QUADRILLE_RETURN_IF_ERROR(charge_points(input.points, budget));
  QUADRILLE_ASSIGN_OR_RETURN(parallel, create_parallel(options));
  QUADRILLE_ASSIGN_OR_RETURN(kernels, choose_kernel_table(options.isa));
  QUADRILLE_ASSIGN_OR_RETURN(
      Arena arena,
      Arena::create({.capacity_bytes = scratch_reservation(input, options, parallel->num_workers()),
                     .name = {"scratch"},
                     .budget = &budget,
                     .hook = options.hooks.allocation}));
  scratch = std::make_unique<Arena>(std::move(arena));
  QUADRILLE_RETURN_IF_ERROR(build_trace());
  scene = std::move(new_scene);
  QUADRILLE_RETURN_IF_ERROR(scene->prepare(SceneContext{.input = input,
                                                        .options = options.scene,
                                                        .parallel = *parallel,
                                                        .kernels = *kernels,
                                                        .budget = &budget,
                                                        .scratch = *scratch,
                                                        .trace = trace.get()}));
  const auto initialize = [this](FrameWriter& frame) {
    if (input.has_graph) frame.set_topology_version(input.graph.view().version());
    return scene->initialize(frame);
  };
  QUADRILLE_ASSIGN_OR_RETURN(FrameOptions frames, frame_options(options, name));
  frames.trace = trace.get();
  QUADRILLE_ASSIGN_OR_RETURN(stepper, TimeStepper::create(scene->schema(), frames, initialize,
                                                          *parallel, &budget, options.hooks));
  std::vector<Pass> passes = scene->passes();
  for (const Pass& pass : passes) pass_names.push_back(pass.name);
  stepper->set_passes(std::move(passes));
  return Status::ok();
}

Result<Simulation> Simulation::create(std::string_view scene, SceneInput input,
                                      const SimulationOptions& options) {
  const SceneEntry* entry = find_scene(scene);
  if (entry == nullptr)
    return Status(StatusCode::kInvalidArgument, "no scene is called '" + std::string(scene) + "'");
  QUADRILLE_RETURN_IF_ERROR(check_input(*entry, input));
  return create(entry->create(), scene, std::move(input), options);
}

Result<Simulation> Simulation::create(std::unique_ptr<Scene> scene, std::string_view name,
                                      SceneInput input, const SimulationOptions& options) {
  const FloatMode mode;
  try {
    auto state = std::make_unique<State>(std::move(input), options);
    QUADRILLE_RETURN_IF_ERROR(state->build(std::move(scene), name));
    return Simulation(std::move(state));
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kOutOfMemory,
                  "no memory to prepare scene '" + std::string(name) + "'");
  }
}

Simulation::Simulation(std::unique_ptr<State> state) : state_(std::move(state)) {}
Simulation::Simulation(Simulation&&) noexcept = default;
Simulation& Simulation::operator=(Simulation&&) noexcept = default;
Simulation::~Simulation() = default;

Status Simulation::step(float dt) {
  const FloatMode mode;
  QUADRILLE_RETURN_IF_ERROR(state_->scene->check_dt(dt));
  if (state_->ledger != nullptr) state_->ledger->begin_step(last_completed().step() + 1);
  QUADRILLE_RETURN_IF_ERROR(state_->stepper->step(dt));
  if (state_->flight_recorder != nullptr) {
    state_->flight_recorder->after_step(state_->stepper->last_timing());
  }
  return Status::ok();
}
Status Simulation::step() {
  const FloatMode mode;  // the scene may compute its dt
  return step(state_->scene->default_dt());
}
bool Simulation::finished() const { return state_->scene->finished(); }
Status Simulation::publish() { return state_->stepper->publish_now(); }

SceneInput Simulation::take_input() && {
  state_->stepper.reset();  // before the scene, whose passes it holds
  state_->scene.reset();    // before the input, which it looks at
  SceneInput input = std::move(state_->input);
  state_.reset();
  return input;
}

FrameReader Simulation::reader() const { return state_->stepper->reader(); }
Result<RegisteredReader> Simulation::register_reader(std::string_view label) const {
  return state_->stepper->register_reader(label);
}
std::vector<PinnedSlot> Simulation::pinned_slots() const { return state_->stepper->pinned_slots(); }
std::span<const PinnedSlot> Simulation::stalls() const { return state_->stepper->stalls(); }
Status Simulation::reclaim(ReaderID reader) { return state_->stepper->reclaim(reader); }
const Frame& Simulation::last_completed() const { return state_->stepper->last_completed(); }
const Scene& Simulation::scene() const { return *state_->scene; }
const SceneInput& Simulation::input() const { return state_->input; }
std::span<const std::string> Simulation::passes() const { return state_->pass_names; }
const StepTiming& Simulation::last_timing() const { return state_->stepper->last_timing(); }
FrameStatistics Simulation::frame_statistics() const { return state_->stepper->statistics(); }
Trace* Simulation::trace() const { return state_->trace.get(); }
FlightReport Simulation::flight_report() const {
  const FlightRecorder* recorder = state_->flight_recorder.get();
  return recorder == nullptr ? FlightReport() : recorder->report();
}
std::size_t Simulation::memory_used() const { return state_->budget.used(); }
MemoryMap Simulation::memory_map() const {
  return state_->ledger == nullptr ? MemoryMap() : state_->ledger->list(last_completed().step());
}
std::string_view Simulation::isa() const { return state_->kernels->name; }
std::string_view Simulation::backend() const { return state_->parallel->name(); }
int Simulation::num_threads() const { return state_->parallel->num_workers(); }

}  // namespace quadrille
