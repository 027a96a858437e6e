// Points and queries for tests of a point index: the shapes of spatial_shapes.h, and coordinates
// that no float holds.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <quadrille/point_index.h>

#include "tests/kernels/spatial_shapes.h"

namespace quadrille::test {

inline constexpr double kFarthest = std::numeric_limits<float>::max();  // that an index takes

struct Points {
  std::string name;
  std::vector<double> x, y;
};

inline Points exact(const Shape& shape) {
  return {shape.name, {shape.x.begin(), shape.x.end()}, {shape.y.begin(), shape.y.end()}};
}

// Coordinates that no float holds, some of them nearer to each other than floats tell apart.
inline Points beyond_floats(int count, double offset, double step) {
  Points points{"beyond floats", {}, {}};
  Random random(21);
  for (int i = 0; i < count; ++i) {
    points.x.push_back(offset + step * static_cast<double>(random.next_below(2000)));
    points.y.push_back(-offset + step * static_cast<double>(random.next_below(2000)));
  }
  return points;
}

inline std::vector<Points> all_points() {
  std::vector<Points> all;
  for (const Shape& shape : all_shapes()) {
    if (shape.x.size() < 7000) all.push_back(exact(shape));
  }
  all.push_back(exact(clusters(4000)));
  all.push_back(exact(one_far_point(4000, 1e-6f)));
  all.push_back(beyond_floats(2000, 17e6, 1.0));
  all.push_back(beyond_floats(2000, 1.0, 1e-9));
  all.push_back(beyond_floats(2000, 0.1, 1e-3));
  return all;
}

// Points of the set, between them, and far outside.
inline Points queries_for(const Points& points, int count) {
  Points queries{points.name, {}, {}};
  Random random(22);
  const auto size = static_cast<std::uint32_t>(points.x.size());
  for (int i = 0; i < count && size > 0; ++i) {
    const std::size_t a = random.next_below(size), b = random.next_below(size);
    const double share = i % 3 == 0   ? 0.0
                         : i % 3 == 1 ? random.next_unit()
                                      : 3.0 * random.next_unit();
    queries.x.push_back(
        std::clamp(points.x[a] + share * (points.x[b] - points.x[a]), -3.4e38, 3.4e38));
    queries.y.push_back(
        std::clamp(points.y[a] + share * (points.y[b] - points.y[a]), -3.4e38, 3.4e38));
  }
  return queries;
}

inline double squared_distance(const Points& points, std::size_t i, double x, double y) {
  const double dx = points.x[i] - x, dy = points.y[i] - y;
  return dx * dx + dy * dy;
}

inline PointIndex index_of(const Points& points, Parallel& parallel, const KernelTable& table) {
  auto index = PointIndex::create(points.x, points.y, parallel, nullptr, table);
  EXPECT_EQ(index.status().message(), "");
  return std::move(index).value();
}

}  // namespace quadrille::test
