#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include <quadrille/quadtree_builder.h>

#include "engine/memory_budget.h"
#include "kernels/verify_quadtree.h"
#include "tests/engine/quadtree_images.h"
#include "tests/kernels/quadtree_bytes.h"
#include "tests/kernels/spatial_shapes.h"

namespace quadrille {
namespace {

using test::bytes_of;
using test::Shape;

class QuadtreeTest : public testing::Test {
 protected:
  const QuadtreeView& build(const Shape& shape) {
    EXPECT_TRUE(builder_.prepare(static_cast<std::int64_t>(shape.x.size()), nullptr).is_ok());
    return builder_.build(shape.x, shape.y, *parallel_, *test::tables_here().back());
  }
  QuadtreeBuilder builder_;
  std::unique_ptr<Parallel> parallel_ = test::with_threads(2);
};

TEST_F(QuadtreeTest, EveryShapeGivesAValidTree) {
  for (const Shape& shape : test::all_shapes()) {
    const QuadtreeView& tree = build(shape);
    EXPECT_EQ(verify_quadtree(tree, shape.x, shape.y).message(), "") << shape.name;
  }
}

TEST_F(QuadtreeTest, EveryInstructionSetAndThreadCountGivesTheSameBytes) {
  for (const Shape& shape : test::all_shapes()) {
    const auto expected = bytes_of(build(shape));
    for (const KernelTable* table : test::tables_here()) {
      for (const int threads : {1, 3, 8}) {
        const auto parallel = test::with_threads(threads);
        EXPECT_EQ(bytes_of(builder_.build(shape.x, shape.y, *parallel, *table)), expected)
            << shape.name << ' ' << table->name << ' ' << threads;
      }
    }
  }
}

TEST_F(QuadtreeTest, NoBodyGivesNoQuadrant) {
  const QuadtreeView& tree = build({"nothing", {}, {}});
  EXPECT_TRUE(tree.quadrants.empty());
  EXPECT_EQ(tree.num_leaves, 0);
}

TEST_F(QuadtreeTest, OneBodyIsALeafOfItsOwnSize) {
  const QuadtreeView& tree = build({"one", {2.5f}, {-1.0f}});
  ASSERT_EQ(tree.quadrants.size(), 1u);
  EXPECT_EQ(tree.boxes[0].min_x, 2.5f);
  EXPECT_EQ(tree.boxes[0].max_y, -1.0f);
}

TEST_F(QuadtreeTest, AMillionCoincidentPointsAreOneLeafInOrderOfTheirIds) {
  const Shape shape = test::coincident(1000000);
  const QuadtreeView& tree = build(shape);
  ASSERT_EQ(tree.quadrants.size(), 1u);
  EXPECT_TRUE(std::is_sorted(tree.order.begin(), tree.order.end()));
}

TEST_F(QuadtreeTest, AMillionPointsOnALineAreATreeOfOrdinaryLeaves) {
  Shape shape{"line", {}, std::vector<float>(1000000, 5.0f)};
  for (int i = 0; i < 1000000; ++i) shape.x.push_back(static_cast<float>(i));
  const QuadtreeView& tree = build(shape);
  EXPECT_EQ(verify_quadtree(tree, shape.x, shape.y).message(), "");
  EXPECT_LT(tree.quadrants.size(), 1000000u / 8);
  EXPECT_LE(tree.depth, 20);
}

TEST_F(QuadtreeTest, TwoPoints1Eminus30ApartPartWhereFloatsTellThemApart) {
  for (const float at : {0.0f, 1.0f}) {
    Shape shape{"two spots", {}, {}};
    for (int i = 0; i < 2 * kLeafCapacity; ++i) shape.add(i % 2 == 0 ? at : at + 1e-30f, at);
    const QuadtreeView& tree = build(shape);
    EXPECT_EQ(verify_quadtree(tree, shape.x, shape.y).message(), "");
    EXPECT_EQ(tree.num_leaves, at == 0 ? 2 : 1);
  }
}

TEST_F(QuadtreeTest, OneFarPointDoesNotSpoilTheTreeOfTheRest) {
  const auto alone = build(test::uniform(20000, 3)).quadrants.size();
  for (const float width : {1e-3f, 1e-6f, 1e-12f}) {
    const QuadtreeView& tree = build(test::one_far_point(20000, width));
    EXPECT_LT(tree.quadrants.size(), 2 * alone) << width;
    EXPECT_GT(tree.quadrants.size(), alone / 2) << width;
  }
}

// So many that all threads part them, again and again.
TEST_F(QuadtreeTest, ManyPointsBehindAFarOneGiveTheSameBytesOnAnyThreads) {
  for (const float width : {1e-3f, 1e-8f}) {
    const Shape shape = test::one_far_point(600000, width);
    const auto expected = bytes_of(build(shape));
    EXPECT_EQ(verify_quadtree(builder_.view(), shape.x, shape.y).message(), "") << width;
    const auto alone = test::with_threads(1);
    EXPECT_EQ(bytes_of(builder_.build(shape.x, shape.y, *alone, *test::tables_here()[0])), expected)
        << width;
  }
}

// Three workers have a part of the idle buffer each, eight sort beside their runs, as do three
// where a run is longer than a part; one does both.
TEST_F(QuadtreeTest, WhichBufferAWorkerSortsWithChangesNoByte) {
  for (const Shape& shape : {test::uniform(150000), test::clusters(150000)}) {
    const auto expected = bytes_of(build(shape));
    EXPECT_EQ(verify_quadtree(builder_.view(), shape.x, shape.y).message(), "") << shape.name;
    for (const int threads : {1, 3, 8}) {
      const auto parallel = test::with_threads(threads);
      EXPECT_EQ(bytes_of(builder_.build(shape.x, shape.y, *parallel, *test::tables_here()[0])),
                expected)
          << shape.name << ' ' << threads;
    }
  }
}

// One run is longer than a worker's part of the idle buffer, and is sorted while the others are.
TEST_F(QuadtreeTest, ALongRunBesideShortOnesLosesNobody) {
  Shape shape = test::uniform(150000);
  for (std::size_t i = 0; i < 100000; ++i) shape.x[i] /= 17, shape.y[i] /= 17;
  const auto expected = bytes_of(build(shape));
  EXPECT_EQ(verify_quadtree(builder_.view(), shape.x, shape.y).message(), "");
  const auto parallel = test::with_threads(2);
  for (int repeat = 0; repeat < 20; ++repeat) {
    ASSERT_EQ(bytes_of(builder_.build(shape.x, shape.y, *parallel, *test::tables_here()[0])),
              expected);
  }
}

TEST_F(QuadtreeTest, DepthIsBoundedEvenForScalesFromTheLeastToTheLargestFloat) {
  Shape shape{"all scales", {}, {}};
  for (int repeat = 0; repeat < 40; ++repeat) {
    for (int exponent = -149; exponent < 128; ++exponent) {
      const float size = std::ldexp(1.0f, exponent);
      shape.add(size, static_cast<float>(repeat) * std::ldexp(1.0f, exponent - 10));
    }
  }
  const QuadtreeView& tree = build(shape);
  EXPECT_LE(tree.depth, kMaxQuadtreeDepth);
  EXPECT_EQ(verify_quadtree(tree, shape.x, shape.y, false).message(), "");
}

TEST_F(QuadtreeTest, WhatIsNotFiniteIsKeptAndHarmsNobodyElse) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  Shape shape = test::uniform(2000);
  for (std::size_t i = 0; i < 300; ++i) {
    shape.x[i * 5] = i % 3 == 0 ? kNan : i % 3 == 1 ? kInfinity : -kInfinity;
    if (i % 2 == 0) shape.y[i * 5] = kNan;
  }
  const QuadtreeView& tree = build(shape);
  std::vector<BodyID> ids(tree.order.begin(), tree.order.end());
  std::sort(ids.begin(), ids.end());
  for (std::size_t i = 0; i < ids.size(); ++i) ASSERT_EQ(ids[i], static_cast<BodyID>(i));
  for (std::size_t q = 0; q < tree.quadrants.size(); ++q) {
    for (std::int32_t i = tree.ranges[q].first; i < tree.ranges[q].last; ++i) {
      const float x = tree.x[static_cast<std::size_t>(i)], y = tree.y[static_cast<std::size_t>(i)];
      if (!std::isfinite(x) || !std::isfinite(y)) continue;
      const Box& box = tree.boxes[q];
      EXPECT_TRUE(box.min_x <= x && x <= box.max_x && box.min_y <= y && y <= box.max_y) << q;
    }
  }
}

TEST_F(QuadtreeTest, OnlyNotANumberIsALeafThatNoQueryMeets) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const QuadtreeView& tree =
      build({"nan", std::vector<float>(100, nan), std::vector<float>(100, nan)});
  ASSERT_EQ(tree.quadrants.size(), 1u);
  EXPECT_FALSE(tree.boxes[0].min_x <= tree.boxes[0].max_x);
}

