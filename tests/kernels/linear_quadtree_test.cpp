// Linear quadtrees of leaves: that they tile the root and hold the bodies, balance, and neighbors,
// against brute force on the squares.

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include <quadrille/leaf_neighbors.h>
#include <quadrille/linear_quadtree.h>
#include <quadrille/quadtree_builder.h>

#include "engine/memory_budget.h"
#include "kernels/morton.h"
#include "tests/kernels/spatial_shapes.h"

namespace quadrille {
namespace {

using test::Shape;

class LinearQuadtreeTest : public testing::Test {
 protected:
  LinearQuadtree linear(const Shape& shape, Balance balance) {
    EXPECT_TRUE(builder_.prepare(std::ssize(shape.x), nullptr).is_ok());
    builder_.build(shape.x, shape.y, *parallel_, *test::tables_here().back());
    auto made = linear_quadtree(builder_.view(), builder_.square(), balance, nullptr);
    EXPECT_EQ(made.status().message(), "") << shape.name;
    return std::move(made).value();
  }
  QuadtreeBuilder builder_;
  std::unique_ptr<Parallel> parallel_ = test::with_threads(1);
};

struct Square {
  std::int64_t min_x, min_y, max_x, max_y;
};
Square square_of(const LeafSquare& leaf) {
  const LeafCorner corner = corner_of(leaf.key);
  const std::int64_t side = side_of(leaf.level);
  return {corner.x, corner.y, corner.x + side, corner.y + side};
}

// How long a side they share, in cells; touches_corner: whether a corner alone.
std::int64_t shared_side(const Square& a, const Square& b, bool& touches_corner) {
  const std::int64_t x = std::min(a.max_x, b.max_x) - std::max(a.min_x, b.min_x);
  const std::int64_t y = std::min(a.max_y, b.max_y) - std::max(a.min_y, b.min_y);
  touches_corner = x == 0 && y == 0;
  return (x == 0 && y > 0) ? y : (y == 0 && x > 0) ? x : 0;
}

// The largest difference of levels between leaves that touch.
int level_gap(std::span<const LeafSquare> leaves, bool corners) {
  int gap = 0;
  for (std::size_t a = 0; a < leaves.size(); ++a) {
    for (std::size_t b = a + 1; b < leaves.size(); ++b) {
      bool corner = false;
      const bool side = shared_side(square_of(leaves[a]), square_of(leaves[b]), corner) > 0;
      if (side || (corners && corner))
        gap = std::max(gap, std::abs(leaves[a].level - leaves[b].level));
    }
  }
  return gap;
}

std::vector<Shape> small_shapes() {
  std::vector<Shape> shapes;
  for (Shape& shape : test::all_shapes()) {
    if (shape.x.size() <= 6000) shapes.push_back(std::move(shape));
  }
  shapes.push_back(test::clusters(3000));
  shapes.push_back(test::one_far_point(500, 1e-3f));
  return shapes;
}

TEST_F(LinearQuadtreeTest, LeavesTileTheRootAndHoldEachBodyInItsSquare) {
  for (const Shape& shape : small_shapes()) {
    for (const Balance balance : {Balance::kNone, Balance::kFace, Balance::kFull}) {
      const LinearQuadtree made = linear(shape, balance);
      std::uint64_t end = 0;
      for (const LeafSquare& leaf : made.leaves) {
        ASSERT_EQ(leaf.key, end) << shape.name;
        end = end_key(leaf);
      }
      EXPECT_EQ(end, std::uint64_t{1} << 32);
      const QuadtreeView& tree = builder_.view();
      const MortonSquare square = morton_square(builder_.square());
      for (std::size_t place = 0; place < tree.x.size(); ++place) {
        const std::size_t at =
            leaf_at(made.leaves, morton_key(tree.x[place], tree.y[place], square));
        const std::int32_t q = made.leaves[at].quadrant;
        ASSERT_GE(q, 0) << shape.name;
        const BodyRange range = tree.ranges[static_cast<std::size_t>(q)];
        EXPECT_TRUE(range.first <= static_cast<std::int32_t>(place) &&
                    static_cast<std::int32_t>(place) < range.last);
      }
    }
  }
}

TEST_F(LinearQuadtreeTest, BalanceLeavesNeighborsAtMostOneLevelApartAndIsTheLeastThatDoes) {
  int num_unbalanced = 0;
  for (const Shape& shape : small_shapes()) {
    const LinearQuadtree none = linear(shape, Balance::kNone);
    if (none.leaves.size() > 1500) continue;
    num_unbalanced += level_gap(none.leaves, false) > 1;
    const LinearQuadtree face = linear(shape, Balance::kFace);
    const LinearQuadtree full = linear(shape, Balance::kFull);
    EXPECT_LE(level_gap(face.leaves, false), 1) << shape.name;
    EXPECT_LE(level_gap(full.leaves, true), 1) << shape.name;
    EXPECT_LE(none.leaves.size(), face.leaves.size());
    EXPECT_LE(face.leaves.size(), full.leaves.size());
    // Parted only where the tree is: every leaf is the square of a leaf before, or inside of one.
    for (const LeafSquare& leaf : full.leaves)
      EXPECT_GE(leaf.level, none.leaves[leaf_at(none.leaves, leaf.key)].level);
    if (level_gap(none.leaves, true) <= 1) {
      EXPECT_EQ(full.leaves.size(), none.leaves.size());
    }
  }
  EXPECT_GT(num_unbalanced, 2);
}

// Parts leaf by leaf until nothing is left to part: what balance means.
std::vector<std::pair<std::uint32_t, int>> balanced_by_ripples(std::span<const LeafSquare> from) {
  std::vector<LeafSquare> leaves(from.begin(), from.end());
  for (bool parted = true; parted;) {
    parted = false;
    for (std::size_t a = 0; a < leaves.size() && !parted; ++a) {
      for (std::size_t b = 0; b < leaves.size() && !parted; ++b) {
        bool corner = false;
        if (leaves[b].level - leaves[a].level < 2 ||
            shared_side(square_of(leaves[a]), square_of(leaves[b]), corner) == 0)
          continue;
        const LeafSquare whole = leaves[a];
        for (std::uint32_t c = 0; c < 4; ++c) {
          LeafSquare child = whole;
          child.level = static_cast<std::uint8_t>(whole.level + 1);
          child.key |= c << (2 * (kLinearLevels - child.level));
          if (c == 0) leaves[a] = child;
          if (c > 0) leaves.push_back(child);
        }
        parted = true;
      }
    }
  }
  std::vector<std::pair<std::uint32_t, int>> sorted;
  for (const LeafSquare& leaf : leaves) sorted.emplace_back(leaf.key, leaf.level);
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

TEST_F(LinearQuadtreeTest, BalanceIsWhatPartingLeafByLeafComesTo) {
  for (const Shape& shape : {test::uniform(200), test::one_far_point(60, 1e-2f),
                             test::clusters(100), test::one_far_point(100, 1e-6f)}) {
    const LinearQuadtree none = linear(shape, Balance::kNone);
    const LinearQuadtree face = linear(shape, Balance::kFace);
    const auto expected = balanced_by_ripples(none.leaves);
    ASSERT_EQ(expected.size(), face.leaves.size()) << shape.name;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(face.leaves[i].key, expected[i].first) << shape.name;
      EXPECT_EQ(face.leaves[i].level, expected[i].second) << shape.name;
    }
  }
}

TEST_F(LinearQuadtreeTest, FaceNeighborsAreAllLeavesThatShareTheSide) {
  for (const Shape& shape : small_shapes()) {
    for (const Balance balance : {Balance::kNone, Balance::kFace}) {
      const LinearQuadtree made = linear(shape, balance);
      if (made.leaves.size() > 1500) continue;
      for (std::size_t a = 0; a < made.leaves.size(); a += 1 + made.leaves.size() / 200) {
        std::vector<std::size_t> found, expected;
        for (const Face face : {Face::kLeft, Face::kRight, Face::kBelow, Face::kAbove})
          visit_face_neighbors(made.leaves, a, face, [&](std::size_t b) { found.push_back(b); });
        const Square square = square_of(made.leaves[a]);
        for (std::size_t b = 0; b < made.leaves.size(); ++b) {
          bool corner = false;
          if (b != a && shared_side(square, square_of(made.leaves[b]), corner) > 0)
            expected.push_back(b);
        }
        std::sort(found.begin(), found.end());
        ASSERT_EQ(found, expected) << shape.name << " leaf " << a;
      }
    }
  }
}

TEST_F(LinearQuadtreeTest, NeighborsComeFromTheSideThatIsAskedFor) {
  // Four quarters, the lower left one parted again.
  std::vector<LeafSquare> leaves;
  for (std::uint32_t c = 0; c < 4; ++c) leaves.push_back({c << 28, -1, 2, {}});
  for (std::uint32_t c = 1; c < 4; ++c) leaves.push_back({c << 30, -1, 1, {}});
  const auto neighbors = [&](std::size_t leaf, Face face) {
    std::vector<std::size_t> found;
    visit_face_neighbors(std::span<const LeafSquare>(leaves), leaf, face,
                         [&](std::size_t at) { found.push_back(at); });
    return found;
  };
  EXPECT_EQ(neighbors(4, Face::kLeft), (std::vector<std::size_t>{1, 3}));
  EXPECT_EQ(neighbors(4, Face::kAbove), (std::vector<std::size_t>{6}));
  EXPECT_EQ(neighbors(5, Face::kBelow), (std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(neighbors(1, Face::kRight), (std::vector<std::size_t>{4}));
  EXPECT_EQ(neighbors(0, Face::kLeft), (std::vector<std::size_t>{}));
  EXPECT_EQ(neighbors(0, Face::kAbove), (std::vector<std::size_t>{2}));
}

TEST_F(LinearQuadtreeTest, ATreeThatWasRefittedIsRefused) {
  Shape shape = test::uniform(2000);
  linear(shape, Balance::kNone);
  for (float& x : shape.x) x = 1.0f - x;
  builder_.refit(shape.x, shape.y, *parallel_);
  const auto made = linear_quadtree(builder_.view(), builder_.square(), Balance::kNone, nullptr);
  EXPECT_EQ(made.status().code(), StatusCode::kInvalidArgument);
  builder_.build(shape.x, shape.y, *parallel_, *test::tables_here().back());
  MemoryBudget budget({.hard_bytes = 4096});
  EXPECT_FALSE(
      linear_quadtree(builder_.view(), builder_.square(), Balance::kFull, &budget).is_ok());
  EXPECT_EQ(budget.used(), 0u);
}

}  // namespace
}  // namespace quadrille
