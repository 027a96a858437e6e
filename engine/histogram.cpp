#include "engine/histogram.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace quadrille {

static_assert(Histogram::cell_of(Histogram::kHighest) + 1 == Histogram::kCells);
static_assert(Histogram::highest_of(Histogram::kCells - 1) == Histogram::kHighest);

template <class Function>
void Histogram::for_each_cell(const Function& function) const {
  if (min_ > max_) return;
  for (std::size_t cell = cell_of(min_); cell <= cell_of(max_); ++cell) {
    if (counts_[cell] == 0) continue;
    const double middle =
        static_cast<double>(lowest_of(cell)) / 2 + static_cast<double>(highest_of(cell)) / 2;
    function(middle, static_cast<double>(counts_[cell]));
  }
}

void Histogram::merge(const Histogram& other) {
  std::transform(counts_.begin(), counts_.end(), other.counts_.begin(), counts_.begin(),
                 std::plus<>());
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  saturated_ += other.saturated_;
}

void Histogram::clear() {
  std::fill(counts_.begin(), counts_.end(), 0);
  min_ = kHighest + 1;
  max_ = saturated_ = 0;
}

std::int64_t Histogram::count() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0});
}

double Histogram::mean() const {
  double sum = 0, count = 0;
  for_each_cell([&](double middle, double times) {
    sum += middle * times;
    count += times;
  });
  return count > 0 ? sum / count : 0;
}

double Histogram::standard_deviation() const {
  const double average = mean();
  double squares = 0, count = 0;
  for_each_cell([&](double middle, double times) {
    squares += (middle - average) * (middle - average) * times;
    count += times;
  });
  return count > 0 ? std::sqrt(squares / count) : 0;
}

std::int64_t Histogram::percentile(double share) const {
  const std::int64_t total = count();
  if (total == 0) return 0;
  // A step down, because the double nearest to a share may lie above it: 0.55 of 100 is the 55th.
  const double below = std::ceil(std::nextafter(share, 0.0) * static_cast<double>(total));
  const auto rank = static_cast<std::int64_t>(std::clamp(below, 1.0, static_cast<double>(total)));
  std::int64_t seen = 0;
  std::size_t cell = 0;
  while ((seen += counts_[cell]) < rank) ++cell;
  return std::min(highest_of(cell), max_);
}

}  // namespace quadrille
