#include "bench/scene_runner.h"

#include <algorithm>
#include <utility>

#include "bench/format.h"
#include "bench/hot_spots.h"
#include "bench/machine.h"
#include "bench/option_checks.h"
#include "bench/readers.h"
#include "engine/frame_layout.h"
#include "engine/random.h"

namespace quadrille::program {
namespace {

constexpr std::int64_t kUntilFinished = -1;
constexpr int kSourceAttempts = 1000;  // for a node with an edge

std::int64_t steps_to_run(const SceneJob& job, const Scene& scene) {
  return job.steps >= 0 ? job.steps : scene.default_steps();
}

Status run_steps(const SceneJob& job, bool last, Simulation& simulation, RunRecord& run) {
  const Scene& scene = simulation.scene();
  const std::int64_t total = steps_to_run(job, scene);
  if (total > 0)
    run.steps.reserve(static_cast<std::size_t>(std::min<std::int64_t>(total, 1 << 20)));
  if (last && job.watch_last) QUADRILLE_RETURN_IF_ERROR(job.watch_last(simulation));
  for (std::int64_t done = 0; total == kUntilFinished || done < total; ++done) {
    if (simulation.finished()) break;
    QUADRILLE_RETURN_IF_ERROR(simulation.step());
    run.steps.push_back(simulation.last_timing());
    if (last && job.watch_last) QUADRILLE_RETURN_IF_ERROR(job.watch_last(simulation));
    if (job.on_step) job.on_step(done + 1, total);
    if (job.is_stopped && job.is_stopped()) break;
  }
  return Status::ok();
}

Status verify(const Simulation& simulation) {
  const Scene& scene = simulation.scene();
  if (scene.default_steps() == kUntilFinished && !simulation.finished()) {
    return {
        StatusCode::kInvalidArgument,
        "--verify: the scene was stopped by --steps before its end; there is no result to check"};
  }
  const Status status = scene.verify(simulation.last_completed());
  if (status.is_ok()) return status;
  return {status.code(), "the result is wrong: " + status.message()};
}

template <class T>
std::int64_t arcs_of_reached(const GraphView& graph, std::span<const T> distance) {
  std::int64_t arcs = 0;
  for (NodeID v = 0; v < graph.num_nodes(); ++v) {
    if (distance[static_cast<std::size_t>(v)] >= 0) arcs += graph.out_degree(v);
  }
  return arcs;
}

// What "edges a second" divides: of a search the edges with a reached end, whether it looked at
// them or not (the TEPS of Graph500); of components every edge; of the rest what the scene counts.
double covered_work(std::string_view scene, const Simulation& simulation) {
  const Frame& frame = simulation.last_completed();
  const bool covers_edges = simulation.scene().work_unit() == "edges";
  if (!covers_edges) return static_cast<double>(simulation.scene().work());
  const GraphView& graph = simulation.input().graph.view();
  const ColumnID distance = frame.schema().find("distance");
  if (distance >= 0) {
    const bool lengths = frame.schema()[distance].type == ColumnType::kInt64;
    const std::int64_t arcs = lengths ? arcs_of_reached(graph, frame.column<PathLength>(distance))
                                      : arcs_of_reached(graph, frame.column<Distance>(distance));
    return static_cast<double>(graph.directed() ? arcs : arcs / 2);
  }
  if (scene == "components") return static_cast<double>(graph.num_edges());
  return static_cast<double>(simulation.scene().work());
}

// Of the column that answers: the first one that is not of bits.
int state_bytes(const FrameSchema& schema) {
  for (const ColumnSpec& column : schema.columns()) {
    if (column.type != ColumnType::kBit) return static_cast<int>(element_bits(column.type) / 8);
  }
  return 0;
}

// What holds for every run is written by each; the last one's stays.
void describe(const Simulation& simulation, Measurement& result) {
  result.passes.assign(simulation.passes().begin(), simulation.passes().end());
  result.memory_bytes = static_cast<std::int64_t>(simulation.memory_used());
  result.peak_resident_bytes = peak_resident_bytes();
  result.frames = simulation.frame_statistics();
  result.stalls.assign(simulation.stalls().begin(), simulation.stalls().end());
  result.hot_spots = simulation.memory_map().labels;
  sort_hot_spots(result.hot_spots);
  result.facts = simulation.scene().facts(simulation.last_completed());
  result.work += covered_work(result.scene, simulation);
  result.work_unit = simulation.scene().work_unit();
  if (result.work_unit == "edges") {
    const auto examined = static_cast<double>(simulation.scene().work());
    result.facts.push_back({.name = "examined", .value = examined, .unit = "edges"});
    result.examined_arcs += examined;
    result.state_bytes = state_bytes(simulation.last_completed().schema());
  }
  // What a step has to move is the scene's average over the steps so far.
  result.moved_bytes += static_cast<double>(simulation.scene().step_bytes()) *
                        static_cast<double>(simulation.last_completed().step());
  result.isa = simulation.isa();
  result.tasks = simulation.backend();
  result.threads = simulation.num_threads();
}

// Over all runs: which step was the slowest, and of which the file tells.
void describe_trace(const Simulation& simulation, Measurement& result) {
  if (simulation.trace() == nullptr) return;
  result.is_traced = true;
  result.trace = simulation.trace()->statistics();
  const FlightReport run = simulation.flight_report();
  result.flight.slow_frames += run.slow_frames;
  if (run.slowest_ns > result.flight.slowest_ns) {
    result.flight.slowest_ns = run.slowest_ns;
    result.flight.slowest_step = run.slowest_step;
  }
  if (run.written_step == 0) return;
  result.flight.written_ns = run.written_ns;
  result.flight.written_step = run.written_step;
  result.flight.status = run.status;
}

void count_elements(const Simulation& simulation, Measurement& result) {
  const SceneInput& input = simulation.input();
  if (input.has_graph) {
    result.nodes = input.graph.view().num_nodes();
    result.edges = input.graph.view().num_edges();
  } else if (input.has_points) {
    result.nodes = input.points.size();
  } else if (!simulation.last_completed().schema().columns().empty()) {
    result.nodes = simulation.last_completed().schema().columns().front().size;
  }
}

Status run_once(const SceneJob& job, const SimulationOptions& options, bool last, SceneInput& input,
                Measurement& result) {
  const std::int64_t begin = now_ns();
  QUADRILLE_ASSIGN_OR_RETURN(Simulation simulation,
                             Simulation::create(job.scene, std::move(input), options));
  result.setup_ns = static_cast<double>(now_ns() - begin);
  count_elements(simulation, result);
  if (job.before_first && result.runs.empty()) {
    QUADRILLE_RETURN_IF_ERROR(job.before_first(simulation));
  }
  RunRecord run;
  if (!job.sources.empty()) {
    run.source = options.scene.source;
    const NodeNames& names = simulation.input().graph.view().names();
    if (!names.empty()) run.source_name = names[options.scene.source];
  }
  {
    ReaderThreads readers(simulation.reader(), job.readers);
    QUADRILLE_RETURN_IF_ERROR(run_steps(job, last, simulation, run));
    readers.stop();
    result.frames_read += readers.frames_read();
    QUADRILLE_RETURN_IF_ERROR(readers.verdict());
  }
  run.state_hash = simulation.last_completed().state_hash().to_string();
  result.runs.push_back(std::move(run));
  describe(simulation, result);
  describe_trace(simulation, result);
  if (job.verify) {
    QUADRILLE_RETURN_IF_ERROR(verify(simulation));
    result.verified = true;
  }
  if (last && job.after_last) QUADRILLE_RETURN_IF_ERROR(job.after_last(simulation));
  input = std::move(simulation).take_input();
  return Status::ok();
}

// The lowest user id from which an arc leads to another node: who names no source wants to see a
// wave.
NodeID first_source(const GraphView& graph) {
  for (NodeID user = 0; user < graph.num_nodes(); ++user) {
    const NodeID v = graph.internal_id(user);
    const auto leads_on = [v](NodeID target) { return target != v; };
    if (std::ranges::any_of(graph.out_neigh(v), leads_on)) return user;
  }
  return 0;
}

}  // namespace

Result<Measurement> measure_scene(const SceneJob& job, SceneInput& input) {
  Measurement result;
  result.name = job.name;
  result.scene = job.scene;
  SimulationOptions options = job.options;
  const std::size_t num_sources = std::max<std::size_t>(1, job.sources.size());
  for (std::size_t source = 0; source < num_sources; ++source) {
    if (!job.sources.empty()) options.scene.source = job.sources[source];
    for (std::int64_t run = 0; run < job.repeat; ++run) {
      const bool last = source + 1 == num_sources && run + 1 == job.repeat;
      options.flight_recorder.held_ns = result.flight.written_ns;
      QUADRILLE_RETURN_IF_ERROR(run_once(job, options, last, input, result));
    }
  }
  return result;
}

SimulationOptions simulation_options(const MachineOptions& machine, std::uint64_t seed) {
  SimulationOptions options;
  options.num_threads = machine.threads;
  options.backend = machine.tasks;
  options.isa = machine.isa;
  options.scene.seed = seed;
  options.readers = 0;
  return options;
}

SimulationOptions simulation_options(const RunOptions& run) {
  SimulationOptions options = simulation_options(run.machine, run.seed);
  options.scene.delta = run.delta;
  options.scene.damping = run.damping;
  options.scene.tolerance = run.tolerance;
  options.scene.iterations = run.iterations;
  options.scene.samples = run.samples;
  options.scene.theta = static_cast<float>(run.theta);
  options.scene.order = run.multipole_order;
  options.scene.force_error = run.force_error;
  options.scene.dt = static_cast<float>(run.dt);
  options.scene.softening = static_cast<float>(run.softening);
  options.scene.time_steps = run.time_steps;
  options.scene.box = run.box;
  options.scene.law = run.law;
  options.scene.friction = static_cast<float>(run.friction);
  options.scene.restitution = static_cast<float>(run.restitution);
  options.scene.gravity = static_cast<float>(run.gravity);
  options.scene.rolling = static_cast<float>(run.rolling);
  options.scene.sub_steps = run.sub_steps;
  options.scene.size = run.size;
  options.scene.algorithm = run.algorithm;
  options.scene.updates = run.updates;
  options.scene.batch = run.batch;
  return options;
}

std::vector<NodeID> random_sources(const GraphView& graph, std::int64_t count, std::uint64_t seed) {
  std::vector<NodeID> sources;
  if (graph.num_nodes() == 0) return sources;
  Random random(seed);
  for (std::int64_t i = 0; i < count; ++i) {
    NodeID user = 0;
    for (int attempt = 0; attempt < kSourceAttempts; ++attempt) {
      user = static_cast<NodeID>(random.next_below(static_cast<std::uint32_t>(graph.num_nodes())));
      if (graph.out_degree(graph.internal_id(user)) > 0) break;
    }
    sources.push_back(user);
  }
  return sources;
}

Result<std::vector<NodeID>> sources_of(const RunOptions& run, const SceneInput& input) {
  if (!takes_source(run.scene) || !input.has_graph) return std::vector<NodeID>{};
  const GraphView& graph = input.graph.view();
  if (run.num_sources > 0) return random_sources(graph, run.num_sources, run.seed);
  if (run.source.empty()) return std::vector<NodeID>{first_source(graph)};
  if (run.source == "0" && graph.num_nodes() == 0) return std::vector<NodeID>{0};
  const NodeID source = graph.find_user(run.source);
  if (source >= 0) return std::vector<NodeID>{source};
  if (graph.names().empty()) {
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("source {} is out of range: the graph has {}", one_line(run.source),
                              plural(graph.num_nodes(), "node")));
  }
  return Status(StatusCode::kInvalidArgument,
                fmt::format("source '{}' is none of the graph's {}", one_line(run.source),
                            plural(graph.num_nodes(), "node")));
}

}  // namespace quadrille::program
