#include "kernels/hilbert.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

#include "kernels/morton.h"

namespace quadrille {
namespace {

std::uint32_t key_at(std::uint32_t column, std::uint32_t row) {
  return hilbert_key(morton_spread(column) | morton_spread(row) << 1);
}

TEST(Hilbert, EachPlaceOfASquareFollowsOneBesideIt) {
  constexpr std::uint32_t kSide = 256;  // of cells at the corner where the curve begins
  struct Place {
    int column = -1, row = -1;
  };
  std::vector<Place> places(kSide * kSide);
  for (std::uint32_t row = 0; row < kSide; ++row) {
    for (std::uint32_t column = 0; column < kSide; ++column) {
      const std::uint32_t key = key_at(column, row);
      ASSERT_LT(key, places.size());
      ASSERT_EQ(places[key].column, -1);
      places[key] = {static_cast<int>(column), static_cast<int>(row)};
    }
  }
  for (std::size_t i = 1; i < places.size(); ++i) {
    ASSERT_EQ(std::abs(places[i].column - places[i - 1].column) +
                  std::abs(places[i].row - places[i - 1].row),
              1);
  }
}

TEST(Hilbert, TheCurveEndsBesideTheCornerWhereItBegins) {
  EXPECT_EQ(key_at(0, 0), 0u);
  EXPECT_EQ(key_at(65535, 0), 0xffffffffu);
}

TEST(Hilbert, ASquareOfEachLevelIsOneRunOfTheCurve) {
  for (std::uint32_t at = 0; at < 4096; ++at) {
    const std::uint32_t morton = at * 2654435761u;
    for (int bits = 2; bits < 32; bits += 2) {
      const std::uint32_t first = morton >> bits << bits, run = hilbert_key(first) >> bits;
      ASSERT_EQ(hilbert_key(first | ((1u << bits) - 1)) >> bits, run);
      ASSERT_EQ(hilbert_key(morton) >> bits, run);
    }
  }
}

}  // namespace
}  // namespace quadrille
