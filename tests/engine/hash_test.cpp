#include "engine/hash.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace quadrille {
namespace {

std::vector<std::byte> random_bytes(std::size_t count) {
  std::mt19937_64 random(count);
  std::vector<std::byte> bytes(count);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

StateHash hash_of(std::span<const float> values) {
  StateHasher hasher;
  hasher.add(values);
  return hasher.digest();
}

TEST(StateHasher, NothingHashesToThePublishedValueOfXxh3) {
  EXPECT_EQ(StateHasher().digest().to_string(), "99aa06d3014798d86001c324468d497f");
}

TEST(StateHasher, AnySplitOfAStreamHasTheSameHash) {
  for (const std::size_t size : {1u, 16u, 17u, 240u, 241u, 1024u, 1025u, 100000u}) {
    const std::vector<std::byte> bytes = random_bytes(size);
    StateHasher whole;
    whole.add(bytes);
    for (const std::size_t piece : {1u, 7u, 64u, 255u, 4096u}) {
      StateHasher pieces;
      for (std::size_t at = 0; at < size; at += piece) {
        pieces.add(std::span(bytes).subspan(at, std::min(piece, size - at)));
      }
      EXPECT_EQ(pieces.digest(), whole.digest()) << size << " bytes by " << piece;
    }
  }
}

TEST(StateHasher, MinusZeroCountsAsPlusZero) {
  for (const std::size_t at : {0u, 1u, 1023u, 1024u, 2999u}) {
    std::vector<float> values(3000, 0.0f);
    const StateHash plus = hash_of(values);
    values[at] = -0.0f;
    EXPECT_EQ(hash_of(values), plus) << at;
    values[at] = -std::numeric_limits<float>::denorm_min();
    EXPECT_NE(hash_of(values), plus) << at;
  }
}

TEST(StateHasher, FloatsWithoutMinusZeroHashAsTheirBytes) {
  std::mt19937_64 random(7);
  std::vector<float> values(5000);
  for (float& value : values) value = static_cast<float>(random() % 1000) - 500.5f;
  StateHasher bytes;
  bytes.add(std::as_bytes(std::span(values)));
  EXPECT_EQ(hash_of(values), bytes.digest());
}

TEST(StateHasher, NansCountByTheirBits) {
  const float quiet = std::bit_cast<float>(0x7fc00000u);
  const float payload = std::bit_cast<float>(0x7fc00001u);
  const float negative = std::bit_cast<float>(0xffc00000u);
  EXPECT_EQ(hash_of(std::span(&quiet, 1)), hash_of(std::span(&quiet, 1)));
  EXPECT_NE(hash_of(std::span(&quiet, 1)), hash_of(std::span(&payload, 1)));
  EXPECT_NE(hash_of(std::span(&quiet, 1)), hash_of(std::span(&negative, 1)));
}

TEST(StateHasher, ADigestDoesNotEndTheStream) {
  const std::vector<std::byte> bytes = random_bytes(1000);
  StateHasher once, twice;
  once.add(bytes);
  twice.add(std::span(bytes).first(300));
  EXPECT_NE(twice.digest(), once.digest());
  twice.add(std::span(bytes).subspan(300));
  EXPECT_EQ(twice.digest(), once.digest());
}

TEST(StateHash, IsWrittenHighHalfFirstInThirtyTwoDigits) {
  EXPECT_EQ((StateHash{0x0123456789abcdefULL, 0xf}).to_string(),
            "0123456789abcdef000000000000000f");
}

}  // namespace
}  // namespace quadrille
