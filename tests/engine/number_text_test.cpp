#include "engine/number_text.h"

#include <limits>

#include <gtest/gtest.h>

namespace quadrille {
namespace {

TEST(NumberText, IsTheShortestThatReadsBack) {
  EXPECT_EQ(number_text(1.3f), "1.3");
  EXPECT_EQ(number_text(1.3), "1.3");
  EXPECT_EQ(number_text(-1.0f), "-1");
  EXPECT_EQ(number_text(0.0), "0");
  EXPECT_EQ(number_text(0.1 + 0.2), "0.30000000000000004");
}

TEST(NumberText, PadsNoExponent) {
  EXPECT_EQ(number_text(1e16f), "1e16");
  EXPECT_EQ(number_text(1e-6), "1e-6");
  EXPECT_EQ(number_text(2.5e-10), "2.5e-10");
  EXPECT_EQ(number_text(std::numeric_limits<double>::lowest()), "-1.7976931348623157e308");
}

TEST(NumberText, NamesWhatIsNoNumber) {
  EXPECT_EQ(number_text(std::numeric_limits<float>::infinity()), "inf");
  EXPECT_EQ(number_text(std::numeric_limits<double>::quiet_NaN()), "nan");
}

TEST(NumberText, CountsHaveTheirNoun) {
  EXPECT_EQ(counted(0, "node"), "0 nodes");
  EXPECT_EQ(counted(1, "node"), "1 node");
  EXPECT_EQ(counted(1, "body"), "1 body");
  EXPECT_EQ(counted(12, "body"), "12 bodies");
}

}  // namespace
}  // namespace quadrille