TEST_F(QuadtreeTest, RefitContainsTheMovedBodiesInTheSameTopology) {
  for (const Shape& shape : test::all_shapes()) {
    if (shape.name == "widest") continue;  // moved out of the floats' range
    const QuadtreeView& tree = build(shape);
    const std::vector<BodyID> order(tree.order.begin(), tree.order.end());
    Shape moved = shape;
    Random random(9);
    for (std::size_t i = 0; i < moved.x.size(); ++i) {
      moved.x[i] *= 1.0f + 0.2f * test::unit(random);
      moved.y[i] -= 0.1f * test::unit(random);
    }
    builder_.refit(moved.x, moved.y, *parallel_);
    EXPECT_TRUE(std::equal(order.begin(), order.end(), tree.order.begin()));
    EXPECT_EQ(verify_quadtree(tree, moved.x, moved.y, false).message(), "") << shape.name;
    builder_.refit(shape.x, shape.y, *parallel_);
    EXPECT_EQ(verify_quadtree(tree, shape.x, shape.y, true).message(), "") << shape.name;
  }
}

TEST_F(QuadtreeTest, RefitInPlaceGivesTheBytesOfTheBuild) {
  const Shape shape = test::clusters(20000);
  const auto built = bytes_of(build(shape));
  EXPECT_EQ(bytes_of(builder_.refit(shape.x, shape.y, *parallel_)), built);
}

