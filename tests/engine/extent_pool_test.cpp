#include "engine/extent_pool.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "engine/random.h"

namespace quadrille {
namespace {

TEST(ExtentPool, HalvesThatAreFreeJoinAgain) {
  ExtentPool pool(64);
  for (int i = 0; i < 64; ++i) EXPECT_EQ(pool.take(0), i);
  EXPECT_EQ(pool.take(0), -1);
  for (const int i : {5, 7, 6, 4}) pool.give_back(i, 0);
  EXPECT_EQ(pool.take(3), -1);
  EXPECT_EQ(pool.take(2), 4);
  for (int i = 63; i >= 32; --i) pool.give_back(i, 0);
  EXPECT_EQ(pool.end(), 32);
  EXPECT_EQ(pool.take(5), 32);
}

TEST(ExtentPool, RangesLieAtMultiplesOfTheirSizeAndNeverOverlap) {
  constexpr std::int64_t kUnits = 1000;
  ExtentPool pool(kUnits);
  struct Range {
    std::int64_t first;
    int order;
  };
  std::vector<Range> taken;
  std::vector<bool> used(kUnits, false);
  Random random(3);
  int refused = 0;
  for (int round = 0; round < 20000; ++round) {
    if (random.next_below(100) < 52) {
      const auto order = static_cast<int>(random.next_below(6));
      const std::int64_t first = pool.take(order);
      refused += first < 0;
      if (first < 0) continue;
      ASSERT_EQ(first % (1 << order), 0);
      for (std::int64_t i = first; i < first + (1 << order); ++i) {
        ASSERT_FALSE(used.at(static_cast<std::size_t>(i)));
        used[static_cast<std::size_t>(i)] = true;
      }
      ASSERT_LE(first + (1 << order), pool.end());
      taken.push_back({first, order});
    } else if (!taken.empty()) {
      const std::size_t which = random.next_below(static_cast<std::uint32_t>(taken.size()));
      const Range range = taken[which];
      taken[which] = taken.back();
      taken.pop_back();
      pool.give_back(range.first, range.order);
      for (std::int64_t i = range.first; i < range.first + (1 << range.order); ++i) {
        used[static_cast<std::size_t>(i)] = false;
      }
    }
  }
  EXPECT_GT(refused, 0);
  for (const Range& range : taken) pool.give_back(range.first, range.order);
  EXPECT_EQ(pool.end(), 0);
}

}  // namespace
}  // namespace quadrille
