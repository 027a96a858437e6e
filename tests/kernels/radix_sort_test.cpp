#include "kernels/radix_sort.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "tests/kernels/spatial_shapes.h"

namespace quadrille {
namespace {

using Keys = std::vector<std::uint32_t>;

std::vector<SortRecord> records_of(const Keys& keys) {
  std::vector<SortRecord> records(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    records[i] = {static_cast<float>(i), 0.5f, keys[i], static_cast<BodyID>(i)};
  }
  return records;
}

bool same(const std::vector<SortRecord>& a, const std::vector<SortRecord>& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(SortRecord)) == 0);
}

std::vector<SortRecord> sorted(const Keys& keys) {
  std::vector<SortRecord> records = records_of(keys);
  std::sort(records.begin(), records.end(), [](const SortRecord& a, const SortRecord& b) {
    return std::pair(a.key, a.id) < std::pair(b.key, b.id);
  });
  return records;
}

Keys random_keys(std::size_t count, std::uint32_t mask) {
  Random random(count + mask);
  Keys keys(count);
  for (std::uint32_t& key : keys) key = static_cast<std::uint32_t>(random.next()) & mask;
  return keys;
}

std::vector<Keys> hostile_keys() {
  std::vector<Keys> all;
  for (const std::size_t count :
       {0u, 1u, 2u, 47u, 48u, 49u, 256u, 257u, 5000u, 16384u, 16385u, 40000u}) {
    for (const std::uint32_t mask : {~0u, 0u, 0xffu, 0xff000000u, 0x00ff00ffu, 1u}) {
      all.push_back(random_keys(count, mask));
    }
  }
  all.push_back(random_keys(600000, 0x0003ffffu));  // one cell too large for a cache, twice over
  all.back().push_back(~0u);
  return all;
}

TEST(RadixSort, SortsByKeyAndKeepsTheOrderOfEqualKeysWithAnyThreads) {
  auto scratch = std::make_unique<RadixScratch>();
  for (const Keys& keys : hostile_keys()) {
    const auto expected = sorted(keys);
    for (const int threads : {1, 2, 3, 8}) {
      const auto parallel = test::with_threads(threads);
      auto records = records_of(keys);
      std::vector<SortRecord> spare(records.size());
      radix_sort(records, spare, *scratch, *parallel);
      EXPECT_TRUE(same(records, expected)) << keys.size() << " keys, " << threads << " threads";
    }
  }
}

TEST(RadixSort, ColumnsAreSortedLikeTheirRecords) {
  auto scratch = std::make_unique<RadixScratch>();
  const auto parallel = test::with_threads(2);
  for (const Keys& keys : hostile_keys()) {
    std::vector<float> x(keys.size()), y(keys.size(), 0.5f);
    for (std::size_t i = 0; i < keys.size(); ++i) x[i] = static_cast<float>(i);
    std::vector<SortRecord> records(keys.size()), spare(keys.size());
    radix_sort({x, y, keys}, records, spare, *scratch, *parallel);
    EXPECT_TRUE(same(records, sorted(keys))) << keys.size();
  }
}

TEST(RadixSort, CellIsSortedLikeTheWhole) {
  for (const Keys& keys : hostile_keys()) {
    auto records = records_of(keys);
    std::vector<SortRecord> spare(records.size());
    radix_sort_cell(records, spare);
    EXPECT_TRUE(same(records, sorted(keys))) << keys.size();
  }
}

}  // namespace
}  // namespace quadrille
