#include "scenes/input/line_source.h"

namespace quadrille {

ChunkTotals::Part ChunkTotals::sum() const {
  Part total;
  for (const Part& part : chunks_) {
    total.lines.add(part.lines);
    total.entries += part.entries;
  }
  return total;
}

std::int64_t ChunkTotals::find_entry(std::int64_t& index) const {
  std::size_t chunk = 0;
  while (index >= chunks_[chunk].entries) index -= chunks_[chunk++].entries;
  return static_cast<std::int64_t>(chunk);
}

Header find_header(std::string_view text, std::string_view comment_starts, LineCounts& counts) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest, counts);
    const std::string_view start = LineCursor(line).rest();
    if (start.empty()) continue;
    if (comment_starts.find(start.front()) == std::string_view::npos)
      return {line, text.size() - rest.size()};
    ++counts.comments;
  }
  return {{}, text.size()};
}

}  // namespace quadrille