TEST_F(QuadtreeTest, VerifierFindsEachKindOfDamage) {
  const Shape shape = test::uniform(1000);
  const QuadtreeView good = build(shape);
  std::vector<Quadrant> quadrants(good.quadrants.begin(), good.quadrants.end());
  std::vector<BodyID> order(good.order.begin(), good.order.end());
  std::vector<BodyRange> ranges(good.ranges.begin(), good.ranges.end());
  std::vector<Box> boxes(good.boxes.begin(), good.boxes.end());
  const auto problem = [&] {
    QuadtreeView tree = good;
    tree.quadrants = quadrants;
    tree.order = order;
    tree.ranges = ranges;
    tree.boxes = boxes;
    return verify_quadtree(tree, shape.x, shape.y).message();
  };
  ASSERT_EQ(problem(), "");
  std::swap(order[3], order[4]);
  EXPECT_EQ(problem(), "quadtree: place 3 has not its body's coordinates");
  std::swap(order[3], order[4]);
  quadrants[2].min_x = static_cast<std::uint16_t>(quadrants[2].min_x + 9);
  EXPECT_EQ(problem(), "quadtree: quadrant 2 has a body outside of its box");
  quadrants[2] = good.quadrants[2];
  boxes[2].min_x -= 1;
  EXPECT_EQ(problem(), "quadtree: box 2 is not what the quadrants say");
  boxes[2] = good.boxes[2];
  ++quadrants[0].offset;
  EXPECT_EQ(problem(), "quadtree: quadrant 0 has its children in the wrong place");
  quadrants[0] = good.quadrants[0];
  --ranges.back().last;
  EXPECT_EQ(problem(), "quadtree: range " + std::to_string(ranges.size() - 1) +
                           " is not what the quadrants say");
}

