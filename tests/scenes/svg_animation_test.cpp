#include "scenes/svg_animation.h"

#include <array>

#include <gtest/gtest.h>

namespace quadrille {
namespace {

constexpr SvgLoop kLoop{.ticks = 200, .tick_ms = 5, .still = 50};

TEST(SvgAnimation, WhatIsAlwaysShownNeedsNone) {
  const std::array<TickRange, 1> always = {{{0, 200}}};
  EXPECT_EQ(shown_in(kLoop, always).child, "");
  EXPECT_EQ(shown_in(kLoop, always).attribute, "");
}

TEST(SvgAnimation, RangesAreVisibleAndTheRestIsHidden) {
  const std::array<TickRange, 2> ranges = {{{20, 40}, {60, 200}}};
  const SvgAnimation animation = shown_in(kLoop, ranges);
  EXPECT_EQ(animation.attribute, " visibility=\"hidden\"") << "at tick 50";
  EXPECT_EQ(animation.child,
            "<animate attributeName=\"visibility\" values=\"hidden;visible;hidden;visible\" "
            "keyTimes=\"0;0.1;0.2;0.3\" dur=\"1s\" repeatCount=\"indefinite\" "
            "calcMode=\"discrete\"/>");
  const std::array<TickRange, 1> first = {{{0, 51}}};
  EXPECT_EQ(shown_in(kLoop, first).attribute, "");
  EXPECT_NE(shown_in(kLoop, first).child.find("values=\"visible;hidden\" keyTimes=\"0;0.255\""),
            std::string::npos);
}

TEST(SvgAnimation, WhatIsNeverShownIsHidden) {
  const SvgAnimation animation = shown_in(kLoop, {});
  EXPECT_EQ(animation.attribute, " visibility=\"hidden\"");
  EXPECT_NE(animation.child.find("values=\"hidden\" keyTimes=\"0\""), std::string::npos);
}

TEST(SvgAnimation, ValuesAreStraightLinesThatMayJump) {
  const std::array<TickValue, 4> values = {{{0, 0}, {40, 0}, {40, 1}, {60, 0.5}}};
  const SvgAnimation animation = moved_along(kLoop, "opacity", values);
  EXPECT_EQ(animation.attribute, " opacity=\"0.75\"") << "half-way from 1 to 0.5";
  EXPECT_EQ(animation.child,
            "<animate attributeName=\"opacity\" values=\"0;0;1;0.5;0.5\" "
            "keyTimes=\"0;0.2;0.2;0.3;1\" dur=\"1s\" repeatCount=\"indefinite\"/>");
}

TEST(SvgAnimation, NumbersAreNeverLongerThanTheySay) {
  const SvgLoop third{.ticks = 3, .tick_ms = 1, .still = 0};
  const std::array<TickValue, 2> values = {{{0, -1.005}, {1, 1200}}};
  const SvgAnimation animation = moved_along(third, "x", values);
  EXPECT_NE(animation.child.find("keyTimes=\"0;0.333333;1\" dur=\"0.003s\""), std::string::npos)
      << animation.child;
  EXPECT_NE(animation.child.find("1200;1200"), std::string::npos);
}

}  // namespace
}  // namespace quadrille
