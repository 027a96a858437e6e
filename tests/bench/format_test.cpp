#include "bench/format.h"

#include <gtest/gtest.h>

namespace quadrille::program {
namespace {

TEST(Format, CountsAreGroupedByThousands) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1000), "1,000");
  EXPECT_EQ(format_count(1048576), "1,048,576");
  EXPECT_EQ(format_count(-123456), "-123,456");
}

TEST(Format, UnitsChangeBeforeAFourthDigitIsNeeded) {
  EXPECT_EQ(format_rate(999), "999");
  EXPECT_EQ(format_rate(999.7), "1.00 k");
  EXPECT_EQ(format_rate(15.7e6), "15.7 M");
  EXPECT_EQ(format_bytes(512), "512 B");
  EXPECT_EQ(format_bytes(1536), "1.50 KiB");
  EXPECT_EQ(format_bytes(436.0 * 1024 * 1024), "436 MiB");
  EXPECT_EQ(format_duration(2.26), "2.26 ns");
  EXPECT_EQ(format_duration(12345), "12.3 us");
  EXPECT_EQ(format_duration(4.56e6), "4.56 ms");
  EXPECT_EQ(format_duration(9.996e9), "10.0 s");
}

TEST(Format, NumbersKeepThreeDigits) {
  EXPECT_EQ(format_number(12), "12");
  EXPECT_EQ(format_number(0.01234), "0.0123");
  EXPECT_EQ(format_number(3.14159), "3.14");
  EXPECT_EQ(format_number(12345.6), "12,346");
  EXPECT_EQ(format_number(-999.7), "-1,000");
  EXPECT_EQ(format_number(1.5e-7), "1.50e-07");
}

TEST(Format, OneLineKeepsNoControlCharacter) {
  EXPECT_EQ(one_line("a\nb\tc\x1b[31md"), "a?b?c?[31md");
  EXPECT_EQ(one_line("Zürich"), "Zürich");
}

TEST(Format, NumbersStandBeforeTheExtensionOfAPath) {
  EXPECT_EQ(numbered_path("wave.png", 350), "wave-0000350.png");
  EXPECT_EQ(numbered_path("a.b/c.d.svg", 12345678), "a.b/c.d-12345678.svg");
  EXPECT_EQ(numbered_path("/tmp/x", 0), "/tmp/x-0000000");
}

}  // namespace
}  // namespace quadrille::program
