#include "engine/bitmap.h"

#include <gtest/gtest.h>

#include <bit>
#include <set>
#include <thread>
#include <vector>

#include "tests/engine/graph_images.h"

namespace quadrille {
namespace {

TEST(Bitmap, HoldsExactlyWhatWasSet) {
  std::vector<std::uint64_t> words(Bitmap::num_words(1000), ~std::uint64_t{0});
  ASSERT_EQ(words.size(), 16U);
  Bitmap bitmap(words);
  bitmap.clear();
  TestRandom random(1);
  std::set<std::int64_t> expected;
  for (int i = 0; i < 300; ++i) {
    const std::int64_t bit = random.below(1000);
    EXPECT_EQ(bitmap.set_atomic(bit), expected.insert(bit).second);
    const std::int64_t other = random.below(1000);
    bitmap.set(other);
    expected.insert(other);
  }
  for (std::int64_t bit = 0; bit < 1000; ++bit) EXPECT_EQ(bitmap.test(bit), expected.contains(bit));
}

TEST(Bitmap, WordsFollowTheLayoutOfBitColumns) {
  std::vector<std::uint64_t> words(Bitmap::num_words(65));
  Bitmap bitmap(words);
  bitmap.set(3);
  bitmap.set(64);
  EXPECT_EQ(words, (std::vector<std::uint64_t>{8, 1}));
  EXPECT_EQ(Bitmap::num_words(0), 0U);
  EXPECT_EQ(Bitmap::num_words(64), 1U);
}

TEST(Bitmap, EachBitIsWonByOneThread) {
  std::vector<std::uint64_t> words(Bitmap::num_words(2000));
  std::vector<int> won(4);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < won.size(); ++t) {
    threads.emplace_back([&, t] {
      Bitmap bitmap(words);
      int mine = 0;
      for (std::int64_t bit = 0; bit < 2000; ++bit) mine += bitmap.set_atomic(bit * 7 % 2000);
      won[t] = mine;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(won[0] + won[1] + won[2] + won[3], 2000);
}

}  // namespace
}  // namespace quadrille
