#include "kernels/query_nodes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

#include "kernels/quadtree_build.h"
#include "kernels/query.h"
#include "tests/kernels/spatial_shapes.h"

namespace quadrille {
namespace {

// What a node owns, and how far below the root it stands.
struct Owned {
  std::int32_t first, last, depth = 0;
};

// Checks a node's children, of which the inner ones get their share; returns how many there are.
int expect_children(const QuadtreeView& tree, const QueryNode& node, const Owned& own,
                    std::vector<Owned>& owned) {
  const int count = std::popcount(node.child_mask);
  EXPECT_EQ(node.child_mask, (1u << count) - 1);  // the present ones come first
  EXPECT_EQ(node.inner_mask & ~node.child_mask, 0u);
  EXPECT_EQ(node.first[0], own.first);
  EXPECT_EQ(node.first[count], own.last);
  std::int32_t next = node.first_inner;
  for (int c = 0; c < kNodeChildren; ++c) {
    if (c >= count) {
      EXPECT_EQ(node.first[c], node.first[c + 1]);
      EXPECT_GT(node.min_x[c], node.max_x[c]);
      continue;
    }
    EXPECT_LT(node.first[c], node.first[c + 1]);
    for (auto i = static_cast<std::size_t>(node.first[c]);
         i < static_cast<std::size_t>(node.first[c + 1]); ++i) {
      EXPECT_TRUE(node.min_x[c] <= tree.x[i] && tree.x[i] <= node.max_x[c]);
      EXPECT_TRUE(node.min_y[c] <= tree.y[i] && tree.y[i] <= node.max_y[c]);
    }
    if ((node.inner_mask >> c & 1) != 0)
      owned[static_cast<std::size_t>(next++)] = {node.first[c], node.first[c + 1], own.depth + 1};
  }
  return count;
}

TEST(QueryNodes, EachPointStandsBelowOneChildOfEachNodeOnItsWay) {
  const auto parallel = test::with_threads(2);
  std::vector<test::Shape> shapes = test::all_shapes();
  shapes.push_back(test::uniform(1));
  shapes.push_back(test::uniform(40));
  for (const test::Shape& shape : shapes) {
    if (shape.x.empty()) continue;
    QuadtreeBuilder builder;
    ASSERT_TRUE(builder.prepare(std::ssize(shape.x), nullptr).is_ok());
    const QuadtreeView& tree =
        builder.build(shape.x, shape.y, *parallel, *test::tables_here().back());
    std::vector<QueryNode> nodes(static_cast<std::size_t>(num_query_nodes(tree)));
    write_query_nodes(tree, false, nodes);
    std::vector<Owned> owned(nodes.size(), Owned{-1, -1});
    owned[0] = {0, static_cast<std::int32_t>(tree.order.size())};
    std::int32_t deepest = 0;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      ASSERT_GE(owned[i].first, 0) << shape.name << ": no child leads to node " << i;
      expect_children(tree, nodes[i], owned[i], owned);
      deepest = std::max(deepest, owned[i].depth);
    }
    // Two levels of the tree or more in each: what fixed stacks of walks rely on.
    EXPECT_LE(2 * deepest, tree.depth) << shape.name;
  }
}

// What stands on one spot stands by its ids in an index, whatever order an opened tree has, and has
// a box of no extent: so the first k of a million are all that the k nearest look at.
TEST(QueryNodes, ASpotOfManyPointsHasNoExtentAndIsOrderedByIds) {
  const auto parallel = test::with_threads(1);
  const KernelTable& table = *test::tables_here().back();
  test::Shape shape = test::uniform(500);
  for (int i = 0; i < 700; ++i) shape.add(0.31f, 0.62f);
  QuadtreeBuilder builder;
  ASSERT_TRUE(builder.prepare(std::ssize(shape.x), nullptr).is_ok());
  QuadtreeView tree = builder.build(shape.x, shape.y, *parallel, table);
  std::vector<QueryNode> nodes(static_cast<std::size_t>(num_query_nodes(tree)));
  write_query_nodes(tree, false, nodes);
  int spots = 0;
  std::vector<BodyID> order(tree.order.begin(), tree.order.end());
  for (const QueryNode& node : nodes) {
    for (int c = 0; c < kNodeChildren; ++c) {
      if (node.first[c + 1] - node.first[c] <= kLeafCapacity || (node.inner_mask >> c & 1) != 0)
        continue;
      EXPECT_TRUE(node.min_x[c] == 0.31f && node.max_x[c] == 0.31f);
      EXPECT_TRUE(node.min_y[c] == 0.62f && node.max_y[c] == 0.62f);
      std::reverse(order.begin() + node.first[c], order.begin() + node.first[c + 1]);
      ++spots;
    }
  }
  EXPECT_EQ(spots, 1);
  tree.order = order;
  const PointIndex index = PointIndex::create(tree, *parallel, nullptr, table).value();
  for (const std::size_t k : {3u, 8u, 20u, 60u}) {
    std::vector<Neighbor> found(k);
    for (const double beside : {0.0, 1e-5}) {
      const auto x = static_cast<double>(0.31f) + beside, y = static_cast<double>(0.62f);
      ASSERT_EQ(index.nearest_to(x, y, found).value(), static_cast<std::int64_t>(k));
      for (std::size_t i = 0; i < k; ++i)
        ASSERT_EQ(found[i].id, static_cast<BodyID>(500 + i)) << k << ' ' << beside;
    }
  }
}

// A full tree of uniform points has no half-empty nodes.
TEST(QueryNodes, OfManyPointsAreNearlyFull) {
  const auto parallel = test::with_threads(2);
  const test::Shape shape = test::uniform(60000);
  QuadtreeBuilder builder;
  ASSERT_TRUE(builder.prepare(std::ssize(shape.x), nullptr).is_ok());
  const QuadtreeView& tree =
      builder.build(shape.x, shape.y, *parallel, *test::tables_here().back());
  std::vector<QueryNode> nodes(static_cast<std::size_t>(num_query_nodes(tree)));
  write_query_nodes(tree, false, nodes);
  std::int64_t children = 0;
  for (const QueryNode& node : nodes) children += std::popcount(node.child_mask);
  EXPECT_EQ(children, std::ssize(nodes) - 1 + tree.num_leaves);
  EXPECT_GT(children, 12 * std::ssize(nodes));
}

}  // namespace
}  // namespace quadrille
