#include "bench/format.h"
#include "bench/suite.h"
#include "bench/table.h"

namespace quadrille::program {
namespace {

// "1.05M": as format_rate, a column narrower.
std::string narrow(double value) {
  std::string text = format_rate(value);
  std::erase(text, ' ');
  return text;
}

std::string milliseconds(double ns) {
  const double ms = ns / 1e6;
  return fmt::format("{:.{}f}", ms, ms < 1 ? 3 : ms < 10 ? 2 : ms < 100 ? 1 : 0);
}

std::string percent(double share) { return share > 0 ? fmt::format("{:.0f}%", share * 100) : "-"; }

std::vector<std::string> scene_row(const Measurement& result, double bytes_per_second) {
  const Summary summary = result.summary();
  return {result.name,
          narrow(static_cast<double>(result.nodes)),
          result.edges > 0 ? narrow(static_cast<double>(result.edges)) : "-",
          fmt::format("{}", result.steps_a_run()),
          milliseconds(summary.median),
          milliseconds(summary.p99),
          narrow(result.work_per_second()),
          fmt::format("{:.0f}", result.bytes_a_node()),
          percent(result.bandwidth_share(bytes_per_second)),
          percent(summary.spread),
          result.work_unit,
          format_bytes(static_cast<double>(result.memory_bytes)),
          result.runs.empty() ? "" : result.runs.back().state_hash.substr(0, 8)};
}

std::string scene_table(const std::vector<Measurement>& results, double bytes_per_second,
                        std::size_t width) {
  Table table({{.head = "scene", .left = true},
               {.head = "nodes"},
               {.head = "edges"},
               {.head = "steps"},
               {.head = "ms/step"},
               {.head = "p99"},
               {.head = "per s"},
               {.head = "B/node"},
               {.head = "membw"},
               {.head = "spread", .optional = true},
               {.head = "of", .left = true, .optional = true},
               {.head = "memory", .optional = true},
               {.head = "hash", .optional = true}});
  for (const Measurement& result : results) {
    if (!result.scene.empty()) table.add_row(scene_row(result, bytes_per_second));
  }
  return table.to_string(width);
}

std::string part_table(const std::vector<Measurement>& results, std::size_t width) {
  Table table({{.head = "part", .left = true},
               {.head = "items"},
               {.head = "ns/item"},
               {.head = "per s"},
               {.head = "of", .left = true},
               {.head = "spread", .optional = true}});
  for (const Measurement& result : results) {
    if (!result.scene.empty() || result.samples_ns.empty()) continue;
    const Summary summary = result.summary();
    const double items = result.work / static_cast<double>(result.samples_ns.size());
    table.add_row({result.name, narrow(items), fmt::format("{:.1f}", summary.median / items),
                   narrow(items * 1e9 / summary.median), result.work_unit,
                   percent(summary.spread)});
  }
  return table.to_string(width);
}

}  // namespace

std::string suite_tables(const std::vector<Measurement>& results, double bytes_per_second,
                         std::size_t width) {
  return scene_table(results, bytes_per_second, width) +
         "\nms/step: median; per s: edges of waves (TEPS), bodies or elements of the rest;\n"
         "membw: the share of the measured memory bandwidth that steps need at least.\n"
         "Each result was checked.\n\n" +
         part_table(results, width);
}

}  // namespace quadrille::program
