#include "bench/statistics.h"

#include <numeric>
#include <vector>

#include <gtest/gtest.h>

namespace quadrille::program {
namespace {

TEST(Statistics, NoSampleGivesZeros) {
  const Summary summary = summarize({});
  EXPECT_EQ(summary.count, 0);
  EXPECT_EQ(summary.median, 0);
  EXPECT_EQ(summary.p99, 0);
}

TEST(Statistics, OneSampleIsAllOfItsOwn) {
  const std::vector<double> samples = {7};
  const Summary summary = summarize(samples);
  EXPECT_EQ(summary.min, 7);
  EXPECT_EQ(summary.median, 7);
  EXPECT_EQ(summary.p99, 7);
  EXPECT_EQ(summary.max, 7);
  EXPECT_EQ(summary.spread, 0);
}

TEST(Statistics, TheMedianOfAnEvenNumberLiesBetweenTheMiddleTwo) {
  const std::vector<double> samples = {4, 1, 3, 2};
  EXPECT_DOUBLE_EQ(summarize(samples).median, 2.5);
}

TEST(Statistics, TheOrderOfSamplesDoesNotMatter) {
  std::vector<double> samples(200);
  std::iota(samples.begin(), samples.end(), 1.0);
  std::vector<double> reversed(samples.rbegin(), samples.rend());
  for (const auto& each : {samples, reversed}) {
    const Summary summary = summarize(each);
    EXPECT_DOUBLE_EQ(summary.median, 100.5);
    EXPECT_DOUBLE_EQ(summary.p99, 198);
    EXPECT_DOUBLE_EQ(summary.total, 20100);
    EXPECT_DOUBLE_EQ(summary.spread, (150 - 50) / 2.0 / 100.5);
  }
}

TEST(Statistics, PercentilesAreSamplesByNearestRank) {
  const std::vector<double> sorted = {10, 20, 30, 40, 50};
  EXPECT_EQ(percentile(sorted, 0), 10);
  EXPECT_EQ(percentile(sorted, 0.2), 10);
  EXPECT_EQ(percentile(sorted, 0.21), 20);
  EXPECT_EQ(percentile(sorted, 0.99), 50);
  EXPECT_EQ(percentile(sorted, 1), 50);
}

// From tables of order statistics for 95 %: of 25 samples the 8th to the 18th, of 100 the 41st to
// the 60th (39 or 40 is as common: the coverage lies on both sides of 95 %).
TEST(Statistics, AMediansIntervalIsThatOfItsOrderStatistics) {
  std::vector<double> samples(25);
  std::iota(samples.rbegin(), samples.rend(), 1.0);
  const MedianInterval interval = median_interval(samples);
  EXPECT_EQ(interval.median, 13);
  EXPECT_EQ(interval.low, 8);
  EXPECT_EQ(interval.high, 18);
  const MedianInterval few = median_interval(std::vector<double>{3, 1, 2});
  EXPECT_EQ(few.low, 1);
  EXPECT_EQ(few.high, 3);
}

}  // namespace
}  // namespace quadrille::program
