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
#include "bench/log_chart.h"
#include "bench/machine.h"
#include "bench/progress.h"
#include "bench/report.h"
#include "bench/table.h"
#include "bench/verbs.h"
#include "kernels/dispatch.h"

namespace quadrille::program {
namespace {

// Few bodies are soon done: as many more runs as bring a size to this many bodies, at most.
constexpr std::int64_t kBodiesASize = std::int64_t{1} << 23;
constexpr std::int64_t kMostBodyRounds = 64;

struct BodyCost {
  std::string_view kernel;
  std::vector<double> runs_ns;
  std::int64_t memory_bytes = 0;
  double median_ns() const { return summarize(runs_ns).median; }
};

struct BodyRow {
  std::string points;
  std::int64_t bodies = 0;
  std::vector<BodyCost> costs;
  double ns_a_body(std::size_t cost) const {
    return costs[cost].median_ns() / static_cast<double>(bodies);
  }
  double bytes_a_body(std::size_t cost) const {
    return static_cast<double>(costs[cost].memory_bytes) / static_cast<double>(bodies);
  }
};

std::vector<std::string_view> body_kernels_of(const ProfileSizesOptions& options) {
  std::vector<std::string_view> kernels(options.kernels.begin(), options.kernels.end());
  if (kernels.empty()) kernels.assign(std::begin(kBodyCallNames), std::end(kBodyCallNames));
  return kernels;
}

Result<BodyCost> measure_bodies(std::string_view kernel, const PointSet& points,
                                const ProfileSizesOptions& options, Parallel& parallel) {
  QUADRILLE_ASSIGN_OR_RETURN(
      BodyCalls calls, BodyCalls::create(kernel, points, parallel, options.machine, options.seed));
  BodyCost cost{.kernel = kernel};
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
  row.bodies = points.size();
  for (const std::string_view kernel : body_kernels_of(options)) {
    progress.update(fmt::format("{}: {}", row.points, kernel), 0, -1);
    QUADRILLE_ASSIGN_OR_RETURN(BodyCost cost, measure_bodies(kernel, points, options, parallel));
    row.costs.push_back(std::move(cost));
  }
  return row;
}

// ---- what is said of them ----

// A column a kernel.
Table body_table(const std::vector<BodyCost>& costs, std::string head) {
  std::vector<TableColumn> columns = {{.head = std::move(head), .left = true}};
  for (const BodyCost& cost : costs) columns.push_back({.head = std::string(cost.kernel)});
  return Table(std::move(columns));
}

std::string body_times(const std::vector<BodyRow>& rows) {
  const BodyRow &few = rows.front(), &many = rows.back();
  Table table = body_table(few.costs, "ns a body");
  for (const BodyRow& row : rows) {
    std::vector<std::string> cells = {row.points};
    for (std::size_t i = 0; i < row.costs.size(); ++i)
      cells.push_back(format_number(row.ns_a_body(i)));
    table.add_row(std::move(cells));
  }
  table.add_rule();
  std::vector<std::string> growth = {"last / first"};
  for (std::size_t i = 0; i < few.costs.size(); ++i)
    growth.push_back(format_number(many.ns_a_body(i) / few.ns_a_body(i)));
  table.add_row(std::move(growth));
  return table.to_string(output_width());
}

std::string body_bytes(const std::vector<BodyRow>& rows) {
  Table table = body_table(rows.front().costs, "bytes a body");
  for (const BodyRow& row : rows) {
    std::vector<std::string> cells = {row.points};
    for (std::size_t i = 0; i < row.costs.size(); ++i)
      cells.push_back(format_number(row.bytes_a_body(i)));
    table.add_row(std::move(cells));
  }
  return table.to_string(output_width());
}

std::string body_sizes_text(const std::vector<BodyRow>& rows) {
  const double log_n = std::log(static_cast<double>(rows.back().bodies)) /
                       std::log(static_cast<double>(rows.front().bodies));
  return fmt::format("{}medians; n log n would be last / first = {}\n\n{}", body_times(rows),
                     format_number(log_n), body_bytes(rows));
}

LogPanel body_panel(const std::vector<BodyRow>& rows, std::string title, LogUnit unit,
                    double (BodyRow::*value)(std::size_t cost) const) {
  LogPanel panel = {.title = std::move(title), .unit = unit};
  for (const BodyCost& cost : rows.front().costs) panel.series.emplace_back(cost.kernel);
  for (const BodyRow& row : rows) {
    LogRow dots = {.label = format_rate(static_cast<double>(row.bodies)) + " bodies"};
    for (std::size_t i = 0; i < row.costs.size(); ++i) dots.values.push_back((row.*value)(i));
    panel.rows.push_back(std::move(dots));
  }
  return panel;
}

std::vector<LogPanel> body_panels(const std::vector<BodyRow>& rows) {
  return {body_panel(rows, "A call, for each body", LogUnit::kNanosecond, &BodyRow::ns_a_body),
          body_panel(rows, "Memory, for each body", LogUnit::kByte, &BodyRow::bytes_a_body)};
}

Report body_report(const ProfileSizesOptions& options, Machine machine,
                   const std::vector<BodyRow>& rows, int threads) {
  Report report;
  report.verb = "profile sizes";
  report.options = {{"family", options.family}};
  report.seed = options.seed;
  report.machine = std::move(machine);
  report.peak_resident_bytes = peak_resident_bytes();
  for (const BodyRow& row : rows) {
    for (const BodyCost& cost : row.costs) {
      Measurement entry;
      entry.name = fmt::format("{} {}", cost.kernel, row.points);
      entry.nodes = row.bodies;
      entry.memory_bytes = cost.memory_bytes;
      entry.samples_ns = cost.runs_ns;
      entry.work = static_cast<double>(row.bodies) * static_cast<double>(cost.runs_ns.size());
      entry.work_unit = "bodies";
      entry.threads = threads;
      entry.verified = true;
      report.results.push_back(std::move(entry));
    }
  }
  return report;
}

}  // namespace

Status run_profile_body_sizes(const ProfileSizesOptions& options) {
  QUADRILLE_RETURN_IF_ERROR(choose_kernel_table(options.machine.isa).status());
  Machine machine = describe_machine("");
  QUADRILLE_ASSIGN_OR_RETURN(const std::unique_ptr<Parallel> parallel,
                             create_parallel(options.machine));
  Progress progress(options.quiet);
  std::vector<BodyRow> rows;
  const int to = options.quick ? options.from + 2 : options.to;
  for (int scale = options.from; scale <= to; ++scale) {
    QUADRILLE_ASSIGN_OR_RETURN(BodyRow row, measure_body_row(options, scale, *parallel, progress));
    rows.push_back(std::move(row));
  }
  progress.clear();
  const std::string line = machine_line(machine, parallel->num_workers());
  if (!options.quiet) fmt::print("{}\n\n{}", line, body_sizes_text(rows));
  if (!options.picture.empty()) {
    QUADRILLE_RETURN_IF_ERROR(
        write_log_chart(options.picture, body_panels(rows),
                        {.title = "Quadrille: what bodies cost", .caption = line}));
  }
  if (options.report.empty()) return Status::ok();
  return write_report(options.report,
                      body_report(options, std::move(machine), rows, parallel->num_workers()));
}

}  // namespace quadrille::program
