// The nearest pairs of an index, of all points and of those in windows, against brute force.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <tuple>
#include <vector>

#include <quadrille/nearest_pairs.h>

#include "engine/memory_budget.h"
#include "tests/kernels/query_points.h"

namespace quadrille {
namespace {

using test::Points;

class NearestPairsTest : public testing::Test {
 protected:
  std::unique_ptr<Parallel> parallel_ = test::with_threads(2);
  const KernelTable& table_ = *test::tables_here().back();
  PointIndex index_of(const Points& points) { return test::index_of(points, *parallel_, table_); }
};

// Of those points that are `inside`.
std::vector<PointPair> nearest_among(const Points& points, const std::vector<BodyID>& inside,
                                     std::size_t k) {
  std::vector<PointPair> pairs;
  for (const BodyID b : inside) {
    for (const BodyID a : inside) {
      if (a == b) break;
      const auto at = static_cast<std::size_t>(b);
      pairs.push_back(
          {test::squared_distance(points, static_cast<std::size_t>(a), points.x[at], points.y[at]),
           a, b});
    }
  }
  const std::size_t count = std::min(k, pairs.size());
  std::partial_sort(pairs.begin(), pairs.begin() + static_cast<std::ptrdiff_t>(count), pairs.end(),
                    [](const PointPair& p, const PointPair& q) {
                      return std::tuple(p.squared_distance, p.a, p.b) <
                             std::tuple(q.squared_distance, q.a, q.b);
                    });
  pairs.resize(count);
  return pairs;
}

std::vector<PointPair> nearest_by_brute_force(const Points& points, std::size_t k) {
  std::vector<BodyID> all(points.x.size());
  std::iota(all.begin(), all.end(), 0);
  return nearest_among(points, all, k);
}

std::vector<BodyID> points_in(const Points& points, double x, double y, const Window& window) {
  std::vector<BodyID> inside;
  const double r = window.extent;
  for (std::size_t i = 0; i < points.x.size(); ++i) {
    const double px = points.x[i], py = points.y[i];
    if (window.shape == WindowShape::kBox ? x - r <= px && px <= x + r && y - r <= py && py <= y + r
                                          : test::squared_distance(points, i, x, y) <= r * r)
      inside.push_back(static_cast<BodyID>(i));
  }
  return inside;
}

bool same_pairs(std::span<const PointPair> found, std::span<const PointPair> expected) {
  return std::ranges::equal(found, expected, [](const PointPair& p, const PointPair& q) {
    return p.squared_distance == q.squared_distance && p.a == q.a && p.b == q.b;
  });
}

QueryPoints as_queries(const Points& points) { return {points.x, points.y}; }

TEST_F(NearestPairsTest, AreThoseOfBruteForce) {
  for (const Points& points : test::all_points()) {
    if (points.x.size() > 2500) continue;
    const PointIndex index = index_of(points);
    for (const std::size_t k : {1u, 7u, 1000u}) {
      std::vector<PointPair> pairs(k);
      auto count = nearest_pairs(index, pairs);
      const auto expected = nearest_by_brute_force(points, k);
      ASSERT_TRUE(count.is_ok()) << points.name;
      pairs.resize(static_cast<std::size_t>(*count));
      ASSERT_TRUE(same_pairs(pairs, expected)) << points.name << ' ' << k;
    }
  }
}

TEST_F(NearestPairsTest, PairsBehindTheLastOneFoundAreAllPairsOneAfterTheOther) {
  for (const Points& points : {test::exact(test::uniform(60)), test::exact(test::coincident(40)),
                               test::exact(test::signed_zeros(40)), test::exact(test::line(1030)),
                               test::beyond_floats(60, 17e6, 1.0)}) {
    const PointIndex index = index_of(points);
    const auto expected = nearest_by_brute_force(points, 2500);
    for (const std::size_t room : {1u, 7u, 1000u}) {
      std::vector<PointPair> some(room);
      PointPair after = kBeforeAllPairs;
      const std::size_t wanted =
          room == 1 ? std::min<std::size_t>(expected.size(), 200) : expected.size();
      for (std::size_t i = 0; i < wanted;) {
        const auto count = static_cast<std::size_t>(nearest_pairs(index, some, after).value());
        ASSERT_GT(count, 0u) << points.name << ' ' << i;
        for (std::size_t k = 0; k < count && i < wanted; ++k, ++i) {
          ASSERT_EQ(some[k].a, expected[i].a) << points.name << ' ' << room << ' ' << i;
          ASSERT_EQ(some[k].b, expected[i].b) << points.name << ' ' << room << ' ' << i;
          ASSERT_EQ(some[k].squared_distance, expected[i].squared_distance);
        }
        after = some[count - 1];
      }
      if (expected.size() < 2500 && room > 1) {
        EXPECT_EQ(nearest_pairs(index, some, after).value(), 0);
      }
    }
  }
}

TEST_F(NearestPairsTest, PairsOnOneSpotAreThoseOfTheLowestIdsAndCostNoMoreThanPoints) {
  const PointIndex index = index_of(test::exact(test::coincident(300000)));
  std::vector<PointPair> pairs(5);
  ASSERT_EQ(nearest_pairs(index, pairs).value(), 5);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    EXPECT_EQ(pairs[i].a, 0);
    EXPECT_EQ(pairs[i].b, static_cast<BodyID>(i) + 1);
  }
  ASSERT_EQ(nearest_pairs(index, pairs, {0, 200000, 299997}).value(), 5);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    EXPECT_EQ(pairs[i].a, i < 2 ? 200000 : 200001);
    EXPECT_EQ(pairs[i].b,
              i < 2 ? static_cast<BodyID>(i) + 299998 : static_cast<BodyID>(i) + 200000);
  }
}

