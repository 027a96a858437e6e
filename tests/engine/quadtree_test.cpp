#include <gtest/gtest.h>
#include <quadrille/quadtree.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "engine/memory_budget.h"
#include "engine/random.h"
#include "tests/engine/image_bytes.h"
#include "tests/engine/quadtree_images.h"

namespace quadrille {
namespace {

Bodies random_bodies(int count, std::uint64_t seed) {
  Bodies bodies;
  Random random(seed);
  for (int i = 0; i < count; ++i) {
    const double spread = random.next_below(3) == 0 ? 1.0 : 0.001;
    bodies.x.push_back(spread * random.next_unit() - 0.25);
    bodies.y.push_back(spread * random.next_unit() + 1000.0);
  }
  return bodies;
}

// Root 0 with leaves 1 and 3 around inner quadrant 2, whose leaves are 4 and 5. In Morton order:
// bodies 0 and 1; 5; 2 and 3; 4.
Region six_bodies_image(bool exact = false) {
  return make_image(obvious_tree({{0, 1, 9, 8, 0, 5}, {0, 0, 1, 0, 9, 0}}, 2, exact));
}

// Goes through the tree as a query does; what it reads is checked by AddressSanitizer.
void walk(const QuadtreeView& tree) {
  if (tree.quadrants.empty()) return;
  std::vector<bool> seen(tree.order.size());
  std::vector<std::size_t> stack{0};
  std::size_t visited = 0;
  while (!stack.empty()) {
    const std::size_t q = stack.back();
    stack.pop_back();
    ASSERT_LE(++visited, tree.quadrants.size());
    const Quadrant& quadrant = tree.quadrants[q];
    for (int child = 0; child < __builtin_popcount(quadrant.child_mask); ++child)
      stack.push_back(q + static_cast<std::size_t>(quadrant.offset + child));
    if (quadrant.child_mask != 0) continue;
    ASSERT_EQ(quadrant.offset, tree.ranges[q].first);
    const Box& box = tree.boxes[q];
    for (std::int32_t i = tree.ranges[q].first; i < tree.ranges[q].last; ++i) {
      const auto place = static_cast<std::size_t>(i);
      ASSERT_TRUE(box.min_x <= tree.x[place] && tree.x[place] <= box.max_x);
      ASSERT_TRUE(box.min_y <= tree.y[place] && tree.y[place] <= box.max_y);
      seen[static_cast<std::size_t>(tree.order[place])] = true;
    }
  }
  EXPECT_EQ(visited, tree.quadrants.size());
  EXPECT_EQ(std::count(seen.begin(), seen.end(), true), std::ssize(seen));
}

TEST(QuadtreeImage, BodiesStandWhereTheirNumberAloneSays) {
  const HeaderSlab few = plan_quadtree_image({1000, 1});
  const HeaderSlab many = plan_quadtree_image({1000, 900, true});
  std::uint64_t end = sizeof(HeaderSlab);
  for (const SlabName name : {kSlabOrder, kSlabX, kSlabY, kSlabNodes, kSlabExactX, kSlabExactY}) {
    EXPECT_EQ(many.slabs[name].offset, (end + 63) / 64 * 64);
    end = many.slabs[name].offset + many.slabs[name].length;
  }
  for (const SlabName name : {kSlabOrder, kSlabX, kSlabY, kSlabNodes})
    EXPECT_EQ(few.slabs[name].offset, many.slabs[name].offset);
  EXPECT_EQ(many.image_bytes, (end + 63) / 64 * 64);
  EXPECT_EQ(many.slabs[kSlabNodes].length, 900 * sizeof(Quadrant));
}

TEST(Quadtree, AnOpenedImageIsCopiedCountedAndLookedAtInPlace) {
  for (const bool exact : {false, true}) {
    const TreeParts parts = obvious_tree(random_bodies(3000, 5), 8, exact);
    Region image = make_image(parts);
    MemoryBudget budget;
    auto opened = Quadtree::open(bytes_of(image), &budget);
    ASSERT_TRUE(opened.is_ok()) << opened.status().message();
    EXPECT_GE(budget.used(), image.capacity());
    ASSERT_EQ(opened->image().size(), image.capacity());
    EXPECT_EQ(std::memcmp(opened->image().data(), image.base(), image.capacity()), 0);
    const Quadtree moved = std::move(opened).value();
    const QuadtreeView& tree = moved.view();
    EXPECT_TRUE(std::ranges::equal(tree.order, parts.order));
    EXPECT_TRUE(std::ranges::equal(tree.exact_y, parts.exact_y));
    EXPECT_EQ(tree.version, 7u);
    EXPECT_EQ(tree.depth, parts.depth);
    EXPECT_EQ(tree.depth_begin.size(), static_cast<std::size_t>(parts.depth) + 2);
    EXPECT_EQ(tree.depth_begin.back(), std::ssize(parts.quadrants));
    walk(tree);
    std::vector<std::byte> askew(image.capacity() + 1);  // a file's bytes may stand anywhere
    std::memcpy(askew.data() + 1, image.base(), image.capacity());
    EXPECT_TRUE(Quadtree::open(std::span(askew).subspan(1)).is_ok());
  }
}

TEST(Quadtree, NoBodyAndOneBodyAreTrees) {
  Region nothing = make_image(obvious_tree({}, 8, false));
  ASSERT_EQ(nothing.capacity(), sizeof(HeaderSlab));
  auto empty = Quadtree::open(bytes_of(nothing));
  ASSERT_TRUE(empty.is_ok()) << empty.status().message();
  EXPECT_TRUE(empty->view().quadrants.empty());
  Region one = make_image(obvious_tree({{2.5}, {-1.0}}, 8, false));
  auto leaf = Quadtree::open(bytes_of(one));
  ASSERT_TRUE(leaf.is_ok()) << leaf.status().message();
  EXPECT_EQ(leaf->view().boxes[0].min_x, 2.5f);
  EXPECT_EQ(leaf->view().ranges[0].last, 1);
}

TEST(Quadtree, ABudgetWithoutRoomRefusesBeforeTheCopy) {
  Region image = make_image(obvious_tree(random_bodies(3000, 5), 8, false));
  MemoryBudget budget({.hard_bytes = image.capacity() / 2});
  EXPECT_EQ(Quadtree::open(bytes_of(image), &budget).status().code(), StatusCode::kBudgetExceeded);
  EXPECT_EQ(budget.used(), 0u);
}

struct Damage {
  const char* sentence;
  void (*apply)(Region&);
};

Quadrant& quadrant_of(Region& image, std::size_t q) {
  return slab_of<Quadrant>(image, kSlabNodes)[q];
}

void expect_each_named(std::span<const Damage> damages, bool exact) {
  for (const Damage& damage : damages) {
    Region image = six_bodies_image(exact);
    ASSERT_EQ(Quadtree::open(bytes_of(image)).status().message(), "");
    damage.apply(image);
    const Status status = Quadtree::open(bytes_of(image)).status();
    EXPECT_FALSE(status.is_ok()) << damage.sentence;
    EXPECT_NE(status.message().find(damage.sentence), std::string::npos)
        << status.message() << " instead of " << damage.sentence;
  }
}

TEST(Quadtree, EachKindOfDamageOfTheHeaderIsNamed) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  static_assert(kNan != kNan);
  const Damage damages[] = {
      {"QADRILLE", [](Region& i) { header_of(i).magic ^= 1; }},
      {"its format is 9", [](Region& i) { header_of(i).format = 9; }},
      {"holds a graph, not a quadtree", [](Region& i) { header_of(i).kind = SlabKind::kGraph; }},
      {"later version, not a quadtree", [](Region& i) { header_of(i).kind = SlabKind{77}; }},
      {"bytes, but there are", [](Region& i) { header_of(i).image_bytes += 64; }},
      {"cannot have", [](Region& i) { header_of(i).num_edges = -1; }},
      {"cannot have", [](Region& i) { header_of(i).num_edges = std::int64_t{1} << 40; }},
      {"cannot have", [](Region& i) { header_of(i).num_edges = 0; }},
      {"cannot have", [](Region& i) { header_of(i).num_nodes = 0; }},
      {"cannot have", [](Region& i) { header_of(i).num_nodes = 14; }},
      {"does not fit", [](Region& i) { header_of(i).num_nodes = 2; }},
      {"does not fit", [](Region& i) { header_of(i).slabs[kSlabX].offset += 64; }},
      {"does not fit", [](Region& i) { header_of(i).slabs[kSlabExactX].length = 40; }},
      {"does not fit", [](Region& i) { header_of(i).flags = 1; }},
      {"does not fit", [](Region& i) { header_of(i).root = 1; }},
      {"does not fit", [](Region& i) { header_of(i).reserved1[3] = 1; }},
      {"leaves down to depth", [](Region& i) { ++header_of(i).num_arcs; }},
      {"leaves down to depth", [](Region& i) { header_of(i).depth = -1; }},
      {"leaves down to depth", [](Region& i) { header_of(i).depth = INT32_MAX; }},
      {"bounds are not floats", [](Region& i) { header_of(i).bounds[2] = kNan; }},
      {"bounds are not floats", [](Region& i) { header_of(i).bounds[2] = 1e300; }},
      {"bounds are not floats", [](Region& i) { header_of(i).bounds[2] = 9.1; }},
      {"bounds are not those", [](Region& i) { header_of(i).bounds[2] = 10; }},
      {"padding", [](Region& i) { slab_of<float>(i, kSlabX)[6] = 1; }},
  };
  expect_each_named(damages, false);
}

TEST(Quadtree, EachKindOfDamageOfTheTreeIsNamed) {
  const Damage damages[] = {
      {"place 1 does not name a new body",
       [](Region& i) { slab_of<BodyID>(i, kSlabOrder)[1] = 6; }},
      {"place 1 does not name a new body",
       [](Region& i) { slab_of<BodyID>(i, kSlabOrder)[1] = -1; }},
      {"place 1 does not name a new body",
       [](Region& i) { slab_of<BodyID>(i, kSlabOrder)[1] = slab_of<BodyID>(i, kSlabOrder)[0]; }},
      {"place 4 has coordinates that are not finite",
       [](Region& i) { slab_of<float>(i, kSlabY)[4] = std::numeric_limits<float>::infinity(); }},
      {"quadrant 2 has a body outside of its box",
       [](Region& i) { slab_of<float>(i, kSlabX)[2] = 1.0f; }},
      {"quadrant 5 has a body outside of its box",
       [](Region& i) { quadrant_of(i, 5).max_y = quadrant_of(i, 5).min_y; }},
      {"quadrant 0 has a body outside of its box", [](Region& i) { quadrant_of(i, 0).min_x = 1; }},
      {"quadrant 0 has a wrong child mask", [](Region& i) { quadrant_of(i, 0).child_mask = 16; }},
      {"quadrant 2 has a wrong child mask", [](Region& i) { quadrant_of(i, 2).child_mask = 4; }},
      {"quadrant 2 has its children in the wrong place",
       [](Region& i) { quadrant_of(i, 2).child_mask = 7; }},
      {"quadrant 2 has reserved bits set", [](Region& i) { quadrant_of(i, 2).reserved = 256; }},
      {"quadrant 3 is not deeper than its parent",
       [](Region& i) { quadrant_of(i, 3).level = quadrant_of(i, 0).level; }},
      {"quadrant 4 has no parent", [](Region& i) { quadrant_of(i, 2).child_mask = 0; }},
      {"first leaf does not begin", [](Region& i) { quadrant_of(i, 1).offset = 1; }},
      {"quadrant 3 has no body", [](Region& i) { quadrant_of(i, 3).offset = 6; }},
      {"quadrant 3 has no body", [](Region& i) { quadrant_of(i, 3).offset = INT32_MAX; }},
      {"quadrant 4 has no body", [](Region& i) { quadrant_of(i, 5).offset = INT32_MIN; }},
      {"quadrant 4 has no body",  // bodies of two leaves
       [](Region& i) { quadrant_of(i, 5).offset = quadrant_of(i, 4).offset; }},
  };
  expect_each_named(damages, false);
}

TEST(Quadtree, CyclesAndSharedChildrenAreRefused) {
  for (const std::int32_t offset : {0, -2, -1, 1, 3, 100, INT32_MAX, INT32_MIN}) {
    Region image = six_bodies_image();
    ASSERT_NE(quadrant_of(image, 2).offset, offset);
    quadrant_of(image, 2).offset = offset;
    EXPECT_EQ(Quadtree::open(bytes_of(image)).status().message(),
              "quadtree: quadrant 2 has its children in the wrong place");
  }
  Region shared = six_bodies_image();
  quadrant_of(shared, 3) = quadrant_of(shared, 2);
  quadrant_of(shared, 3).offset -= 1;  // the children of quadrant 2
  EXPECT_EQ(Quadtree::open(bytes_of(shared)).status().message(),
            "quadtree: quadrant 3 has its children in the wrong place");
}

TEST(Quadtree, ExactCoordinatesMustRoundToTheFloats) {
  const Damage damages[] = {
      {"place 2 has exact coordinates",
       [](Region& i) { slab_of<double>(i, kSlabExactX)[2] += 0.001; }},
      {"place 4 has exact coordinates",
       [](Region& i) {
         slab_of<double>(i, kSlabExactY)[4] = std::numeric_limits<double>::quiet_NaN();
       }},
      {"place 0 has exact coordinates",
       [](Region& i) { slab_of<double>(i, kSlabExactY)[0] = 1e300; }},
      {"padding", [](Region& i) { slab_of<double>(i, kSlabExactY)[7] = 1; }},
  };
  expect_each_named(damages, true);
}

TEST(Quadtree, TruncatedBytesAreRefusedAtEveryLength) {
  Region image = six_bodies_image(true);
  for (std::size_t bytes = 0; bytes < image.capacity(); ++bytes) {
    ASSERT_FALSE(Quadtree::open(bytes_of(image).first(bytes)).is_ok()) << bytes;
  }
}

// Free are only the version, how deep a level is and how loose a box; and coordinates that stay
// inside of theirs.
TEST(Quadtree, AnyFlippedBitIsRefusedOrHarmless) {
  for (const bool exact : {false, true}) {
    Region image = make_image(obvious_tree(random_bodies(40, 3), 3, exact));
    const HeaderSlab header = header_of(image);
    for (std::size_t at = 0; at < image.capacity(); ++at) {
      const auto inside = [&](SlabName name) {
        return at >= header.slabs[name].offset &&
               at < header.slabs[name].offset + header.slabs[name].length;
      };
      const bool is_free =
          (at >= offsetof(HeaderSlab, version) && at < offsetof(HeaderSlab, num_nodes)) ||
          inside(kSlabX) || inside(kSlabY) || inside(kSlabExactX) || inside(kSlabExactY) ||
          (inside(kSlabNodes) && (at % sizeof(Quadrant) < offsetof(Quadrant, offset) ||
                                  at % sizeof(Quadrant) == offsetof(Quadrant, level)));
      for (int bit = 0; bit < 8; ++bit) {
        image.base()[at] ^= std::byte{1} << bit;
        auto opened = Quadtree::open(bytes_of(image));
        image.base()[at] ^= std::byte{1} << bit;
        ASSERT_TRUE(!opened.is_ok() || is_free) << "byte " << at << " bit " << bit;
        if (opened.is_ok()) walk(opened->view());
      }
    }
  }
}

TEST(Quadtree, ManyWrongWordsAtOnceNeverOpenWhatCannotBeWalked) {
  Random random(11);
  Region images[2] = {make_image(obvious_tree(random_bodies(60, 6), 3, false)),
                      make_image(obvious_tree(random_bodies(60, 6), 3, true))};
  for (int round = 0; round < 20000; ++round) {
    Region& image = images[round % 2];
    std::vector<std::byte> bytes(image.base(), image.base() + image.capacity());
    for (std::uint64_t i = 0; i <= random.next_below(4); ++i) {
      const std::uint32_t values[] = {0,          1,          31,         64,         0x7fffffff,
                                      0x80000000, 0xffffffff, 0x7f800000, 0x3f000000, 0x00030002};
      const std::size_t word = random.next_below(static_cast<std::uint32_t>(bytes.size() / 4));
      std::memcpy(&bytes[word * 4], &values[random.next_below(10)], 4);
    }
    auto opened = Quadtree::open(bytes);
    if (opened.is_ok()) walk(opened->view());
  }
}

}  // namespace
}  // namespace quadrille
