#include "bench/size_costs.h"

#include "bench/format.h"
#include "bench/report.h"

namespace quadrille::program {

Measurement size_result(const KernelCost& cost, const std::string& input, std::int64_t nodes,
                        double work, std::string_view unit) {
  Measurement entry;
  entry.name = fmt::format("{} {}", cost.kernel, input);
  entry.nodes = nodes;
  entry.memory_bytes = cost.memory_bytes;
  entry.samples_ns = cost.runs_ns;
  entry.work = work * static_cast<double>(cost.runs_ns.size());
  entry.work_unit = unit;
  entry.verified = true;
  return entry;
}

Status tell_sizes(const ProfileSizesOptions& options, Machine machine, int threads,
                  SizeProfile profile) {
  const std::string line = machine_line(machine, threads);
  if (!options.quiet) fmt::print("{}\n\n{}", line, profile.text);
  if (!options.picture.empty())
    QUADRILLE_RETURN_IF_ERROR(write_log_chart(options.picture, profile.panels,
                                              {.title = profile.title, .caption = line}));
  if (options.report.empty()) return Status::ok();
  Report report;
  report.verb = "profile sizes";
  report.options = std::move(profile.options);
  report.seed = options.seed;
  report.machine = std::move(machine);
  report.peak_resident_bytes = peak_resident_bytes();
  report.results = std::move(profile.results);
  for (Measurement& entry : report.results) entry.threads = threads;
  return write_report(options.report, report);
}

}  // namespace quadrille::program
