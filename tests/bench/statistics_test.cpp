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

}  // namespace
}  // namespace quadrille::program
