#include "bench/log_chart.h"

#include <cmath>
#include <fstream>
#include <iterator>
#include <regex>

#include <gtest/gtest.h>

#include "tests/folder.h"

namespace quadrille::program {
namespace {

std::string drawn(const std::vector<LogPanel>& panels) {
  const test::Folder folder;
  const Status status = write_log_chart(folder / "c.svg", panels, {.title = "A & B"});
  EXPECT_TRUE(status.is_ok()) << status.message();
  std::ifstream file(folder / "c.svg");
  return {std::istreambuf_iterator<char>(file), {}};
}

// Where the dots of rows are, without those of the legend: by x.
std::vector<double> dots(const std::string& svg, std::size_t legend) {
  std::vector<double> x;
  const std::regex circle("<circle cx=\"([0-9.]+)\"");
  for (std::sregex_iterator at(svg.begin(), svg.end(), circle), end; at != end; ++at) {
    x.push_back(std::stod((*at)[1]));
  }
  x.erase(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(legend));
  return x;
}

TEST(LogChart, EqualRatiosAreEqualDistances) {
  const LogPanel panel = {"durations", {"a", "b", "c"}, {{"row", {10, 100, 1000}}}};
  const std::vector<double> x = dots(drawn({panel}), 3);
  ASSERT_EQ(x.size(), 3u);
  EXPECT_LT(x[0], x[1]);
  EXPECT_NEAR(x[1] - x[0], x[2] - x[1], 0.02);
}

TEST(LogChart, NamesRowsAndSeriesAndKeepsEveryDotInside) {
  const LogPanel panel = {"durations",
                          {"first & last"},
                          {{"a row", {0}}, {"none <here>", {}}, {"long", {3e12}}, {"bad", {-5}}}};
  const std::string svg = drawn({panel, {"empty", {}, {}}});
  for (const char* part : {"A &amp; B", "durations", "first &amp; last", "a row",
                           "none &lt;here&gt;", "empty", "</svg>"}) {
    EXPECT_NE(svg.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  for (const double x : dots(svg, 1)) {
    EXPECT_GT(x, 0);
    EXPECT_LT(x, 960);
  }
}

TEST(LogChart, SaysInWhichUnitItsAxisIs) {
  LogPanel panel = {"memory", {"a"}, {{"row", {2000}}}, LogUnit::kByte};
  const std::string bytes = drawn({panel});
  EXPECT_NE(bytes.find(">1,000 B<"), std::string::npos) << bytes;
  panel.unit = LogUnit::kNanosecond;
  const std::string times = drawn({panel});
  EXPECT_NE(times.find(">1.00 us<"), std::string::npos) << times;
}

}  // namespace
}  // namespace quadrille::program
