#include "bench/hot_spots.h"

#include <algorithm>
#include <tuple>

#include "bench/format.h"
#include "bench/table.h"

namespace quadrille::program {
namespace {

std::string bytes_text(std::int64_t bytes) {
  return bytes == 0 ? "-" : format_bytes(static_cast<double>(bytes));
}

std::vector<std::string> row_of(const LabelUsage& usage, std::int64_t all_held) {
  const std::int64_t mean = usage.allocations == 0 ? 0 : usage.allocated_bytes / usage.allocations;
  const double share =
      all_held == 0 ? 0 : static_cast<double>(usage.held_bytes) / static_cast<double>(all_held);
  return {usage.label,
          usage.allocations == 0 ? "-" : format_count(usage.allocations),
          bytes_text(usage.allocated_bytes),
          bytes_text(mean),
          usage.time_ns == 0 ? "-" : format_duration(static_cast<double>(usage.time_ns)),
          bytes_text(usage.held_bytes),
          usage.held_bytes == 0 ? "-" : fmt::format("{:.1f}%", 100 * share)};
}

LabelUsage sum_of(const std::vector<LabelUsage>& labels) {
  LabelUsage sum{.label = "all labels"};
  for (const LabelUsage& usage : labels) {
    sum.allocations += usage.allocations;
    sum.allocated_bytes += usage.allocated_bytes;
    sum.time_ns += usage.time_ns;
    sum.held_bytes += usage.held_bytes;
  }
  return sum;
}

}  // namespace

void sort_hot_spots(std::vector<LabelUsage>& labels) {
  std::ranges::sort(labels, [](const LabelUsage& a, const LabelUsage& b) {
    return std::tie(b.held_bytes, b.allocated_bytes, a.label) <
           std::tie(a.held_bytes, a.allocated_bytes, b.label);
  });
}

std::string hot_spot_table(const std::vector<LabelUsage>& labels, std::size_t width) {
  Table table({{.head = "label", .left = true},
               {.head = "count"},
               {.head = "bytes"},
               {.head = "mean size"},
               {.head = "time"},
               {.head = "held"},
               {.head = "share"}});
  const LabelUsage sum = sum_of(labels);
  for (const LabelUsage& usage : labels) table.add_row(row_of(usage, sum.held_bytes));
  table.add_rule();
  table.add_row(row_of(sum, sum.held_bytes));
  return "Memory by label. Count, bytes, mean size and time are of allocations; held and\n"
         "share are of what is committed after the last step.\n\n" +
         table.to_string(width);
}

}  // namespace quadrille::program
