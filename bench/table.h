// Table: rows of text under a head, in the columns that a terminal has.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace quadrille::program {

struct TableColumn {
  std::string head;
  bool left = false;  // text is flush left, numbers flush right
  bool optional =
      false;  // left out where the terminal is too narrow; the last optional column goes first
};

class Table {
 public:
  explicit Table(std::vector<TableColumn> columns) : columns_(std::move(columns)) {}

  // As many cells as there are columns.
  void add_row(std::vector<std::string> cells);
  void add_rule() { rows_.emplace_back(); }
  // Lines of at most `width` columns where that is possible at all: optional columns go first, then
  // gaps shrink; where there is room, gaps grow.
  std::string to_string(std::size_t width) const;

 private:
  std::vector<std::size_t> column_widths() const;
  std::vector<bool> shown_columns(const std::vector<std::size_t>& widths, std::size_t width) const;

  std::vector<TableColumn> columns_;
  std::vector<std::vector<std::string>> rows_;  // an empty one is a rule
};

// Columns that `text` takes on a terminal: UTF-8 continuation bytes take none.
std::size_t display_width(const std::string& text);
// Of standard output: the terminal's, COLUMNS where it is set, else 80.
std::size_t output_width();

}  // namespace quadrille::program
