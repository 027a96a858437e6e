// Attributes that change over time, as SMIL: no script. What does not understand it shows the
// attributes themselves, so these have the values of one chosen moment.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace quadrille {

// All animations of a picture repeat together.
struct SvgLoop {
  int ticks = 1;  // from its begin to its repetition
  int tick_ms = 1;
  int still = 0;  // the tick that is shown where nothing moves
};

struct TickRange {
  int begin, end;
  friend auto operator<=>(const TickRange&, const TickRange&) = default;
};

struct TickValue {
  int tick;
  double value;  // written with two decimals
};

// For an element: its attribute (with a space before) and its child. Both may be empty.
struct SvgAnimation {
  std::string attribute, child;
};

// Visible in these ranges alone, which ascend and do not touch.
SvgAnimation shown_in(const SvgLoop& loop, std::span<const TickRange> ranges);
// Straight from value to value; ticks ascend, the first is 0; a jump is two values at one tick. The
// last value stays.
SvgAnimation moved_along(const SvgLoop& loop, std::string_view attribute,
                         std::span<const TickValue> values);

}  // namespace quadrille
