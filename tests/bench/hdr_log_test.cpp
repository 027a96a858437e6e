#include "bench/hdr_log.h"

#include <sstream>
#include <vector>

#include <gtest/gtest.h>

namespace quadrille::program {
namespace {

std::vector<std::string> lines_of(const std::vector<HdrLogEntry>& entries) {
  const auto log = hdr_log(entries, {.start_s = 1700000000.5, .length_s = 12.25}, "two\nlines");
  EXPECT_TRUE(log.is_ok());
  std::istringstream text(log.value());
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

TEST(HdrLog, HasTheHeadThatItsReadersExpect) {
  EXPECT_EQ(lines_of({}),
            (std::vector<std::string>{
                "#[two?lines]", "#[Histogram log format version 1.3]",
                "#[StartTime: 1700000000.500 (seconds since epoch), 2023-11-14 22:13:20 UTC]",
                "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
                "\"Interval_Compressed_Histogram\""}));
}

TEST(HdrLog, ALineIsTaggedAndHoldsTheLargestValueInMilliseconds) {
  Histogram histogram;
  histogram.record(2'500'000);
  const std::string line = lines_of({{"our arena, in ns", &histogram}}).back();
  EXPECT_EQ(line.rfind("Tag=our_arena__in_ns,0.000,12.250,2.500,HISTFAAA", 0), 0u) << line;
}

}  // namespace
}  // namespace quadrille::program
