#include "bench/table.h"

#include <algorithm>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

namespace quadrille::program {
namespace {

// Between columns: as they should be, at least and at most.
constexpr std::size_t kGap = 2, kLeastGap = 1, kMostGap = 4;

std::string padded(const std::string& text, std::size_t width, bool left) {
  const std::string fill(width - std::min(width, display_width(text)), ' ');
  return left ? text + fill : fill + text;
}

std::size_t line_width(const std::vector<std::size_t>& widths, const std::vector<bool>& shown,
                       std::size_t gap) {
  std::size_t total = 0;
  for (std::size_t c = 0; c < widths.size(); ++c) {
    if (shown[c]) total += widths[c] + (total == 0 ? 0 : gap);
  }
  return total;
}

}  // namespace

std::size_t display_width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::size_t output_width() {
  winsize size = {};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char* columns = std::getenv("COLUMNS");
  const int number = columns == nullptr ? 0 : std::atoi(columns);
  return number >= 20 && number <= 1000 ? static_cast<std::size_t>(number) : 80;
}

void Table::add_row(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::column_widths() const {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    widths.push_back(display_width(columns_[c].head));
    for (const auto& row : rows_) {
      if (!row.empty()) widths[c] = std::max(widths[c], display_width(row[c]));
    }
  }
  return widths;
}

std::vector<bool> Table::shown_columns(const std::vector<std::size_t>& widths,
                                       std::size_t width) const {
  std::vector<bool> shown(columns_.size(), true);
  for (std::size_t c = columns_.size(); c-- > 0 && line_width(widths, shown, kGap) > width;) {
    if (columns_[c].optional) shown[c] = false;
  }
  return shown;
}

std::string Table::to_string(std::size_t width) const {
  const std::vector<std::size_t> widths = column_widths();
  const std::vector<bool> shown = shown_columns(widths, width);
  std::size_t gap = kMostGap;
  while (gap > kLeastGap && line_width(widths, shown, gap) > width) --gap;
  const std::string rule = std::string(line_width(widths, shown, gap), '-') + "\n";
  std::string out;
  const auto add_line = [&](const auto& cell_of) {
    std::string line;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (!shown[c]) continue;
      if (!line.empty()) line.append(gap, ' ');
      line += padded(cell_of(c), widths[c], columns_[c].left);
    }
    line.resize(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  };
  add_line([&](std::size_t c) -> const std::string& { return columns_[c].head; });
  out += rule;
  for (const auto& row : rows_) {
    if (row.empty())
      out += rule;
    else
      add_line([&](std::size_t c) -> const std::string& { return row[c]; });
  }
  return out;
}

}  // namespace quadrille::program
