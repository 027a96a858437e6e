#include "kernels/morton.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "kernels/kernel_table.h"
#include "tests/kernels/spatial_shapes.h"

namespace quadrille {
namespace {

using test::Shape;

std::vector<std::uint32_t> keys_of(const Shape& shape, Parallel& parallel,
                                   const KernelTable& table) {
  Box bounds{};
  bounds_of(shape.x, shape.y, parallel, table, bounds);
  std::vector<std::uint32_t> keys(shape.x.size());
  encode_morton(shape.x, shape.y, morton_square(bounds), keys, parallel, table);
  return keys;
}

std::uint32_t every_second_bit(std::uint32_t key) {
  std::uint32_t cell = 0;
  for (int bit = 0; bit < 16; ++bit) cell |= (key >> (2 * bit) & 1u) << bit;
  return cell;
}

TEST(Morton, KeyInterleavesTheBitsOfColumnAndRow) {
  const MortonSquare square{1.0f, 0.0f, 0.0f, 1.0f};
  EXPECT_EQ(morton_key(0.0f, 0.0f, square), 0u);
  EXPECT_EQ(morton_key(1.0f, 0.0f, square), 1u);
  EXPECT_EQ(morton_key(0.0f, 1.0f, square), 2u);
  EXPECT_EQ(morton_key(65535.0f, 65535.0f, square), 0xffffffffu);
  const std::uint32_t key = morton_key(51234.7f, 777.2f, square);
  EXPECT_EQ(every_second_bit(key), 51234u);
  EXPECT_EQ(every_second_bit(key >> 1), 777u);
}

TEST(Morton, CompactingTakesSpreadingBackWhateverTheOtherBitsAre) {
  for (std::uint32_t cell = 0; cell < 65536; ++cell) {
    ASSERT_EQ(morton_compact(morton_spread(cell)), cell);
    ASSERT_EQ(morton_compact(morton_spread(cell) | morton_spread(~cell & 0xffffu) << 1), cell);
  }
}

TEST(Morton, PointsOutsideOfTheSquareCountAsOnItsEdge) {
  const MortonSquare square = morton_square({-1.0f, -1.0f, 1.0f, 1.0f});
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(morton_key(-5.0f, -kInfinity, square), 0u);
  EXPECT_EQ(morton_key(5.0f, kInfinity, square), 0xffffffffu);
  EXPECT_EQ(morton_key(std::numeric_limits<float>::quiet_NaN(), -1.0f, square), 0u);
}

TEST(Morton, CornersOfTheBoundsGetTheFirstAndTheLastCell) {
  for (const Box& box :
       {Box{-1, -1, 1, 1}, Box{0, 0, 1.4e-45f * 70000, 1.4e-45f * 70000},
        Box{-3.4e38f, -3.4e38f, 3.4e38f, 3.4e38f}, Box{1e30f, 1e30f, 2e30f, 2e30f}}) {
    const MortonSquare square = morton_square(box);
    EXPECT_EQ(morton_key(box.min_x, box.min_y, square), 0u);
    EXPECT_EQ(morton_key(box.max_x, box.max_y, square), 0xffffffffu) << box.max_x;
  }
}

TEST(Morton, ColumnsNeverDecreaseToTheRight) {
  Shape shape = test::scales(5000);
  std::sort(shape.x.begin(), shape.x.end());
  const auto parallel = test::with_threads(1);
  const auto keys = keys_of(shape, *parallel, *all_kernel_tables()[0]);
  for (std::size_t i = 1; i < keys.size(); ++i) {
    EXPECT_LE(every_second_bit(keys[i - 1]), every_second_bit(keys[i]));
  }
}

TEST(Morton, EveryInstructionSetAndThreadCountGivesTheSameKeys) {
  for (const Shape& shape : test::all_shapes()) {
    const auto serial = test::with_threads(1);
    const auto expected = keys_of(shape, *serial, *all_kernel_tables()[0]);
    for (const KernelTable* table : test::tables_here()) {
      for (const int threads : {1, 3}) {
        const auto parallel = test::with_threads(threads);
        EXPECT_EQ(keys_of(shape, *parallel, *table), expected) << shape.name << ' ' << table->name;
      }
    }
  }
}

TEST(Morton, BoundsLeaveOutWhatIsNotANumberAndClampInfinity) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const auto parallel = test::with_threads(1);
  for (const KernelTable* table : test::tables_here()) {
    for (std::size_t count = 1; count < 40; ++count) {
      std::vector<float> x(count, kNan), y(count, kNan);
      Box box{};
      EXPECT_FALSE(bounds_of(x, y, *parallel, *table, box));
      x[count / 2] = -0.0f;
      y[count / 2] = kInfinity;
      ASSERT_TRUE(bounds_of(x, y, *parallel, *table, box)) << table->name << count;
      EXPECT_FALSE(std::signbit(box.min_x));
      EXPECT_EQ(box.max_x, 0.0f);
      EXPECT_EQ(box.max_y, std::numeric_limits<float>::max());
    }
  }
}

}  // namespace
}  // namespace quadrille
