// Histograms as a log that HdrHistogram's tools read: format version 1.3, a line a histogram, each
// compressed (V2 encoding). HistogramLogProcessor and HistogramLogAnalyzer turn it into percentiles
// and plots.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <quadrille/status.h>

#include "engine/histogram.h"

namespace quadrille::program {

struct HdrLogEntry {
  std::string tag;  // what was measured; spaces and commas, which a tag cannot hold, become '_'
  const Histogram* histogram = nullptr;  // ns
};

// When the log was taken: seconds since 1970, and how long it took.
struct HdrLogTime {
  double start_s = 0, length_s = 0;
};
double seconds_since_1970();

// The lines before the first histogram; `comment` is one line at the top.
std::string hdr_log_head(HdrLogTime time, std::string_view comment);
// The line of a histogram. Its largest value is in milliseconds, the values within are nanoseconds.
// Fails only where the system gives no memory.
Result<std::string> hdr_log_line(const HdrLogEntry& entry, HdrLogTime time);
// The text of a whole log, of these.
Result<std::string> hdr_log(std::span<const HdrLogEntry> entries, HdrLogTime time,
                            std::string_view comment);

}  // namespace quadrille::program