// ---- in windows ----

// Half of the larger side of what holds all points.
double half_extent(const Points& points) {
  const auto [low_x, high_x] = std::ranges::minmax(points.x);
  const auto [low_y, high_y] = std::ranges::minmax(points.y);
  return std::max(high_x - low_x, high_y - low_y) / 2;
}

TEST_F(NearestPairsTest, OfWindowsAreThoseOfBruteForceAmongThePointsInside) {
  for (const Points& points : test::all_points()) {
    if (points.x.size() > 2500 || points.x.empty()) continue;
    const PointIndex index = index_of(points);
    const Points queries = test::queries_for(points, 70);
    const double half = half_extent(points);
    for (const WindowShape shape : {WindowShape::kBox, WindowShape::kDisc}) {
      for (const double extent : {0.0, 0.05 * half, 0.3 * half}) {
        const Window window = {shape, extent};
        const std::int64_t k = extent > 0.1 * half ? 40 : 3;
        auto found = nearest_pairs_in(index, as_queries(queries), window, k, *parallel_);
        ASSERT_EQ(found.status().message(), "");
        ASSERT_EQ(found->num_queries(), 70);
        std::vector<PointPair> alone(static_cast<std::size_t>(k));
        for (std::size_t q = 0; q < queries.x.size(); ++q) {
          const auto expected = nearest_among(
              points, points_in(points, queries.x[q], queries.y[q], window), alone.size());
          ASSERT_TRUE(same_pairs(found->of(q), expected)) << points.name << ' ' << q;
          const auto count =
              nearest_pairs_in(index, queries.x[q], queries.y[q], window, alone).value();
          ASSERT_TRUE(same_pairs(std::span(alone).first(static_cast<std::size_t>(count)), expected))
              << points.name << ' ' << q;
        }
      }
    }
  }
}

