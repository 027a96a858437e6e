// Statistics of samples: what a table and a report say of many timings.
#pragma once

#include <cstdint>
#include <span>

namespace quadrille::program {

// All in the unit of the samples; zero where there is none.
struct Summary {
  std::int64_t count = 0;
  double total = 0, min = 0, median = 0, p99 = 0, max = 0;
  double spread = 0;  // half of the interquartile range as a share of the median
};

Summary summarize(std::span<const double> samples);

// The median and the limits between which it lies with 95 % (order statistics: no distribution is
// assumed); of fewer than six samples, the least and the largest one.
struct MedianInterval {
  double median = 0, low = 0, high = 0;
};

MedianInterval median_interval(std::span<const double> samples);

// Nearest rank: the least sample that `share` of all do not exceed. `sorted` ascends.
double percentile(std::span<const double> sorted, double share);

}  // namespace quadrille::program
