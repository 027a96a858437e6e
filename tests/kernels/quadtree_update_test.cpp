// Updates of a quadtree: the tree of a build in the same square, bit for bit, whatever moved, came
// or went.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include <quadrille/quadtree_builder.h>

#include "engine/slab.h"
#include "kernels/verify_quadtree.h"
#include "tests/kernels/quadtree_bytes.h"
#include "tests/kernels/spatial_shapes.h"

namespace quadrille {
namespace {

using test::bytes_of;
using test::Shape;

#if defined(QUADRILLE_SANITIZED)
constexpr int kThreadCounts[] = {8};
#else
constexpr int kThreadCounts[] = {1, 2, 3, 8};
#endif

class QuadtreeUpdateTest : public testing::Test {
 protected:
  void start(const Shape& shape) {
    const std::int64_t room = 2 * std::ssize(shape.x) + 1000;
    ASSERT_TRUE(builder_.prepare(room, nullptr, QuadtreeUse::kUpdate).is_ok());
    ASSERT_TRUE(other_.prepare(room, nullptr).is_ok());
    builder_.build(shape.x, shape.y, *parallel_, table_);
  }
  QuadtreeUpdate::Kind update(const Shape& shape, std::span<const BodyID> removed = {}) {
    builder_.update(shape.x, shape.y, removed, *parallel_, table_);
    return builder_.last_update().kind;
  }
  // Of the updated tree and of one built in its square.
  bool is_as_built(const Shape& shape) {
    const QuadtreeView& built =
        other_.build_in(builder_.square(), shape.x, shape.y, *parallel_, table_);
    const auto slabs = [](const QuadtreeBuilder& of) {
      return of.image().subspan(sizeof(HeaderSlab));
    };
    return bytes_of(builder_.view()) == bytes_of(built) &&
           std::ranges::equal(slabs(builder_), slabs(other_));
  }
  QuadtreeBuilder builder_, other_;
  std::unique_ptr<Parallel> parallel_ = test::with_threads(2);
  const KernelTable& table_ = *test::tables_here().back();
};

// Every `every`-th body moves by up to `step` extents, inside of the bounds.
void move(Shape& shape, std::size_t every, float step, Random& random) {
  if (shape.x.empty()) return;
  const auto [left, right] = std::ranges::minmax(shape.x);
  const auto [low, high] = std::ranges::minmax(shape.y);
  for (std::size_t i = random.next_below(3); i < shape.x.size(); i += every) {
    const float x = shape.x[i] + (test::unit(random) - 0.5f) * step * (right / 2 - left / 2);
    const float y = shape.y[i] + (test::unit(random) - 0.5f) * step * (high / 2 - low / 2);
    shape.x[i] = std::clamp(x, left, right);
    shape.y[i] = std::clamp(y, low, high);
  }
}

// Removes every `every`-th body, and says which.
std::vector<BodyID> remove(Shape& shape, std::size_t every) {
  std::vector<BodyID> removed;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < shape.x.size(); ++i) {
    if (i % every == every / 2) {
      removed.push_back(static_cast<BodyID>(i));
      continue;
    }
    shape.x[kept] = shape.x[i];
    shape.y[kept++] = shape.y[i];
  }
  shape.x.resize(kept);
  shape.y.resize(kept);
  return removed;
}

// With a few crowds so dense that 32 bits a key cannot part them: what is sorted again each time.
Shape uniform_with_crowds(int count, int num_crowds) {
  Shape shape = test::uniform(count);
  Random random(36);
  for (int crowd = 0; crowd < num_crowds; ++crowd) {
    const float px = test::unit(random), py = test::unit(random);
    for (int i = 0; i < 200; ++i)
      shape.add(px + 1e-5f * test::unit(random), py + 1e-5f * test::unit(random));
  }
  return shape;
}

std::vector<Shape> shapes_to_update() {
  std::vector<Shape> shapes = test::all_shapes();
  shapes.push_back(uniform_with_crowds(3000, 3));
  return shapes;
}

TEST_F(QuadtreeUpdateTest, GivesTheTreeOfABuildAfterEachOfManyMoves) {
  int num_merged = 0;
  for (Shape shape : shapes_to_update()) {
    start(shape);
    Random random(31);
    for (const auto& [every, step] : {std::pair<std::size_t, float>{1, 1e-3f},
                                      {50, 1.0f},
                                      {20, 0.1f},
                                      {1, 1e-5f},
                                      {9, 1.0f},
                                      {2, 0.5f}}) {
      move(shape, every, step, random);
      num_merged += update(shape) == QuadtreeUpdate::kMerged;
      ASSERT_TRUE(is_as_built(shape)) << shape.name << ' ' << every << ' ' << step;
      EXPECT_EQ(verify_quadtree(builder_.view(), shape.x, shape.y).message(), "") << shape.name;
    }
  }
  EXPECT_GT(num_merged, 30);
}

// Leaves whose ids follow one another are copied, until a mover comes between.
TEST_F(QuadtreeUpdateTest, BodiesInTheTreesOrderGiveTheTreeOfABuildToo) {
  for (const Shape& any : shapes_to_update()) {
    start(any);
    Shape shape{any.name, {}, {}};
    for (std::size_t place = 0; place < any.x.size(); ++place)
      shape.add(builder_.view().x[place], builder_.view().y[place]);
    start(shape);
    Random random(35);
    for (const auto& [every, step] :
         {std::pair<std::size_t, float>{1, 1e-4f}, {60, 1.0f}, {2, 0.0f}}) {
      move(shape, every, step, random);
      update(shape);
      ASSERT_TRUE(is_as_built(shape)) << shape.name << ' ' << every << ' ' << step;
    }
    const std::vector<BodyID> removed = remove(shape, 50);
    update(shape, removed);
    ASSERT_TRUE(is_as_built(shape)) << shape.name;
  }
}

TEST_F(QuadtreeUpdateTest, TakesBodiesOutAndIn) {
  int num_merged = 0;
  for (Shape shape : shapes_to_update()) {
    start(shape);
    Random random(32);
    for (const std::size_t every : {40u, 17u, 100u, 3u}) {
      std::vector<BodyID> removed = remove(shape, every);
      const std::size_t count = shape.x.size();
      for (std::size_t i = 0; count > 0 && i < 1 + count / 30; ++i) {
        const std::size_t a = random.next_below(static_cast<std::uint32_t>(count));
        const std::size_t b = random.next_below(static_cast<std::uint32_t>(count));
        shape.add(shape.x[a], shape.y[b]);
      }
      move(shape, 60, 1e-2f, random);
      num_merged += update(shape, removed) == QuadtreeUpdate::kMerged;
      ASSERT_TRUE(is_as_built(shape)) << shape.name << ' ' << every;
    }
  }
  EXPECT_GT(num_merged, 20);
}

TEST_F(QuadtreeUpdateTest, EveryInstructionSetAndThreadCountGivesTheSameBytes) {
  Shape shape = uniform_with_crowds(20000, 5);
  start(shape);
  Shape moved = shape;
  Random random(33);
  move(moved, 30, 0.3f, random);
  ASSERT_EQ(update(moved), QuadtreeUpdate::kMerged);
  const auto expected = bytes_of(builder_.view());
  for (const KernelTable* table : test::tables_here()) {
    for (const int threads : {1, 3, 8}) {
      const auto parallel = test::with_threads(threads);
      builder_.build(shape.x, shape.y, *parallel, *table);
      builder_.update(moved.x, moved.y, {}, *parallel, *table);
      EXPECT_EQ(bytes_of(builder_.view()), expected) << table->name << ' ' << threads;
    }
  }
}

// So many cells that a sample tells that ids are not in order, and several chunks of them.
TEST_F(QuadtreeUpdateTest, ManyBodiesAtRandomIdsComeAndGoAlikeForAnyThreads) {
  const Shape shape = test::uniform(120000);
  start(shape);
  Shape changed = shape;
  Random random(38);
  const std::vector<BodyID> removed = remove(changed, 300);
  move(changed, 200, 0.3f, random);
  for (int i = 0; i < 300; ++i) changed.add(test::unit(random), test::unit(random));
  for (const int threads : kThreadCounts) {
    parallel_ = test::with_threads(threads);
    builder_.build(shape.x, shape.y, *parallel_, table_);
    ASSERT_EQ(update(changed, removed), QuadtreeUpdate::kMerged) << threads;
    EXPECT_TRUE(is_as_built(changed)) << threads;
  }
}

// One thread closes ranks in a chunk while others ask ahead in theirs: ThreadSanitizer watches.
TEST_F(QuadtreeUpdateTest, ManyThreadsMayLookAtBodiesOfMovers) {
  const Shape shape = test::uniform(50000);
  start(shape);
  Shape moved = shape;
  Random random(39);
  move(moved, 30, 2.0f, random);
  for (const int threads : kThreadCounts) {
    parallel_ = test::with_threads(threads);
    builder_.build(shape.x, shape.y, *parallel_, table_);
    ASSERT_EQ(update(moved), QuadtreeUpdate::kMerged) << threads;
    EXPECT_TRUE(is_as_built(moved)) << threads;
  }
}

TEST_F(QuadtreeUpdateTest, SaysThatNobodyWasCountedWhereNobodyWas) {
  Shape shape = test::uniform(200);
  start(shape);
  Random random(40);
  move(shape, 1, 1.0f, random);  // so few are built without a look
  EXPECT_EQ(update(shape), QuadtreeUpdate::kBuilt);
  EXPECT_EQ(builder_.last_update().num_moved, -1);
  shape = test::uniform(1000);
  start(shape);
  const std::vector<BodyID> removed = remove(shape, 7);  // too many
  EXPECT_EQ(update(shape, removed), QuadtreeUpdate::kBuilt);
  EXPECT_EQ(builder_.last_update().num_moved, -1);
  start(shape);
  move(shape, 1, 1.0f, random);  // counted, and too many
  EXPECT_EQ(update(shape), QuadtreeUpdate::kBuilt);
  EXPECT_GT(builder_.last_update().num_moved, 100);
}

TEST_F(QuadtreeUpdateTest, ChoosesByHowManyBodiesChangedTheirLeaf) {
  Shape shape = test::uniform(50000);
  start(shape);
  const std::uint64_t version = builder_.view().version;
  EXPECT_EQ(update(shape), QuadtreeUpdate::kRefitted);
  EXPECT_EQ(builder_.last_update().num_moved, 0);
  EXPECT_EQ(builder_.view().version, version);
  Random random(34);
  move(shape, 100, 1.0f, random);
  EXPECT_EQ(update(shape), QuadtreeUpdate::kMerged);
  EXPECT_GT(builder_.last_update().num_moved, 400);
  EXPECT_LE(builder_.last_update().num_moved, 500);
  EXPECT_GT(builder_.view().version, version);
  move(shape, 2, 1.0f, random);
  EXPECT_EQ(update(shape), QuadtreeUpdate::kBuilt);
  EXPECT_TRUE(is_as_built(shape));
}

// Where a sample of the leaves says that a build is faster, nothing else is looked at; where ids
// are near those of neighbours more may move.
TEST_F(QuadtreeUpdateTest, ASampleOfTheLeavesTellsHowManyMove) {
  const Shape any = test::uniform(100000);
  for (const bool is_in_order : {false, true}) {
    start(any);
    Shape shape = any;
    if (is_in_order) {
      shape.x.assign(builder_.view().x.begin(), builder_.view().x.end());
      shape.y.assign(builder_.view().y.begin(), builder_.view().y.end());
    }
    for (const auto& [every, is_merged] :
         {std::pair<std::size_t, bool>{100, true}, {30, is_in_order}, {12, false}}) {
      start(shape);
      Shape moved = shape;
      Random random(37);
      move(moved, every, 2.0f, random);
      EXPECT_EQ(update(moved), is_merged ? QuadtreeUpdate::kMerged : QuadtreeUpdate::kBuilt);
      EXPECT_EQ(builder_.last_update().num_moved >= 0, is_merged) << every << ' ' << is_in_order;
      EXPECT_TRUE(is_as_built(moved)) << every << ' ' << is_in_order;
    }
  }
}

TEST_F(QuadtreeUpdateTest, WhatWouldBeSortedAgainForTheGreaterPartIsBuilt) {
  const Shape shape = test::one_far_point(60000, 1e-4f);
  start(shape);
  EXPECT_EQ(update(shape), QuadtreeUpdate::kBuilt);
  EXPECT_EQ(builder_.last_update().num_moved, -1);
  const Shape few = uniform_with_crowds(60000, 10);
  start(few);
  EXPECT_EQ(update(few), QuadtreeUpdate::kMerged);
  EXPECT_EQ(builder_.last_update().num_moved, 0);
}

TEST_F(QuadtreeUpdateTest, ChoosesANewSquareWhereTheBodiesOutgrewOrLeftTheOldOne) {
  Shape shape = test::uniform(20000);
  start(shape);
  const auto all_times = [&](float factor) {
    for (float& x : shape.x) x *= factor;
    for (float& y : shape.y) y *= factor;
  };
  shape.x[7] = 3.0f;  // one body leaves: it counts as on the edge, until the next step
  EXPECT_EQ(update(shape), QuadtreeUpdate::kMerged);
  EXPECT_TRUE(is_as_built(shape));
  EXPECT_EQ(update(shape), QuadtreeUpdate::kBuilt);
  EXPECT_EQ(builder_.square().max_x, 3.0f);
  shape.x[7] = 0.5f;
  EXPECT_EQ(update(shape), QuadtreeUpdate::kMerged);
  EXPECT_EQ(update(shape), QuadtreeUpdate::kBuilt);
  all_times(0.25f);
  update(shape);
  update(shape);
  EXPECT_LE(builder_.square().max_x, 0.25f);
  EXPECT_TRUE(is_as_built(shape));
}

// A leaf may be as full as a spot is; its bodies then part without leaving it.
TEST_F(QuadtreeUpdateTest, ACrowdOnOneSpotThatPartsIsPartedAsABuildWould) {
  Shape shape = test::uniform(3000);
  for (std::size_t i = 0; i < 500; ++i) {
    shape.x[i] = shape.x[0];
    shape.y[i] = shape.y[0];
  }
  start(shape);
  Random random(7);
  for (const float spread : {0.0f, 1e-4f, 1e-3f}) {
    for (std::size_t i = 0; i < 500; ++i) {
      shape.x[i] += spread * (test::unit(random) - 0.5f);
      shape.y[i] += spread * (test::unit(random) - 0.5f);
    }
    update(shape);
    EXPECT_TRUE(is_as_built(shape)) << spread;
  }
}

TEST_F(QuadtreeUpdateTest, BodiesMayAllGoAndComeBack) {
  const Shape shape = test::uniform(3000);
  start(shape);
  std::vector<BodyID> all(shape.x.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<BodyID>(i);
  EXPECT_EQ(update({"nothing", {}, {}}, all), QuadtreeUpdate::kBuilt);
  EXPECT_TRUE(builder_.view().quadrants.empty());
  update(shape);
  EXPECT_TRUE(is_as_built(shape));
}

TEST_F(QuadtreeUpdateTest, WhatIsNotFiniteMovesAsABuildWouldHaveIt) {
  Shape shape = test::uniform(20000);
  start(shape);
  for (std::size_t i = 0; i < 300; ++i) {
    shape.x[i * 7] = i % 3 == 0 ? NAN : INFINITY;
    if (i % 2 == 0) shape.y[i * 7] = -INFINITY;
  }
  update(shape);
  EXPECT_TRUE(is_as_built(shape));
}

// Pairs of points that part only where floats end, one pair a scale: more quadrants than there may
// be.
TEST_F(QuadtreeUpdateTest, ATreeThatIsCutOffIsCutOffAlike) {
  Shape shape{"combs", {}, {}};
  for (int tooth = 0; tooth < 300; ++tooth) {
    for (int exponent = 0; exponent < 40; ++exponent)
      shape.add(static_cast<float>(tooth) * 10 + std::ldexp(1.0f, -exponent),
                std::ldexp(1.0f, -exponent));
  }
  start(shape);
  EXPECT_LE(std::ssize(builder_.view().quadrants), max_quadrants(std::ssize(shape.x)));
  EXPECT_EQ(verify_quadtree(builder_.view(), shape.x, shape.y, false).message(), "");
  shape.x[17] += 5.0f;
  update(shape);
  EXPECT_EQ(verify_quadtree(builder_.view(), shape.x, shape.y, false).message(), "");
  EXPECT_TRUE(is_as_built(shape));
}

}  // namespace
}  // namespace quadrille