// More points than are gathered: the tree is walked.
TEST_F(NearestPairsTest, OfLargeWindowsAreThoseOfBruteForce) {
  for (const Points& points : {test::exact(test::uniform(5000)), test::exact(test::clusters(8000)),
                               test::beyond_floats(5000, 17e6, 1.0)}) {
    const PointIndex index = index_of(points);
    const double half = half_extent(points), x = points.x[7], y = points.y[7];
    for (const WindowShape shape : {WindowShape::kBox, WindowShape::kDisc}) {
      const Window window = {shape, 0.7 * half};
      const auto inside = points_in(points, x, y, window);
      ASSERT_GT(inside.size(), 1100u) << points.name;
      ASSERT_LT(inside.size(), points.x.size()) << points.name;
      std::vector<PointPair> pairs(50);
      ASSERT_EQ(nearest_pairs_in(index, x, y, window, pairs).value(), 50);
      EXPECT_TRUE(same_pairs(pairs, nearest_among(points, inside, 50))) << points.name;
    }
  }
}

TEST_F(NearestPairsTest, OfAWindowOfEverythingAreThoseOfAllPoints) {
  const Points points = test::exact(test::clusters(3000));
  const PointIndex index = index_of(points);
  std::vector<PointPair> all(500), inside(500);
  ASSERT_EQ(nearest_pairs(index, all).value(), 500);
  for (const double extent : {1e30, std::numeric_limits<double>::infinity()}) {
    for (const WindowShape shape : {WindowShape::kBox, WindowShape::kDisc}) {
      ASSERT_EQ(nearest_pairs_in(index, 0, 0, {shape, extent}, inside).value(), 500);
      EXPECT_TRUE(same_pairs(inside, all));
    }
  }
}

TEST_F(NearestPairsTest, BehindTheLastOneFoundAreAllPairsOfAWindow) {
  const Points points = test::exact(test::uniform(1000));
  const PointIndex index = index_of(points);
  const Window window = {WindowShape::kDisc, 0.1};
  const auto inside = points_in(points, points.x[3], points.y[3], window);
  const auto expected = nearest_among(points, inside, inside.size() * inside.size());
  ASSERT_GT(expected.size(), 100u);
  std::vector<PointPair> some(7), found;
  for (PointPair after = kBeforeAllPairs; found.size() <= expected.size();) {
    const auto count =
        nearest_pairs_in(index, points.x[3], points.y[3], window, some, after).value();
    if (count == 0) break;
    found.insert(found.end(), some.begin(), some.begin() + count);
    after = found.back();
  }
  EXPECT_TRUE(same_pairs(found, expected));
}

TEST_F(NearestPairsTest, OfWindowsAreTheSameBytesOnAnyNumberOfThreads) {
  const Points points = test::exact(test::clusters(4000));
  const Points queries = test::queries_for(points, 500);
  const Window window = {WindowShape::kBox, 0.02 * half_extent(points)};
  std::optional<WindowPairs> one;
  for (const int threads : {1, 2, 3, 8}) {
    const auto parallel = test::with_threads(threads);
    const PointIndex index = test::index_of(points, *parallel, table_);
    WindowPairs found =
        std::move(nearest_pairs_in(index, as_queries(queries), window, 4, *parallel)).value();
    if (!one)
      one = std::move(found);
    else {
      EXPECT_TRUE(std::ranges::equal(found.begin, one->begin));
      EXPECT_TRUE(same_pairs(found.pairs, one->pairs));
    }
  }
  EXPECT_GT(one->pairs.size(), 500u);
}

TEST_F(NearestPairsTest, OfWindowsOnSpotsAreThoseOfTheLowestIdsAndCostNoMoreThanPoints) {
  Points points = test::exact(test::coincident(200000));
  for (int spot = 0; spot < 300; ++spot) {  // of 1000 each
    points.x.insert(points.x.end(), 1000, 10.0 + spot);
    points.y.insert(points.y.end(), 1000, -3.0);
  }
  const PointIndex index = index_of(points);
  std::vector<double> x(310, points.x[0]), y(310, points.y[0]);
  for (std::size_t i = 0; i < 300; ++i) {
    x[i] = 10.0 + static_cast<double>(i);
    y[i] = -3;
  }
  const auto found = nearest_pairs_in(index, {x, y}, {WindowShape::kDisc, 0.5}, 3, *parallel_);
  ASSERT_EQ(found.status().message(), "");
  for (std::size_t q = 0; q < x.size(); ++q) {
    const auto first = q < 300 ? 200000 + 1000 * static_cast<BodyID>(q) : 0;
    ASSERT_TRUE(same_pairs(found->of(q), std::vector<PointPair>{{0, first, first + 1},
                                                                {0, first, first + 2},
                                                                {0, first, first + 3}}))
        << q;
  }
}

