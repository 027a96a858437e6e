#include <quadrille/graph_builder.h>
#include <quadrille/picture.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>

#include <gtest/gtest.h>
#include <png.h>

#include "scenes/body_picture.h"
#include "scenes/canvas.h"
#include "scenes/chart.h"
#include "scenes/picture_svg.h"
#include "tests/folder.h"

namespace quadrille {
namespace {

std::string content(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

Image read_png(const std::string& path) {
  png_image header = {};
  header.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_file(&header, path.c_str()) == 0) return {};
  header.format = PNG_FORMAT_RGB;
  Image image{static_cast<int>(header.width), static_cast<int>(header.height), {}};
  image.rgb.resize(PNG_IMAGE_SIZE(header));
  png_image_finish_read(&header, nullptr, image.rgb.data(), 0, nullptr);
  return image;
}

int brightness(const Image& image, int x, int y) {
  const auto at = 3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) +
                       static_cast<std::size_t>(x));
  return image.rgb[at] + image.rgb[at + 1] + image.rgb[at + 2];
}

std::int64_t lit_pixels(const Image& image) {
  std::int64_t lit = 0;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) lit += brightness(image, x, y) > 60;
  return lit;
}

TEST(Canvas, ATenTimesDenserPlaceIsBrighter) {
  Canvas canvas(40, 20);
  for (int i = 0; i < 10; ++i) canvas.add_point(10.5, 10.5, 1, 0);
  canvas.add_point(30.5, 10.5, 1, 0);
  const Image image = canvas.develop(false);
  EXPECT_GT(brightness(image, 10, 10), brightness(image, 30, 10));
  EXPECT_GT(brightness(image, 30, 10), brightness(image, 20, 10));
}

TEST(Canvas, APointsWeightIsSharedByFourPixels) {
  Canvas canvas(8, 8);
  canvas.add_point(4.0, 4.0, 4, 0);  // the corner of four pixels
  const Image image = canvas.develop(false);
  EXPECT_EQ(brightness(image, 3, 3), brightness(image, 4, 4));
  EXPECT_EQ(brightness(image, 3, 4), brightness(image, 4, 3));
  EXPECT_GT(brightness(image, 3, 3), brightness(image, 5, 5));
}

TEST(Canvas, ALineLightsThePixelsBetweenItsEnds) {
  Canvas canvas(20, 20);
  canvas.add_line(2.5, 10.5, 17.5, 10.5, 1, 0);
  const Image image = canvas.develop(false);
  for (int x = 3; x < 17; ++x) EXPECT_GT(brightness(image, x, 10), 60) << x;
  EXPECT_LT(brightness(image, 10, 5), 60);
}

TEST(Canvas, ADiscCoversThePixelsWithinItsRadius) {
  Canvas canvas(20, 20);
  canvas.add_disc(10, 10, 4, 0);
  canvas.add_disc(-3, 10, 2, 0);  // outside
  const Image image = canvas.develop(false);
  EXPECT_EQ(lit_pixels(image), 52);  // pi 4^2 is 50.3
  EXPECT_GT(brightness(image, 13, 10), 60);
  EXPECT_LT(brightness(image, 15, 10), 60);
}

TEST(Canvas, PointsOutsideAndNaNDrawNothing) {
  Canvas canvas(8, 8);
  canvas.add_point(-100, 4, 1, 0);
  canvas.add_point(1e30, 4, 1, 0);
  canvas.add_point(std::nan(""), 4, 1, 0);
  canvas.add_line(0, 0, std::numeric_limits<double>::infinity(), 0, 1, 0);
  EXPECT_EQ(lit_pixels(canvas.develop(false)), 0);
}

TEST(Viewport, ALonePlaceFarFromTheOriginStandsInTheMiddle) {
  for (const float place : {0.0f, 1e-20f, 1000.0f, -3e38f}) {
    const std::vector<float> x{place, place}, y{place, place};
    const Viewport view = fit_viewport(x, y, 1000);
    EXPECT_NEAR(view.pixel_x(place), 500, 1) << place;
    EXPECT_NEAR(view.pixel_y(place), view.height / 2, 1) << place;
  }
}

