// quadrille diff: two reports, median against median.
#include <algorithm>
#include <optional>

#include "bench/diff.h"
#include "bench/format.h"
#include "bench/report.h"
#include "bench/table.h"
#include "bench/verbs.h"

namespace quadrille::program {
namespace {

const ReportLine* find_line(const ReportLines& report, const std::string& name) {
  for (const ReportLine& line : report.lines) {
    if (line.name == name) return &line;
  }
  return nullptr;
}

std::string remark(const ReportDifference& difference) {
  if (difference.before == nullptr) return "only in the second";
  if (difference.after == nullptr) return "only in the first";
  return difference.hashes_differ ? "other state hash" : "";
}

}  // namespace

std::vector<ReportDifference> compare_reports(const ReportLines& before, const ReportLines& after) {
  std::vector<ReportDifference> differences;
  for (const ReportLine& line : before.lines) {
    ReportDifference difference{.before = &line, .after = find_line(after, line.name)};
    if (difference.after != nullptr) {
      if (line.median_ns > 0) difference.ratio = difference.after->median_ns / line.median_ns;
      difference.hashes_differ = line.state_hash != difference.after->state_hash;
    }
    differences.push_back(difference);
  }
  for (const ReportLine& line : after.lines) {
    if (find_line(before, line.name) == nullptr) differences.push_back({.after = &line});
  }
  return differences;
}

std::string difference_table(std::span<const ReportDifference> differences, std::size_t width) {
  Table table({{.head = "what", .left = true},
               {.head = "before"},
               {.head = "after"},
               {.head = "ratio"},
               {.head = "", .left = true}});
  const auto time = [](const ReportLine* line) {
    return line == nullptr ? std::string("-") : format_duration(line->median_ns);
  };
  for (const ReportDifference& difference : differences) {
    const ReportLine* line = difference.before != nullptr ? difference.before : difference.after;
    table.add_row({one_line(line->name), time(difference.before), time(difference.after),
                   difference.ratio > 0 ? fmt::format("{:.2f}", difference.ratio) : "-",
                   remark(difference)});
  }
  return table.to_string(width);
}

Status check_slowdowns(std::span<const ReportDifference> differences, double fail_above) {
  const ReportDifference* worst = nullptr;
  std::int64_t count = 0;
  for (const ReportDifference& difference : differences) {
    if (difference.ratio <= 1 + fail_above) continue;
    ++count;
    if (worst == nullptr || difference.ratio > worst->ratio) worst = &difference;
  }
  if (worst == nullptr) return Status::ok();
  return {StatusCode::kInvalidInput,
          fmt::format("'{}' is {:.1f} % slower, more than the {:.3g} % allowed{}",
                      worst->before->name, (worst->ratio - 1) * 100, fail_above * 100,
                      count > 1
                          ? fmt::format(" (and so for {} other{})", count - 1, count > 2 ? "s" : "")
                          : "")};
}

Status run_diff(const DiffOptions& options) {
  QUADRILLE_ASSIGN_OR_RETURN(const ReportLines before, read_report(options.before));
  QUADRILLE_ASSIGN_OR_RETURN(const ReportLines after, read_report(options.after));
  const std::vector<ReportDifference> differences = compare_reports(before, after);
  fmt::print("Median time of a step; a ratio above 1 is slower.\n\n{}",
             difference_table(differences, output_width()));
  if (before.cpu != after.cpu) {
    fmt::print("\nTaken on different processors: {} and {}.\n", one_line(before.cpu),
               one_line(after.cpu));
  }
  const auto changed = std::count_if(differences.begin(), differences.end(),
                                     [](const ReportDifference& d) { return d.hashes_differ; });
  if (changed > 0) fmt::print("\nState hashes differ in {} of {}.\n", changed, differences.size());
  return options.fail_above < 0 ? Status::ok() : check_slowdowns(differences, options.fail_above);
}

}  // namespace quadrille::program
