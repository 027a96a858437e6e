#include "bench/load.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <quadrille/generators.h>
#include <quadrille/parallel.h>

#include "bench/machine.h"
#include "bench/memory_limit.h"
#include "engine/memory_budget.h"
#include "scenes/input/formats.h"
#include "scenes/input/text.h"

namespace quadrille::program {
namespace {

WeightKind wanted_weights(const SceneEntry& scene) {
  if (scene.name == "sssp") return WeightKind::kInteger;
  return scene.name == "layout" ? WeightKind::kReal : WeightKind::kIgnore;
}

void add_fact(std::vector<SceneFact>& facts, const char* name, std::int64_t value,
              const char* unit = "") {
  if (value == 0) return;
  facts.push_back({.name = name, .value = static_cast<double>(value), .unit = unit});
}

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// Whether the first line that is no comment is a header which names x and y: points, not edges.
bool names_coordinates(std::string_view text) {
  while (!text.empty() && (text.front() == '#' || text.front() == '%')) {
    const std::size_t end = text.find('\n');
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  text = text.substr(0, text.find_first_of("\r\n"));
  bool x = false, y = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(",; \t"), text.size());
    x |= text.substr(0, end) == "x";
    y |= text.substr(0, end) == "y";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return x && y;
}

// Points stand in vectors, which the budget does not see: it is asked before they are filled.
Status check_room_for_points(std::int64_t num_points, MemoryBudget* budget) {
  if (budget == nullptr) return Status::ok();
  return budget->check(static_cast<std::size_t>(num_points) * 2 * sizeof(double));
}

Status generate(const InputOptions& options, const SceneEntry& scene, std::uint64_t seed,
                Parallel& parallel, MemoryBudget* budget, LoadedInput& loaded) {
  QUADRILLE_ASSIGN_OR_RETURN(const Generator generator, parse_generator(options.generate));
  if (generator.makes_points()) {
    QUADRILLE_RETURN_IF_ERROR(check_room_for_points(generator.num_points, budget));
    QUADRILLE_ASSIGN_OR_RETURN(loaded.input.points, generate_points(generator, seed, parallel));
    loaded.input.has_points = true;
    return Status::ok();
  }
  const GraphChanges changes = read_options(options, {}).changes;
  const NodeOrder order = node_order(options.order);
  const GenerateOptions generate_options{.seed = seed,
                                         .directed = options.directed,
                                         .weighted = wanted_weights(scene) == WeightKind::kInteger,
                                         .drop_self_loops = changes.drop_self_loops,
                                         .order = changes.any() ? NodeOrder::kFile : order};
  InputReport report;
  QUADRILLE_ASSIGN_OR_RETURN(
      Graph graph, generate_graph(generator, generate_options, parallel, budget, &report.build));
  if (changes.any()) {
    QUADRILLE_ASSIGN_OR_RETURN(
        graph, change_graph(std::move(graph), changes, order, parallel, budget, report.build));
  }
  loaded.input.graph = std::move(graph);
  loaded.input.has_graph = true;
  loaded.facts = input_facts(report);
  return Status::ok();
}

Status read(const InputOptions& options, const SceneEntry& scene, Parallel& parallel,
            MemoryBudget* budget, LoadedInput& loaded) {
  if (scene.needs == SceneNeeds::kPoints) {
    loaded.name = file_name(options.points);
    QUADRILLE_ASSIGN_OR_RETURN(ReadPoints points, read_points(options.points, parallel, budget));
    loaded.input.points = std::move(points.points);
    loaded.input.has_points = true;
    loaded.facts = input_facts(points.report);
    return Status::ok();
  }
  loaded.name = file_name(options.graph);
  QUADRILLE_ASSIGN_OR_RETURN(
      ReadGraph graph,
      read_graph(options.graph, read_options(options, wanted_weights(scene)), parallel, budget));
  loaded.input.graph = std::move(graph.graph);
  loaded.input.has_graph = true;
  loaded.facts = input_facts(graph.report);
  return Status::ok();
}

}  // namespace

Result<std::unique_ptr<Parallel>> create_parallel(const MachineOptions& machine) {
  ParallelOptions options;
  options.num_threads = machine.threads;
  options.backend = machine.tasks == "tbb"       ? TaskBackend::kTbb
                    : machine.tasks == "threads" ? TaskBackend::kThreads
                                                 : TaskBackend::kSerial;
  return Parallel::create(options);
}

NodeOrder node_order(std::string_view name) {
  if (name == "morton") return NodeOrder::kMorton;
  if (name == "placed") return NodeOrder::kPlaced;
  return name == "degree" ? NodeOrder::kDegree : NodeOrder::kFile;
}

ReadOptions read_options(const ReadingOptions& reading, WeightKind weights) {
  const NodeIds ids = reading.ids == "sparse"  ? NodeIds::kSparse
                      : reading.ids == "texts" ? NodeIds::kTexts
                                               : NodeIds::kDense;
  return {.directed = reading.directed,
          .weights = weights,
          .order = node_order(reading.order),
          .ids = ids,
          .changes = {.symmetrize = reading.symmetrize,
                      .drop_self_loops = reading.drop_loops,
                      .largest_component = reading.largest_component}};
}

Result<LoadedInput> load_input(const InputOptions& options, const SceneEntry& scene,
                               std::uint64_t seed, Parallel& parallel, MemoryBudget* budget) {
  const std::int64_t begin = now_ns();
  LoadedInput loaded;
  if (!options.generate.empty()) {
    loaded.name = options.generate;
    QUADRILLE_RETURN_IF_ERROR(generate(options, scene, seed, parallel, budget, loaded));
  } else if (scene.needs != SceneNeeds::kNothing) {
    QUADRILLE_RETURN_IF_ERROR(read(options, scene, parallel, budget, loaded));
  }
  loaded.elapsed_ns = static_cast<double>(now_ns() - begin);
  return loaded;
}

std::vector<SceneFact> input_facts(const InputReport& report) {
  std::vector<SceneFact> facts;
  add_fact(facts, "file", report.file_bytes, "bytes");
  if (report.mapped) add_fact(facts, "used where it lies", report.file_bytes, "bytes");
  add_fact(facts, "lines", report.lines);
  add_fact(facts, "comments", report.comments);
  add_fact(facts, "lines that end in CRLF", report.crlf_lines);
  add_fact(facts, "z coordinates ignored", report.z_ignored);
  add_fact(facts, "edges in the input", report.build.edges_in_input);
  add_fact(facts, "arcs taken as edges", report.build.arcs_symmetrized);
  add_fact(facts, "self loops", report.build.self_loops);
  add_fact(facts, "self loops dropped", report.build.dropped_loops);
  add_fact(facts, "duplicate edges merged", report.build.duplicate_edges);
  add_fact(facts, "components as read", report.build.components);
  add_fact(facts, "nodes dropped with them", report.build.dropped_nodes);
  add_fact(facts, "edges dropped with them", report.build.dropped_edges);
  add_fact(facts, "isolated nodes", report.build.isolated_nodes);
  add_fact(facts, "largest degree", report.build.max_out_degree);
  const PlacementReport& placement = report.build.placement;
  add_fact(facts, "cross-block edges as read", placement.cross_block_edges_before);
  add_fact(facts, "cross-block edges as placed", placement.cross_block_edges);
  if (placement.order_ns > 0) {
    const auto cost_ns = static_cast<double>(placement.order_ns + placement.move_ns);
    facts.push_back({.name = "placement", .value = cost_ns / 1e6, .unit = "ms"});
  }
  return facts;
}

Result<bool> holds_points(const std::string& path, const ReadingOptions& reading) {
  if (reading.ids != "dense") return false;
  MemoryBudget budget({.hard_bytes = default_hard_limit()});
  QUADRILLE_ASSIGN_OR_RETURN(const TextFile file, TextFile::open(path, &budget));
  const Format format = format_of_file(file);
  return format == Format::kXyz || format == Format::kTreeImage ||
         (format == Format::kEdgeList && names_coordinates(file.text()));
}

}  // namespace quadrille::program
