// quadrille inspect: what a graph, a file of points or a quadtree holds, every promise of its slabs
// checked.
#include <algorithm>
#include <span>
#include <variant>

#include <quadrille/input.h>
#include <quadrille/parallel.h>

#include "bench/format.h"
#include "bench/graph_summary.h"
#include "bench/load.h"
#include "bench/memory_limit.h"
#include "bench/placement_summary.h"
#include "bench/scene_runner.h"
#include "bench/verbs.h"
#include "engine/memory_budget.h"

namespace quadrille::program {
namespace {

void print_line(std::string_view head, const std::string& text) {
  fmt::print("  {:<12}{}\n", head, text);
}

void print_facts(const std::vector<SceneFact>& facts) {
  std::string_view head = "input";
  for (const SceneFact& fact : facts) {
    if (fact.unit == "bytes") continue;  // the first line says the file's size
    print_line(head, fmt::format("{} {}", fact.name, format_number(fact.value)));
    head = "";
  }
}

void print_head(const std::string& path, const InputReport& report) {
  fmt::print("{}: {}, {}", one_line(path), report.format,
             format_bytes(static_cast<double>(report.file_bytes)));
  if (report.text_bytes > report.file_bytes) {
    fmt::print(", inflated {}", format_bytes(static_cast<double>(report.text_bytes)));
  }
  fmt::print("\n");
}

std::string edges_text(const GraphView& graph, const GraphSummary& summary) {
  std::string text = fmt::format("{}, {}", format_count(graph.num_edges()),
                                 graph.directed() ? "directed" : "undirected");
  if (!graph.weighted()) return text + ", not weighted";
  return text + fmt::format(", {} weights from {} to {}", graph.real_weights() ? "real" : "whole",
                            format_number(summary.min_weight), format_number(summary.max_weight));
}

std::string ids_text(const NodeNames& names) {
  return fmt::format("{}, from {} to {}", names.are_texts() ? "texts" : "numbers",
                     one_line(names[0]), one_line(names[names.size() - 1]));
}

// The components scene itself says how many there are, and checks them.
Status print_components(Graph graph) {
  SceneInput input;
  input.graph = std::move(graph);
  input.has_graph = true;
  SceneJob job;
  job.name = job.scene = "components";
  job.options = simulation_options({}, 1);
  job.verify = true;
  QUADRILLE_ASSIGN_OR_RETURN(const Measurement result, measure_scene(job, input));
  for (const SceneFact& fact : result.facts) {
    if (fact.unit == "edges") continue;  // what the search cost says nothing of the graph
    print_line(fact.name, fmt::format("{}{}{}", format_number(fact.value),
                                      fact.unit.empty() ? "" : " ", fact.unit));
  }
  return Status::ok();
}

Status inspect_graph(const InspectOptions& options, Parallel& parallel) {
  MemoryBudget budget({.hard_bytes = default_hard_limit()});
  QUADRILLE_ASSIGN_OR_RETURN(
      ReadGraph read,
      read_graph(options.file, read_options(options, WeightKind::kEither), parallel, &budget));
  const GraphView& graph = read.graph.view();
  const GraphSummary summary = summarize_graph(graph);
  QUADRILLE_RETURN_IF_ERROR(verify_graph_image(read.graph.image()));
  print_head(options.file, read.report);
  print_line("nodes", format_count(graph.num_nodes()));
  if (!graph.names().empty()) print_line("ids", ids_text(graph.names()));
  print_line("edges", edges_text(graph, summary));
  if (graph.has_coordinates()) {
    print_line("coordinates",
               fmt::format("x from {} to {}, y from {} to {}", summary.bounds.min_x,
                           summary.bounds.max_x, summary.bounds.min_y, summary.bounds.max_y));
  }
  print_line("memory", fmt::format("{}, verified",
                                   format_bytes(static_cast<double>(read.graph.image_bytes()))));
  print_facts(input_facts(read.report));
  fmt::print("  degrees\n{}", degree_histogram(summary));
  QUADRILLE_ASSIGN_OR_RETURN(const PlacementSummary placement,
                             summarize_placement(read.graph, options.placement, parallel, &budget));
  QUADRILLE_RETURN_IF_ERROR(print_components(std::move(read.graph)));
  fmt::print("{}", placement_lines(placement));
  return Status::ok();
}

template <class T>
void print_range(std::string_view name, const std::vector<T>& values) {
  if (values.empty()) return;
  const auto [least, largest] = std::minmax_element(values.begin(), values.end());
  print_line(name, fmt::format("from {} to {}", *least, *largest));
}

void print_points(const ReadPoints& read) {
  print_line("points", format_count(read.points.size()));
  print_range("x", read.points.x);
  print_range("y", read.points.y);
  print_range("vx", read.points.vx);
  print_range("vy", read.points.vy);
  print_range("mass", read.points.mass);
  print_range("radius", read.points.radius);
  print_facts(input_facts(read.report));
}

void print_leaves(const QuadtreeView& tree) {
  std::int32_t fullest = 0;
  for (std::size_t q = 0; q < tree.quadrants.size(); ++q) {
    if (tree.quadrants[q].child_mask == 0)
      fullest = std::max(fullest, tree.ranges[q].last - tree.ranges[q].first);
  }
  const double mean = static_cast<double>(tree.order.size()) / static_cast<double>(tree.num_leaves);
  print_line("leaves", fmt::format("{}; {} {} on average, {} at most",
                                   format_count(tree.num_leaves), format_number(mean),
                                   mean == 1 ? "point" : "points", format_count(fullest)));
  print_line("depth", format_count(tree.depth));
  print_line("bounds", fmt::format("x from {} to {}, y from {} to {}", tree.bounds.min_x,
                                   tree.bounds.max_x, tree.bounds.min_y, tree.bounds.max_y));
}

void print_tree(const Quadtree& quadtree) {
  const QuadtreeView& tree = quadtree.view();
  const auto bytes = static_cast<double>(quadtree.image().size());
  print_line("points", fmt::format("{}{}", format_count(std::ssize(tree.order)),
                                   tree.exact_x.empty() ? "" : ", floats and exact doubles"));
  print_line("quadrants", format_count(std::ssize(tree.quadrants)));
  std::string memory = format_bytes(bytes);
  if (!tree.order.empty()) {
    print_leaves(tree);
    memory += fmt::format(", {} bytes a point",
                          format_number(bytes / static_cast<double>(tree.order.size())));
  }
  print_line("memory", memory + ", verified");  // by being opened
}

Status inspect_points(const InspectOptions& options, Parallel& parallel) {
  MemoryBudget budget({.hard_bytes = default_hard_limit()});
  QUADRILLE_ASSIGN_OR_RETURN(const auto read, read_points_or_tree(options.file, parallel, &budget));
  std::visit([&](const auto& held) { print_head(options.file, held.report); }, read);
  if (const auto* const tree = std::get_if<ReadQuadtree>(&read)) {
    print_tree(tree->tree);
  } else {
    print_points(std::get<ReadPoints>(read));
  }
  return Status::ok();
}

}  // namespace

Status run_inspect(const InspectOptions& options) {
  QUADRILLE_ASSIGN_OR_RETURN(const std::unique_ptr<Parallel> parallel, create_parallel({}));
  QUADRILLE_ASSIGN_OR_RETURN(const bool points, holds_points(options.file, options));
  return points ? inspect_points(options, *parallel) : inspect_graph(options, *parallel);
}

}  // namespace quadrille::program
