#include "bench/table.h"

#include <sstream>

#include <gtest/gtest.h>

namespace quadrille::program {
namespace {

Table sample_table() {
  Table table({{.head = "what", .left = true},
               {.head = "nodes"},
               {.head = "spread", .optional = true},
               {.head = "hash", .optional = true}});
  table.add_row({"bfs", "1,048,576", "2 %", "0123456789abcdef"});
  table.add_rule();
  table.add_row({"a longer name", "7", "10 %", "fedcba9876543210"});
  return table;
}

TEST(Table, NumbersAreFlushRightAndNamesFlushLeft) {
  EXPECT_EQ(sample_table().to_string(50),
            "what               nodes  spread              hash\n"
            "--------------------------------------------------\n"
            "bfs            1,048,576     2 %  0123456789abcdef\n"
            "--------------------------------------------------\n"
            "a longer name          7    10 %  fedcba9876543210\n");
}

TEST(Table, OptionalColumnsGoFromTheRightUntilLinesFit) {
  const auto head = [](std::size_t width) {
    std::istringstream text(sample_table().to_string(width));
    std::string line;
    std::getline(text, line);
    return line;
  };
  EXPECT_NE(head(50).find("hash"), std::string::npos);
  EXPECT_EQ(head(49).find("hash"), std::string::npos);
  EXPECT_NE(head(49).find("spread"), std::string::npos);
  EXPECT_EQ(head(31).find("spread"), std::string::npos);
  EXPECT_NE(head(5).find("nodes"), std::string::npos) << "what must be shown stays";
}

TEST(Table, GapsGrowWithTheTerminalAndShrinkAtNeed) {
  Table table({{.head = "ab", .left = true}, {.head = "cd"}});
  EXPECT_EQ(table.to_string(5), "ab cd\n-----\n");
  EXPECT_EQ(table.to_string(7), "ab   cd\n-------\n");
  EXPECT_EQ(table.to_string(80), "ab    cd\n--------\n");
}

TEST(Table, MissingCellsAreEmpty) {
  Table table({{.head = "a", .left = true}, {.head = "b"}});
  table.add_row({"x"});
  EXPECT_EQ(table.to_string(4), "a  b\n----\nx\n");
}

TEST(Table, LettersOfSeveralBytesTakeOneColumn) {
  EXPECT_EQ(display_width("Zürich"), 6u);
  Table table({{.head = "c", .left = true}, {.head = "n"}});
  table.add_row({"Zürich", "1"});
  table.add_row({"Bremen", "2"});
  EXPECT_NE(table.to_string(9).find("Zürich  1\nBremen  2\n"), std::string::npos);
}

}  // namespace
}  // namespace quadrille::program