TEST(Viewport, KeepsTheAspectAndPointsYUp) {
  const std::vector<float> x{0, 10}, y{0, 5};
  const Viewport view = fit_viewport(x, y, 1000);
  EXPECT_DOUBLE_EQ(view.scale_x, view.scale_y);
  EXPECT_LT(view.pixel_y(5), view.pixel_y(0));
  EXPECT_GT(view.pixel_x(0), 0);
  EXPECT_LT(view.pixel_x(10), view.width);
  EXPECT_NEAR(view.height / 1000.0, 5.6 / 10.6, 0.01);
}

class Picture : public testing::Test {
 protected:
  test::Folder folder_;
};
class Chart : public Picture {};

TEST_F(Picture, WhatCannotBeDrawnIsRefusedInASentence) {
  const std::vector<float> x{0, 1}, y{0, 1};
  for (const int width : {-1, 0, 15, 8193, std::numeric_limits<int>::max()}) {
    for (const char* name : {"wide.png", "wide.svg"}) {
      const std::string path = folder_ / name;
      const std::string sentence = path + ": a picture's width is " + std::to_string(width) +
                                   " pixels; it may be 16 to 8192";
      EXPECT_EQ(write_points_picture(path, x, y, {}, nullptr, {.width = width}).message(),
                sentence);
      const std::vector<Bar> bars{{"one", 1, "1"}};
      EXPECT_EQ(write_bar_chart(path, bars, {.width = width}).message(), sentence);
    }
  }
  const std::vector<Edge> edges{{0, 2, 1}};
  const Graph graph = std::move(build_graph(edges)).value();
  EXPECT_EQ(write_points_picture(folder_ / "graph.png", x, y, {}, &graph.view(), {}).message(),
            "a picture of 3 nodes needs a place for each, not 2");
}

TEST_F(Picture, APngOfFewPointsLightsADiscAroundEachAndNothingElse) {
  constexpr double kRadius = 8;  // of few points, whatever the picture's size
  const std::vector<float> x{0, 1, 0, 0.75f}, y{0, 0, 1, 0.5f};
  const std::string path = folder_ / "points.png";
  ASSERT_TRUE(write_points_picture(path, x, y, {}, nullptr, {.width = 200}).is_ok());
  const Image image = read_png(path);
  ASSERT_EQ(image.width, 200);
  ASSERT_EQ(image.height, 200);
  const Viewport view = fit_viewport(x, y, 200);
  for (int row = 0; row < image.height; ++row) {
    for (int column = 0; column < image.width; ++column) {
      double nearest = 1e9;  // of the points, to the middle of this pixel
      for (std::size_t i = 0; i < x.size(); ++i) {
        nearest = std::min(
            nearest, std::hypot(column + 0.5 - view.pixel_x(x[i]), row + 0.5 - view.pixel_y(y[i])));
      }
      EXPECT_EQ(brightness(image, column, row) > 60, nearest <= kRadius)
          << column << ',' << row << " is " << nearest << " from a point";
    }
  }
}

TEST_F(Picture, APngOfManyPointsLightsAtMostFourPixelsForEach) {
  std::vector<float> x, y;  // a dense lattice in one corner, and one point far away in the other
  for (int i = 0; i < 5000; ++i) {
    x.push_back(static_cast<float>(i % 100) * 0.001f);
    y.push_back(static_cast<float>(i / 100) * 0.001f);
  }
  x.push_back(1), y.push_back(1);
  const std::string path = folder_ / "many.png";
  ASSERT_TRUE(write_points_picture(path, x, y, {}, nullptr, {.width = 200}).is_ok());
  const Image image = read_png(path);
  const Viewport view = fit_viewport(x, y, 200);
  const int px = static_cast<int>(view.pixel_x(1)), py = static_cast<int>(view.pixel_y(1));
  std::int64_t lit = 0;  // in the quarter that holds the one point alone
  for (int row = 0; row < 100; ++row)
    for (int column = 100; column < 200; ++column) lit += brightness(image, column, row) > 60;
  EXPECT_GE(lit, 1);
  EXPECT_LE(lit, 4);
  EXPECT_GT(brightness(image, px, py), 60);
}

