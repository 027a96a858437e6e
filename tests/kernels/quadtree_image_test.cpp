// The builder's image: what it opens as, that its bytes are the same everywhere, and that kernels
// are safe on whatever opens.
#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <quadrille/point_index.h>
#include <quadrille/quadtree_builder.h>

#include "engine/hash.h"
#include "engine/slab.h"
#include "kernels/barnes_hut.h"
#include "tests/kernels/bodies_fixture.h"

namespace quadrille {
namespace {

using test::Shape;

template <class T>
bool same_bytes(std::span<const T> a, std::span<const T> b) {
  const auto bytes_a = std::as_bytes(a), bytes_b = std::as_bytes(b);
  return std::ranges::equal(bytes_a, bytes_b);
}

void expect_same_tree(const QuadtreeView& opened, const QuadtreeView& built,
                      const std::string& name) {
  EXPECT_TRUE(same_bytes(opened.quadrants, built.quadrants)) << name;
  EXPECT_TRUE(same_bytes(opened.order, built.order)) << name;
  EXPECT_TRUE(same_bytes(opened.x, built.x) && same_bytes(opened.y, built.y)) << name;
  EXPECT_TRUE(same_bytes(opened.boxes, built.boxes)) << name;
  EXPECT_TRUE(same_bytes(opened.ranges, built.ranges)) << name;
  EXPECT_TRUE(same_bytes(opened.depth_begin, built.depth_begin)) << name;
  EXPECT_EQ(std::memcmp(&opened.bounds, &built.bounds, sizeof(Box)), 0) << name;
  EXPECT_EQ(opened.depth, built.depth) << name;
  EXPECT_EQ(opened.num_leaves, built.num_leaves) << name;
  EXPECT_EQ(opened.version, built.version) << name;
  EXPECT_TRUE(opened.exact_x.empty() && opened.exact_y.empty()) << name;
}

QuadtreeBuilder builder_for(std::size_t num_bodies) {
  QuadtreeBuilder builder;
  EXPECT_TRUE(builder.prepare(static_cast<std::int64_t>(num_bodies), nullptr).is_ok());
  return builder;
}

std::string hash_of(std::span<const std::byte> bytes) {
  StateHasher hasher;
  hasher.add(bytes);
  return hasher.digest().to_string();
}

class QuadtreeImageTest : public testing::Test {
 protected:
  std::unique_ptr<Parallel> parallel_ = test::with_threads(2);
  const KernelTable& table_ = *test::tables_here().back();
};

TEST_F(QuadtreeImageTest, OpensAsTheTreeThatWasBuiltOrRefitted) {
  for (const Shape& shape : test::all_shapes()) {
    QuadtreeBuilder builder = builder_for(shape.x.size());
    EXPECT_TRUE(builder.image().empty());
    builder.build(shape.x, shape.y, *parallel_, table_);
    auto built = Quadtree::open(builder.image());
    ASSERT_EQ(built.status().message(), "") << shape.name;
    expect_same_tree(built->view(), builder.view(), shape.name);
    EXPECT_EQ(builder.view().version, 1u);
    if (shape.name == "widest") continue;  // moved out of the floats' range
    Shape moved = shape;
    for (std::size_t i = 0; i < moved.x.size(); ++i) moved.x[i] *= i % 3 == 0 ? 1.25f : 1.0f;
    builder.refit(moved.x, moved.y, *parallel_);
    auto refitted = Quadtree::open(builder.image());
    ASSERT_EQ(refitted.status().message(), "") << shape.name;
    expect_same_tree(refitted->view(), builder.view(), shape.name);
    EXPECT_EQ(refitted->view().version, 1u) << "the same topology";
    builder.build(moved.x, moved.y, *parallel_, table_);
    EXPECT_EQ(builder.view().version, 2u);
  }
}

TEST_F(QuadtreeImageTest, HasTheSameBytesForAnyThreadsInstructionSetAndRoom) {
  for (const Shape& shape : test::all_shapes()) {
    QuadtreeBuilder builder = builder_for(shape.x.size());
    builder.build(shape.x, shape.y, *parallel_, table_);
    const std::vector<std::byte> expected(builder.image().begin(), builder.image().end());
    for (const std::size_t room : {shape.x.size(), 3 * shape.x.size() + 100}) {
      test::on_every_backend(
          [&](const KernelTable& table, Parallel& parallel, const std::string& backend) {
            QuadtreeBuilder other = builder_for(room);
            other.build(shape.x, shape.y, parallel, table);
            EXPECT_TRUE(std::ranges::equal(other.image(), expected))
                << shape.name << ' ' << backend << " room for " << room;
          });
    }
  }
}

// All builds share these: compilers, levels of optimisation, machines.
TEST_F(QuadtreeImageTest, HasTheHashesOfAllBuilds) {
  const struct {
    Shape shape;
    const char* hash;
  } images[] = {{test::uniform(50000), "8280631e4953d9ac829960c711ac6f88"},
                {test::clusters(20000), "c2ba7c33a7c255cf76f0f4a363e5cfb7"},
                {test::coarse(5000), "36919286100d4ff23daa302cf8c76954"}};
  for (const auto& [shape, hash] : images) {
    QuadtreeBuilder builder = builder_for(shape.x.size());
    builder.build(shape.x, shape.y, *parallel_, table_);
    EXPECT_EQ(hash_of(builder.image()), hash) << shape.name;
  }
}

TEST_F(QuadtreeImageTest, AnEarlierLargerTreeLeavesNothingInALaterImage) {
  const Shape large = test::uniform(5000), small = test::clusters(77);
  QuadtreeBuilder fresh = builder_for(small.x.size());
  fresh.build(small.x, small.y, *parallel_, table_);
  fresh.build(small.x, small.y, *parallel_, table_);
  QuadtreeBuilder used = builder_for(large.x.size());
  used.build(large.x, large.y, *parallel_, table_);
  used.build(small.x, small.y, *parallel_, table_);
  EXPECT_TRUE(std::ranges::equal(used.image(), fresh.image()));
  used.build({}, {}, *parallel_, table_);
  auto empty = Quadtree::open(used.image());
  ASSERT_EQ(empty.status().message(), "");
  EXPECT_TRUE(empty->view().order.empty());
}

TEST_F(QuadtreeImageTest, WithABodyThatIsNowhereIsRefusedInOneSentence) {
  Shape shape = test::uniform(100);
  shape.x[17] = std::numeric_limits<float>::quiet_NaN();
  QuadtreeBuilder builder = builder_for(shape.x.size());
  builder.build(shape.x, shape.y, *parallel_, table_);
  EXPECT_TRUE(Quadtree::open(builder.image())
                  .status()
                  .message()
                  .ends_with("has coordinates that are not finite"));
}

void run_kernels_on(const QuadtreeView& tree, Parallel& parallel, const KernelTable& table,
                    BarnesHut& solver) {
  const std::vector<double> qx{0.5, -3, 1e30, 0.25}, qy{0.5, 1, -1e30, 0.75};
  const QueryPoints queries{qx, qy};
  const PointIndex index = PointIndex::create(tree, parallel, nullptr, table).value();
  std::vector<BodyID> ids(qx.size() * static_cast<std::size_t>(index.neighbors_of(60)));
  ASSERT_TRUE(index.nearest(queries, 60, ids, parallel).is_ok());
  for (const BodyID id : ids) ASSERT_TRUE(0 <= id && id < index.size());
  for (const WindowShape shape : {WindowShape::kBox, WindowShape::kDisc})
    ASSERT_TRUE(index.list(queries, {shape, 0.3}, 1000, parallel).is_ok());
  std::vector<float> ax(tree.order.size()), ay(tree.order.size());
  solver.accelerate(tree, {}, {}, ax, ay);
}

TEST_F(QuadtreeImageTest, WhateverOpensIsSafeForKernels) {
  const Shape shape = test::uniform(600);
  QuadtreeBuilder builder = builder_for(shape.x.size());
  builder.build(shape.x, shape.y, *parallel_, table_);
  const std::vector<std::byte> image(builder.image().begin(), builder.image().end());
  const HeaderSlab& header = header_of(image.data());
  const auto first = static_cast<std::uint32_t>(header.slabs[kSlabNodes].offset);
  const auto length = static_cast<std::uint32_t>(header.slabs[kSlabNodes].length);
  const auto serial = test::with_threads(1);
  Arena arena = test::scratch_arena();
  BarnesHut solver = BarnesHut::create(600, table_, *serial, arena).value();
  Random random(31);
  int num_opened = 0;
  for (int round = 0; round < 4000; ++round) {
    std::vector<std::byte> bytes = image;
    const std::uint32_t at = round % 2 == 0
                                 ? first + random.next_below(length)
                                 : random.next_below(static_cast<std::uint32_t>(bytes.size()));
    bytes[at] = static_cast<std::byte>(random.next_below(256));
    auto opened = Quadtree::open(bytes);
    if (!opened.is_ok()) continue;
    ++num_opened;
    run_kernels_on(opened->view(), *serial, table_, solver);
  }
  EXPECT_GT(num_opened, 100);
}

}  // namespace
}  // namespace quadrille
