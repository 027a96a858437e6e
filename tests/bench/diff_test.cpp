#include "bench/diff.h"

#include <gtest/gtest.h>

namespace quadrille::program {
namespace {

ReportLines report(std::vector<ReportLine> lines) {
  return {.cpu = "a processor", .version = "1", .lines = std::move(lines)};
}

TEST(Diff, LinesAreMatchedByName) {
  const ReportLines before = report({{"bfs", "aa", 100, 120}, {"sssp", "bb", 50, 60}});
  const ReportLines after = report({{"sssp", "bc", 75, 80}, {"sort", "cc", 10, 11}});
  const std::vector<ReportDifference> differences = compare_reports(before, after);
  ASSERT_EQ(differences.size(), 3u);
  EXPECT_EQ(differences[0].after, nullptr);
  EXPECT_DOUBLE_EQ(differences[1].ratio, 1.5);
  EXPECT_TRUE(differences[1].hashes_differ);
  EXPECT_EQ(differences[2].before, nullptr);
  const std::string table = difference_table(differences, 80);
  EXPECT_NE(table.find("1.50"), std::string::npos) << table;
  EXPECT_NE(table.find("only in the first"), std::string::npos) << table;
  EXPECT_NE(table.find("only in the second"), std::string::npos) << table;
  EXPECT_NE(table.find("other state hash"), std::string::npos) << table;
}

TEST(Diff, FailsOnlyAboveTheLimitAndNamesTheWorst) {
  const ReportLines before =
      report({{"bfs", "", 100, 0}, {"sssp", "", 100, 0}, {"sort", "", 100, 0}});
  const ReportLines after =
      report({{"bfs", "", 106, 0}, {"sssp", "", 150, 0}, {"sort", "", 50, 0}});
  const std::vector<ReportDifference> differences = compare_reports(before, after);
  EXPECT_TRUE(check_slowdowns(differences, 0.5).is_ok());
  const Status status = check_slowdowns(differences, 0.05);
  ASSERT_FALSE(status.is_ok());
  EXPECT_NE(status.message().find("'sssp' is 50.0 % slower"), std::string::npos)
      << status.message();
  EXPECT_NE(status.message().find("1 other"), std::string::npos) << status.message();
}

TEST(Diff, AZeroMedianHasNoRatio) {
  const ReportLines before = report({{"empty", "", 0, 0}});
  const ReportLines after = report({{"empty", "", 5, 5}});
  const std::vector<ReportDifference> differences = compare_reports(before, after);
  EXPECT_EQ(differences[0].ratio, 0);
  EXPECT_TRUE(check_slowdowns(differences, 0).is_ok());
}

}  // namespace
}  // namespace quadrille::program
