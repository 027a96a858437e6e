#include "engine/histogram.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "engine/random.h"

namespace quadrille {
namespace {

constexpr std::int64_t kShares[] = {1, 10, 250, 500, 550, 750, 900, 990, 999, 1000};  // a thousand

Histogram histogram_of(const std::vector<std::int64_t>& values) {
  Histogram histogram;
  for (const std::int64_t value : values) histogram.record(value);
  return histogram;
}

// Of every size from a nanosecond to an hour.
std::vector<std::int64_t> values_of_all_sizes(std::int64_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<std::int64_t> values;
  for (std::int64_t i = 0; i < count; ++i) {
    values.push_back(static_cast<std::int64_t>(std::exp2(random.next_unit() * 42)));
  }
  return values;
}

// Nearest rank in whole numbers: the oracle.
std::int64_t exact_percentile(const std::vector<std::int64_t>& sorted, std::int64_t thousandths) {
  const auto count = static_cast<std::int64_t>(sorted.size());
  const std::int64_t rank = std::max<std::int64_t>((thousandths * count + 999) / 1000, 1);
  return sorted[static_cast<std::size_t>(rank - 1)];
}

void expect_close_to_sorted(std::vector<std::int64_t> values) {
  const Histogram histogram = histogram_of(values);
  std::sort(values.begin(), values.end());
  EXPECT_EQ(histogram.count(), static_cast<std::int64_t>(values.size()));
  EXPECT_EQ(histogram.min(), values.front());
  EXPECT_EQ(histogram.max(), values.back());
  EXPECT_EQ(histogram.saturated(), 0);
  for (const std::int64_t share : kShares) {
    const std::int64_t exact = exact_percentile(values, share);
    const std::int64_t found = histogram.percentile(static_cast<double>(share) / 1000);
    EXPECT_GE(found, exact) << share;
    EXPECT_LE(static_cast<double>(found - exact), static_cast<double>(exact) / 1000) << share;
  }
  const double count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  EXPECT_NEAR(histogram.mean(), mean, mean / 2000);
  double squares = 0;
  for (const std::int64_t value : values) {
    squares += (static_cast<double>(value) - mean) * (static_cast<double>(value) - mean);
  }
  EXPECT_NEAR(histogram.standard_deviation(), std::sqrt(squares / count),
              std::max(mean, std::sqrt(squares / count)) / 1000);
}

TEST(Histogram, SaysWhatTheSortedValuesSayToThreeDigits) {
  for (const std::int64_t count : {1, 2, 3, 10, 999, 1000, 1001, 50000}) {
    expect_close_to_sorted(values_of_all_sizes(count, static_cast<std::uint64_t>(count)));
  }
}

TEST(Histogram, IsExactForSmallValues) {
  std::vector<std::int64_t> values(2048);
  std::iota(values.begin(), values.end(), 0);
  const Histogram histogram = histogram_of(values);
  for (const std::int64_t share : kShares) {
    EXPECT_EQ(histogram.percentile(static_cast<double>(share) / 1000),
              exact_percentile(values, share));
  }
  EXPECT_DOUBLE_EQ(histogram.mean(), 1023.5);
}

TEST(Histogram, CellsCoverEachValueOnceInOrder) {
  EXPECT_EQ(Histogram::lowest_of(0), 0);
  for (std::size_t cell = 0; cell < Histogram::kCells; ++cell) {
    const std::int64_t lowest = Histogram::lowest_of(cell), highest = Histogram::highest_of(cell);
    ASSERT_LE(lowest, highest);
    ASSERT_EQ(Histogram::cell_of(lowest), cell);
    ASSERT_EQ(Histogram::cell_of(highest), cell);
    ASSERT_LE(highest - lowest, lowest / 1000) << "three digits";
    if (highest < Histogram::kHighest) {
      ASSERT_EQ(Histogram::cell_of(highest + 1), cell + 1);
    }
  }
  EXPECT_EQ(Histogram::highest_of(Histogram::kCells - 1), Histogram::kHighest);
  EXPECT_GT(Histogram::kHighest, std::int64_t{24} * 3600 * 1'000'000'000) << "a day";
}

TEST(Histogram, ValuesOutOfRangeAreCountedAndNotLost) {
  const Histogram histogram =
      histogram_of({INT64_MIN, -1, 0, 5, Histogram::kHighest, Histogram::kHighest + 1, INT64_MAX});
  EXPECT_EQ(histogram.count(), 7);
  EXPECT_EQ(histogram.saturated(), 4);
  EXPECT_EQ(histogram.min(), 0);
  EXPECT_EQ(histogram.max(), Histogram::kHighest);
  EXPECT_EQ(histogram.percentile(3.0 / 7), 0);
  EXPECT_EQ(histogram.percentile(1), Histogram::kHighest);
}

TEST(Histogram, AnEmptyOneSaysZero) {
  Histogram histogram;
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(histogram.count(), 0);
    EXPECT_EQ(histogram.saturated(), 0);
    EXPECT_EQ(histogram.min(), 0);
    EXPECT_EQ(histogram.max(), 0);
    EXPECT_EQ(histogram.mean(), 0);
    EXPECT_EQ(histogram.standard_deviation(), 0);
    EXPECT_EQ(histogram.percentile(0.5), 0);
    histogram.record(1234);
    histogram.record(-1);
    histogram.clear();
  }
}

TEST(Histogram, PercentilesOutOfRangeAreTheLeastAndTheLargest) {
  const Histogram histogram = histogram_of({3, 100000, 1000000});
  EXPECT_EQ(histogram.percentile(-1), 3);
  EXPECT_EQ(histogram.percentile(0), 3);
  EXPECT_EQ(histogram.percentile(2), 1000000);
}

TEST(Histogram, MergingIsRecordingInOne) {
  const std::vector<std::int64_t> first = values_of_all_sizes(3000, 1);
  std::vector<std::int64_t> second = values_of_all_sizes(2000, 2);
  second.push_back(-7);
  std::vector<std::int64_t> both = first;
  both.insert(both.end(), second.begin(), second.end());
  Histogram merged = histogram_of(first);
  merged.merge(Histogram());
  merged.merge(histogram_of(second));
  const Histogram expected = histogram_of(both);
  EXPECT_TRUE(std::ranges::equal(merged.cells(), expected.cells()));
  EXPECT_EQ(merged.min(), expected.min());
  EXPECT_EQ(merged.max(), expected.max());
  EXPECT_EQ(merged.saturated(), 1);
  Histogram empty;
  empty.merge(expected);
  EXPECT_EQ(empty.min(), expected.min());
  EXPECT_EQ(empty.percentile(0.9), expected.percentile(0.9));
}

}  // namespace
}  // namespace quadrille