// A disc, a capsule that leans, one that is not there and one without a place, in a box of 10 x 10.
struct ThreeBodies {
  std::vector<float> x{2, 6, 5, std::numeric_limits<float>::quiet_NaN()}, y{2, 6, 1, 1};
  std::vector<float> radius{1, 0.5f, 0, 1}, half_length{0, 2, 0, 0};
  std::vector<float> cosine{1, 0.6f, 1, 1}, sine{0, 0.8f, 0, 0};
  BodyShapes shapes{radius, half_length, cosine, sine, {}, {0, 0, 10, 10}};
  BodyDrawing drawing() const { return {x, y, {}, shapes}; }
  // From a place to the nearest surface; < 0: inside.
  double distance(double px, double py) const {
    const double along = std::clamp((px - 6) * 0.6 + (py - 6) * 0.8, -2.0, 2.0);
    return std::min(std::hypot(px - 2, py - 2) - 1,
                    std::hypot(px - 6 - 0.6 * along, py - 6 - 0.8 * along) - 0.5);
  }
};

TEST(BodyPicture, BodiesAreAsLargeAsTheyAre) {
  const ThreeBodies bodies;
  const Viewport view = fit_bodies(bodies.drawing(), 212);
  ASSERT_NEAR(view.scale_x, 20, 0.01);
  const Image image = draw_bodies(bodies.drawing(), view);
  for (int row = 0; row < image.height; ++row) {
    for (int column = 0; column < image.width; ++column) {
      const double x = (column + 0.5 - view.offset_x) / view.scale_x;
      const double y = (view.offset_y - row - 0.5) / view.scale_y;
      if (!(x > 0.1 && y > 0.1 && x < 9.9 && y < 9.9)) continue;  // the box
      const double pixels = view.scale_x * bodies.distance(x, y);
      if (std::abs(pixels) < 0.6) continue;
      EXPECT_EQ(brightness(image, column, row) > 60, pixels < 0) << column << ',' << row;
    }
  }
}

TEST(BodyPicture, SmallBodiesLightWhatTheyCover) {
  std::vector<float> x{5}, y{5}, radius{0.02f};  // 0.4 of a pixel
  const BodyShapes shapes{radius, {}, {}, {}, {}, {0, 0, 10, 10}};
  const BodyDrawing drawing{x, y, {}, shapes};
  Image image = draw_bodies(drawing, fit_bodies(drawing, 212));
  int lit = 0;
  for (int row = 50; row < 150; ++row)
    for (int column = 50; column < 150; ++column) lit += brightness(image, column, row) > 50;
  EXPECT_GE(lit, 1);
  EXPECT_LE(lit, 4);
}

TEST(BodyPicture, SegmentsAreLinesAndVectorsHaveEachBodyOnce) {
  ThreeBodies bodies;
  bodies.shapes.segments = {0, 9, 9, 9};
  const Viewport view = fit_bodies(bodies.drawing(), 212);
  const Image image = draw_bodies(bodies.drawing(), view);
  const int row = static_cast<int>(view.pixel_y(9));
  for (const double x : {1.0, 5.0, 8.9})
    EXPECT_GT(brightness(image, static_cast<int>(view.pixel_x(x)), row), 300) << x;
  EXPECT_LT(brightness(image, static_cast<int>(view.pixel_x(9.5)), row), 100);
  SvgWriter svg(view.width, view.height);
  draw_bodies(bodies.drawing(), view, 0, svg);
  const std::string text = svg.finish();
  const auto count = [&text](const std::string& part) {
    int found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
      ++found;
    return found;
  };
  EXPECT_EQ(count("<circle"), 1);
  EXPECT_EQ(count("stroke-linecap=\"round\""), 1);
  EXPECT_EQ(count("<line"), 1 + 4 + 1);  // a capsule, the box, the segment
}

