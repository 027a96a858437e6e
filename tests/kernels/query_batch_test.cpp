// Batches whose queries stand so near each other that they are answered together, against each
// query alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <quadrille/point_index.h>

#include "tests/kernels/query_points.h"

namespace quadrille {
namespace {

using test::Points;

Points lattice(int side, double step) {  // distances are equal by the dozen
  Points points{"lattice", {}, {}};
  for (int i = 0; i < side * side; ++i) {
    points.x.push_back(step * static_cast<double>(i * 7 % side));
    points.y.push_back(step * static_cast<double>(i / side));
  }
  return points;
}

Points twice(Points points) {  // each point has another one on its spot
  points.name += " twice";
  const std::vector<double> x = points.x, y = points.y;
  points.x.insert(points.x.end(), x.begin(), x.end());
  points.y.insert(points.y.end(), y.begin(), y.end());
  return points;
}

// As far apart as floats reach, where no float holds them: what floats round leaves their range.
Points widest_beyond_floats(int count) {
  Points points{"widest beyond floats", {-test::kFarthest, test::kFarthest}, {-test::kFarthest, 0}};
  Random random(33);
  const auto anywhere = [&] { return 3.4e38 * (2 * random.next_unit() - 1); };
  while (std::ssize(points.x) < count) {
    points.x.push_back(anywhere());
    points.y.push_back(anywhere());
  }
  return points;
}

// On a line so short that squared distances vanish in doubles, beside a point far away.
Points vanishing(int count) {
  Points points{"vanishing", {}, {}};
  for (int i = 0; i < count; ++i) {
    points.x.push_back(1e-163 * i);
    points.y.push_back(0.0);
  }
  points.x.push_back(1.0);
  points.y.push_back(0.1);
  return points;
}

std::vector<Points> dense_points() {
  return {test::exact(test::uniform(2000)),
          test::exact(test::clusters(2000)),
          lattice(40, 1.0),
          lattice(40, 0.1),
          twice(test::exact(test::uniform(1000))),
          test::exact(test::coincident(700)),
          test::exact(test::scales(600)),
          test::exact(test::widest(120)),
          test::exact(test::denormal(120)),
          test::exact(test::coarse(800)),
          widest_beyond_floats(40),
          widest_beyond_floats(240),
          vanishing(60),
          test::beyond_floats(1000, 17e6, 1.0),
          test::beyond_floats(1000, 1.0, 1e-9),
          test::beyond_floats(1000, 0.1, 1e-3)};
}

// On points, half a spacing beside them, and once more than there are points; some far outside, and
// in the corners of all that floats hold where points are.
Points dense_queries(const Points& points) {
  Points queries{points.name, {}, {}};
  Random random(31);
  const auto size = static_cast<std::uint32_t>(points.x.size());
  for (std::uint32_t i = 0; i < size; ++i) {
    const std::size_t at = random.next_below(size), other = (at + 1) % size;
    const double share = i % 4 == 0 ? 0.0 : i % 4 == 1 ? 0.5 : 0.01 * random.next_unit();
    queries.x.push_back(points.x[at] + share * (points.x[other] - points.x[at]));
    queries.y.push_back(points.y[at] + share * (points.y[other] - points.y[at]));
  }
  const Points beyond = test::queries_for(points, 40);
  queries.x.insert(queries.x.end(), beyond.x.begin(), beyond.x.end());
  queries.y.insert(queries.y.end(), beyond.y.begin(), beyond.y.end());
  if (points.name.starts_with("widest")) {
    for (const int corner : {0, 1, 2, 3}) {
      queries.x.push_back(corner % 2 == 0 ? -test::kFarthest : test::kFarthest);
      queries.y.push_back(corner / 2 == 0 ? -test::kFarthest : test::kFarthest);
    }
  }
  for (double& x : queries.x) x = std::clamp(x, -test::kFarthest, test::kFarthest);
  for (double& y : queries.y) y = std::clamp(y, -test::kFarthest, test::kFarthest);
  return queries;
}

TEST(QueryBatch, NearestOfManyTogetherAreThoseOfEachAlone) {
  const auto parallel = test::with_threads(2);
  for (const Points& points : dense_points()) {
    const Points queries = dense_queries(points);
    for (const KernelTable* table : test::tables_here()) {
      const PointIndex index = test::index_of(points, *parallel, *table);
      for (const std::size_t k : {3u, 8u, 9u, 20u}) {
        if (k > 9 && points.x.size() > 200) continue;  // looks at all of a few
        std::vector<BodyID> ids(queries.x.size() * k);
        const auto size = static_cast<std::int64_t>(k);
        ASSERT_TRUE(index.nearest({queries.x, queries.y}, size, ids, *parallel).is_ok());
        std::vector<Neighbor> alone(k);
        for (std::size_t q = 0; q < queries.x.size(); ++q) {
          ASSERT_EQ(index.nearest_to(queries.x[q], queries.y[q], alone).value(), size);
          for (std::size_t i = 0; i < k; ++i) {
            ASSERT_EQ(ids[q * k + i], alone[i].id)
                << points.name << ' ' << table->name << " query " << q << " k " << k;
          }
        }
      }
    }
  }
}

// The extent of a window around the first point that holds about so many of the points.
double extent_of(const Points& points, std::size_t hits) {
  std::vector<double> reach;
  for (std::size_t i = 0; i < points.x.size(); ++i) {
    reach.push_back(
        std::max(std::fabs(points.x[i] - points.x[0]), std::fabs(points.y[i] - points.y[0])));
  }
  std::ranges::sort(reach);
  return reach[std::min(hits, reach.size() - 1)];
}

void expect_each_alone(const PointIndex& index, const Points& queries, const Window& window,
                       Parallel& parallel, const std::string& what) {
  auto tree = index.list({queries.x, queries.y}, window, 1 << 30, parallel, ListOrder::kTree);
  ASSERT_EQ(tree.status().message(), "");
  std::vector<std::int64_t> counts(queries.x.size());
  ASSERT_TRUE(index.count({queries.x, queries.y}, window, counts, parallel).is_ok());
  std::vector<BodyID> alone(static_cast<std::size_t>(index.size()));
  for (std::size_t q = 0; q < queries.x.size(); ++q) {
    const auto count = index.list_in(queries.x[q], queries.y[q], window, alone).value();
    ASSERT_EQ(counts[q], count) << what << q;
    ASSERT_EQ(tree->counts[q], count) << what << q;
    ASSERT_TRUE(std::equal(alone.begin(), alone.begin() + count, tree->of(q).begin())) << what << q;
  }
}

TEST(QueryBatch, WindowsThatOverlapHoldWhatEachHoldsAlone) {
  const auto parallel = test::with_threads(2);
  for (const Points& points : dense_points()) {
    Points queries = dense_queries(points);
    const std::size_t stay = queries.x.size() / 2;
    queries.x.resize(stay);
    queries.y.resize(stay);
    for (const KernelTable* table : test::tables_here()) {
      const PointIndex index = test::index_of(points, *parallel, *table);
      for (const WindowShape shape : {WindowShape::kBox, WindowShape::kDisc}) {
        for (const std::size_t hits : {5u, 30u, 240u}) {
          const double extent = extent_of(points, hits);
          const std::string what =
              points.name + ' ' + table->name + ' ' + std::to_string(hits) + " hits, query ";
          expect_each_alone(index, queries, {shape, extent}, *parallel, what);
          if (HasFatalFailure()) return;
        }
      }
    }
  }
}

}  // namespace
}  // namespace quadrille