TEST_F(NearestPairsTest, WindowsOfNoPointOrOneHaveNone) {
  std::vector<PointPair> pairs(3);
  const std::vector<double> x = {0, 5, 1}, y = {0, 5, 1};
  const Window window = {WindowShape::kBox, 1};
  for (const Points& points :
       {Points{"nothing", {}, {}}, Points{"one", {0}, {0}}, Points{"two far", {0, 5}, {0, 5}}}) {
    const PointIndex index = index_of(points);
    EXPECT_EQ(nearest_pairs_in(index, 0, 0, window, pairs).value(), 0) << points.name;
    const auto found = nearest_pairs_in(index, {x, y}, window, 3, *parallel_);
    ASSERT_EQ(found.status().message(), "");
    EXPECT_EQ(found->num_queries(), 3);
    EXPECT_TRUE(found->pairs.empty());
    EXPECT_EQ(nearest_pairs_in(index, {}, window, 3, *parallel_)->num_queries(), 0);
  }
  EXPECT_EQ(nearest_pairs(index_of({"nothing", {}, {}}), pairs).value(), 0);
}

TEST_F(NearestPairsTest, WrongArgumentsAndTooMuchAreRefusedInOneSentence) {
  const Points points = test::exact(test::uniform(1000));
  const PointIndex index = index_of(points);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Window box = {WindowShape::kBox, 1};
  std::vector<PointPair> pairs(1);
  const auto sentence = [&](const std::vector<double>& x, const std::vector<double>& y,
                            const Window& window, std::int64_t k) {
    return nearest_pairs_in(index, {x, y}, window, k, *parallel_).status().message();
  };
  EXPECT_EQ(nearest_pairs(index, {}).status().message(),
            "there is no room for a nearest pair; at least 1");
  EXPECT_EQ(nearest_pairs_in(index, 0, 0, box, {}).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(nearest_pairs_in(index, nan, 0, box, pairs).status().code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(nearest_pairs_in(index, 0, 0, {WindowShape::kBox, nan}, pairs).status().code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(sentence({0}, {0}, box, 0), "the number of nearest pairs is 0; at least 1");
  EXPECT_EQ(sentence({0}, {0}, {WindowShape::kDisc, -1}, 1),
            "a window's extent is -1; it may be 0 or more");
  EXPECT_EQ(sentence({0, 1}, {0}, box, 1), "there are 2 x and 1 y of the query");
  EXPECT_EQ(sentence({0, 1}, {0, nan}, box, 1),
            "query 1 at (1, nan) is not finite or beyond 3.4e38");
  // As many as there are may be asked for.
  const auto all = nearest_pairs_in(index, {std::vector{0.5}, std::vector{0.5}}, box,
                                    std::numeric_limits<std::int64_t>::max(), *parallel_);
  ASSERT_EQ(all.status().message(), "");
  EXPECT_EQ(std::ssize(all->pairs), 1000 * 999 / 2);
  MemoryBudget budget({.hard_bytes = 1 << 20});
  const PointIndex small =
      std::move(PointIndex::create(points.x, points.y, *parallel_, &budget, table_)).value();
  EXPECT_EQ(nearest_pairs_in(small, {std::vector(50, 0.5), std::vector(50, 0.5)}, box, 1 << 20,
                             *parallel_)
                .status()
                .code(),
            StatusCode::kOutOfMemory);
}

}  // namespace
}  // namespace quadrille
