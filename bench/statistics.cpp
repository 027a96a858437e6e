#include "bench/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace quadrille::program {

double percentile(std::span<const double> sorted, double share) {
  if (sorted.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1];
}

Summary summarize(std::span<const double> samples) {
  Summary summary;
  if (samples.empty()) return summary;
  std::vector<double> sorted(samples.begin(), samples.end());
  std::sort(sorted.begin(), sorted.end());
  const std::size_t middle = sorted.size() / 2;
  summary.count = static_cast<std::int64_t>(sorted.size());
  summary.total = std::accumulate(sorted.begin(), sorted.end(), 0.0);
  summary.min = sorted.front();
  summary.max = sorted.back();
  summary.median =
      sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  summary.p99 = percentile(sorted, 0.99);
  if (summary.median > 0) {
    summary.spread = (percentile(sorted, 0.75) - percentile(sorted, 0.25)) / 2 / summary.median;
  }
  return summary;
}

// The number of samples below the median is binomial: n / 2 with a deviation of sqrt(n) / 2.
MedianInterval median_interval(std::span<const double> samples) {
  if (samples.empty()) return {};
  std::vector<double> sorted(samples.begin(), samples.end());
  std::sort(sorted.begin(), sorted.end());
  const auto n = static_cast<double>(sorted.size());
  const double below = std::floor((n - 1.96 * std::sqrt(n)) / 2);
  const auto skipped = static_cast<std::size_t>(std::max(below, 0.0));
  return {summarize(samples).median, sorted[skipped], sorted[sorted.size() - 1 - skipped]};
}

}  // namespace quadrille::program
