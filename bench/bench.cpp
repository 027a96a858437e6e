// quadrille bench: the million-node suite, as a table, a report and a picture.
#include <memory>

#include <quadrille/parallel.h>
#include <quadrille/picture.h>

#include "bench/format.h"
#include "bench/load.h"
#include "bench/report.h"
#include "bench/suite.h"
#include "bench/table.h"
#include "bench/verbs.h"
#include "kernels/dispatch.h"

namespace quadrille::program {
namespace {

std::string bandwidth_text(double bytes_per_second) {
  return fmt::format("{:.1f} GB/s", bytes_per_second / 1e9);
}

std::string machine_line(const Machine& machine, const Parallel& parallel,
                         const KernelTable& kernels) {
  const Bandwidth& bandwidth = machine.bandwidth;
  return fmt::format("{}, {}; {} ({}), {}\nmemory: read {}, copy {}, triad {}\n\n",
                     one_line(machine.cpu), plural(machine.cores, "core"),
                     plural(parallel.num_workers(), "thread"), parallel.name(), kernels.name,
                     bandwidth_text(bandwidth.read), bandwidth_text(bandwidth.copy),
                     bandwidth_text(bandwidth.triad));
}

Status draw(const std::string& path, const std::vector<Measurement>& results,
            const std::string& caption) {
  std::vector<Bar> bars;
  for (const Measurement& result : results) {
    if (result.scene.empty()) continue;
    const double rate = result.work_per_second();
    bars.push_back({.label = result.name,
                    .value = rate,
                    .text = fmt::format("{} {}/s", format_rate(rate), result.work_unit)});
  }
  return write_bar_chart(path, bars, {.title = "Quadrille: work a second", .caption = caption});
}

Status run_parts(const SuiteContext& context) {
  QUADRILLE_RETURN_IF_ERROR(run_suite_scenes(context));
  QUADRILLE_RETURN_IF_ERROR(run_suite_spatial(context));
  QUADRILLE_RETURN_IF_ERROR(run_suite_fields(context));
  QUADRILLE_RETURN_IF_ERROR(run_suite_bodies(context));
  QUADRILLE_RETURN_IF_ERROR(run_suite_catch_up(context));
  QUADRILLE_RETURN_IF_ERROR(run_suite_publication(context));
  return run_suite_allocation(context);
}

std::vector<std::pair<std::string, std::string>> option_list(const BenchOptions& options) {
  return {{"quick", options.quick ? "true" : "false"},
          {"threads", std::to_string(options.machine.threads)},
          {"tasks", options.machine.tasks},
          {"isa", options.machine.isa}};
}

}  // namespace

Status run_bench(const BenchOptions& options) {
  QUADRILLE_ASSIGN_OR_RETURN(const KernelTable* kernels, choose_kernel_table(options.machine.isa));
  QUADRILLE_ASSIGN_OR_RETURN(const std::unique_ptr<Parallel> parallel,
                             create_parallel(options.machine));
  const SuiteSize size = suite_size(options.quick);
  Report report;
  report.verb = "bench";
  report.options = option_list(options);
  report.seed = options.seed;
  report.machine = describe_machine(kernels->name);
  report.machine.bandwidth = measure_bandwidth(*parallel, report.machine.last_level_cache_bytes);
  const std::string machine = machine_line(report.machine, *parallel, *kernels);
  if (!options.quiet) fmt::print("{}", machine);
  {
    Progress progress(options.quiet);
    QUADRILLE_RETURN_IF_ERROR(
        run_parts({options, size, *parallel, *kernels, progress, report.results}));
  }
  report.peak_resident_bytes = peak_resident_bytes();
  if (!options.quiet) {
    fmt::print("{}\n{} and {} written.\n",
               suite_tables(report.results, report.machine.bandwidth.best(), output_width()),
               options.report, options.picture);
  }
  QUADRILLE_RETURN_IF_ERROR(write_report(options.report, report));
  return draw(options.picture, report.results, one_line(report.machine.cpu));
}

}  // namespace quadrille::program
