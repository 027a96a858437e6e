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

}  // namespace quadrille::program
