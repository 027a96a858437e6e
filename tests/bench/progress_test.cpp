#include "bench/progress.h"

#include <gtest/gtest.h>

namespace quadrille::program {
namespace {

TEST(ProgressLine, DrawsTheShareThatIsDone) {
  EXPECT_EQ(progress_line("nbody", 25, 100, 2e9, 51),
            "nbody  [#####---------------]  25/100 steps  2.00 s");
  EXPECT_EQ(progress_line("nbody", 0, 100, 0, 51).find('#'), std::string::npos);
  EXPECT_EQ(progress_line("nbody", 100, 100, 0, 51).find('-'), std::string::npos);
}

TEST(ProgressLine, AWaveOfUnknownLengthIsCounted) {
  EXPECT_EQ(progress_line("bfs", 1234, -1, 1.5e9, 79), "bfs  1,234 steps  1.50 s");
}

TEST(ProgressLine, NeverTakesMoreThanTheTerminalHas) {
  for (std::size_t width = 0; width < 60; ++width) {
    EXPECT_LE(progress_line("components of something", 5, 10, 1e9, width).size(), width);
  }
}

}  // namespace
}  // namespace quadrille::program
