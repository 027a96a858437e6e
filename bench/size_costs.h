// What both `quadrille profile sizes` share: kernels on one input after the other, each larger than
// the last, and what is said of them.
#pragma once

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <quadrille/status.h>

#include "bench/format.h"
#include "bench/log_chart.h"
#include "bench/machine.h"
#include "bench/measurement.h"
#include "bench/options.h"
#include "bench/statistics.h"

namespace quadrille {
class Parallel;
}  // namespace quadrille

namespace quadrille::program {

// One kernel on one input.
struct KernelCost {
  std::string_view kernel;
  std::vector<double> runs_ns;
  std::int64_t memory_bytes = 0;
  double median_ns() const { return summarize(runs_ns).median; }
};

// The kernels that are asked for, or all.
template <class Names>
std::vector<std::string_view> asked_kernels(const ProfileSizesOptions& options, const Names& all) {
  if (options.kernels.empty()) return {std::begin(all), std::end(all)};
  return {options.kernels.begin(), options.kernels.end()};
}

inline int last_scale(const ProfileSizesOptions& options) {
  return options.quick ? options.from + 2 : options.to;
}

// A line of dots for each row, one for each of its costs: value(row, cost).
template <class Row, class Value>
LogPanel size_panel(const std::vector<Row>& rows, std::string title, std::string_view what,
                    LogUnit unit, Value&& value) {
  LogPanel panel = {.title = std::move(title), .unit = unit};
  for (const KernelCost& cost : rows.front().costs) panel.series.emplace_back(cost.kernel);
  for (const Row& row : rows) {
    LogRow dots = {.label = format_rate(static_cast<double>(row.nodes)) + ' ' + std::string(what)};
    for (const KernelCost& cost : row.costs) dots.values.push_back(value(row, cost));
    panel.rows.push_back(std::move(dots));
  }
  return panel;
}

struct SizeProfile {
  std::string text, title;  // of the tables; of the picture
  std::vector<LogPanel> panels;
  std::vector<std::pair<std::string, std::string>> options;
  std::vector<Measurement> results;
};

// Of a kernel's runs on `input`, each of which did `work` units.
Measurement size_result(const KernelCost& cost, const std::string& input, std::int64_t nodes,
                        double work, std::string_view unit);

// Prints the text, draws the picture and writes the report, as the options ask for them.
Status tell_sizes(const ProfileSizesOptions& options, Machine machine, int threads,
                  SizeProfile profile);

}  // namespace quadrille::program
