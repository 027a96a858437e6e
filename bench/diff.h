// What two reports say of the same things.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <quadrille/status.h>

#include "bench/report.h"

namespace quadrille::program {

// Points into the two reports; one side is null where the other report has no such line.
struct ReportDifference {
  const ReportLine* before = nullptr;
  const ReportLine* after = nullptr;
  double ratio = 0;  // after / before, by the median; 0: unknown
  bool hashes_differ = false;
};

// In the order of `before`, then what only `after` has.
std::vector<ReportDifference> compare_reports(const ReportLines& before, const ReportLines& after);
std::string difference_table(std::span<const ReportDifference> differences, std::size_t width);
// Fails when a median grew by more than `fail_above` (0.05: 5 %).
Status check_slowdowns(std::span<const ReportDifference> differences, double fail_above);

}  // namespace quadrille::program
