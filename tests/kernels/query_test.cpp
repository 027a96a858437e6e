#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include <quadrille/point_index.h>
#include <quadrille/quadtree_builder.h>

#include "engine/memory_budget.h"
#include "tests/kernels/query_points.h"
#include "tests/kernels/spatial_shapes.h"

namespace quadrille {
namespace {

using test::all_points;
using test::beyond_floats;
using test::exact;
using test::index_of;
using test::Points;
using test::queries_for;
using test::squared_distance;

// All ids that `wanted` holds for, by (distance, id).
template <class Wanted>
std::vector<BodyID> brute_force(const Points& points, double x, double y, const Wanted& wanted) {
  std::vector<std::pair<double, BodyID>> found;
  for (std::size_t i = 0; i < points.x.size(); ++i) {
    if (wanted(i)) found.emplace_back(squared_distance(points, i, x, y), static_cast<BodyID>(i));
  }
  std::sort(found.begin(), found.end());
  std::vector<BodyID> ids;
  for (const auto& [distance, id] : found) ids.push_back(id);
  return ids;
}

std::vector<BodyID> nearest(const PointIndex& index, const Points& queries, std::int64_t k,
                            Parallel& parallel) {
  std::vector<BodyID> ids(queries.x.size() * static_cast<std::size_t>(index.neighbors_of(k)));
  EXPECT_EQ(index.nearest({queries.x, queries.y}, k, ids, parallel).message(), "");
  return ids;
}

class QueryTest : public testing::Test {
 protected:
  std::unique_ptr<Parallel> parallel_ = test::with_threads(2);
  const KernelTable& table_ = *test::tables_here().back();
};

TEST_F(QueryTest, NearestAreThoseOfBruteForceByDistanceThenId) {
  for (const Points& points : all_points()) {
    const PointIndex index = index_of(points, *parallel_, table_);
    const Points queries = queries_for(points, 30);
    std::vector<std::vector<BodyID>> expected;
    for (std::size_t q = 0; q < queries.x.size(); ++q) {
      expected.push_back(
          brute_force(points, queries.x[q], queries.y[q], [](std::size_t) { return true; }));
    }
    for (const std::int64_t k : {1, 2, 8, 48, 49, 200}) {
      const auto found = static_cast<std::size_t>(index.neighbors_of(k));
      const auto ids = nearest(index, queries, k, *parallel_);
      for (std::size_t q = 0; q < queries.x.size(); ++q) {
        const std::vector<BodyID> one(ids.begin() + static_cast<std::ptrdiff_t>(q * found),
                                      ids.begin() + static_cast<std::ptrdiff_t>((q + 1) * found));
        expected[q].resize(std::max(found, expected[q].size()));
        ASSERT_TRUE(std::equal(one.begin(), one.end(), expected[q].begin()))
            << points.name << ' ' << points.x.size() << " query " << q << " k " << k;
      }
    }
  }
}

std::vector<BodyID> ids_of(const WindowHits& hits, std::size_t q) {
  return {hits.of(q).begin(), hits.of(q).end()};
}
std::int64_t num_hits(const WindowHits& hits) {
  return std::accumulate(hits.counts.begin(), hits.counts.end(), std::int64_t{0});
}

void expect_window(const Points& points, const PointIndex& index, const Points& queries,
                   const Window& window, Parallel& parallel) {
  auto hits = index.list({queries.x, queries.y}, window, 1000000, parallel);
  ASSERT_EQ(hits.status().message(), "");
  std::vector<std::int64_t> counts(queries.x.size());
  ASSERT_EQ(index.count({queries.x, queries.y}, window, counts, parallel).message(), "");
  for (std::size_t q = 0; q < queries.x.size(); ++q) {
    const double x = queries.x[q], y = queries.y[q], e = window.extent;
    const auto expected = brute_force(points, x, y, [&](std::size_t i) {
      if (window.shape == WindowShape::kDisc) return squared_distance(points, i, x, y) <= e * e;
      return x - e <= points.x[i] && points.x[i] <= x + e && y - e <= points.y[i] &&
             points.y[i] <= y + e;
    });
    const std::vector<BodyID> found = ids_of(*hits, q);
    ASSERT_EQ(found, expected) << points.name << " query " << q << " extent " << e;
    ASSERT_EQ(counts[q], static_cast<std::int64_t>(expected.size()));
  }
}

TEST_F(QueryTest, WindowsHoldWhatBruteForceFindsInThem) {
  for (const Points& points : all_points()) {
    const PointIndex index = index_of(points, *parallel_, table_);
    const Points queries = queries_for(points, 8);
    if (queries.x.empty()) continue;
    // Extents that touch a point exactly, and some between nothing and everything.
    const double to_point = std::fabs(points.x[points.x.size() / 2] - queries.x[0]);
    for (const double extent : {0.0, to_point, to_point * 0.1, 1e-9, 0.01, 1.0, 1e30}) {
      expect_window(points, index, queries, {WindowShape::kBox, extent}, *parallel_);
      expect_window(points, index, queries, {WindowShape::kDisc, extent}, *parallel_);
    }
  }
}

// Long batches are listed through a stage whose size the first queries tell: here they tell too
// little, as they hit nothing, or all that others do not.
TEST_F(QueryTest, ListsInTheTreesOrderAreTheSameWhoeverAsks) {
  const Points points = exact(test::clusters(4000));
  Points queries = queries_for(points, 3000);
  std::fill(queries.x.begin(), queries.x.begin() + 1100, 1e6);
  for (const bool backwards : {false, true}) {
    if (backwards) {
      std::ranges::reverse(queries.x);
      std::ranges::reverse(queries.y);
    }
    for (const Window window : {Window{WindowShape::kBox, 0.01}, {WindowShape::kDisc, 0.05}}) {
      std::vector<std::vector<BodyID>> expected;
      for (const KernelTable* table : test::tables_here()) {
        for (const int threads : {1, 3}) {
          const auto parallel = test::with_threads(threads);
          const PointIndex index = index_of(points, *parallel, *table);
          auto hits =
              index.list({queries.x, queries.y}, window, 1 << 30, *parallel, ListOrder::kTree);
          ASSERT_EQ(hits.status().message(), "");
          ASSERT_EQ(hits->num_queries(), std::ssize(queries.x));
          std::vector<BodyID> room(points.x.size());
          for (std::size_t q = 0; q < queries.x.size(); ++q) {
            if (expected.size() == q) {
              auto count = index.list_in(queries.x[q], queries.y[q], window, room);
              expected.emplace_back(room.begin(), room.begin() + count.value());
            }
            ASSERT_EQ(ids_of(*hits, q), expected[q]) << table->name << threads << ' ' << q;
          }
        }
      }
    }
  }
}

// A stage is a convenience: where the budget has room for the answer alone, it is asked for twice.
TEST_F(QueryTest, AListNeedsNoMoreMemoryThanItsAnswer) {
  const Points points = exact(test::uniform(4000));
  const Points queries = queries_for(points, 2000);
  const Window window{WindowShape::kBox, 0.2};
  MemoryBudget all;
  const auto indexed = [&](MemoryBudget& budget) {
    return PointIndex::create(points.x, points.y, *parallel_, &budget, table_);
  };
  auto unlimited = indexed(all);
  ASSERT_TRUE(unlimited.is_ok());
  const std::size_t index_bytes = all.used();
  auto expected = unlimited->list({queries.x, queries.y}, window, 2000000, *parallel_);
  const std::size_t answer_bytes = all.used() - index_bytes;
  for (const double share : {0.2, 1.1, 1.5, 4.0}) {
    const auto spare = static_cast<std::size_t>(share * static_cast<double>(answer_bytes));
    MemoryBudget budget({.hard_bytes = index_bytes + spare + 300000});
    auto index = indexed(budget);
    ASSERT_EQ(index.status().message(), "");
    auto hits = index->list({queries.x, queries.y}, window, 2000000, *parallel_);
    if (share < 1) {
      EXPECT_FALSE(hits.is_ok());
    } else {
      ASSERT_EQ(hits.status().message(), "") << share;
      for (std::size_t q = 0; q < queries.x.size(); ++q)
        ASSERT_TRUE(std::ranges::equal(hits->of(q), expected->of(q))) << share;
    }
  }
}

TEST_F(QueryTest, AListKeepsNothingOfQueriesThatItDoesNotAnswer) {
  const Points points = exact(test::uniform(4000));
  const Points queries = queries_for(points, 50000);
  MemoryBudget budget;
  auto index = PointIndex::create(points.x, points.y, *parallel_, &budget, table_);
  const std::size_t before = budget.used();
  for (const ListOrder order : {ListOrder::kTree, ListOrder::kDistance}) {
    auto hits =
        index->list({queries.x, queries.y}, {WindowShape::kBox, 0.01}, 2000, *parallel_, order);
    ASSERT_EQ(hits.status().message(), "");
    ASSERT_GT(hits->num_queries(), 100);
    ASSERT_LT(hits->num_queries(), 5000);
    EXPECT_LT(budget.used() - before, 16 * queries.x.size() / 2);
    for (std::size_t q = 0; q < static_cast<std::size_t>(hits->num_queries()); ++q) {
      std::vector<BodyID> room(points.x.size());
      const auto count =
          index->list_in(queries.x[q], queries.y[q], {WindowShape::kBox, 0.01}, room).value();
      ASSERT_EQ(hits->counts[q], count) << q;
    }
  }
}

TEST_F(QueryTest, ALongBatchIsAnsweredPieceByPiece) {
  const Points points = exact(test::uniform(4000));
  const Points queries = queries_for(points, 5000);
  const PointIndex index = index_of(points, *parallel_, table_);
  const Window window{WindowShape::kDisc, 0.05};
  auto all = index.list({queries.x, queries.y}, window, 1 << 30, *parallel_, ListOrder::kTree);
  const QueryPoints asked{queries.x, queries.y};
  std::int64_t next = 0, pieces = 0;
  for (; next < asked.size(); ++pieces) {
    const QueryPoints rest = asked.part(next, asked.size() - next);
    auto hits = index.list(rest, window, 40000, *parallel_, ListOrder::kTree);
    ASSERT_GT(hits->num_queries(), 0);
    ASSERT_LE(num_hits(hits.value()), 40000);
    for (std::size_t q = 0; q < static_cast<std::size_t>(hits->num_queries()); ++q)
      ASSERT_EQ(ids_of(*hits, q), ids_of(*all, static_cast<std::size_t>(next) + q));
    next += hits->num_queries();
    if (next < asked.size()) {  // one more would have been too many
      ASSERT_GT(num_hits(hits.value()) + all->counts[static_cast<std::size_t>(next)], 40000);
    }
  }
  EXPECT_GT(pieces, 2);
}

TEST_F(QueryTest, EveryInstructionSetAndThreadCountGivesTheSameAnswers) {
  for (const Points& points : {exact(test::clusters(20000)), beyond_floats(20000, 17e6, 1.0)}) {
    const Points queries = queries_for(points, 2000);
    const PointIndex reference = index_of(points, *parallel_, *all_kernel_tables()[0]);
    const auto serial = test::with_threads(1);
    const auto expected = nearest(reference, queries, 10, *serial);
    std::vector<std::int64_t> expected_counts(queries.x.size()), counts(queries.x.size());
    const Window window{WindowShape::kBox, 100.0};
    ASSERT_TRUE(reference.count({queries.x, queries.y}, window, expected_counts, *serial).is_ok());
    for (const KernelTable* table : test::tables_here()) {
      for (const int threads : {1, 2, 3, 8}) {
        const auto parallel = test::with_threads(threads);
        const PointIndex index = index_of(points, *parallel, *table);
        EXPECT_EQ(nearest(index, queries, 10, *parallel), expected) << table->name << threads;
        ASSERT_TRUE(index.count({queries.x, queries.y}, window, counts, *parallel).is_ok());
        EXPECT_EQ(counts, expected_counts) << table->name << threads;
      }
    }
  }
}

// A builder keeps them in some leaf, whose box need not hold them.
TEST_F(QueryTest, ATreeWithACoordinateThatIsNotFiniteIsNoIndex) {
  for (const float odd : {HUGE_VALF, -HUGE_VALF, std::nanf("")}) {
    for (const int axis : {0, 1}) {
      test::Shape points = test::uniform(20000);
      (axis == 0 ? points.x : points.y)[19000] = odd;
      QuadtreeBuilder builder;
      ASSERT_TRUE(builder.prepare(20000, nullptr).is_ok());
      const QuadtreeView& tree = builder.build(points.x, points.y, *parallel_, table_);
      const Status status = PointIndex::create(tree, *parallel_, nullptr, table_).status();
      EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
      EXPECT_EQ(status.message(), "a coordinate of the tree is not finite");
    }
  }
}

TEST_F(QueryTest, ATreeThatStandsAnswersAsItsPointsDo) {
  for (const Points& points : all_points()) {
    const std::vector<float> x(points.x.begin(), points.x.end());
    const std::vector<float> y(points.y.begin(), points.y.end());
    QuadtreeBuilder builder;
    ASSERT_TRUE(builder.prepare(std::ssize(x), nullptr).is_ok());
    QuadtreeView tree = builder.build(x, y, *parallel_, table_);
    std::vector<double> exact_x, exact_y;
    for (const BodyID body : tree.order) {
      exact_x.push_back(points.x[static_cast<std::size_t>(body)]);
      exact_y.push_back(points.y[static_cast<std::size_t>(body)]);
    }
    const bool in_floats =
        std::ranges::equal(tree.x, exact_x) && std::ranges::equal(tree.y, exact_y);
    if (!in_floats) {
      tree.exact_x = exact_x;
      tree.exact_y = exact_y;
    }
    auto index = PointIndex::create(tree, *parallel_, nullptr, table_);
    ASSERT_EQ(index.status().message(), "");
    ASSERT_EQ(index->size(), std::ssize(points.x));
    const Points queries = queries_for(points, 200);
    EXPECT_EQ(nearest(index.value(), queries, 9, *parallel_),
              nearest(index_of(points, *parallel_, table_), queries, 9, *parallel_))
        << points.name << points.x.size();
    if (!queries.x.empty())
      expect_window(points, index.value(), queries_for(points, 4), {WindowShape::kDisc, 0.02},
                    *parallel_);
  }
}

TEST_F(QueryTest, AnswersDoNotDependOnTheBatch) {
  const Points points = exact(test::clusters(3000));
  const PointIndex index = index_of(points, *parallel_, table_);
  const Points queries = queries_for(points, 500);
  const auto together = nearest(index, queries, 5, *parallel_);
  for (std::size_t q = 0; q < queries.x.size(); ++q) {
    const auto alone = nearest(index, {"one", {queries.x[q]}, {queries.y[q]}}, 5, *parallel_);
    ASSERT_TRUE(std::equal(alone.begin(), alone.end(),
                           together.begin() + static_cast<std::ptrdiff_t>(5 * q)));
  }
}

TEST_F(QueryTest, EqualDistancesGoToTheLowestId) {
  Points points{"ring", {}, {}};
  for (const auto& [x, y] :
       {std::pair{5.0, 0.0}, {-3.0, 4.0}, {0.0, 5.0}, {4.0, -3.0}, {3.0, 4.0}, {-5.0, 0.0}}) {
    points.x.push_back(x);
    points.y.push_back(y);
  }
  const PointIndex index = index_of(points, *parallel_, table_);
  EXPECT_EQ(nearest(index, {"", {0.0}, {0.0}}, 4, *parallel_), (std::vector<BodyID>{0, 1, 2, 3}));
}

TEST_F(QueryTest, DistancesThatFloatsConfuseAreToldApart) {
  // In floats both points stand at 17000000; the second is nearer by one unit.
  const Points points{"two", {17000001.0, 17000000.0, 17000003.0}, {0.0, 0.0, 0.0}};
  const PointIndex index = index_of(points, *parallel_, table_);
  EXPECT_EQ(nearest(index, {"", {16999999.0}, {0.0}}, 3, *parallel_),
            (std::vector<BodyID>{1, 0, 2}));
  EXPECT_EQ(nearest(index, {"", {17000002.0}, {0.0}}, 3, *parallel_),
            (std::vector<BodyID>{0, 2, 1}));
}

TEST_F(QueryTest, ListsStopWhereTheHitsBecomeTooManyButNeverBeforeTheFirst) {
  const Points points = exact(test::uniform(1000));
  const PointIndex index = index_of(points, *parallel_, table_);
  const std::vector<double> x(5, 0.5), y(5, 0.5);
  const Window all{WindowShape::kBox, 1.0};
  for (const auto& [max_hits, answered] :
       {std::pair{0, 1}, {999, 1}, {2000, 2}, {2999, 2}, {5000, 5}}) {
    auto hits = index.list({x, y}, all, max_hits, *parallel_);
    ASSERT_TRUE(hits.is_ok());
    EXPECT_EQ(hits->num_queries(), answered) << max_hits;
    EXPECT_EQ(num_hits(hits.value()), 1000 * answered);
  }
}

TEST_F(QueryTest, NoPointsAnswerWithNothing) {
  const PointIndex index = index_of({"nothing", {}, {}}, *parallel_, table_);
  const Points queries{"", {1.0}, {2.0}};
  EXPECT_TRUE(nearest(index, queries, 3, *parallel_).empty());
  std::vector<std::int64_t> counts{7, 7};  // of which the last one is nobody's
  EXPECT_TRUE(
      index.count({queries.x, queries.y}, {WindowShape::kDisc, 1.0}, counts, *parallel_).is_ok());
  EXPECT_EQ(counts, (std::vector<std::int64_t>{0, 7}));
}

TEST_F(QueryTest, WrongArgumentsAreRefusedInOneSentence) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> one{1.0}, bad{nan}, huge{1e39};
  const auto refused = [&](const std::vector<double>& x, const std::vector<double>& y) {
    return PointIndex::create(x, y, *parallel_, nullptr, table_).status().message();
  };
  EXPECT_EQ(refused(one, bad), "point 0 at (1, nan) is not finite or beyond 3.4e38");
  EXPECT_NE(refused(huge, one), "");
  EXPECT_EQ(refused(one, {}), "there are 1 x and 0 y of the point");
  const PointIndex index = index_of({"", {1.0, 2.0}, {1.0, 2.0}}, *parallel_, table_);
  std::vector<BodyID> ids(1);
  EXPECT_EQ(index.nearest({one, one}, 0, ids, *parallel_).message(),
            "the number of nearest points is 0; at least 1");
  EXPECT_EQ(index.nearest({one, one}, 2, ids, *parallel_).message(),
            "there is no room for 2 neighbors of 1 queries");
  EXPECT_EQ(index.nearest({bad, one}, 1, ids, *parallel_).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(index.list({one, one}, {WindowShape::kBox, -1.0}, 10, *parallel_).status().code(),
            StatusCode::kInvalidArgument);
  MemoryBudget budget({.hard_bytes = 4096});
  const Points many = exact(test::uniform(10000));
  EXPECT_FALSE(PointIndex::create(many.x, many.y, *parallel_, &budget, table_).is_ok());
  EXPECT_EQ(budget.used(), 0u);
}

}  // namespace
}  // namespace quadrille
