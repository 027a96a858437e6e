// quadrille profile updates: what changing a graph costs.
#include <algorithm>
#include <iterator>
#include <utility>

#include "bench/format.h"
#include "bench/load.h"
#include "bench/machine.h"
#include "bench/progress.h"
#include "bench/report.h"
#include "bench/table.h"
#include "bench/update_costs.h"
#include "bench/verbs.h"
#include "engine/memory_budget.h"
#include "kernels/dispatch.h"

namespace quadrille::program {
namespace {

constexpr const char* kDefaultInput = "kron:20:16";
constexpr const char* kQuickInput = "kron:14:16";

std::string share(double part) { return fmt::format("{:.0f}%", part * 100); }
std::string median(const Measurement& measured) {
  return format_duration(measured.summary().median);
}

double updates_per_second(const BatchCost& batch, const Measurement& measured) {
  return static_cast<double>(batch.updates) * 1e9 / measured.summary().median;
}

std::string batch_table(const UpdateCosts& costs, std::size_t width) {
  Table table({{.head = "updates a batch"},
               {.head = "inserted"},
               {.head = "+-", .optional = true},
               {.head = "a second"},
               {.head = "deleted"},
               {.head = "+-", .optional = true},
               {.head = "a second"},
               {.head = "older version", .left = true}});
  for (const BatchCost& batch : costs.batches) {
    table.add_row({format_count(batch.updates), median(batch.inserted),
                   share(batch.inserted.summary().spread),
                   format_rate(updates_per_second(batch, batch.inserted)), median(batch.deleted),
                   share(batch.deleted.summary().spread),
                   format_rate(updates_per_second(batch, batch.deleted)),
                   batch.is_held ? "held" : "let go"});
  }
  return table.to_string(width);
}

std::string answer_table(const UpdateCosts& costs, std::size_t width) {
  Table table({{.head = "answer", .left = true},
               {.head = "plain"},
               {.head = "changed"},
               {.head = "ratio"},
               {.head = "+-", .optional = true}});
  const auto add = [&](const char* name, const CostPair& pair) {
    table.add_row({name, median(pair.plain), median(pair.changed),
                   fmt::format("{:.3f}", pair.ratio()), share(summarize(pair.ratios).spread)});
  };
  add("search: the graph as built, as changed", costs.search);
  add("search: from scratch, repaired", costs.repaired_search);
  add("components: from scratch, repaired", costs.components);
  return table.to_string(width);
}

void print_costs(const UpdateCosts& costs, const LoadedInput& loaded, const Machine& machine,
                 const ProfileUpdatesOptions& options, int threads) {
  const GraphView& graph = loaded.input.graph.view();
  fmt::print("{}, {}, {}, {}\n", one_line(machine.cpu), plural(machine.cores, "core"),
             machine.kernel, machine.compiler);
  fmt::print("{}: {}, {}, {}; {}\n\n", loaded.name, plural(graph.num_nodes(), "node"),
             plural(graph.num_edges(), "edge"), graph.directed() ? "directed" : "undirected",
             plural(threads, "thread"));
  fmt::print("{}\n{}", batch_table(costs, output_width()), answer_table(costs, output_width()));
  fmt::print(
      "Medians of {}; +- is half of the interquartile range.\n"
      "Edges are drawn evenly, deleted and inserted again. Repaired: after {} updates.\n"
      "Lists that can change: {} at first, {} after all batches.\n"
      "All answers on the changed graph were compared with those on the graph as built.\n",
      plural(options.repeat, "round"), format_count(kRepairedUpdates),
      format_bytes(static_cast<double>(costs.memory_bytes)),
      format_bytes(static_cast<double>(costs.memory_at_end)));
}

void add_result(Report& report, std::string name, Measurement measured,
                std::vector<SceneFact> facts) {
  measured.name = std::move(name);
  measured.facts = std::move(facts);
  report.results.push_back(std::move(measured));
}

Report report_of(const ProfileUpdatesOptions& options, const LoadedInput& loaded, Machine machine,
                 UpdateCosts costs) {
  Report report;
  report.verb = "profile updates";
  report.options = {{"repeat", std::to_string(options.repeat)},
                    {"quick", options.quick ? "true" : "false"},
                    {"input", loaded.name}};
  report.seed = options.seed;
  report.machine = std::move(machine);
  report.peak_resident_bytes = peak_resident_bytes();
  for (BatchCost& batch : costs.batches) {
    const std::string name = fmt::format("{} of {}{}", loaded.name, batch.updates,
                                         batch.is_held ? ", an older version held" : "");
    add_result(report, "insertions " + name, std::move(batch.inserted), {});
    add_result(report, "deletions " + name, std::move(batch.deleted), {});
  }
  const auto add_pair = [&](const char* what, const char* plain, const char* changed,
                            CostPair& pair) {
    const double ratio = pair.ratio();
    add_result(report, fmt::format("{} {}, {}", what, loaded.name, plain), std::move(pair.plain),
               {});
    add_result(report, fmt::format("{} {}, {}", what, loaded.name, changed),
               std::move(pair.changed),
               {{.name = fmt::format("{} over {}", changed, plain), .value = ratio, .unit = ""}});
  };
  add_pair("search", "as built", "as changed", costs.search);
  add_pair("search", "from scratch", "repaired", costs.repaired_search);
  add_pair("components", "from scratch", "repaired", costs.components);
  return report;
}

}  // namespace

Status run_profile_updates(const ProfileUpdatesOptions& options) {
  QUADRILLE_ASSIGN_OR_RETURN(const KernelTable* kernels, choose_kernel_table(options.machine.isa));
  Machine machine = describe_machine(kernels->name);
  InputOptions input = options.input;
  if (input.graph.empty() && input.generate.empty()) {
    input.generate = options.quick ? kQuickInput : kDefaultInput;
  }
  QUADRILLE_ASSIGN_OR_RETURN(const std::unique_ptr<Parallel> parallel,
                             create_parallel(options.machine));
  MemoryBudget budget;
  QUADRILLE_ASSIGN_OR_RETURN(
      const LoadedInput loaded,
      load_input(input, *find_scene("churn"), options.seed, *parallel, &budget));
  ProfileUpdatesOptions used = options;
  if (options.quick) used.repeat = 1;
  QUADRILLE_ASSIGN_OR_RETURN(UpdateCosts costs,
                             measure_updates(used, loaded.input.graph.view(), *parallel, *kernels));
  if (!options.quiet) print_costs(costs, loaded, machine, used, parallel->num_workers());
  if (options.report.empty()) return Status::ok();
  return write_report(options.report,
                      report_of(used, loaded, std::move(machine), std::move(costs)));
}

}  // namespace quadrille::program
