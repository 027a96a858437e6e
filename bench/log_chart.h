// A chart of durations, or of bytes, on a logarithmic axis: a row a thing, a dot a series, a line
// from its least to its largest. For what spans from a nanosecond to a second.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <quadrille/picture.h>

namespace quadrille::program {

struct LogRow {
  std::string label;
  std::vector<double> values;  // one a series; 0 or less: drawn at the axis' least value
};

enum class LogUnit { kNanosecond, kByte };

struct LogPanel {
  std::string title;
  std::vector<std::string> series;
  std::vector<LogRow> rows;
  LogUnit unit = LogUnit::kNanosecond;
};

// Panels one below the other, each with an axis of its own. `path` ends in .svg.
Status write_log_chart(const std::string& path, std::span<const LogPanel> panels,
                       const PictureOptions& options);

}  // namespace quadrille::program