TEST_F(Picture, ASmallSetIsDrawnAsVectorsAndALargeOneAsAnImage) {
  std::vector<float> x(100), y(100);
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = static_cast<float>(i), y[i] = static_cast<float>(i * i % 17);
  const std::string small = folder_ / "small.svg", large = folder_ / "large.svg";
  ASSERT_TRUE(write_points_picture(small, x, y, {}, nullptr, {.title = "a < b & c"}).is_ok());
  EXPECT_NE(content(small).find("<circle"), std::string::npos);
  EXPECT_NE(content(small).find("a &lt; b &amp; c"), std::string::npos);
  x.resize(10000), y.resize(10000);
  ASSERT_TRUE(write_points_picture(large, x, y, {}, nullptr, {}).is_ok());
  EXPECT_EQ(content(large).find("<circle"), std::string::npos);
  EXPECT_NE(content(large).find("data:image/png;base64,iVBORw0KGgo"), std::string::npos);
}

TEST_F(Picture, NoPointAndInfinitePointsGiveAnEmptyPicture) {
  const std::string path = folder_ / "empty.png";
  ASSERT_TRUE(write_points_picture(path, {}, {}, {}, nullptr, {.width = 64}).is_ok());
  EXPECT_EQ(lit_pixels(read_png(path)), 0);
  const std::vector<float> x{std::numeric_limits<float>::infinity()}, y{0};
  ASSERT_TRUE(write_points_picture(path, x, y, {}, nullptr, {.width = 64}).is_ok());
  EXPECT_EQ(lit_pixels(read_png(path)), 0);
}

TEST_F(Picture, AnotherExtensionIsRefusedByName) {
  const Status status = write_points_picture("out.jpg", {}, {}, {}, nullptr, {});
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "out.jpg: a picture's name ends in .png or .svg");
}

TEST_F(Chart, AHistogramCountsEachValueOnceAndTheUnreachedApart) {
  const std::vector<std::int64_t> values{0, 1, 1, 2, 2, 2, -1};
  const std::vector<Bar> bars = value_histogram(values);
  ASSERT_EQ(bars.size(), 4u);
  EXPECT_EQ(bars[2].label, "2");
  EXPECT_EQ(bars[2].value, 3);
  EXPECT_EQ(bars[3].label, "unreached");
  EXPECT_EQ(bars[3].value, 1);
}

TEST_F(Chart, AWideRangeIsFoldedIntoFortyOneBinsThatKeepTheSum) {
  std::vector<std::int64_t> values(5000);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<std::int64_t>(i * i % 7919);
  const std::vector<Bar> bars = value_histogram(values);
  EXPECT_LE(bars.size(), 41u);
  double sum = 0;
  for (const Bar& bar : bars) sum += bar.value;
  EXPECT_EQ(sum, 5000);
}

TEST_F(Chart, ValuesAreCountedByPowersOfTwo) {
  const std::vector<Bar> bars = power_histogram(std::vector<std::int64_t>{0, 0, 1, 3, 2, 9});
  std::string text;
  for (const Bar& bar : bars) text += bar.label + ": " + bar.text + "; ";
  EXPECT_EQ(text, "0: 2; 1: 1; 2 - 3: 2; 4 - 7: 0; 8 - 15: 1; ");
  EXPECT_EQ(power_histogram({}).size(), 1u);
}

TEST_F(Chart, ClassesAreCountedByPowersOfTwoOfTheirSize) {
  const std::vector<Bar> bars = class_sizes({7, 7, 7, 1, 2, 9, 9});  // sizes 3, 1, 1, 2
  ASSERT_EQ(bars.size(), 2u);
  EXPECT_EQ(bars[0].value, 2);
  EXPECT_EQ(bars[1].label, "size 2 - 3");
  EXPECT_EQ(bars[1].value, 2);
}

TEST_F(Chart, BothFormatsDrawTheLongestBarForTheLargestValue) {
  const std::vector<Bar> bars{{"short", 1, "1 ms"}, {"long", 4, "4 ms"}};
  const std::string svg = folder_ / "bars.svg", png = folder_ / "bars.png";
  ASSERT_TRUE(write_bar_chart(svg, bars, {.title = "t"}).is_ok());
  EXPECT_NE(content(svg).find(">4 ms</text>"), std::string::npos);
  ASSERT_TRUE(write_bar_chart(png, bars, {.width = 400}).is_ok());
  EXPECT_GT(lit_pixels(read_png(png)), 1000);
}

}  // namespace
}  // namespace quadrille
