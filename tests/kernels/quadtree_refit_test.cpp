// Refits: the boxes of bodies that moved a little, in a topology and an order that stay.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include <quadrille/quadtree_builder.h>

#include "kernels/verify_quadtree.h"
#include "tests/kernels/quadtree_bytes.h"
#include "tests/kernels/spatial_shapes.h"

namespace quadrille {
namespace {

using test::bytes_of;
using test::Shape;

class QuadtreeRefitTest : public testing::Test {
 protected:
  const QuadtreeView& build(QuadtreeBuilder& builder, const Shape& shape) {
    EXPECT_TRUE(builder.prepare(std::ssize(shape.x), nullptr).is_ok());
    return builder.build(shape.x, shape.y, *parallel_, *test::tables_here().back());
  }
  QuadtreeBuilder builder_, ordered_builder_;
  std::unique_ptr<Parallel> parallel_ = test::with_threads(2);
};

// The bodies of a shape in a tree's order.
Shape in_order(const Shape& shape, std::span<const BodyID> order) {
  Shape ordered{shape.name, {}, {}};
  for (const BodyID id : order)
    ordered.add(shape.x[static_cast<std::size_t>(id)], shape.y[static_cast<std::size_t>(id)]);
  return ordered;
}

Shape moved_a_little(const Shape& shape) {
  Shape moved = shape;
  Random random(21);
  for (std::size_t i = 0; i < moved.x.size(); ++i) {
    moved.x[i] *= 1.0f - 0.01f * test::unit(random);
    moved.y[i] *= 1.0f - 0.02f * test::unit(random);
  }
  return moved;
}

// Where ids are those of places, leaves are copied instead of gathered.
TEST_F(QuadtreeRefitTest, BodiesInTheTreesOrderGetTheSameTree) {
  for (const Shape& shape : test::all_shapes()) {
    const QuadtreeView& tree = build(builder_, shape);
    const std::vector<BodyID> order(tree.order.begin(), tree.order.end());
    const QuadtreeView& ordered_tree = build(ordered_builder_, in_order(shape, order));
    const Shape moved = moved_a_little(shape), ordered = in_order(moved, order);
    builder_.refit(moved.x, moved.y, *parallel_);
    ordered_builder_.refit(ordered.x, ordered.y, *parallel_);
    EXPECT_EQ(verify_quadtree(tree, moved.x, moved.y, false).message(), "") << shape.name;
    EXPECT_EQ(verify_quadtree(ordered_tree, ordered.x, ordered.y, false).message(), "");
    QuadtreeView renamed = ordered_tree;
    renamed.order = tree.order;
    EXPECT_EQ(bytes_of(renamed), bytes_of(tree)) << shape.name;
  }
}

// What a caller does who keeps its bodies in the tree's order.
TEST_F(QuadtreeRefitTest, ColumnsSortedByTheOrderOfATreeStandInThatOfTheNextOne) {
  for (const Shape& shape : test::all_shapes()) {
    const QuadtreeView& tree = build(builder_, shape);
    const std::size_t count = tree.order.size();
    std::vector<float> x(count), y(count);
    for (std::size_t place = 0; place < count; ++place) {
      const auto body = static_cast<std::size_t>(tree.order[place]);
      x[place] = shape.x[body];
      y[place] = shape.y[body];
    }
    builder_.build(x, y, *parallel_, *test::tables_here().back());
    for (std::size_t place = 0; place < count; ++place)
      ASSERT_EQ(tree.order[place], static_cast<BodyID>(place)) << shape.name;
  }
}

// More quadrants than there is room for: leaves are made of several cells, and two of their ids
// have changed places, so that the first and the last one say nothing of the others.
TEST_F(QuadtreeRefitTest, LeavesThatWereCutOffAreGatheredBodyByBody) {
  Shape shape{"combs", {}, {}};
  constexpr int kPoints = 44;
  for (int tooth = 0; tooth < 300; ++tooth) {
    for (int i = 0; i < kPoints; ++i) {
      const int rank = i == 32 ? 33 : i == 33 ? 32 : i;
      const int exponent = kPoints - 1 - rank;
      const float size = std::ldexp(1.0f, -exponent);
      shape.add(static_cast<float>(tooth) * 10 + size, size);
    }
  }
  build(builder_, shape);
  const Shape moved = moved_a_little(shape);
  const QuadtreeView& tree = builder_.refit(moved.x, moved.y, *parallel_);
  int num_trapped = 0;
  for (std::size_t q = 0; q < tree.quadrants.size(); ++q) {
    const auto [first, last] = tree.ranges[q];
    const auto ids =
        tree.order.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first));
    num_trapped += tree.quadrants[q].child_mask == 0 && !std::ranges::is_sorted(ids) &&
                   ids.back() - ids.front() == last - first - 1;
  }
  EXPECT_GT(num_trapped, 100);
  EXPECT_EQ(verify_quadtree(tree, moved.x, moved.y, false).message(), "");
}

