#include <quadrille/point_index.h>
#include <quadrille/quadtree_builder.h>

#include "kernels/query_nodes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

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
  EXPECT_EQ(node.inner_mask & ~node.child_mask, 0);
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

// A tree of points, and its nodes.
struct Built {
  QuadtreeBuilder builder;
  QuadtreeView tree;
  std::vector<QueryNode> nodes;

  explicit Built(const test::Shape& shape) {
    const auto parallel = test::with_threads(2);
    EXPECT_TRUE(builder.prepare(std::ssize(shape.x), nullptr).is_ok());
    tree = builder.build(shape.x, shape.y, *parallel, *test::tables_here().back());
    write();
  }
  void write() {
    std::vector<std::uint8_t> slots(tree.quadrants.size());
    nodes.resize(static_cast<std::size_t>(choose_query_nodes(tree, slots)));
    write_query_nodes(tree, slots, nodes);
  }
  std::int64_t num_children() const {
    std::int64_t children = 0;
    for (const QueryNode& node : nodes) children += std::popcount(node.child_mask);
    return children;
  }
};

std::vector<test::Shape> node_shapes() {
  std::vector<test::Shape> shapes = test::all_shapes();
  shapes.push_back(test::uniform(1));
  shapes.push_back(test::uniform(40));
  shapes.push_back(test::clusters(30000));
  std::erase_if(shapes, [](const test::Shape& shape) { return shape.x.empty(); });
  return shapes;
}

TEST(QueryNodes, EachPointStandsBelowOneChildOfEachNodeOnItsWay) {
  for (const test::Shape& shape : node_shapes()) {
    const Built built(shape);
    std::vector<Owned> owned(built.nodes.size(), Owned{-1, -1});
    owned[0] = {0, static_cast<std::int32_t>(built.tree.order.size())};
    std::int32_t deepest = 0;
    for (std::size_t i = 0; i < built.nodes.size(); ++i) {
      ASSERT_GE(owned[i].first, 0) << shape.name << ": no child leads to node " << i;
      expect_children(built.tree, built.nodes[i], owned[i], owned);
      deepest = std::max(deepest, owned[i].depth);
    }
    // What fixed stacks of walks rely on.
    EXPECT_LE(deepest, built.tree.depth) << shape.name;
    EXPECT_LT(deepest, kLongestPath);
  }
}

// How many nodes there are at least below and with a quadrant that takes [s] slots in the node that
// it is a part of, of its own node alone if s is 1: all ways to part the tree are tried.
using FewestNodes = std::array<std::int64_t, kNodeChildren + 1>;
constexpr std::int64_t kImpossible = std::int64_t{1} << 40;

FewestNodes fewest_of(const Quadrant& quadrant, const FewestNodes* children) {
  FewestNodes all;
  all.fill(kImpossible);
  all[quadrant.child_mask == 0 ? 1 : 0] = 0;
  for (int child = 0; child < std::popcount(quadrant.child_mask); ++child) {
    FewestNodes more;
    more.fill(kImpossible);
    for (std::size_t s = 0; s < all.size(); ++s)
      for (std::size_t t = 1; s + t < all.size(); ++t)
        more[s + t] = std::min(more[s + t], all[s] + children[child][t]);
    all = more;
  }
  if (quadrant.child_mask != 0) all[1] = 1 + *std::ranges::min_element(all);
  return all;
}

TEST(QueryNodes, AreAsFewAsCanBe) {
  for (const test::Shape& shape : node_shapes()) {
    const Built built(shape);
    const auto quadrants = built.tree.quadrants;
    std::vector<FewestNodes> fewest(quadrants.size());
    for (std::size_t q = quadrants.size(); q-- > 0;)
      fewest[q] = fewest_of(quadrants[q], fewest.data() + q + quadrants[q].offset);
    const bool is_leaf = quadrants[0].child_mask == 0;
    EXPECT_EQ(std::ssize(built.nodes), is_leaf ? 1 : fewest[0][1]) << shape.name;
  }
}

TEST(QueryNodes, OfManyPointsAreMostlyFull) {
  const Built uniform(test::uniform(60000)), clusters(test::clusters(60000));
  for (const Built* built : {&uniform, &clusters})
    EXPECT_EQ(built->num_children(), std::ssize(built->nodes) - 1 + built->tree.num_leaves);
  EXPECT_GT(uniform.num_children(), 12 * std::ssize(uniform.nodes));
  EXPECT_GT(clusters.num_children(), 10 * std::ssize(clusters.nodes));
}

// Of an index of the tree, whose bodies from 500 on stand on the spot.
void expect_spot_by_ids(const QuadtreeView& tree, double x, double y) {
  const auto parallel = test::with_threads(1);
  const PointIndex index =
      PointIndex::create(tree, *parallel, nullptr, *test::tables_here().back()).value();
  for (const std::size_t k : {3u, 8u, 20u, 60u}) {
    std::vector<Neighbor> found(k);
    for (const double beside : {0.0, 1e-5}) {
      ASSERT_EQ(index.nearest_to(x + beside, y, found).value(), static_cast<std::int64_t>(k));
      for (std::size_t i = 0; i < k; ++i)
        ASSERT_EQ(found[i].id, static_cast<BodyID>(500 + i)) << k << ' ' << beside;
    }
  }
}

// What stands on one spot stands by its ids in an index, whatever order an opened tree has, and is
// told by a bit of its node: so the first k of a million are all that the k nearest look at. Where
// coordinates are no floats, it is they that tell a spot.
TEST(QueryNodes, ASpotOfManyPointsHasNoExtentAndIsOrderedByIds) {
  test::Shape shape = test::uniform(500);
  for (int i = 0; i < 700; ++i) shape.add(0.31f, 0.62f);
  Built built(shape);
  std::vector<BodyID> order(built.tree.order.begin(), built.tree.order.end());
  int spots = 0;
  std::size_t on_spot = 0;
  for (const QueryNode& node : built.nodes) {
    for (int c = 0; c < kNodeChildren; ++c) {
      if ((node.spot_mask >> c & 1) == 0) continue;
      EXPECT_EQ(node.first[c + 1] - node.first[c], 700);
      EXPECT_TRUE(node.min_x[c] == 0.31f && node.max_x[c] == 0.31f);
      EXPECT_TRUE(node.min_y[c] == 0.62f && node.max_y[c] == 0.62f);
      std::reverse(order.begin() + node.first[c], order.begin() + node.first[c + 1]);
      on_spot = static_cast<std::size_t>(node.first[c]);
      ++spots;
    }
  }
  ASSERT_EQ(spots, 1);
  built.tree.order = order;
  expect_spot_by_ids(built.tree, static_cast<double>(0.31f), static_cast<double>(0.62f));

  std::vector<double> x(built.tree.x.begin(), built.tree.x.end()),
      y(built.tree.y.begin(), built.tree.y.end());
  for (double& at : x) at += 1e-12;
  built.tree.exact_x = x;
  built.tree.exact_y = y;
  const auto num_spots = [&built] {
    built.write();
    return std::ranges::count_if(built.nodes,
                                 [](const QueryNode& node) { return node.spot_mask != 0; });
  };
  EXPECT_EQ(num_spots(), 1);
  expect_spot_by_ids(built.tree, x[on_spot], y[on_spot]);
  y[on_spot + 350] += 1e-12;
  EXPECT_EQ(num_spots(), 0);
}

}  // namespace
}  // namespace quadrille
