// report.json: everything that a run measured, for programs; report.cpp is the only door to
// nlohmann-json. The schema is described in bench/README.md; kReportSchema grows when a field
// changes its meaning.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <quadrille/status.h>

#include "bench/machine.h"
#include "bench/measurement.h"

namespace quadrille::program {

inline constexpr int kReportSchema = 1;

struct Report {
  std::string verb;                                          // "run", "bench", "profile arena"
  std::vector<std::pair<std::string, std::string>> options;  // as in force, defaults included
  std::uint64_t seed = 0;
  Machine machine;
  std::int64_t peak_resident_bytes = 0;
  std::vector<Measurement> results;
};

std::string to_json(const Report& report);
Status write_report(const std::string& path, const Report& report);

// What `diff` reads back.
struct ReportLine {
  std::string name, state_hash;
  double median_ns = 0, p99_ns = 0;
};

struct ReportLines {
  std::string cpu, version;
  std::vector<ReportLine> lines;
};

// kNotFound, kIoError, or kInvalidInput: not a report, or of a schema that is not ours.
Result<ReportLines> read_report(const std::string& path);
Result<ReportLines> parse_report(const std::string& path, std::string_view text);

}  // namespace quadrille::program