// What a reader can do without, and a builder promises.
TEST_F(QuadtreeTest, VerifierOfAFreshTreeAsksForMore) {
  const Shape shape = test::coincident(3);
  QuadtreeView tree = build(shape);
  const std::vector<BodyID> order{0, 2, 1};
  tree.order = order;
  EXPECT_EQ(verify_quadtree(tree, shape.x, shape.y, false).message(), "");
  EXPECT_EQ(verify_quadtree(tree, shape.x, shape.y).message(),
            "quadtree: place 2 has a lower id than the same point before it");
  Shape moved = test::uniform(1000);
  build(moved);
  for (std::size_t i = 0; i < moved.x.size(); ++i) moved.x[i] = 1.0f - moved.x[i];
  const QuadtreeView& refitted = builder_.refit(moved.x, moved.y, *parallel_);
  EXPECT_EQ(verify_quadtree(refitted, moved.x, moved.y, false).message(), "");
  EXPECT_EQ(verify_quadtree(refitted, moved.x, moved.y).message(),
            "quadtree: quadrant 0 has a left child that reaches right of a right one");
  Region image = make_image(obvious_tree({{0, 1, 2}, {0, 1, 2}}, 1, false));
  const Quadtree fine = Quadtree::open({image.base(), image.capacity()}).value();
  const std::vector<float> x{0, 1, 2};
  EXPECT_EQ(verify_quadtree(fine.view(), x, x, false).message(), "");
  EXPECT_EQ(verify_quadtree(fine.view(), x, x).message(),
            "quadtree: quadrant 0 parts bodies that a leaf could hold");
}

TEST_F(QuadtreeTest, BudgetIsChargedAndRefusedInOneSentence) {
  MemoryBudget budget({.hard_bytes = 1 << 20});
  EXPECT_EQ(builder_.prepare(1000000, &budget).code(), StatusCode::kBudgetExceeded);
  EXPECT_EQ(budget.used(), 0u);
  EXPECT_EQ(builder_.prepare(-1, nullptr).code(), StatusCode::kInvalidArgument);
}

TEST(QuadtreeBox, DecodedBoxContainsWhatWasEncodedForAnyFloats) {
  Random random(11);
  const auto any_float = [&] {
    float value = 0;
    do {
      const auto bits = static_cast<std::uint32_t>(random.next());
      std::memcpy(&value, &bits, sizeof value);
    } while (!std::isfinite(value));
    return value;
  };
  for (int round = 0; round < 200000; ++round) {
    float e[4] = {any_float(), any_float(), any_float(), any_float()};
    if (round % 2 == 0) {  // only a few floats apart
      for (int i = 1; i < 4; ++i)
        e[i] = std::nextafter(e[i - 1], std::numeric_limits<float>::max());
    }
    std::sort(e, e + 4);
    const Box parent{e[0], e[0], e[3], e[3]}, bodies{e[1], e[0], e[2], e[1]};
    Quadrant quadrant{};
    encode_box(bodies, parent, quadrant);
    const Box box = decode_box(quadrant, parent);
    ASSERT_TRUE(box.min_x <= bodies.min_x && bodies.max_x <= box.max_x &&
                box.min_y <= bodies.min_y && bodies.max_y <= box.max_y)
        << e[0] << ' ' << e[1] << ' ' << e[2] << ' ' << e[3];
  }
}

TEST(QuadtreeBox, BoxIsAtMostAFewStepsWiderThanItMustBe) {
  Random random(12);
  for (int round = 0; round < 10000; ++round) {
    float e[4] = {test::unit(random), test::unit(random), test::unit(random), test::unit(random)};
    std::sort(e, e + 4);
    const Box parent{e[0], e[0], e[3], e[3]}, bodies{e[1], e[1], e[2], e[2]};
    Quadrant quadrant{};
    encode_box(bodies, parent, quadrant);
    const Box box = decode_box(quadrant, parent);
    const float slack = 4 * (e[3] - e[0]) / 65535 + 1e-6f;
    EXPECT_LE(bodies.min_x - box.min_x, slack);
    EXPECT_LE(box.max_y - bodies.max_y, slack);
  }
}

}  // namespace
}  // namespace quadrille
