// quadrille profile sizes --family uniform or clusters: what bodies cost each, from few to many.
#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include <quadrille/generators.h>
#include <quadrille/parallel.h>

#include "bench/body_calls.h"
#include "bench/format.h"
#include "bench/load.h"
#include "bench/machine.h"
#include "bench/progress.h"
#include "bench/size_costs.h"
#include "bench/table.h"
#include "bench/verbs.h"
#include "kernels/dispatch.h"

namespace quadrille::program {
namespace {

// Few bodies are soon done: as many more runs as bring a size to this many bodies, at most.
constexpr std::int64_t kBodiesASize = std::int64_t{1} << 23;
constexpr std::int64_t kMostBodyRounds = 64;

struct BodyRow {
  std::string points;
  std::int64_t nodes = 0;  // bodies
  std::vector<KernelCost> costs;
};

Result<KernelCost> measure_bodies(std::string_view kernel, const PointSet& points,
                                  const ProfileSizesOptions& options, Parallel& parallel) {
  QUADRILLE_ASSIGN_OR_RETURN(
      BodyCalls calls, BodyCalls::create(kernel, points, parallel, options.machine, options.seed));
  KernelCost cost{.kernel = kernel};
  QUADRILLE_RETURN_IF_ERROR(calls.run().status());  // takes memory from the system
  QUADRILLE_RETURN_IF_ERROR(calls.verify());
  const std::int64_t rounds =
      std::clamp(kBodiesASize / points.size(), options.repeat, kMostBodyRounds);
  for (std::int64_t round = 0; round < rounds; ++round) {
    QUADRILLE_ASSIGN_OR_RETURN(const double elapsed_ns, calls.run());
    cost.runs_ns.push_back(elapsed_ns);
  }
  cost.memory_bytes = calls.memory_bytes();
  return cost;
}

Result<BodyRow> measure_body_row(const ProfileSizesOptions& options, int scale, Parallel& parallel,
                                 Progress& progress) {
  BodyRow row;
  row.points = fmt::format("{}:{}", options.family, std::int64_t{1} << scale);
  progress.update(row.points + ": generating", 0, -1);
  QUADRILLE_ASSIGN_OR_RETURN(const Generator generator, parse_generator(row.points));
  QUADRILLE_ASSIGN_OR_RETURN(const PointSet points,
                             generate_points(generator, options.seed, parallel));
  row.nodes = points.size();
  for (const std::string_view kernel : asked_kernels(options, kBodyCallNames)) {
    progress.update(fmt::format("{}: {}", row.points, kernel), 0, -1);
    QUADRILLE_ASSIGN_OR_RETURN(KernelCost cost, measure_bodies(kernel, points, options, parallel));
    row.costs.push_back(std::move(cost));
  }
  return row;
}

// ---- what is said of them ----

// A column a kernel.
Table body_table(const std::vector<KernelCost>& costs, std::string head) {
  std::vector<TableColumn> columns = {{.head = std::move(head), .left = true}};
  for (const KernelCost& cost : costs) columns.push_back({.head = std::string(cost.kernel)});
  return Table(std::move(columns));
}

double ns_a_body(const BodyRow& row, const KernelCost& cost) {
  return cost.median_ns() / static_cast<double>(row.nodes);
}
double bytes_a_body(const BodyRow& row, const KernelCost& cost) {
  return static_cast<double>(cost.memory_bytes) / static_cast<double>(row.nodes);
}

void add_body_rows(const std::vector<BodyRow>& rows,
                   double (*value)(const BodyRow& row, const KernelCost& cost), Table& table) {
  for (const BodyRow& row : rows) {
    std::vector<std::string> cells = {row.points};
    for (const KernelCost& cost : row.costs) cells.push_back(format_number(value(row, cost)));
    table.add_row(std::move(cells));
  }
}

std::string body_times(const std::vector<BodyRow>& rows) {
  const BodyRow &few = rows.front(), &many = rows.back();
  Table table = body_table(few.costs, "ns a body");
  add_body_rows(rows, ns_a_body, table);
  table.add_rule();
  std::vector<std::string> growth = {"last / first"};
  for (std::size_t i = 0; i < few.costs.size(); ++i)
    growth.push_back(format_number(ns_a_body(many, many.costs[i]) / ns_a_body(few, few.costs[i])));
  table.add_row(std::move(growth));
  return table.to_string(output_width());
}

std::string body_bytes(const std::vector<BodyRow>& rows) {
  Table table = body_table(rows.front().costs, "bytes a body");
  add_body_rows(rows, bytes_a_body, table);
  return table.to_string(output_width());
}

std::string body_sizes_text(const std::vector<BodyRow>& rows) {
  const double log_n = std::log(static_cast<double>(rows.back().nodes)) /
                       std::log(static_cast<double>(rows.front().nodes));
  return fmt::format("{}medians; n log n would be last / first = {}\n\n{}", body_times(rows),
                     format_number(log_n), body_bytes(rows));
}

SizeProfile body_profile(const ProfileSizesOptions& options, const std::vector<BodyRow>& rows) {
  SizeProfile profile;
  profile.text = body_sizes_text(rows);
  profile.title = "Quadrille: what bodies cost";
  profile.panels = {
      size_panel(rows, "A call, for each body", "bodies", LogUnit::kNanosecond, ns_a_body),
      size_panel(rows, "Memory, for each body", "bodies", LogUnit::kByte, bytes_a_body)};
  profile.options = {{"family", options.family}};
  for (const BodyRow& row : rows)
    for (const KernelCost& cost : row.costs)
      profile.results.push_back(
          size_result(cost, row.points, row.nodes, static_cast<double>(row.nodes), "bodies"));
  return profile;
}

}  // namespace

Status run_profile_body_sizes(const ProfileSizesOptions& options) {
  QUADRILLE_RETURN_IF_ERROR(choose_kernel_table(options.machine.isa).status());
  Machine machine = describe_machine("");
  QUADRILLE_ASSIGN_OR_RETURN(const std::unique_ptr<Parallel> parallel,
                             create_parallel(options.machine));
  Progress progress(options.quiet);
  std::vector<BodyRow> rows;
  for (int scale = options.from; scale <= last_scale(options); ++scale) {
    QUADRILLE_ASSIGN_OR_RETURN(BodyRow row, measure_body_row(options, scale, *parallel, progress));
    rows.push_back(std::move(row));
  }
  progress.clear();
  return tell_sizes(options, std::move(machine), parallel->num_workers(),
                    body_profile(options, rows));
}

}  // namespace quadrille::program
