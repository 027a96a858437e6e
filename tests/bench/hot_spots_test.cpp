#include "bench/hot_spots.h"

#include <gtest/gtest.h>

namespace quadrille::program {
namespace {

std::vector<LabelUsage> sample() {
  return {{.label = "gone", .allocations = 1, .allocated_bytes = 1 << 20, .time_ns = 12000},
          {.label = "scratch: free", .held_bytes = 1024},
          {.label = "queue",
           .allocations = 4,
           .allocated_bytes = 4096,
           .time_ns = 48,
           .held_bytes = 3072},
          {.label = "brief", .allocations = 2, .allocated_bytes = 64}};
}

TEST(HotSpots, WhatHoldsMostComesFirstThenWhatTookMost) {
  std::vector<LabelUsage> labels = sample();
  sort_hot_spots(labels);
  EXPECT_EQ(labels[0].label, "queue");
  EXPECT_EQ(labels[1].label, "scratch: free");
  EXPECT_EQ(labels[2].label, "gone");
  EXPECT_EQ(labels[3].label, "brief");
}

TEST(HotSpots, TheTableSumsUpAndLeavesOutWhatIsNotKnown) {
  std::vector<LabelUsage> labels = sample();
  sort_hot_spots(labels);
  const std::string table = hot_spot_table(labels, 64);
  EXPECT_NE(table.find("label         count    bytes mean size    time     held  share\n"
                       "--------------------------------------------------------------\n"
                       "queue             4 4.00 KiB  1.00 KiB   48 ns 3.00 KiB  75.0%\n"
                       "scratch: free     -        -         -       - 1.00 KiB  25.0%\n"
                       "gone              1 1.00 MiB  1.00 MiB 12.0 us        -      -\n"
                       "brief             2     64 B      32 B       -        -      -\n"
                       "--------------------------------------------------------------\n"
                       "all labels        7 1.00 MiB   147 KiB 12.0 us 4.00 KiB 100.0%\n"),
            std::string::npos)
      << table;
}

TEST(HotSpots, OfNothingAreATableWithoutShares) {
  EXPECT_EQ(hot_spot_table({}, 80).find('%'), std::string::npos);
}

}  // namespace
}  // namespace quadrille::program
