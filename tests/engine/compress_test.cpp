#include "engine/compress.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/engine/graph_images.h"

namespace quadrille {
namespace {

constexpr Compression kFormats[] = {Compression::kGzip, Compression::kZstd};

std::string packed(const std::string& text, Compression format) {
  auto done = compress(text, format);
  EXPECT_TRUE(done.is_ok()) << done.status().message();
  return {done->bytes().data(), done->size};
}

std::string unpacked(const std::string& bytes) {
  auto done = decompress(bytes, nullptr);
  EXPECT_TRUE(done.is_ok()) << done.status().message();
  return done.is_ok() ? std::string(done->bytes().data(), done->size) : "failed";
}

std::string noise(std::size_t bytes) {
  TestRandom random(bytes);
  std::string text(bytes, ' ');
  for (char& c : text) c = static_cast<char>(random.below(256));
  return text;
}

TEST(Compress, WhatWasCompressedComesBack) {
  for (const Compression format : kFormats) {
    for (const std::string& text : {std::string(), std::string("1 2\n"), noise(300000),
                                    std::string(3000000, '7'), noise(65536)}) {
      const std::string bytes = packed(text, format);
      EXPECT_EQ(detect_compression(bytes), format);
      EXPECT_TRUE(unpacked(bytes) == text) << text.size();
      EXPECT_TRUE(packed(text, format) == bytes);
    }
  }
}

TEST(Compress, MembersAndFramesAreReadOneAfterTheOther) {
  for (const Compression format : kFormats) {
    const std::string bytes = packed("one ", format) + packed("", format) + packed("two", format);
    EXPECT_EQ(unpacked(bytes), "one two");
  }
  EXPECT_EQ(unpacked(packed("padded", Compression::kGzip) + std::string(512, '\0')), "padded");
}

TEST(Compress, FormatsAreKnownByTheirFirstBytes) {
  EXPECT_EQ(detect_compression(std::string("")), Compression::kNone);
  EXPECT_EQ(detect_compression(std::string("\x1f")), Compression::kNone);
  EXPECT_EQ(detect_compression(std::string("0 1\n")), Compression::kNone);
  EXPECT_EQ(decompress(std::string("0 1\n"), nullptr).status().message(),
            "the data is neither gzip nor zstd");
}

TEST(Compress, EveryTruncationIsSaid) {
  for (const Compression format : kFormats) {
    const std::string bytes = packed(noise(300), format);
    for (std::size_t length = 4; length < bytes.size(); ++length) {
      const auto refused = decompress(bytes.substr(0, length), nullptr);
      ASSERT_FALSE(refused.is_ok()) << length;
      ASSERT_EQ(refused.status().code(), StatusCode::kInvalidInput);
      ASSERT_NE(refused.status().message().find("data is truncated"), std::string::npos);
    }
  }
}

TEST(Compress, DamageIsFoundByTheChecksum) {
  for (const Compression format : kFormats) {
    const std::string text = noise(500);
    const std::string bytes = packed(text, format);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      std::string broken = bytes;
      broken[at] = static_cast<char>(broken[at] ^ 0x10);
      const auto done = decompress(broken, nullptr);
      // Only what does not touch the content (gzip's header says a time and a system) may pass.
      if (done.is_ok()) {
        EXPECT_EQ(std::string(done.value().bytes().data(), done.value().size), text);
      }
    }
    std::string broken = bytes;
    broken[bytes.size() / 2] = static_cast<char>(broken[bytes.size() / 2] ^ 1);
    EXPECT_EQ(decompress(broken, nullptr).status().code(), StatusCode::kInvalidInput);
    EXPECT_FALSE(decompress(bytes + "rubbish", nullptr).is_ok());
  }
}

TEST(Compress, ExpansionIsBoundByTheCallerAndByTheBudget) {
  for (const Compression format : kFormats) {
    const std::string bytes = packed(std::string(8 << 20, 'a'), format);
    EXPECT_EQ(decompress(bytes, nullptr, 1 << 20).status().code(), StatusCode::kOutOfMemory);
    EXPECT_EQ(decompress(bytes, nullptr, 8 << 20).value().size, 8U << 20);
    MemoryBudget small({.soft_bytes = SIZE_MAX, .hard_bytes = 1 << 20});
    EXPECT_EQ(decompress(bytes, &small).status().code(), StatusCode::kBudgetExceeded);
    EXPECT_EQ(small.used(), 0U);
    MemoryBudget large;
    const auto done = decompress(bytes, &large);
    EXPECT_GE(large.used(), 8U << 20);
    EXPECT_LT(large.high_water(), 10U << 20);
  }
}

TEST(Compress, AClaimedSizeIsNotBelieved) {
  // A zstd frame that claims 2^62 bytes of content and holds one raw block of three.
  const char frame[] = "\x28\xb5\x2f\xfd\xe0\x00\x00\x00\x00\x00\x00\x00\x40\x19\x00\x00xyz";
  MemoryBudget budget;
  const auto refused = decompress({frame, sizeof(frame) - 1}, &budget);
  EXPECT_FALSE(refused.is_ok());
  EXPECT_LT(budget.high_water(), 1U << 20);
}

}  // namespace
}  // namespace quadrille
