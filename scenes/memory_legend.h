// MemoryLegend: which label has which colour, how often it was allocated and how much it held at
// most.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenes/canvas.h"
#include "scenes/memory_history.h"
#include "scenes/picture_svg.h"

namespace quadrille {

// Binary units, three significant digits: "512 B", "8.50 MiB".
std::string byte_text(std::int64_t bytes);
std::string count_text(std::int64_t count);  // "1,234,567"

// Columns of frames are warm, input is blue, what arenas hold green to violet, bookkeeping grey.
class MemoryLegend {
 public:
  static constexpr Colour kWritten{255, 250, 226}, kEmptied{255, 180, 84}, kBar{120, 128, 146};

  explicit MemoryLegend(const MemoryHistory& history);
  Colour colour(std::int32_t label) const { return colours_[static_cast<std::size_t>(label)]; }
  int height() const;
  void draw(int left, int top, int right, SvgWriter& svg) const;

 private:
  struct Line {
    Colour colour;
    std::string name;
    std::string count{}, bytes{}, share{};  // of labels
    bool is_ring = false;
  };
  void choose_colours(const MemoryHistory& history);
  void list_labels(const MemoryHistory& history);
  void list_signs(const MemoryHistory& history);

  std::vector<Colour> colours_;  // by label
  std::vector<Line> lines_;
};

}  // namespace quadrille