TEST_F(QuadtreeRefitTest, EveryThreadCountGivesTheSameBytes) {
  for (const Shape& shape : {test::clusters(20000), test::scales(3000)}) {
    const std::vector<BodyID> order = [&] {
      const QuadtreeView& tree = build(builder_, shape);
      return std::vector<BodyID>(tree.order.begin(), tree.order.end());
    }();
    for (const Shape& bodies : {shape, in_order(shape, order)}) {
      build(builder_, bodies);
      const Shape moved = moved_a_little(bodies);
      const auto expected = bytes_of(builder_.refit(moved.x, moved.y, *parallel_));
      for (const int threads : {1, 3, 8}) {
        builder_.refit(bodies.x, bodies.y, *parallel_);
        const auto parallel = test::with_threads(threads);
        EXPECT_EQ(bytes_of(builder_.refit(moved.x, moved.y, *parallel)), expected) << threads;
      }
    }
  }
}

TEST_F(QuadtreeRefitTest, WhatIsNotANumberHarmsNobodyElse) {
  Shape shape = test::uniform(3000);
  for (const bool is_ordered : {false, true}) {
    const QuadtreeView& tree = build(is_ordered ? ordered_builder_ : builder_, shape);
    Shape moved = shape;
    for (std::size_t i = 0; i < moved.x.size(); i += 7)
      (i % 2 == 0 ? moved.x : moved.y)[i] = std::numeric_limits<float>::quiet_NaN();
    (is_ordered ? ordered_builder_ : builder_).refit(moved.x, moved.y, *parallel_);
    for (std::size_t q = 0; q < tree.quadrants.size(); ++q) {
      const Box& box = tree.boxes[q];
      for (std::int32_t place = tree.ranges[q].first; place < tree.ranges[q].last; ++place) {
        const float x = tree.x[static_cast<std::size_t>(place)];
        const float y = tree.y[static_cast<std::size_t>(place)];
        ASSERT_TRUE(std::isnan(x) || (box.min_x <= x && x <= box.max_x)) << q;
        ASSERT_TRUE(std::isnan(y) || (box.min_y <= y && y <= box.max_y)) << q;
      }
    }
    shape = in_order(shape, std::vector<BodyID>(tree.order.begin(), tree.order.end()));
  }
}

// ---- boxes in steps, edge by edge ----

constexpr std::int32_t kSteps = 65535;

// What the four lanes do at once: steps from the lower end for one edge, and where they lead.
struct EdgeOracle {
  float low, high, step = high * (1.0f / kSteps) - low * (1.0f / kSteps);
  float min_at(std::int32_t steps) const { return low + static_cast<float>(steps) * step; }
  float max_at(std::int32_t steps) const {
    return high - static_cast<float>(kSteps - steps) * step;
  }
  std::int32_t guess(float distance) const {
    const float steps = distance * (1.0f / step);
    if (!(steps > 0.0f)) return 0;
    return steps < static_cast<float>(kSteps) ? static_cast<std::int32_t>(steps) : kSteps;
  }
  std::int32_t encode_min(float value) const {
    std::int32_t steps = guess(value - low);
    for (std::int32_t back = 1; steps > 0 && !(min_at(steps) <= value); back *= 2)
      steps = std::max(steps - back, 0);
    return steps;
  }
  std::int32_t encode_max(float value) const {
    std::int32_t steps = kSteps - guess(high - value);
    for (std::int32_t back = 1; steps < kSteps && !(max_at(steps) >= value); back *= 2)
      steps = std::min(steps + back, kSteps);
    return steps;
  }
};

TEST(QuadtreeBoxSteps, FourEdgesAtOnceAreEachEdgeAlone) {
  Random random(13);
  const auto bits = [](float value) { return std::bit_cast<std::uint32_t>(value); };
  for (int round = 0; round < 100000; ++round) {
    const float scale = std::ldexp(1.0f, static_cast<int>(random.next_below(240)) - 120);
    float e[4];
    for (float& edge : e) edge = (test::unit(random) - 0.3f) * scale;
    if (round % 3 == 0)  // only a few floats apart
      for (int i = 1; i < 4; ++i) e[i] = std::nextafter(e[i - 1], scale * 2);
    if (round % 5 == 0) e[1] = 0;
    std::sort(e, e + 4);
    const Box parent{e[0], e[0], e[3], e[3]}, bodies{e[1], e[0], e[2], e[2]};
    const EdgeOracle axis{e[0], e[3]};
    Quadrant quadrant{};
    encode_box(bodies, parent, quadrant);
    ASSERT_EQ(quadrant.min_x, axis.encode_min(e[1])) << round;
    ASSERT_EQ(quadrant.min_y, axis.encode_min(e[0])) << round;
    ASSERT_EQ(quadrant.max_x, axis.encode_max(e[2])) << round;
    ASSERT_EQ(quadrant.max_y, axis.encode_max(e[2])) << round;
    const Box box = decode_box(quadrant, parent);
    ASSERT_EQ(bits(box.min_x), bits(axis.min_at(quadrant.min_x))) << round;
    ASSERT_EQ(bits(box.max_x), bits(axis.max_at(quadrant.max_x))) << round;
  }
}

}  // namespace
}  // namespace quadrille
