// quadrille convert: a graph or points from one format to another.
#include <string>
#include <vector>

#include <quadrille/input.h>
#include <quadrille/output.h>
#include <quadrille/parallel.h>

#include "bench/format.h"
#include "bench/load.h"
#include "bench/memory_limit.h"
#include "bench/verbs.h"
#include "engine/memory_budget.h"
#include "scenes/input/formats.h"

namespace quadrille::program {
namespace {

// What the new file could not hold is said, never lost in silence.
void print_losses(const WriteReport& report, bool has_names) {
  if (report.nodes_dropped > 0) {
    fmt::print("not in the file: {}{}\n", plural(report.nodes_dropped, "isolated node"),
               has_names ? "" : " after the last one that has an edge");
  }
  if (report.names_dropped) {
    fmt::print("not in the file: the ids; nodes are numbered in their order\n");
  }
  if (report.weights_dropped) fmt::print("not in the file: the weights\n");
  if (report.coordinates_dropped) fmt::print("not in the file: the coordinates\n");
}

// What is not in the file because it was not to be.
void print_changes(const BuildReport& build) {
  const auto print = [](std::int64_t count, const char* unit, std::string_view what) {
    if (count > 0) fmt::print("{} {}\n", plural(count, unit), what);
  };
  print(build.arcs_symmetrized, "arc", "taken as edges");
  print(build.dropped_loops, "self loop", "dropped");
  if (build.components > 1) {
    fmt::print("{} and {} dropped with {} of {} components\n", plural(build.dropped_nodes, "node"),
               plural(build.dropped_edges, "edge"), format_count(build.components - 1),
               format_count(build.components));
  }
  print(build.duplicate_edges, "duplicate edge", "merged");
}

Status convert_graph(const ConvertOptions& options, Parallel& parallel) {
  MemoryBudget budget({.hard_bytes = default_hard_limit()});
  QUADRILLE_ASSIGN_OR_RETURN(
      const ReadGraph read,
      read_graph(options.input, read_options(options, WeightKind::kEither), parallel, &budget));
  WriteReport report;
  QUADRILLE_RETURN_IF_ERROR(write_graph(read.graph, options.output, &report));
  if (options.quiet) return Status::ok();
  const GraphView& graph = read.graph.view();
  fmt::print("{}: {}, {}\n", one_line(options.output), plural(graph.num_nodes(), "node"),
             plural(graph.num_edges(), "edge"));
  if (!report.coordinates_path.empty())
    fmt::print("{}: the coordinates\n", one_line(report.coordinates_path));
  print_changes(read.report.build);
  print_losses(report, !graph.names().empty());
  return Status::ok();
}

std::string columns_of(const PointSet& points) {
  std::string names;
  const auto add = [&names](const char* name, const std::vector<float>& values) {
    if (!values.empty()) names += (names.empty() ? "" : ", ") + std::string(name);
  };
  add("vx", points.vx);
  add("vy", points.vy);
  add("mass", points.mass);
  add("radius", points.radius);
  return names;
}

Status convert_points(const ConvertOptions& options, Parallel& parallel) {
  MemoryBudget budget({.hard_bytes = default_hard_limit()});
  QUADRILLE_ASSIGN_OR_RETURN(const ReadPoints read, read_points(options.input, parallel, &budget));
  const bool to_tree = format_of_name(options.output) == Format::kTreeImage;
  QUADRILLE_RETURN_IF_ERROR(to_tree ? write_quadtree(read.points, options.output, parallel, &budget)
                                    : write_points(read.points, options.output));
  if (options.quiet) return Status::ok();
  fmt::print("{}: {}\n", one_line(options.output), plural(read.points.size(), "point"));
  const std::string dropped = to_tree ? columns_of(read.points) : "";
  if (!dropped.empty()) fmt::print("not in the file: {}\n", dropped);
  return Status::ok();
}

}  // namespace

Status run_convert(const ConvertOptions& options) {
  QUADRILLE_ASSIGN_OR_RETURN(const std::unique_ptr<Parallel> parallel, create_parallel({}));
  QUADRILLE_ASSIGN_OR_RETURN(const bool points, holds_points(options.input, options));
  return points ? convert_points(options, *parallel) : convert_graph(options, *parallel);
}

}  // namespace quadrille::program
