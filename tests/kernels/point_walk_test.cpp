// Iteration and rays on a point index, against brute force.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <vector>

#include <quadrille/nearest_cursor.h>
#include <quadrille/point_walk.h>
#include <quadrille/quadtree_builder.h>
#include <quadrille/ray_query.h>

#include "engine/memory_budget.h"
#include "tests/kernels/query_points.h"

namespace quadrille {
namespace {

using test::Points;

class PointWalkTest : public testing::Test {
 protected:
  std::unique_ptr<Parallel> parallel_ = test::with_threads(2);
  const KernelTable& table_ = *test::tables_here().back();
  PointIndex index_of(const Points& points) { return test::index_of(points, *parallel_, table_); }
};

// All by (distance, id).
std::vector<Neighbor> by_distance(const Points& points, double x, double y) {
  std::vector<Neighbor> all;
  for (std::size_t i = 0; i < points.x.size(); ++i)
    all.push_back({test::squared_distance(points, i, x, y), static_cast<BodyID>(i)});
  std::sort(all.begin(), all.end(), [](const Neighbor& a, const Neighbor& b) {
    return std::pair(a.squared_distance, a.id) < std::pair(b.squared_distance, b.id);
  });
  return all;
}

TEST_F(PointWalkTest, ACursorGivesAllPointsByDistanceWhateverItsScratch) {
  for (const Points& points : test::all_points()) {
    const PointIndex index = index_of(points);
    const Points queries = test::queries_for(points, 2);
    for (const std::size_t room : {1u, 3u, 500u}) {
      for (std::size_t q = 0; q < queries.x.size(); ++q) {
        const auto expected = by_distance(points, queries.x[q], queries.y[q]);
        std::vector<Neighbor> scratch(room);
        NearestCursor cursor(index, queries.x[q], queries.y[q], scratch);
        const std::size_t wanted = std::min<std::size_t>(expected.size(), room < 9 ? 40 : 3000);
        Neighbor next;
        for (std::size_t i = 0; i < wanted; ++i) {
          ASSERT_TRUE(cursor.next(next)) << points.name;
          ASSERT_EQ(next.id, expected[i].id) << points.name << ' ' << i;
          ASSERT_EQ(next.squared_distance, expected[i].squared_distance);
        }
        ASSERT_EQ(cursor.next(next), wanted < expected.size()) << points.name;
      }
    }
  }
}

TEST_F(PointWalkTest, ACursorFromNowhereFindsNothing) {
  const PointIndex index = index_of(test::exact(test::uniform(3000)));
  std::vector<Neighbor> scratch(20);
  Neighbor next;
  for (const double odd : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    EXPECT_FALSE(NearestCursor(index, odd, 0, scratch).next(next));
    EXPECT_FALSE(NearestCursor(index, 0, odd, scratch).next(next));
  }
  EXPECT_FALSE(NearestCursor(index, 0, 0, {}).next(next));  // no scratch
  EXPECT_TRUE(NearestCursor(index, 1e300, -1e300, scratch).next(next));
}

TEST_F(PointWalkTest, NearestToOneQueryIsThatOfABatch) {
  for (const Points& points : test::all_points()) {
    const PointIndex index = index_of(points);
    const Points queries = test::queries_for(points, 5);
    for (const std::size_t k : {1u, 8u, 20u, 21u, 100u}) {
      std::vector<Neighbor> found(k);
      for (std::size_t q = 0; q < queries.x.size(); ++q) {
        auto count = index.nearest_to(queries.x[q], queries.y[q], found);
        ASSERT_EQ(count.status().message(), "");
        const auto expected = by_distance(points, queries.x[q], queries.y[q]);
        ASSERT_EQ(*count, std::ssize(expected) < std::ssize(found) ? std::ssize(expected)
                                                                   : std::ssize(found));
        for (std::size_t i = 0; i < static_cast<std::size_t>(*count); ++i) {
          ASSERT_EQ(found[i].id, expected[i].id) << points.name << ' ' << k;
          ASSERT_EQ(found[i].squared_distance, expected[i].squared_distance);
        }
      }
    }
  }
}

TEST_F(PointWalkTest, AVisitSeesWhatAListHoldsAndStopsWhenTold) {
  for (const Points& points : test::all_points()) {
    const PointIndex index = index_of(points);
    const Points queries = test::queries_for(points, 4);
    if (queries.x.empty()) continue;
    const double to_point = std::fabs(points.x[points.x.size() / 2] - queries.x[0]);
    for (const WindowShape shape : {WindowShape::kBox, WindowShape::kDisc}) {
      for (const double extent : {0.0, to_point, 1e-3, 1e30}) {
        const Window window{shape, extent};
        auto hits = index.list({queries.x, queries.y}, window, 1 << 30, *parallel_);
        for (std::size_t q = 0; q < queries.x.size(); ++q) {
          std::vector<BodyID> expected(hits->of(q).begin(), hits->of(q).end());
          std::vector<BodyID> seen;
          EXPECT_TRUE(visit_window(index.columns(), queries.x[q], queries.y[q], window,
                                   [&](BodyID id) { return seen.push_back(id), true; }));
          if (!seen.empty()) {
            std::size_t calls = 0;
            EXPECT_FALSE(visit_window(index.columns(), queries.x[q], queries.y[q], window,
                                      [&](BodyID) { return ++calls < seen.size(); }));
            EXPECT_EQ(calls, seen.size());
          }
          std::vector<BodyID> listed(expected.size(), -1);
          const auto list = [&](std::span<BodyID> ids) {
            return index.list_in(queries.x[q], queries.y[q], window, ids).value();
          };
          ASSERT_EQ(list(listed), std::ssize(expected));
          ASSERT_EQ(list(std::span(listed).first(listed.size() / 2)), std::ssize(expected));
          ASSERT_EQ(list(listed), std::ssize(expected));
          ASSERT_EQ(listed, seen) << points.name << ' ' << extent;  // in the same order
          std::sort(expected.begin(), expected.end());
          std::sort(seen.begin(), seen.end());
          ASSERT_EQ(seen, expected) << points.name << ' ' << extent;
        }
      }
    }
  }
}

// Segments between points of the set, some of no length, some far outside.
std::vector<RaySegment> segments_for(const Points& points, int count) {
  const Points ends = test::queries_for(points, 2 * count);
  std::vector<RaySegment> segments;
  for (std::size_t i = 0; i + 1 < ends.x.size(); i += 2) {
    segments.push_back({ends.x[i], ends.y[i], ends.x[i + 1], ends.y[i + 1]});
    if (i % 8 == 6) segments.back().to_x = segments.back().from_x;
    if (i % 16 == 14) segments.back().to_y = segments.back().from_y;
  }
  return segments;
}

std::vector<PointHit> brute_force(const Points& points, const RaySegment& segment, double radius) {
  std::vector<PointHit> hits;
  const double dx = segment.to_x - segment.from_x, dy = segment.to_y - segment.from_y;
  const double square = dx * dx + dy * dy;
  for (std::size_t i = 0; i < points.x.size(); ++i) {
    const double px = points.x[i] - segment.from_x, py = points.y[i] - segment.from_y;
    const double dot = px * dx + py * dy, cross = px * dy - py * dx;
    const double qx = points.x[i] - segment.to_x, qy = points.y[i] - segment.to_y;
    const bool before = !(dot > 0), behind = !before && dot >= square;
    const bool hit = before   ? px * px + py * py <= radius * radius
                     : behind ? qx * qx + qy * qy <= radius * radius
                              : std::fabs(cross) <= radius * std::sqrt(square);
    const double along = before ? 0 : behind ? std::sqrt(square) : dot / std::sqrt(square);
    if (hit) hits.push_back({along, static_cast<BodyID>(i)});
  }
  std::sort(hits.begin(), hits.end(), is_passed_before);
  return hits;
}

bool same_hits(std::span<const PointHit> a, std::span<const PointHit> b) {
  return std::ranges::equal(a, b, [](const PointHit& p, const PointHit& q) {
    return p.id == q.id && p.along == q.along;
  });
}

TEST_F(PointWalkTest, RaysMeetWhatBruteForceFindsInTheOrderInWhichTheyPassIt) {
  std::size_t num_hits = 0;
  for (const Points& points : test::all_points()) {
    const PointIndex index = index_of(points);
    const std::vector<RaySegment> segments = segments_for(points, 40);
    if (segments.empty()) continue;
    const double extent = std::fabs(points.x.front() - points.x.back());
    for (const double radius : {0.0, extent * 0.01, extent}) {
      auto found = rays(index, segments, radius, 1 << 30, *parallel_);
      ASSERT_EQ(found.status().message(), "");
      ASSERT_EQ(found->num_segments(), std::ssize(segments));
      for (std::size_t s = 0; s < segments.size(); ++s) {
        const auto expected = brute_force(points, segments[s], radius);
        const auto begin = static_cast<std::size_t>(found->begin[s]);
        const auto end = static_cast<std::size_t>(found->begin[s + 1]);
        ASSERT_TRUE(same_hits(found->hits.subspan(begin, end - begin), expected)) << points.name;
        num_hits += expected.size();
        std::vector<PointHit> first(std::min<std::size_t>(5, points.x.size()));
        auto all = ray(index, segments[s], radius, first);
        ASSERT_EQ(*all, std::ssize(expected));
        const std::size_t shown = std::min(first.size(), expected.size());
        ASSERT_TRUE(same_hits(std::span(first).first(shown), std::span(expected).first(shown)));
      }
    }
  }
  EXPECT_GT(num_hits, 50000u);
}

TEST_F(PointWalkTest, RaysStopWhereTheHitsBecomeTooMany) {
  const PointIndex index = index_of(test::exact(test::uniform(1000)));
  const std::vector<RaySegment> all(4, {0, 0, 1, 1});
  for (const auto& [most, answered] : {std::pair{0, 1}, {1999, 1}, {2000, 2}, {9999, 4}}) {
    auto found = rays(index, all, 2.0, most, *parallel_);
    EXPECT_EQ(found->num_segments(), answered) << most;
    EXPECT_EQ(std::ssize(found->hits), 1000 * answered);
  }
}

// Fourth powers of these lengths are no double's.
TEST_F(PointWalkTest, RaysTellPointsApartThatAreNoFartherThan1Eminus90) {
  for (const double unit : {1e-90, 1e-170, 1e-250}) {
    Points points{"tiny", {}, {}};
    for (int i = 0; i < 25; ++i) {
      points.x.push_back(unit * (i % 5));
      points.y.push_back(unit * (i / 5));
    }
    const PointIndex index = index_of(points);
    std::vector<PointHit> hits(25);
    const auto count = [&](const RaySegment& segment, double radius) {
      return ray(index, segment, radius, hits).value();
    };
    ASSERT_EQ(count({0, unit, 4 * unit, unit}, 0.5 * unit), 5) << unit;
    for (std::size_t i = 0; i < 5; ++i) {
      EXPECT_EQ(hits[i].id, static_cast<BodyID>(5 + i));
      EXPECT_DOUBLE_EQ(hits[i].along, unit * static_cast<double>(i));
    }
    EXPECT_EQ(count({unit, unit, unit, unit}, 1.1 * unit), 5);
    EXPECT_EQ(count({unit, unit, unit, unit}, 0), 1);
    EXPECT_EQ(count({0, 0, 4 * unit, 4 * unit}, 0.1 * unit), 5);
  }
}

TEST_F(PointWalkTest, RaysMeetWhatIsNoFartherThanTheLeastDoublesAsSingleTestsDo) {
  Points points{"on a line", {}, {}};
  for (int i = 0; i < 100; ++i) {
    points.x.push_back(i % 50);
    points.y.push_back(i < 50 ? 0 : 1);
  }
  const PointIndex index = index_of(points);
  constexpr double kLeast = 0x1p-1074;
  for (const RaySegment& segment : {RaySegment{0, kLeast, 49, kLeast}, {49, kLeast, 0, 0}}) {
    std::int64_t expected = 0;
    double along = 0;
    for (std::size_t i = 0; i < 100; ++i)
      expected += Ray(segment, 0).hits(points.x[i], points.y[i], along) ? 1 : 0;
    ASSERT_GT(expected, 40);
    EXPECT_EQ(ray(index, segment, 0, {}).value(), expected);
  }
}

// Squares of such a radius, and of the segment in a unit as large, are no double's.
TEST_F(PointWalkTest, ARadiusFarBeyondItsSegmentKeepsTheOrderAlongIt) {
  const Points points{"line", {3, 1, 0.5, 0.25, 0}, {0, 0, 0, 0, 0.1}};
  const PointIndex index = index_of(points);
  for (const double radius : {10.0, 1e100, 1e155, 1e200, 1.7e308}) {
    std::vector<PointHit> hits(5);
    ASSERT_EQ(ray(index, {0, 0, 1, 0}, radius, hits).value(), 5) << radius;
    const std::vector<std::pair<double, BodyID>> expected{
        {0, 4}, {0.25, 3}, {0.5, 2}, {1, 0}, {1, 1}};
    for (std::size_t i = 0; i < hits.size(); ++i) {
      EXPECT_EQ(hits[i].along, expected[i].first) << radius << ' ' << i;
      EXPECT_EQ(hits[i].id, expected[i].second) << radius << ' ' << i;
    }
  }
  std::vector<PointHit> hits(5);  // a segment far below its radius, which is far below the points
  EXPECT_EQ(ray(index, {0.5, 0, 0.5, 1e-300}, 1e-20, hits).value(), 1);
}

TEST_F(PointWalkTest, AnInfiniteRadiusMeetsAllAndNoneMeetsOnlyTheLine) {
  const double least = 1e-170;
  const Points points{"near", {0.5, 0.5, 0.5, 0.75, 0}, {0, least, 1e-150, 0, -least}};
  const PointIndex index = index_of(points);
  const double infinity = std::numeric_limits<double>::infinity();
  for (const RaySegment& segment : {RaySegment{0, 0, 1, 0}, {2, 2, 2, 2}, {0, 0, 1e-300, 0}}) {
    int met = 0;
    EXPECT_TRUE(visit_ray(index.columns(), segment, infinity,
                          [&met](const PointHit&) { return ++met > 0; }));
    EXPECT_EQ(met, 5);
  }
  std::vector<PointHit> hits(5);
  EXPECT_EQ(ray(index, {0, 0, 1, 0}, 0, hits).value(), 2);
  EXPECT_EQ(ray(index, {0, 0, 1, 0}, 1e-200, hits).value(), 2);
  EXPECT_EQ(ray(index, {0, 0, 1, 0}, 2 * least, hits).value(), 4);
}

TEST_F(PointWalkTest, RaysFindPointsInTheCornersOfAllThatFloatsHold) {
  const double far = test::kFarthest;
  Points points{
      "corners", {-far, far, -far, far, 0.1, 3.3e38}, {-far, -far, far, far, 0.2, 1.1e38}};
  const PointIndex index = index_of(points);
  std::vector<PointHit> hits(6);
  EXPECT_EQ(ray(index, {-far, -far, far, -far}, 0, hits).value(), 2);
  EXPECT_EQ(ray(index, {far, -far, far, far}, 0, hits).value(), 2);
  EXPECT_EQ(ray(index, {-far, -far, far, far}, far / 1024, hits).value(), 3);
}

TEST_F(PointWalkTest, ManyRaysAreAnsweredPieceByPiece) {
  const Points points = test::exact(test::uniform(500));
  const PointIndex index = index_of(points);
  const std::vector<RaySegment> all = segments_for(points, 3000);
  auto expected = rays(index, all, 0.01, 1 << 30, *parallel_);
  ASSERT_EQ(expected->num_segments(), std::ssize(all));
  std::size_t next = 0, pieces = 0;
  for (; next < all.size(); ++pieces) {
    auto found = rays(index, std::span(all).subspan(next), 0.01, 5000, *parallel_);
    ASSERT_GT(found->num_segments(), 0);
    ASSERT_LE(std::ssize(found->hits), 5000);
    for (std::size_t s = 0; s < static_cast<std::size_t>(found->num_segments()); ++s)
      ASSERT_TRUE(same_hits(found->of(s), expected->of(next + s)));
    next += static_cast<std::size_t>(found->num_segments());
  }
  EXPECT_GT(pieces, 2u);
}

// A stage is a convenience: where the budget has room for the answer alone, rays are cast twice.
TEST_F(PointWalkTest, RaysNeedNoMoreMemoryThanTheirHits) {
  const Points points = test::exact(test::uniform(4000));
  const std::vector<RaySegment> segments = segments_for(points, 3000);
  MemoryBudget all;
  const auto indexed = [&](MemoryBudget& budget) {
    return std::move(PointIndex::create(points.x, points.y, *parallel_, &budget, table_)).value();
  };
  const PointIndex unlimited = indexed(all);
  const std::size_t index_bytes = all.used();
  const auto expected = rays(unlimited, segments, 0.02, 1 << 30, *parallel_);
  const std::size_t answer_bytes = all.used() - index_bytes;
  ASSERT_EQ(expected->num_segments(), 3000);
  for (const double share : {0.2, 1.1, 1.5, 4.0}) {
    const auto spare = static_cast<std::size_t>(share * static_cast<double>(answer_bytes));
    MemoryBudget budget({.hard_bytes = index_bytes + spare + 400000});
    const PointIndex index = indexed(budget);
    const auto found = rays(index, segments, 0.02, 1 << 30, *parallel_);
    EXPECT_EQ(found.is_ok(), share > 1) << share;
    if (!found.is_ok()) continue;
    EXPECT_TRUE(std::ranges::equal(found->begin, expected->begin));
    EXPECT_TRUE(same_hits(found->hits, expected->hits)) << share;
  }
}

TEST_F(PointWalkTest, RaysAreTheSameBytesOnAnyNumberOfThreads) {
  const Points points = test::exact(test::clusters(4000));
  const std::vector<RaySegment> segments = segments_for(points, 2000);
  const auto expected = rays(index_of(points), segments, 0.01, 50000, *parallel_);
  ASSERT_GT(expected->num_segments(), 0);
  for (const int threads : {1, 3, 8}) {
    const auto parallel = test::with_threads(threads);
    const auto found =
        rays(test::index_of(points, *parallel, table_), segments, 0.01, 50000, *parallel);
    EXPECT_TRUE(std::ranges::equal(found->begin, expected->begin)) << threads;
    EXPECT_TRUE(same_hits(found->hits, expected->hits)) << threads;
  }
}

TEST_F(PointWalkTest, WrongArgumentsAreRefusedInOneSentence) {
  const PointIndex index = index_of({"", {1.0, 2.0}, {1.0, 2.0}});
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<PointHit> hits(1);
  std::vector<Neighbor> found(1);
  EXPECT_EQ(ray(index, {0, 0, 1, 1}, -1, hits).status().message(),
            "the radius of a ray is -1; at least 0, and finite");
  EXPECT_EQ(ray(index, {0, 0, 1, nan}, 1, hits).status().message(),
            "end of a segment 1 at (1, nan) is not finite or beyond 3.4e38");
  EXPECT_EQ(rays(index, std::vector<RaySegment>{{0, 0, 1, 1}, {0, 0, 1, 1e39}}, 1, 9, *parallel_)
                .status()
                .message(),
            "segment 1: end of a segment 1 at (1, 1e39) is not finite or beyond 3.4e38");
  std::vector<BodyID> ids(2);
  EXPECT_EQ(index.list_in(0, 0, {WindowShape::kDisc, -1.0}, ids).status().message(),
            "a window's extent is -1; it may be 0 or more");
  EXPECT_EQ(index.list_in(nan, 0, {WindowShape::kDisc, 1.0}, ids).status().code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(index.nearest_to(nan, 0, found).status().code(), StatusCode::kInvalidArgument);
  const PointIndex nothing = index_of({"nothing", {}, {}});
  EXPECT_EQ(ray(nothing, {0, 0, 1, 1}, 1, hits).value(), 0);
  EXPECT_EQ(nothing.nearest_to(0, 0, found).value(), 0);
  Neighbor next;
  EXPECT_FALSE(NearestCursor(nothing, 0, 0, found).next(next));
}

}  // namespace
}  // namespace quadrille
